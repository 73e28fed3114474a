"""How a message leaves the house."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Letter:
    """One message to one person; `key` becomes its Message-ID, so that a repetition is the same message.

    `invitation` is an iCalendar text whose METHOD is `method`, or "". `unsubscribe` is an address at which one POST
    stops all mail to this person (RFC 8058), or "".
    """

    key: str
    appointment_id: str
    participant_id: str
    to: str
    subject: str
    body: str
    invitation: str = ""
    method: str = "REQUEST"
    unsubscribe: str = ""


class Mailer(Protocol):
    """Sends letters; raises Temporary, Permanent or AddressRefused."""

    def send(self, letter: Letter) -> str:
        """Hand the letter over; returns the Message-ID."""
        ...
