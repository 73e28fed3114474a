"""`rejoin minutes`: how many minutes each client attended and made up in each week, as CSV."""

from __future__ import annotations

import csv
import sys
from datetime import date, datetime

import click

COLUMNS = ("week", "participant_id", "attended_minutes", "makeup_minutes", "provisional_sessions")


@click.command("minutes")
@click.option("--from", "from_day", type=click.DateTime(["%Y-%m-%d"]), required=True, help="The first day.")
@click.option("--to", "to_day", type=click.DateTime(["%Y-%m-%d"]), required=True, help="The day after the last one.")
def minutes(from_day: datetime, to_day: datetime) -> None:
    """Print the minutes of every client by week: attended, and made up, in columns of their own.

    Weeks begin on Monday in REJOIN_TIMEZONE. Make-up work counts in the week in which it was handed in, once it was
    accepted, and is no part of the attended minutes. A session counts in provisional_sessions while its verdict may
    still change.
    """
    from zoneinfo import ZoneInfo

    from plugin.cli.start import prepared
    from plugin.service.minutes import minutes_of_weeks

    first, last = from_day.date(), to_day.date()
    if last <= first:
        raise click.ClickException("--to must be after --from.")
    rejoin = prepared()
    try:
        with rejoin.db.read() as tx:
            found = minutes_of_weeks(tx, first, last, ZoneInfo(rejoin.settings.timezone))
    finally:
        rejoin.db.close()
    write = csv.writer(sys.stdout, lineterminator="\n")
    write.writerow(COLUMNS)
    for week in found:
        monday: date = week.begins_on
        write.writerow(
            (monday, week.participant_id, week.attended_minutes, week.makeup_minutes, week.provisional_sessions)
        )
