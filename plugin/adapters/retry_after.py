"""When a remote asks to be left alone for a while: what its `Retry-After` means."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

import requests

LONGEST_WISH = timedelta(days=1)


def retry_after(response: requests.Response) -> timedelta | None:
    """The remote's wish, given as seconds, an HTTP date, or (Zoom's daily limits) an ISO 8601 time."""
    text = response.headers.get("Retry-After", "").strip()
    if text.isascii() and text.isdigit():
        return timedelta(seconds=min(int(text[:9]), LONGEST_WISH.total_seconds()))
    at = _moment(text)
    if at is None:
        return None
    here = _moment(response.headers.get("Date", ""))  # the remote's own clock; without it the length is unknown
    return min(max(at - here, timedelta()), LONGEST_WISH) if here else timedelta(minutes=15)


def _moment(text: str) -> datetime | None:
    for read in (datetime.fromisoformat, parsedate_to_datetime):
        try:
            at = read(text)
        except ValueError:
            continue
        return at if at.tzinfo else at.replace(tzinfo=UTC)
    return None
