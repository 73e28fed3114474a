"""`rejoin calendar …`: clinicians' own calendars, whose busy times are not offered to anybody."""

from __future__ import annotations

import sys
from pathlib import Path
from urllib.parse import urlsplit

import click

from plugin.cli.start import prepared


@click.group()
def calendar() -> None:
    """Calendars of clinicians, outside of Rejoin."""


@calendar.command("set")
@click.argument("clinician")
@click.argument("address")
def set_calendar(clinician: str, address: str) -> None:
    """Set where the calendar of CLINICIAN is: ADDRESS of a CalDAV calendar (https://…) or of an iCalendar file.

    It is looked at once and then every few minutes; only busy times are kept.
    """
    from plugin.service import calendar_watch
    from plugin.storage import audit

    if address.startswith("http:") and urlsplit(address).hostname not in ("127.0.0.1", "localhost"):
        raise click.ClickException("ADDRESS begins with http: the password would travel unprotected; use https.")
    if not address.startswith(("http://", "https://")):
        address = str(Path(address).absolute())  # the service may run in another folder
    rejoin = prepared()
    try:
        with rejoin.db.begin() as tx:
            now = rejoin.clock.now()
            calendar_watch.put(tx, rejoin, clinician, address, now)
            audit.record(tx, now, "rejoin", "set-calendar", f"clinician/{clinician}")
        problem = calendar_watch.look(rejoin, clinician)
    finally:
        rejoin.db.close()
    if problem:
        click.echo(f"It is set, but could not be looked at: {problem}. Until it can be, nothing is proposed.", err=True)
        sys.exit(1)
    click.echo(f"The calendar of {clinician} was looked at, and will be again every few minutes.")


@calendar.command("remove")
@click.argument("clinician")
def remove(clinician: str) -> None:
    """Forget the calendar of CLINICIAN: the roster and the bookable hours alone count again."""
    from plugin.storage import audit
    from plugin.storage import calendar as calendars

    rejoin = prepared()
    try:
        with rejoin.db.begin() as tx:
            found = calendars.remove(tx, clinician)
            if found:
                audit.record(tx, rejoin.clock.now(), "rejoin", "removed-calendar", f"clinician/{clinician}")
    finally:
        rejoin.db.close()
    click.echo(f"{clinician} has no calendar {'any more' if found else 'here'}.")


@calendar.command("list")
def list_calendars() -> None:
    """Say of each calendar when it was looked at last, and what was wrong since."""
    from plugin.storage import calendar as calendars

    rejoin = prepared()
    try:
        with rejoin.db.read() as tx:
            rows = calendars.listed(tx)
    finally:
        rejoin.db.close()
    for row in rows:
        looked = f"looked at {row.looked_at:%Y-%m-%d %H:%M} UTC" if row.looked_at else "not looked at yet"
        click.echo(f"{row.clinician_id}: {looked}{f'; since then: {row.problem}' if row.problem else ''}")
    if not rows:
        click.echo("No calendar is set; set one with `rejoin calendar set CLINICIAN ADDRESS`.")
