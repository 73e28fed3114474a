"""`rejoin replay`: judge a roster from recorded deliveries, offline."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from plugin.cli.recorded import moment, policy_of, read
from plugin.cli.result_file import write_results
from plugin.cli.sheet import print_sheet
from plugin.core.narrative import action_in_words
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
        print_sheet(COLUMNS, (_row(plain(result)) for result in whole.results()))


COLUMNS = (
    "appointment", "participant", "role", "outcome", "cause", "confidence", "held min", "attended min", "flags",
    "because", "actions",
)  # fmt: skip


def _row(result: dict[str, Any]) -> tuple[str, ...]:
    return (
        result["appointment_id"], result["participant_id"], result["role"], result["outcome"], result["cause"],
        result["confidence"] + ("" if result["final"] else " (provisional)"), f"{result['held_minutes']:.1f}",
        f"{result['attended_minutes']:.1f}", " ".join(result["flags"]), result["findings"][0]["because"],
        ", ".join(map(action_in_words, result["actions"])),
    )  # fmt: skip
