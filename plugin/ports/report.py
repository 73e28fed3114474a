"""What the provider can tell about a meeting after it ended: who was there, from when to when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Participation:
    """One row of a report; "" for what it does not say. `waiting`: it was in the waiting room, not in the meeting."""

    came_at: datetime
    went_at: datetime | None
    connection: str
    waiting: bool = False
    registrant_id: str = ""
    zoom_user_id: str = ""
    email: str = ""
    name: str = ""


@dataclass(frozen=True, slots=True)
class MeetingRun:
    """One run of a meeting that has ended, with everybody who was in it; never a part of them."""

    meeting_id: str
    uuid: str
    started_at: datetime
    ended_at: datetime
    participations: tuple[Participation, ...]


class MeetingReports(Protocol):
    """Asks the provider who was there; raises Temporary (not ready, or not whole yet) or Permanent (not allowed)."""

    def runs(self, meeting_id: str, from_at: datetime, to_at: datetime) -> tuple[MeetingRun, ...]:
        """Every run of this meeting that began between two moments; none when the provider knows of none."""
        ...

    def check(self) -> None:
        """Whether reports may be read; raises Permanent with a sentence that says what is missing."""
        ...
