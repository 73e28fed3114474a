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


@dataclass(frozen=True, slots=True)
class Arrangement:
    """How a meeting really stands at the provider, whatever it was asked for.

    `registration`: whoever registers is let in at once, with a link of their own. `writes_to_people`: the provider
    would send messages of its own to them. `waiting_room`: people wait until the host lets them in. A meeting that
    recurs may say no beginning.
    """

    starts_at: datetime | None
    minutes: int
    registration: bool
    writes_to_people: bool
    waiting_room: bool


@dataclass(frozen=True, slots=True)
class Registration:
    """One person's place in a meeting, with a link of their own."""

    registrant_id: str
    join_url: str


class MeetingProvider(Protocol):
    """Makes meetings; raises Temporary or Permanent. What may have been made is looked for before it is made again."""

    def find(self, key: str, host_id: str) -> Meeting | None:
        """The meeting of this host that was made with this key, if there is one."""
        ...

    def make(self, key: str, host_id: str, starts_at: datetime, minutes: int, timezone: str) -> Meeting:
        """Make a meeting for this host that carries this key."""
        ...

    def read(self, meeting_id: str) -> Arrangement | None:
        """How the meeting stands; None when there is no such meeting (any more)."""
        ...

    def mend(self, meeting_id: str) -> None:
        """Ask once more for registration without messages; what came of it is to be read back."""
        ...

    def find_registration(self, meeting_id: str, key: str) -> Registration | None:
        """The registration that was made in this meeting with this key, if there is one."""
        ...

    def register(self, meeting_id: str, key: str, code: str) -> Registration:
        """Register somebody, known to the provider by their code alone."""
        ...

    def unregister(self, meeting_id: str, key: str, registrant_id: str) -> None:
        """Take a registration out that was made with this key; one that is not there any more is none."""
        ...

    def move(self, meeting_id: str, starts_at: datetime, minutes: int, timezone: str) -> None:
        """Give the meeting another time; what came of it is to be read back."""
        ...

    def delete(self, meeting_id: str) -> None:
        """Take the meeting out; one that is not there any more is none."""
        ...

    def check(self) -> None:
        """Ask with the configured credentials; raises Permanent with a sentence that names the setting to look at."""
        ...
