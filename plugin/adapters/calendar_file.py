"""Busy times of an iCalendar file, recurring ones included (RFC 5545)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import recurring_ical_events
from icalendar import Calendar

from plugin.ports.outcome import Permanent

LARGEST_BYTES = 20 * 2**20


def busy_of_file(
    path: str, timezone: str, from_at: datetime, until_at: datetime
) -> tuple[tuple[datetime, datetime], ...]:
    """The busy times of the file between two moments; raises Permanent when it cannot be read."""
    try:
        file = Path(path)
        if file.stat().st_size > LARGEST_BYTES:
            raise Permanent("the calendar file is larger than 20 MB")
        raw = file.read_bytes()
    except OSError as error:
        raise Permanent(f"the calendar file cannot be read ({error.strerror})") from None
    return busy_of_text(raw, timezone, from_at, until_at)


def busy_of_text(
    raw: bytes, timezone: str, from_at: datetime, until_at: datetime
) -> tuple[tuple[datetime, datetime], ...]:
    """The busy times of an iCalendar text; raises Permanent when it is none."""
    try:
        calendar = Calendar.from_ical(raw)
        events = recurring_ical_events.of(calendar).between(from_at, until_at)
        return tuple(sorted(set(_spans(events, ZoneInfo(timezone)))))
    except (ValueError, KeyError, TypeError, AttributeError, IndexError):
        # What the parser says quotes the text.
        raise Permanent("the calendar is not a valid iCalendar text") from None


def _spans(events, zone: ZoneInfo) -> Iterator[tuple[datetime, datetime]]:
    for event in events:
        transparent = str(event.get("TRANSP", "")).upper() == "TRANSPARENT"
        if transparent or str(event.get("STATUS", "")).upper() == "CANCELLED":
            continue
        begin, end = event.start, event.end
        whole_days = not isinstance(end, datetime) and end == begin
        yield moment(begin, zone), moment(end + timedelta(days=1) if whole_days else end, zone)


def moment(at: date | datetime, zone: ZoneInfo) -> datetime:
    """A time of a calendar as aware UTC: a day begins at midnight, and a time without a zone lies in this one."""
    if not isinstance(at, datetime):
        at = datetime.combine(at, time())
    return (at if at.tzinfo else at.replace(tzinfo=zone)).astimezone(UTC)
