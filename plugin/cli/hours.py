"""`rejoin hours …`: when a clinician may be booked; without hours an offer has no times to propose."""

from __future__ import annotations

from datetime import time
from itertools import pairwise
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import click

from plugin.cli.count import counted
from plugin.cli.start import prepared
from plugin.core.slot import BookableHours

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
EXAMPLE = '"mon-fri 09:00-17:00"'


@click.group()
def hours() -> None:
    """Bookable hours of clinicians."""


@hours.command("set")
@click.argument("clinician")
@click.argument("parts", nargs=-1, metavar=f"{EXAMPLE} …")
@click.option("--timezone", required=True, help="IANA zone of the hours, such as America/New_York.")
def set_hours(clinician: str, parts: tuple[str, ...], timezone: str) -> None:
    """Replace the bookable hours of CLINICIAN (their code in the roster); without any hours they are taken away."""
    from plugin.storage import audit, bookable_hours

    try:
        ZoneInfo(timezone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise click.ClickException(f"--timezone: there is no zone {timezone}; write it as America/New_York.") from None
    read = [piece for part in parts for piece in read_hours(part, timezone)]
    in_order = sorted(read, key=lambda piece: (piece.weekday, piece.opens))
    for one, following in pairwise(in_order):
        if one.weekday == following.weekday and following.opens < one.closes:
            raise click.ClickException(f"Hours of {DAYS[one.weekday]} overlap: write each time once.")
    rejoin = prepared()
    try:
        now = rejoin.clock.now()
        with rejoin.db.begin() as tx:
            bookable_hours.put(tx, clinician, read)
            audit.record(tx, now, "rejoin", "set-bookable-hours", f"clinician/{clinician}", {"parts": len(read)})
    finally:
        rejoin.db.close()
    click.echo(f"{clinician} may be booked in {counted(len(read), 'part')} of the week.")


@hours.command("show")
@click.argument("clinician")
def show(clinician: str) -> None:
    """Show the bookable hours of CLINICIAN."""
    from plugin.storage import bookable_hours

    rejoin = prepared()
    try:
        with rejoin.db.read() as tx:
            parts = bookable_hours.of_clinician(tx, clinician)
    finally:
        rejoin.db.close()
    for part in parts:
        click.echo(f"{DAYS[part.weekday]} {part.opens:%H:%M}-{part.closes:%H:%M} {part.timezone}")
    if not parts:
        click.echo(f"{clinician} has no bookable hours; set some with `rejoin hours set {clinician} {EXAMPLE} …`.")


def read_hours(text: str, timezone: str) -> list[BookableHours]:
    """Hours as people write them, `mon-fri 09:00-17:00` or `tue,thu 13:00-16:30`; raises ClickException."""
    try:
        days, span = text.split()
        opens, closes = (time.fromisoformat(clock) for clock in span.split("-"))
        weekdays = [weekday for part in days.lower().split(",") for weekday in _weekdays(part)]
        if opens.tzinfo or closes.tzinfo:
            raise ValueError("the zone is an option of its own")
    except ValueError:
        raise click.ClickException(
            f'"{text}" are no hours; write them as {EXAMPLE} or "tue,thu 13:00-16:30".'
        ) from None
    if opens >= closes:
        raise click.ClickException(f'"{text}" ends before it begins.')
    return [BookableHours(weekday, opens, closes, timezone) for weekday in sorted(set(weekdays))]


def _weekdays(text: str) -> range:
    first, _, last = text.partition("-")
    days = range(DAYS.index(first), DAYS.index(last or first) + 1)
    if not days:
        raise ValueError("the days are the wrong way round")
    return days
