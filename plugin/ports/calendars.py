"""What somebody's own calendar says: when they are busy, and nothing else of it."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol


class Calendars(Protocol):
    """Asks a calendar outside of Rejoin; raises Temporary (not reached) or Permanent (a setting is wrong)."""

    def busy(
        self, address: str, timezone: str, from_at: datetime, until_at: datetime
    ) -> tuple[tuple[datetime, datetime], ...]:
        """When the owner of the calendar at this address is busy, aware UTC.

        What is free, cancelled or only a note does not count. `timezone` (IANA) is where times without a zone and
        whole days lie. No title, place or guest leaves the adapter.
        """
        ...
