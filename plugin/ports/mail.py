"""How a message leaves the house."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Letter:
    """One message to one person; `key` becomes its Message-ID, so that a repetition is the same message.

    `invitation` is an iCalendar text (METHOD:REQUEST), or "".
    """

    key: str
    appointment_id: str
    participant_id: str
    to: str
    subject: str
    body: str
    invitation: str = ""


class Mailer(Protocol):
    """Sends letters; raises Temporary or Permanent."""

    def send(self, letter: Letter) -> str:
        """Hand the letter over; returns the Message-ID."""
        ...
