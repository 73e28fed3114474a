"""Times and lengths as people read them."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from flask import Flask

from plugin.web.current import now, staff_zone


def clock_time(at: datetime | str | None, zone: ZoneInfo) -> str:
    """The time of day, "09:05"; a dash when there is none."""
    at = read(at)
    return at.astimezone(zone).strftime("%H:%M") if at else "–"


def clock_seconds(at: datetime | str | None, zone: ZoneInfo) -> str:
    """The time of day to the second, "09:05:12"; a dash when there is none."""
    at = read(at)
    return at.astimezone(zone).strftime("%H:%M:%S") if at else "–"


def day(at: datetime | date | str, zone: ZoneInfo) -> str:
    """The day, "Monday, 23 November 2026"."""
    at = date.fromisoformat(at) if isinstance(at, str) and len(at) == 10 else at
    local = at if isinstance(at, date) and not isinstance(at, datetime) else read(at).astimezone(zone)
    return f"{local:%A}, {local.day} {local:%B %Y}"


def day_and_time(at: datetime | str | None, zone: ZoneInfo) -> str:
    """Day and time in short, "Mon 23 Nov, 09:05"."""
    at = read(at)
    if at is None:
        return "–"
    local = at.astimezone(zone)
    return f"{local:%a} {local.day} {local:%b}, {local:%H:%M}"


def zone_name(zone: ZoneInfo, at: datetime) -> str:
    """A zone as people name it, with what it is called on that day: "New York time (EST)"."""
    city = zone.key.rsplit("/", 1)[-1].replace("_", " ")
    short = at.astimezone(zone).tzname() or ""
    if zone.key in ("UTC", "Etc/UTC"):
        return "UTC"
    return f"{city} time ({short})" if short.isalpha() else f"{city} time (UTC{at.astimezone(zone):%z})"


def age(since: datetime | str, present: datetime) -> str:
    """How long ago, "3 min", "2 h 5 min", "4 days"."""
    minutes = max(0, int((present - read(since)) / timedelta(minutes=1)))
    if minutes < 1:
        return "under a minute"
    if minutes < 60:
        return f"{minutes} min"
    if minutes < 48 * 60:
        return f"{minutes // 60} h {minutes % 60} min" if minutes % 60 else f"{minutes // 60} h"
    return f"{minutes // 1440} days"


def zone_of(name: str, otherwise: ZoneInfo) -> ZoneInfo:
    """The zone with this IANA name, or the other one when it is blank or unknown."""
    try:
        return ZoneInfo(name) if name else otherwise
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return otherwise


def read(at: datetime | str | None) -> datetime | None:
    """A moment as it is kept in a result: ISO 8601 with its offset."""
    return datetime.fromisoformat(at) if isinstance(at, str) else at


def teach(app: Flask) -> None:
    """Give the templates their words for time; without a zone they speak in the zone of the staff pages."""
    app.add_template_filter(lambda at, zone=None: clock_time(at, zone or staff_zone()), "clock_time")
    app.add_template_filter(lambda at, zone=None: clock_seconds(at, zone or staff_zone()), "clock_seconds")
    app.add_template_filter(lambda at, zone=None: day(at, zone or staff_zone()), "day")
    app.add_template_filter(lambda at, zone=None: day_and_time(at, zone or staff_zone()), "day_and_time")
    app.add_template_filter(lambda at: age(at, now()), "age")
    app.add_template_global(lambda at=None, zone=None: zone_name(zone or staff_zone(), at or now()), "zone_name")
