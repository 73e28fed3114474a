"""Moments, durations and shares as staff read them."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from plugin.core.interval import minutes


@lru_cache(maxsize=4096)  # several rules tell of the same moment, and of a clinician's drop everybody's
def local_time(moment: datetime, starts_at: datetime, timezone: str) -> str:
    """A moment of a session in a time zone, with seconds and the zone, and its day if it is another one."""
    zone = ZoneInfo(timezone)
    local = moment.astimezone(zone)
    told = f"{local.isoformat(timespec='seconds')[11:19]} {local.tzname()}"
    return told if local.date() == starts_at.astimezone(zone).date() else f"{local.date()} {told}"


def sentence(words: str) -> str:
    """Words that stand within a sentence elsewhere, as one of their own."""
    return f"{words[0].upper()}{words[1:]}."


def in_words(duration: timedelta) -> str:
    """A duration as staff read it."""
    seconds = round(duration.total_seconds())
    if seconds < 120:
        return f"{seconds} s"
    return f"{minutes(duration)} min".replace(".0 min", " min")  # the very number that the result has


def share_in_words(part: timedelta, whole: timedelta) -> str:
    """A share as staff read it: whole percents, never rounded up, so that too little does not read as enough."""
    percent = part * 100 // whole
    return f"{percent}%" if percent or not part else "less than 1%"
