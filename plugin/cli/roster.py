"""`rejoin import-roster`: put a ROSTER.csv into the database."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

import click

from plugin.cli.count import counted
from plugin.roster import RosterProblem, RosterReading, read_roster

MOST_PROBLEMS_SHOWN = 200


@click.command("import-roster")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--skip-bad-rows", is_flag=True, help="Report bad rows and import the others.")
def import_roster(file: Path, skip_bad_rows: bool) -> None:
    """Put the appointments of FILE (a ROSTER.csv) into the roster.

    Nothing is imported unless every row is good, or --skip-bad-rows is given. Importing the same file again changes
    nothing. An appointment that is not in the file stays; to call one off, give it the status `cancelled`.
    """
    reading = _read(file)
    _report(file, reading)
    if reading.problems and not skip_bad_rows:
        click.echo(f"Nothing is imported: mend the {_rows(reading)}, or pass --skip-bad-rows.", err=True)
        sys.exit(2)

    from plugin.cli.start import prepared
    from plugin.service.roster import put_roster
    from plugin.storage import audit

    rejoin = prepared()
    try:
        changes = Counter(_with_progress(put_roster(rejoin, reading.appointments), len(reading.appointments)))
        told = {"new": changes["new"], "changed": changes["changed"]}
        if any(told.values()):
            with rejoin.db.begin() as tx:
                audit.record(tx, rejoin.clock.now(), "rejoin", "imported-roster", "roster", told)
    finally:
        rejoin.db.close()
    click.echo(
        f"{changes['new']} new, {changes['changed']} changed, {changes['unchanged']} unchanged"
        + (f"; {_rows(reading)} left out" if reading.problems else "")
    )


def _read(file: Path) -> RosterReading:
    try:
        return read_roster(file)
    except RosterProblem as problem:
        click.echo(problem, err=True)
        sys.exit(2)


def _report(file: Path, reading: RosterReading) -> None:
    for remark in reading.remarks:
        click.echo(f"{file}:{remark.line}: {remark.what}", err=True)
    for problem in reading.problems[:MOST_PROBLEMS_SHOWN]:
        click.echo(f"{file}:{problem.line}: {problem.what}", err=True)
    if len(reading.problems) > MOST_PROBLEMS_SHOWN:
        click.echo(f"{file}: and {len(reading.problems) - MOST_PROBLEMS_SHOWN} more", err=True)


def _rows(reading: RosterReading) -> str:
    return counted(len(reading.problems), "bad row")


def _with_progress(changes: Iterable[str], total: int) -> Iterator[str]:
    if not sys.stderr.isatty():
        yield from changes
        return
    from rich.console import Console
    from rich.progress import track

    yield from track(changes, "Importing appointments", total, console=Console(stderr=True), transient=True)
