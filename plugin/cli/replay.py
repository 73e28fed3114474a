"""`rejoin replay`: judge a roster from recorded deliveries, offline."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path

import click

from plugin.cli.recorded import moment, policy_of, read
from plugin.cli.result_file import write_results
from plugin.core.result import plain
from plugin.replay import Replay, compare


@click.command("replay")
@click.option("--roster", "roster_file", required=True, type=click.Path(path_type=Path), help="ROSTER.csv")
@click.option(
    "--events", "events_file", required=True, type=click.Path(path_type=Path), help="EVENTS.jsonl, in arrival order"
)
@click.option(
    "--policy", "policy_file", type=click.Path(path_type=Path), help="Policy to use instead of the shipped one"
)
@click.option(
    "--compare",
    "old_file",
    type=click.Path(path_type=Path),
    help="Show only what differs under --policy from what this older policy says",
)
@click.option("--at", "at_text", help="The moment of judgement, ISO 8601 (default: once everything is final)")
@click.option("--format", "form", type=click.Choice(["json", "table"]), default="json", show_default=True)
@click.option("--skip-bad-rows", is_flag=True, help="Report bad rows of the roster and go on with the others")
def replay_command(
    roster_file: Path,
    events_file: Path,
    policy_file: Path | None,
    old_file: Path | None,
    at_text: str | None,
    form: str,
    skip_bad_rows: bool,
) -> None:
    """Judge every expected participant from recorded deliveries; no database, no network."""
    at, policy = moment(at_text), policy_of(policy_file)
    old = policy_of(old_file) if old_file else None
    appointments, recording = read(roster_file, events_file, at, skip_bad_rows)
    if old is not None:
        from plugin.cli.difference import tell

        tell(compare(appointments, recording, old, policy, at), old, policy, form)
        return
    whole = Replay(appointments, recording, policy, at)
    if form == "json":
        write_results(whole, sys.stdout.buffer)
    else:
        _table(map(plain, whole.results()))


def _table(results: Iterable[dict]) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table(
        "appointment",
        "participant",
        "role",
        "outcome",
        "cause",
        "confidence",
        "held",
        "attended",
        "flags",
        "because",
        "actions",
    )
    for r in results:
        actions = ", ".join(a["kind"] + (" (held)" if a["hold"] else "") for a in r["actions"])
        table.add_row(
            r["appointment_id"], r["participant_id"], r["role"], r["outcome"], r["cause"],
            r["confidence"] + ("" if r["final"] else " (provisional)"), f"{r['held_minutes']:.1f}",
            f"{r['attended_minutes']:.1f}", " ".join(r["flags"]), r["findings"][0]["because"], actions,
        )  # fmt: skip
    Console(width=None if sys.stdout.isatty() else 220).print(table)
