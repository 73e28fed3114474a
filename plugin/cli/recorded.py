"""What every command on a recording does first: read policy, roster and deliveries, and tell what is wrong."""

from __future__ import annotations

import gc
import mmap
import sys
from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path
from typing import NoReturn

import click

from config.policy import PolicyProblem, load_policy
from plugin import roster_cell
from plugin.cli.count import counted
from plugin.cli.part import processes, shared
from plugin.core.appointment import Appointment
from plugin.core.policy import Policy
from plugin.recording import LineProblem, Recording
from plugin.recording_block import Block
from plugin.roster import RosterProblem, read_roster

MOST_PROBLEMS_SHOWN = 20


def policy_of(path: Path | None) -> Policy:
    """The policy in this file, or the shipped one; a bad one ends the command with its sentences."""
    try:
        return load_policy(path)
    except PolicyProblem as problem:
        refuse(str(problem))


def read(
    roster_file: Path, events_file: Path, at: datetime | None = None, skip_bad_rows: bool | None = None
) -> tuple[tuple[Appointment, ...], Recording]:
    """The roster and the recording of its deliveries; problems are told on stderr, with file and line.

    Ends the command with status 2 when a file cannot be read, or a row of the roster is bad and not to be skipped
    (None: the command cannot skip any).
    """
    # A replay makes no cycles, and the collector would walk the whole roster over and over to find that out.
    gc.disable()
    appointments = _roster(roster_file, skip_bad_rows)
    try:
        recording = Recording(mapped(events_file), appointments, at)
    except OSError as error:
        refuse(f"{events_file}: cannot be read ({error.strerror})")
    blocks = list(recording.blocks())
    worth_sharing = len(blocks) > 1 and processes() > 1
    looked_through = shared if worth_sharing else map
    for block in _with_progress(looked_through(recording.look_through, blocks), len(blocks)):
        recording.take(block)
    _tell_problems(events_file, recording.problems)
    return appointments, recording


def moment(text: str | None) -> datetime | None:
    """The moment of judgement, aware UTC; None when none was given."""
    if text is None:
        return None
    try:
        return roster_cell.moment(text)
    except ValueError as bad:
        refuse(f"--at {text!r} {bad}")


def mapped(path: Path) -> bytes | mmap.mmap:
    """The content of a file, mapped; what has no size, such as a pipe, is read to its end."""
    with path.open("rb") as file:
        if path.is_file() and path.stat().st_size:
            return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        return file.read()


def _roster(path: Path, skip_bad_rows: bool | None) -> tuple[Appointment, ...]:
    try:
        reading = read_roster(path)
    except RosterProblem as problem:
        refuse(str(problem))
    for remark in reading.remarks:
        click.echo(f"{path}:{remark.line}: {remark.what}", err=True)
    for problem in reading.problems:
        click.echo(f"{path}:{problem.line}: {problem.what}", err=True)
    if reading.problems and not skip_bad_rows:
        otherwise = "" if skip_bad_rows is None else ", or pass --skip-bad-rows"
        refuse(f"{path}: {counted(len(reading.problems), 'bad row')}; mend them{otherwise}")
    return reading.appointments


def _tell_problems(path: Path, problems: list[LineProblem]) -> None:
    for problem in problems[:MOST_PROBLEMS_SHOWN]:
        click.echo(f"{path}:{problem.line}: {'' if problem.used else 'not used: '}{problem.what}", err=True)
    if len(problems) > MOST_PROBLEMS_SHOWN:
        click.echo(f"{path}: and {len(problems) - MOST_PROBLEMS_SHOWN} more", err=True)
    used = sum(problem.used for problem in problems)
    if len(problems) > used:
        click.echo(f"{path}: {counted(len(problems) - used, 'line')} not used", err=True)
    if used:
        click.echo(f"{path}: {counted(used, 'line')} used all the same", err=True)


def _with_progress(blocks: Iterable[Block], count: int) -> Iterator[Block]:
    if not sys.stderr.isatty():
        yield from blocks
        return
    from rich.console import Console
    from rich.progress import track

    yield from track(blocks, "Reading deliveries", count, console=Console(stderr=True), transient=True)


def refuse(message: str) -> NoReturn:
    """End the command with a sentence and status 2."""
    click.echo(message, err=True)
    raise SystemExit(2)
