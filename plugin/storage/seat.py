"""Whose the free seats of a group session are: kept for one client until a moment, or picked by one.

A session has as many numbers as it has room for, less the clients whose places stand in the roster; each number has
one row and one holder, so that the database itself refuses the client who would be one too many, however many processes
give seats away. A row with `held_until` is a hold and lapses then; one without is a pick, and stays with who picked it
until it is given back, also when they stand in the roster by now.

Appointments of one meeting with one start and one end are one session, as where each member of a group has their own:
its clients and seats are those of them all, and who is given a seat gets it in the first of them.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Row, delete, select

from plugin.core.appointment import Role, Status
from plugin.storage import appointment as appointments
from plugin.storage.database import Transaction
from plugin.storage.insertion import insert
from plugin.storage.tables import appointment, offer, participant
from plugin.storage.tables import seat as table

_Room = tuple[str, datetime, datetime]


@dataclass(frozen=True, slots=True)
class Session:
    """A group session as it stands: its row, its clients by code, and the seats that somebody has (live ones only).

    `first` is the id of the first of the appointments that are this session.

    `cancelled` are those of its clients whose own place was called off: they take no seat, and are offered none.
    """

    row: Row
    first: str
    clients: frozenset[str]
    cancelled: frozenset[str]
    seats: tuple[Row, ...]

    def limit(self, size: int) -> int:
        """The highest number of a seat: the room less the clients who come without one."""
        return max(0, size - len(self.clients - self.cancelled - self._guests()))

    def left(self, size: int, but: int | None = None) -> int:
        """How many seats can be given away; what the offer `but` has counts as free for it."""
        return max(0, self.limit(size) - sum(row.offer_id != but for row in self.seats))

    def _guests(self) -> frozenset[str]:
        return frozenset(row.participant_id for row in self.seats if row.held_until is None)


def take(
    tx: Transaction, appointment_id: str, size: int, offer_id: int, now: datetime, until: datetime | None = None
) -> bool:
    """Take a seat of this session for an offer; False when there is none.

    What lapsed, or is this offer's own, is given back first. `until` makes it a hold that lapses then; without, it is
    a pick, for which the session is locked, so that the roster does not change meanwhile. Two who want the last seat at
    once want the same number, and the primary key gives it to one.
    """
    if until is None:
        appointments.lock(tx, appointment_id)
    dead = table.c.held_until.is_not(None) & (table.c.held_until <= now)
    tx.execute(delete(table).where(table.c.appointment_id == appointment_id, dead | (table.c.offer_id == offer_id)))
    for _ in range(size):
        session = sessions(tx, [appointment_id], now).get(appointment_id)
        if session is None or not session.left(size):
            return False
        taken = {row.number for row in session.seats}
        number = min(set(range(1, session.limit(size) + 1)) - taken)
        values = {"appointment_id": appointment_id, "number": number, "offer_id": offer_id, "held_until": until}
        new = insert(tx, table).values(values).on_conflict_do_nothing().returning(table.c.number)
        if tx.execute(new).first():
            return True
        # Somebody else was quicker with this number: there may be another.
    return False


def release(tx: Transaction, offer_id: int, but_picked: bool = False) -> None:
    """Give back every seat that an offer keeps, and with `but_picked=False` also the one that was picked."""
    held = table.c.held_until.is_not(None) if but_picked else True
    tx.execute(delete(table).where(table.c.offer_id == offer_id, held))


def sessions(tx: Transaction, appointment_ids: Iterable[str], now: datetime) -> dict[str, Session]:
    """Those of these sessions that stand in the roster, with who has a seat of them."""
    ids = sorted(set(appointment_ids))
    rows = tx.execute(
        select(appointment).where(appointment.c.appointment_id.in_(ids), appointment.c.status == Status.BOOKED.value)
    ).all()
    return _with_people(tx, rows, now) if ids else {}


def between(
    tx: Transaction, kind: str, program_id: str, module: str, from_at: datetime, until_at: datetime, now: datetime
) -> dict[str, Session]:
    """The sessions of this kind and program that begin in this time; of this module, when one is named."""
    same = (appointment.c.kind == kind, appointment.c.program_id == program_id)
    about = (appointment.c.module == module,) if module else ()
    when = (appointment.c.starts_at >= from_at, appointment.c.starts_at <= until_at)
    stands = appointment.c.status == Status.BOOKED.value
    rows = tx.execute(select(appointment).where(*same, *about, *when, stands)).all()
    return {number: one for number, one in _with_people(tx, rows, now).items() if number == one.first}


def _with_people(tx: Transaction, rows: Collection[Row], now: datetime) -> dict[str, Session]:
    together = _together(tx, rows)
    ids = sorted({number for some in together.values() for number in some})
    clients: dict[str, set[str]] = {number: set() for number in ids}
    cancelled: dict[str, set[str]] = {number: set() for number in ids}
    seats: dict[str, list[Row]] = {number: [] for number in ids}
    codes = select(participant.c.appointment_id, participant.c.participant_id, participant.c.status).where(
        participant.c.appointment_id.in_(ids), participant.c.role == Role.CLIENT.value
    )
    for number, code, status in tx.execute(codes):
        clients[number].add(code)
        if status == Status.CANCELLED.value:
            cancelled[number].add(code)
    held = select(table, offer.c.participant_id).join(offer, offer.c.id == table.c.offer_id)
    for row in tx.execute(held.where(table.c.appointment_id.in_(ids)).order_by(table.c.number)):
        if row.held_until is None or row.held_until > now:
            seats[row.appointment_id].append(row)
    found = {}
    for row in rows:
        if row.appointment_id not in ids:
            continue  # it was called off since it was asked for
        mine = together[_room(row)]
        found[row.appointment_id] = Session(
            row, mine[0],
            frozenset().union(*(clients[number] for number in mine)),
            frozenset().union(*(cancelled[number] for number in mine)),
            tuple(one for number in mine for one in seats[number]),
        )  # fmt: skip
    return found


def _together(tx: Transaction, rows: Collection[Row]) -> dict[_Room, list[str]]:
    """The appointments that stand in the roster in each of the rooms of these, by id."""
    near = (
        appointment.c.meeting_id.in_({row.meeting_id for row in rows}),
        appointment.c.starts_at.in_({row.starts_at for row in rows}),
    )
    columns = appointment.c.appointment_id, appointment.c.meeting_id, appointment.c.starts_at, appointment.c.ends_at
    stands = appointment.c.status == Status.BOOKED.value
    found: dict[_Room, list[str]] = {}
    for one in tx.execute(select(*columns).where(*near, stands).order_by(appointment.c.appointment_id)):
        found.setdefault(_room(one), []).append(one.appointment_id)
    return found


def _room(row: Row) -> _Room:
    return row.meeting_id, row.starts_at, row.ends_at
