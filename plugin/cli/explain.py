"""`rejoin explain`: one verdict as a short story with the deliveries it rests on."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from plugin.core.appointment import Appointment
from plugin.core.event import Event
from plugin.core.narrative import narrate
from plugin.core.witness import whose

if TYPE_CHECKING:
    from plugin.core.policy import Policy
    from plugin.recording import Recording


@click.command("explain")
@click.argument("appointment")
@click.argument("participant")
@click.option("--roster", "roster_file", type=click.Path(path_type=Path), help="ROSTER.csv of a recording")
@click.option("--events", "events_file", type=click.Path(path_type=Path), help="EVENTS.jsonl of the recording")
@click.option("--policy", "policy_file", type=click.Path(path_type=Path), help="Policy instead of the shipped one")
@click.option("--at", "at_text", help="The moment of judgement, ISO 8601 (default: once everything is final)")
@click.option("--skip-bad-rows", is_flag=True, help="Report bad rows of the roster and go on with the others")
@click.option("--all", "whole", is_flag=True, help="Show also what each rule said that found nothing")
def explain_command(
    appointment: str,
    participant: str,
    roster_file: Path | None,
    events_file: Path | None,
    policy_file: Path | None,
    at_text: str | None,
    skip_bad_rows: bool,
    whole: bool,
) -> None:
    """Tell why a participant's verdict is what it is: PARTICIPANT is the program's code, not a name.

    The stored verdict with its history; or, with --roster and --events, the verdict on a recording.
    """
    if (roster_file is None) is not (events_file is None):
        raise click.UsageError("A recording is --roster and --events together; without both, the database is asked.")
    if roster_file and events_file:
        from plugin.cli.recorded import moment, policy_of, read

        at, policy = moment(at_text), policy_of(policy_file)
        appointments, recording = read(roster_file, events_file, at, skip_bad_rows)
        if not _of_recording(appointment, participant, appointments, recording, policy, at, whole):
            told = f"{roster_file}: nobody with the code {participant} is in appointment {appointment}."
            raise click.ClickException(told)
    elif policy_file or at_text or skip_bad_rows:
        told = "--policy, --at and --skip-bad-rows are for a recording; the stored verdict has its own."
        raise click.UsageError(told)
    else:
        _of_database(appointment, participant, whole)


def _of_recording(
    appointment: str, participant: str, appointments: Sequence[Appointment], recording: Recording, policy: Policy,
    at: datetime | None, whole: bool,
) -> bool:  # fmt: skip
    """Print the story; whether there is such a person."""
    from plugin.core.result import plain
    from plugin.replay import replay

    asked = next((one for one in appointments if one.appointment_id == appointment), None)
    told, shared = None, []
    for result in replay(appointments, recording, policy, at) if asked else ():
        if result.appointment_id > appointment:
            break
        if (result.appointment_id, result.participant_id) == (appointment, participant):
            told = plain(result)
        else:
            hit = result.appointment_id == appointment
            shared += [a for a in plain(result)["actions"] if _is_shared(a, appointment, participant, hit)]
    if told:
        told["actions"] = shared + told["actions"]
        cited = _cited(told)
        told_of = list(recording.told(cited))
        around = [*recording.of(asked, policy.of(asked.kind)), *told_of]
        _tell(told, told_of, asked, "line", around, whole, appointments)
    return bool(told)


def _of_database(appointment: str, participant: str, whole: bool) -> None:
    from plugin.cli.start import read_settings
    from plugin.composition import open_database
    from plugin.storage import appointment as appointments
    from plugin.storage import delivery, retention
    from plugin.storage.assessment import history
    from webhooks.wire import read_event

    settings = read_settings()
    database = open_database(settings)
    try:
        with database.read() as tx:
            revisions = history(tx, appointment, participant)
            expected = appointments.load(tx, appointment)
            begin = expected and expected.starts_at
            known = appointments.in_meetings(tx, [expected.meeting_id], begin, begin) if expected else ()
            cited = sorted(_cited(revisions[0].result)) if revisions else []
            arrived = delivery.arrivals(tx, cited)
            gone_at = retention.pruned_at(tx, appointment)
            seen = [read_event(body, number, arrived[number]) for number, body in delivery.bodies(tx, cited).items()]
    finally:
        database.close()
    if not revisions:
        raise click.ClickException(
            f"There is no verdict on participant {participant} of appointment {appointment} yet."
        )
    if expected:
        _tell(revisions[0].result, seen, expected, "delivery", seen, whole, known)
    else:
        _print(narrate(revisions[0].result, seen, settings.timezone, whole=whole))
    if gone_at:
        click.echo(f"\nWhat Zoom delivered of it was deleted on {gone_at:%Y-%m-%d}; the verdict stands for good.")
    _print_history(revisions)


def _is_shared(action: dict[str, Any], appointment: str, participant: str, here: bool) -> bool:
    """Whether the ticket of an incident, which is told with one of the people whom it hit, is this person's too."""
    hit = here or appointment in action.get("appointments", ())
    return bool(action.get("incident")) and hit and participant in action.get("participants", ())


def _room(one: Appointment) -> tuple[str, datetime, datetime]:
    return one.meeting_id, one.starts_at, one.ends_at


def _cited(result: dict[str, Any]) -> set[int]:
    return {number for finding in result["findings"] for number in finding["events"]}


def _tell(
    result: dict[str, Any], cited: Iterable[Event], expected: Appointment, source: str, around: Iterable[Event],
    whole: bool, known: Iterable[Appointment],
) -> None:  # fmt: skip
    beside = [one for one in known if _room(one) == _room(expected)]
    of_others = whose(expected, result["participant_id"], around, beside)
    scheduled = (expected.starts_at, expected.ends_at)
    _print(narrate(result, cited, expected.timezone, source, of_others, scheduled, whole))


def _print(lines: Iterable[str]) -> None:
    for line in lines:
        click.echo(line)


def _print_history(revisions: Sequence[Any]) -> None:
    click.echo("\nHistory, the newest first:")
    for revision in revisions:
        r, made_at = revision.result, revision.made_at or revision.judged_at
        click.echo(
            f"  {made_at:%Y-%m-%d %H:%M:%SZ} {r['outcome']}/{r['cause']} after {revision.trigger}, "
            f"policy {revision.policy_version}"
        )
