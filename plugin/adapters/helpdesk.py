"""The built-in help desk: tickets in our own tables, for programs that have no other."""

from __future__ import annotations

from plugin.ports.clock import Clock
from plugin.ports.helpdesk import TicketDraft
from plugin.ports.outcome import Temporary
from plugin.storage import ticket
from plugin.storage.database import Database

OURSELVES = "rejoin"
"""The author of notes that nobody wrote."""


class BuiltInHelpdesk:
    """Opens tickets in the built-in queue; the reference is the ticket's number."""

    def __init__(self, db: Database, clock: Clock):
        self._db = db
        self._clock = clock

    def open_ticket(self, draft: TicketDraft) -> str:
        """Open the ticket once; when the same draft comes again and tells of more people, they are added to it."""
        with self._db.begin() as tx:
            row, new = ticket.open_once(tx, draft, self._clock.now())
            joined = [code for code in draft.participants if code not in row.participants]
            if not new and joined:
                now = self._clock.now()
                everybody = [*row.participants, *joined]
                values = {"participants": everybody, "seen": list(draft.seen), "summary": draft.summary}
                if not ticket.change(tx, row.id, row.version, now, **values):
                    raise Temporary("the ticket was being changed by somebody else")
                ticket.add_note(tx, row.id, now, OURSELVES, f"Also affected: {', '.join(joined)}.")
            return str(row.id)

    def add_note(self, reference: str, text: str) -> None:
        """Add a note to the ticket with this number; the same one is not said twice in a row."""
        with self._db.begin() as tx:
            ours = [note.text for note in ticket.notes(tx, int(reference)) if note.author == OURSELVES]
            if ours[-1:] != [text]:
                ticket.add_note(tx, int(reference), self._clock.now(), OURSELVES, text)
