"""Where meetings are made."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Meeting:
    """A meeting that stands at the provider."""

    meeting_id: str
    join_url: str


class MeetingProvider(Protocol):
    """Makes meetings; raises Temporary or Permanent."""

    def book(self, key: str, host_id: str, starts_at: datetime, minutes: int, timezone: str) -> Meeting:
        """Make a meeting for this host, or find the one already made with this key."""
        ...

    def check(self) -> None:
        """Ask with the configured credentials; raises Permanent with a sentence that names the setting to look at."""
        ...
