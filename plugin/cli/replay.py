"""`rejoin replay`: judge a roster from recorded deliveries, offline."""

from __future__ import annotations

import gc
import sys
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import click
import msgspec

from config.policy import PolicyProblem, load_policy
from plugin.core.appointment import Appointment
from plugin.core.result import plain
from plugin.recording import LineProblem, read_recording
from plugin.replay import replay
from plugin.roster import RosterProblem, read_roster

MOST_PROBLEMS_SHOWN = 20


@click.command("replay")
@click.option("--roster", "roster_file", required=True, type=click.Path(path_type=Path), help="ROSTER.csv")
@click.option(
    "--events", "events_file", required=True, type=click.Path(path_type=Path), help="EVENTS.jsonl, in arrival order"
)
@click.option(
    "--policy", "policy_file", type=click.Path(path_type=Path), help="Policy to use instead of the shipped one"
)
@click.option("--at", "at_text", help="The moment of judgement, ISO 8601 (default: once everything is final)")
@click.option("--format", "form", type=click.Choice(["json", "table"]), default="json", show_default=True)
@click.option("--skip-bad-rows", is_flag=True, help="Report bad rows of the roster and go on with the others")
def replay_command(
    roster_file: Path, events_file: Path, policy_file: Path | None, at_text: str | None, form: str, skip_bad_rows: bool
) -> None:
    """Judge every expected participant from recorded deliveries; no database, no network."""
    at = _moment(at_text)
    try:
        policy = load_policy(policy_file)
    except PolicyProblem as problem:
        _refuse(str(problem))
    # A replay makes no cycles, and the collector would walk the whole roster over and over to find that out.
    gc.disable()
    appointments = _roster(roster_file, skip_bad_rows)
    try:
        with events_file.open("rb") as lines:
            recording = read_recording(_with_progress(lines, events_file), appointments, at)
    except OSError as error:
        _refuse(f"{events_file}: cannot be read ({error.strerror})")
    _tell_problems(events_file, recording.problems)
    results = replay(appointments, recording, policy, at)
    if form == "json":
        encode = msgspec.json.Encoder().encode
        for result in results:
            sys.stdout.buffer.write(encode(result) + b"\n")
        sys.stdout.buffer.flush()
    else:
        _table(map(plain, results))


def _moment(text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        _refuse(f"--at {text!r} is not an ISO 8601 time, such as 2026-03-02T15:00:00-05:00")
    if at.tzinfo is None:
        _refuse(f"--at {text!r} has no offset, so it could be any hour; write for example {text}Z")
    return at.astimezone(UTC)


def _roster(path: Path, skip_bad_rows: bool) -> tuple[Appointment, ...]:
    try:
        reading = read_roster(path)
    except RosterProblem as problem:
        _refuse(str(problem))
    for remark in reading.remarks:
        click.echo(f"{path}: {remark}", err=True)
    for problem in reading.problems:
        click.echo(f"{path}:{problem.line}: {problem.what}", err=True)
    if reading.problems and not skip_bad_rows:
        _refuse(f"{path}: {len(reading.problems)} bad row(s); mend them, or pass --skip-bad-rows")
    return reading.appointments


def _tell_problems(path: Path, problems: list[LineProblem]) -> None:
    for problem in problems[:MOST_PROBLEMS_SHOWN]:
        click.echo(f"{path}:{problem.line}: not used: {problem.what}", err=True)
    if len(problems) > MOST_PROBLEMS_SHOWN:
        click.echo(f"{path}: and {len(problems) - MOST_PROBLEMS_SHOWN} more", err=True)
    if problems:
        click.echo(f"{path}: {len(problems)} line(s) not used", err=True)


def _with_progress(lines: Iterable[bytes], path: Path) -> Iterator[bytes]:
    if not sys.stderr.isatty():
        yield from lines
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("Reading deliveries", total=path.stat().st_size)
        done = 0
        for number, line in enumerate(lines):
            done += len(line)
            if number % 5000 == 0:
                progress.update(task, completed=done)
            yield line


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


def _refuse(message: str) -> None:
    click.echo(message, err=True)
    raise SystemExit(2)
