"""Seats in other groups in place of a session that was missed: which fit, who has one, who may still pick it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime

from sqlalchemy import Row

from plugin.core.appointment import Appointment
from plugin.core.interval import Span
from plugin.core.seat import Room, free_seats
from plugin.core.slot import Slot, Wish
from plugin.service.rejoin import Rejoin
from plugin.storage import offer as offers
from plugin.storage import seat as seats
from plugin.storage.database import Transaction
from plugin.storage.seat import Session


def fitting(
    tx: Transaction, rejoin: Rejoin, appointment: Appointment, offer: Row, wish: Wish, busy: Iterable[Span],
    now: datetime,
) -> tuple[tuple[Slot, ...], dict[Slot, int]]:  # fmt: skip
    """Every seat that fits this client in place of a session, and how many others may pick the same one.

    A session of the same kind and program; of the same module, where the roster names one.
    """
    window = (wish.earliest, wish.latest)
    found = seats.between(tx, appointment.kind.value, appointment.program_id, appointment.module, *window, now)
    found.pop(appointment.appointment_id, None)
    offered = _offered(tx, offer.id) if found else set()
    rooms = [_room(session, size_of(rejoin, session.row), offer.id, offered) for session in found.values()]
    by_id = {room.appointment_id: room for room in rooms}
    slots = free_seats(rooms, offer.participant_id, busy, wish)
    return slots, {slot: by_id[slot.appointment_id].rivals for slot in slots}


def still_free(tx: Transaction, rejoin: Rejoin, offer: Row, slots: Iterable[Slot], now: datetime) -> frozenset[Slot]:
    """Those of these seats that the client of the offer could get now: the session stands as it was, with room."""
    wanted = list(slots)
    found = seats.sessions(tx, [slot.appointment_id for slot in wanted], now)
    return frozenset(slot for slot in wanted if _fits(rejoin, offer, slot, found.get(slot.appointment_id)))


def take(tx: Transaction, rejoin: Rejoin, offer: Row, slot: Slot, now: datetime, until: datetime | None = None) -> bool:
    """Keep this seat for an offer until a moment, or for good; False when there is none any more."""
    session = seats.sessions(tx, [slot.appointment_id], now).get(slot.appointment_id)
    if not _fits(rejoin, offer, slot, session):
        return False
    return seats.take(tx, slot.appointment_id, size_of(rejoin, session.row), offer.id, now, until)


def keep(
    tx: Transaction, rejoin: Rejoin, offer: Row, slots: Sequence[Slot], now: datetime, until: datetime
) -> tuple[Slot, ...]:
    """Keep these seats for an offer in place of those it kept; returns those that could be had."""
    seats.release(tx, offer.id)
    in_order = sorted(slots, key=lambda slot: slot.appointment_id)  # so that two never wait for each other in a circle
    kept = {slot for slot in in_order if take(tx, rejoin, offer, slot, now, until)}
    return tuple(slot for slot in slots if slot in kept)


def size_of(rejoin: Rejoin, session: Row) -> int:
    """How many clients there is room for in a session: what the roster says, else the policy for its kind.

    0 when nobody else may join it.
    """
    return rejoin.policy.seats.get(session.kind, 0) if session.capacity is None else session.capacity


def _fits(rejoin: Rejoin, offer: Row, slot: Slot, session: Session | None) -> bool:
    if session is None or (session.row.starts_at, session.row.ends_at) != (slot.starts_at, slot.ends_at):
        return False
    size = size_of(rejoin, session.row)
    return offer.participant_id not in session.clients and session.left(size, offer.id) > 0


def _room(session: Session, size: int, offer_id: int, offered: Collection[tuple[int, str]]) -> Room:
    row, kept = session.row, {one.offer_id for one in session.seats}
    others = {number for number, code in offered if code == row.appointment_id and number not in kept}
    members = session.clients | {one.participant_id for one in session.seats if one.held_until is None}
    return Room(
        row.appointment_id, row.starts_at, row.ends_at, row.module, size, session.left(size, offer_id), members,
        len(others),
    )  # fmt: skip


def _offered(tx: Transaction, but: int) -> set[tuple[int, str]]:
    """Which other offers show a seat in which session."""
    rows = [row for row in offers.of_seats(tx) if row.id != but]
    return {(row.id, slot.appointment_id) for row in rows for slot in offers.slots_of(row)}
