"""Where tickets go."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class TicketDraft:
    """A ticket before it is opened: codes, times and what was seen; never a name, an address, a topic or a program.

    `key` is the idempotency key: opening the same draft twice opens one ticket.
    """

    key: str
    appointment_id: str
    participants: tuple[str, ...]
    incident: bool
    summary: str
    seen: tuple[str, ...]
    suggestion: str


class Helpdesk(Protocol):
    """A help desk that opens tickets; raises Temporary or Permanent."""

    def open_ticket(self, draft: TicketDraft) -> str:
        """Open the ticket, or find the one already opened with this key; returns the remote's reference."""
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
