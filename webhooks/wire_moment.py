"""Moments as Zoom writes them: texts with a Z, or milliseconds since 1970."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import lru_cache

from webhooks.wire_body import Moment, Text


@lru_cache(maxsize=8192)
def _parse_time(text: str) -> datetime | None:
    try:
        at = datetime.fromisoformat(text)
        if at.tzinfo is not UTC:
            at = at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return None
    return at if 2000 <= at.year < 2100 else None


def time_of(value: Text) -> datetime | None:
    """A moment that is written as ISO 8601, aware UTC; None when it is none between 2000 and 2100."""
    return _parse_time(value) if value.__class__ is str and len(value) <= 40 else None


def instant_of(milliseconds: Moment) -> datetime | None:
    """A moment in milliseconds since 1970, aware UTC; None when it is none between 2000 and 2100.

    What is such a moment in seconds only was written in seconds.
    """
    if isinstance(milliseconds, str):  # some events send them as text
        told = milliseconds if len(milliseconds) in (10, 13) and milliseconds.isascii() else ""
        milliseconds = int(told) if told.isdigit() else None
    if milliseconds is None:
        return None
    if 946_684_800 <= milliseconds < 4_102_444_800:
        milliseconds *= 1000
    if not 946_684_800_000 <= milliseconds < 4_102_444_800_000:
        return None
    return datetime.fromtimestamp(milliseconds / 1000, UTC)
