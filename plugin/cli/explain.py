"""`rejoin explain`: one stored verdict as a short story with the deliveries it rests on."""

from __future__ import annotations

import click


@click.command("explain")
@click.argument("appointment")
@click.argument("participant")
def explain_command(appointment: str, participant: str) -> None:
    """Tell why a participant's verdict is what it is: PARTICIPANT is the program's code, not a name."""
    from plugin.cli.start import read_settings
    from plugin.composition import open_database
    from plugin.storage.assessment import history

    database = open_database(read_settings())
    try:
        with database.read() as tx:
            revisions = history(tx, appointment, participant)
    finally:
        database.close()
    if not revisions:
        raise click.ClickException(
            f"There is no verdict on participant {participant} of appointment {appointment} yet."
        )
    tell(revisions)


def tell(revisions) -> None:
    """Print the newest verdict with its reasons, then the earlier ones, newest first."""
    newest = revisions[0]
    result = newest.result
    standing = "final" if result["final"] else "provisional"
    click.echo(f"{result['appointment_id']} / {result['participant_id']} ({result['role']})")
    click.echo(f"  {result['outcome']}, cause {result['cause']}, confidence {result['confidence']}, {standing}")
    click.echo(f"  {result['findings'][0]['because']}")
    click.echo(
        f"  held {result['held_minutes']} min, present {result['attended_minutes']}, "
        f"waiting {result['waited_minutes']}, lost to technical trouble {result['lost_minutes']}"
    )
    for hit, title in ((True, "What was found"), (False, "What was asked and not found")):
        click.echo(f"\n{title}:")
        for finding in result["findings"][1:]:
            if finding["hit"] is hit:
                rests_on = f" [deliveries {', '.join(map(str, finding['events']))}]" if finding["events"] else ""
                click.echo(f"  {finding['rule']}: {finding['because']}{rests_on}")
    if result["actions"]:
        click.echo("\nWhat follows:")
        for action in result["actions"]:
            click.echo(
                f"  {action['kind']}{' (held for a coordinator)' if action['hold'] else ''}: {action['because']}"
            )
    click.echo("\nHistory:")
    for revision in revisions:
        r = revision.result
        click.echo(
            f"  {revision.judged_at:%Y-%m-%d %H:%M:%SZ} {r['outcome']}/{r['cause']} after {revision.trigger}, "
            f"policy {revision.policy_version}"
        )
