"""Bookings and their steps. A booking is `making`, `booked` or `called-off`; a step is `open`, `calling` or `done`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Row, select, update

from plugin.storage.database import Transaction
from plugin.storage.insertion import insert
from plugin.storage.tables import booking as table
from plugin.storage.tables import booking_step as step_table

MAKING, BOOKED, CALLED_OFF = "making", "booked", "called-off"
OPEN, CALLING, DONE = "open", "calling", "done"


def put_once(
    tx: Transaction, key: str, offer_id: int, appointment_id: str, replaces: str, participant_id: str, host_id: str,
    now: datetime, seat_in: str | None = None,
) -> Row:  # fmt: skip
    """Begin a booking; one that was begun already is returned as it stands.

    `seat_in` is the number of the meeting when it is a seat in a session that stands already.
    """
    tx.execute(
        insert(tx, table)
        .values(
            key=key, offer_id=offer_id, appointment_id=appointment_id, replaces=replaces,
            participant_id=participant_id, host_id=host_id, seat=seat_in is not None, meeting_id=seat_in, state=MAKING,
            sequence=0, created_at=now, updated_at=now,
        )
        .on_conflict_do_nothing(index_elements=[table.c.key])
    )  # fmt: skip
    return tx.execute(select(table).where(table.c.key == key)).one()


def load(tx: Transaction, key: str) -> Row | None:
    """The booking with this key, or None."""
    return tx.execute(select(table).where(table.c.key == key)).first()


def of_appointment(tx: Transaction, appointment_id: str) -> Row | None:
    """The booking that this appointment came from, or None."""
    return tx.execute(select(table).where(table.c.appointment_id == appointment_id, ~table.c.seat)).first()


def all_of_appointment(tx: Transaction, appointment_id: str) -> Sequence[Row]:
    """Every booking of a place in this appointment, with the seats of those who come from other groups."""
    query = select(table).where(table.c.appointment_id == appointment_id)
    return tx.execute(query.order_by(table.c.created_at, table.c.key)).all()


def of_offer(tx: Transaction, offer_id: int) -> Row | None:
    """The booking of an accepted offer, or None when nobody has begun it."""
    return tx.execute(select(table).where(table.c.offer_id == offer_id)).first()


def keep(tx: Transaction, key: str, now: datetime, meeting_url: str = "", own_url: str = "", **values) -> None:
    """Write what a step found out; links are sealed."""
    if meeting_url:
        values["meeting_url_sealed"] = tx.vault.seal("booking.meeting_url_sealed", meeting_url)
    if own_url:
        values["own_url_sealed"] = tx.vault.seal("booking.own_url_sealed", own_url)
    tx.execute(update(table).where(table.c.key == key).values(updated_at=now, **values))


def move(tx: Transaction, key: str, from_states: Sequence[str], state: str, now: datetime, **values) -> bool:
    """Change the state by compare-and-set; False when it is in none of `from_states` any more."""
    query = update(table).where(table.c.key == key, table.c.state.in_(from_states))
    return bool(tx.execute(query.values(state=state, updated_at=now, **values)).rowcount)


def meeting_url(tx: Transaction, row: Row) -> str:
    """The link into the meeting for anybody."""
    return _opened(tx, "booking.meeting_url_sealed", row.meeting_url_sealed)


def own_url(tx: Transaction, row: Row) -> str:
    """The person's own link into the meeting; "" when the provider gave none."""
    return _opened(tx, "booking.own_url_sealed", row.own_url_sealed)


def step(tx: Transaction, key: str, name: str) -> Row | None:
    """One step of a booking, or None when nobody has begun it."""
    query = select(step_table).where(step_table.c.key == key, step_table.c.step == name)
    return tx.execute(query).first()


def steps(tx: Transaction, key: str) -> Sequence[Row]:
    """The steps of a booking in the order in which they were begun."""
    return tx.execute(select(step_table).where(step_table.c.key == key).order_by(step_table.c.begun_at)).all()


def begin_step(tx: Transaction, key: str, name: str, now: datetime) -> None:
    """Write that somebody is at a step from now on."""
    values = {"state": CALLING, "begun_at": now}
    tx.execute(
        insert(tx, step_table)
        .values(key=key, step=name, tries=1, **values)
        .on_conflict_do_update(
            index_elements=[step_table.c.key, step_table.c.step], set_=values | {"tries": step_table.c.tries + 1}
        )
    )


def still_mine(tx: Transaction, key: str, name: str, begun_at: datetime, now: datetime) -> bool:
    """Whether nobody else has begun this step since; if so, it is this worker's from now on."""
    return _change_step(tx, key, name, begun_at, begun_at=now)


def release_step(tx: Transaction, key: str, name: str, begun_at: datetime) -> None:
    """The call was not made, or refused: whoever comes next need not wait."""
    _change_step(tx, key, name, begun_at, state=OPEN)


def finish_step(tx: Transaction, key: str, name: str, now: datetime) -> None:
    """The step is done, whoever did it."""
    query = update(step_table).where(step_table.c.key == key, step_table.c.step == name)
    tx.execute(query.values(state=DONE, done_at=now))


def _change_step(tx: Transaction, key: str, name: str, since: datetime, **values) -> bool:
    mine = (
        step_table.c.key == key, step_table.c.step == name, step_table.c.state == CALLING,
        step_table.c.begun_at == since,
    )  # fmt: skip
    return bool(tx.execute(update(step_table).where(*mine).values(**values)).rowcount)


def _opened(tx: Transaction, place: str, sealed: bytes | None) -> str:
    return tx.vault.open_text(place, sealed) if sealed else ""
