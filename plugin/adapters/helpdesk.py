"""The built-in help desk: tickets in our own tables, for programs that have no other."""

from __future__ import annotations

from sqlalchemy import Row

from plugin.ports.clock import Clock
from plugin.ports.helpdesk import BUILT_IN, TicketDraft, TicketState
from plugin.ports.outcome import Permanent, Temporary
from plugin.storage import ticket
from plugin.storage.database import Database, Transaction

OURSELVES = "rejoin"
"""The author of notes that nobody wrote."""


class BuiltInHelpdesk:
    """Opens tickets in the built-in queue; the reference is the ticket's number."""

    desk, name = BUILT_IN, "the built-in queue"

    def __init__(self, db: Database, clock: Clock):
        self._db = db
        self._clock = clock

    def open_ticket(self, draft: TicketDraft) -> str:
        """Open the ticket once, or find it."""
        with self._db.begin() as tx:
            return str(ticket.open_once(tx, draft, self._clock.now())[0].id)

    def add_note(self, reference: str, text: str) -> None:
        """Add a note to the ticket with this number; the same one is not said twice in a row."""
        with self._db.begin() as tx:
            _load(tx, int(reference))
            self._say(tx, int(reference), text)

    def close(self, reference: str, text: str) -> None:
        """Resolve the ticket with this number; whoever took it keeps it."""
        self._turn(int(reference), text, (ticket.OPEN, ticket.TAKEN), state=ticket.RESOLVED, resolution=text)

    def reopen(self, reference: str, text: str) -> None:
        """Open the ticket with this number again, for anybody to take."""
        anew = {"state": ticket.OPEN, "resolution": None, "code": None, "assignee": None, "part_of": None}
        self._turn(int(reference), text, ticket.SETTLED, **anew)

    def state(self, reference: str) -> TicketState:
        """How the ticket with this number stands."""
        with self._db.read() as tx:
            row = ticket.load(tx, int(reference))
        if row is None:
            return TicketState.GONE
        return TicketState.RESOLVED if row.state in ticket.SETTLED else TicketState.OPEN

    def chosen(self, reference: str) -> tuple[str, ...]:
        """The code with which it was resolved on our own page."""
        with self._db.read() as tx:
            row = ticket.load(tx, int(reference))
        return (row.code,) if row is not None and row.code else ()

    def attach(self, reference: str, incident: str) -> None:
        """Write of which incident the ticket is part."""
        with self._db.begin() as tx:
            row = _load(tx, int(reference))
            part_of = int(incident)
            if row.part_of != part_of and not ticket.change(
                tx, row.id, row.version, self._clock.now(), part_of=part_of
            ):
                raise Temporary("the ticket was being changed by somebody else")

    def check(self) -> None:
        """Nothing can be wrong with it that is not wrong with the database."""

    def _turn(self, number: int, text: str, from_states: tuple[str, ...], **values: object) -> None:
        with self._db.begin() as tx:
            row = _load(tx, number)
            if row.state in from_states and not ticket.change(tx, number, row.version, self._clock.now(), **values):
                raise Temporary("the ticket was being changed by somebody else")
            self._say(tx, number, text)

    def _say(self, tx: Transaction, number: int, text: str) -> None:
        ours = [note.text for note in ticket.notes(tx, number) if note.author == OURSELVES]
        if ours[-1:] != [text]:
            ticket.add_note(tx, number, self._clock.now(), OURSELVES, text)


def _load(tx: Transaction, number: int) -> Row:
    row = ticket.load(tx, number)
    if row is None:
        raise Permanent("the ticket is gone from the built-in queue")
    return row
