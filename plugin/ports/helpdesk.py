"""Where tickets go."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

BUILT_IN = "built-in"
"""The desk whose tickets are our own rows."""


@dataclass(frozen=True, slots=True)
class TicketDraft:
    """A ticket before it is opened: codes, times and what was seen; never a name, an address, a topic or a program.

    `key` is the idempotency key: opening the same draft twice opens one ticket. `rule` is the rule that opened it and
    `symptom` what it shows; both are for our own list and need not be told.
    """

    key: str
    appointment_id: str
    participants: tuple[str, ...]
    incident: bool
    summary: str
    seen: tuple[str, ...]
    suggestion: str
    rule: str = ""
    symptom: str = ""


class TicketState(StrEnum):
    """How a ticket stands at its desk: `open` (whoever has it), `resolved` (or closed), `gone` (deleted there)."""

    OPEN = "open"
    RESOLVED = "resolved"
    GONE = "gone"


class Helpdesk(Protocol):
    """A help desk that opens tickets.

    Every call raises Temporary, or Permanent with the setting at fault; a ticket that is gone takes no more notes.
    """

    desk: str
    """The desk's own word in REJOIN_HELPDESK; a reference means something only beside it."""
    name: str
    """What people call it."""

    def open_ticket(self, draft: TicketDraft) -> str:
        """Open the ticket, or find the one already opened with this key; returns the desk's reference."""
        ...

    def add_note(self, reference: str, text: str) -> None:
        """Add a note to a ticket, whatever its state; the same one twice in a row is said once."""
        ...

    def close(self, reference: str, text: str) -> None:
        """Close a ticket, saying why; one that is closed already only gets the note."""
        ...

    def reopen(self, reference: str, text: str) -> None:
        """Open a closed ticket again, saying why; one that is open already only gets the note."""
        ...

    def state(self, reference: str) -> TicketState:
        """How the ticket stands at the desk now."""
        ...

    def chosen(self, reference: str) -> tuple[str, ...]:
        """What people chose there where a ticket's resolution is said (REJOIN_HELPDESK_CODE), in the desk's words.

        Nothing when that is not set, nothing was chosen, or the ticket is gone.
        """
        ...

    def attach(self, reference: str, incident: str) -> None:
        """Link a person's ticket with the ticket of the incident that it became part of, once, as the desk links
        tickets; both stay as they are otherwise."""
        ...

    def check(self) -> None:
        """Whether tickets can be opened; makes nothing. Raises Permanent that names the setting to mend."""
        ...
