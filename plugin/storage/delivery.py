"""The inbox as the reader sees it: what came in, what it said, and to which appointment it belongs."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import CompoundSelect, Row, and_, bindparam, func, select, true, union_all, update

from plugin.core import booking
from plugin.core.appointment import Appointment
from plugin.core.event import EventKind
from plugin.storage.appointment import REACH
from plugin.storage.database import Transaction
from plugin.storage.identity import identify
from plugin.storage.insertion import insert
from plugin.storage.tables import delivery

BODY = "delivery.body_sealed"
ROW = (
    delivery.c.id, delivery.c.received_at, delivery.c.read_in, delivery.c.body_hash, delivery.c.event, delivery.c.kind,
    delivery.c.at,
)  # fmt: skip
OF_OURS = "rejoin."
"""So begin the names of events of Rejoin's own."""
OF_THE_BOOKING = tuple(sorted(kind.value for kind in booking.OF_THE_BOOKING))


def unread(tx: Transaction, limit: int, only: int | None = None) -> Sequence[Row]:
    """The oldest deliveries that nobody has read, or a certain one; on PostgreSQL other readers pass them by."""
    return tx.execute(
        select(delivery.c.id, delivery.c.received_at, delivery.c.body_sealed)
        .where(delivery.c.state == "new", true() if only is None else delivery.c.id == only)
        .order_by(delivery.c.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    ).all()


_FOUND = ("state", "problem", "event", "kind", "at", "meeting_id", "instance", "appointment_id", "account_id")
_SETTLE = (
    update(delivery)
    .where(delivery.c.id == bindparam("b_id"))
    .values({name: bindparam(f"b_{name}") for name in (*_FOUND, "read_in")})
)


def settle(tx: Transaction, readings: list[dict], read_in: int) -> None:
    """Write what the reader found in this transaction (`sighting.this_reading`): `id`, `state`, `problem`, `event`,
    `kind`, `at`, `meeting_id`, `instance`, `appointment_id`, `account_id` for each."""
    if readings:
        rows = [{f"b_{name}": reading[name] for name in ("id", *_FOUND)} for reading in readings]
        tx.execute(_SETTLE, [row | {"b_read_in": read_in} for row in rows])


def store(tx: Transaction, body: bytes, received_at: datetime) -> int | None:
    """Store a body that did not come through the receiver; None when the very same stands already."""
    return tx.execute(
        insert(tx, delivery)
        .values(
            body_hash=identify(body, None).body_hash,
            received_at=received_at,
            body_sealed=tx.vault.seal(BODY, body),
            state="new",
        )
        .on_conflict_do_nothing(index_elements=[delivery.c.body_hash])
        .returning(delivery.c.id)
    ).scalar()


def meetings_of(tx: Transaction, instances: Sequence[str]) -> dict[str, str]:
    """The meeting number of each instance, as far as another delivery told it."""
    if not instances:
        return {}
    rows = tx.execute(
        select(delivery.c.instance, func.max(delivery.c.meeting_id))
        .where(delivery.c.instance.in_(instances), delivery.c.meeting_id != "")
        .group_by(delivery.c.instance)
    )
    return {row[0]: row[1] for row in rows}


def _statement_of_appointments() -> CompoundSelect:
    """Four questions in one, each with its own index, instead of one that reads the whole table; written once."""
    in_reach = and_(delivery.c.at >= bindparam("opens"), delivery.c.at <= bindparam("closes"))
    before = and_(delivery.c.kind.in_(OF_THE_BOOKING), delivery.c.at < bindparam("latest"))
    meetings = delivery.c.meeting_id.in_(bindparam("meetings", expanding=True))
    of_meeting = [and_(meetings, when) for when in (in_reach, before)]
    instances = union_all(*(select(delivery.c.instance).where(one, delivery.c.instance != "") for one in of_meeting))
    # Not as a plain condition: to both databases that looks like a good way in, and it leads through a whole day.
    without_meeting = delivery.c.meeting_id + "" == ""
    of_instance = and_(delivery.c.instance.in_(instances), without_meeting, in_reach)
    named = delivery.c.appointment_id.in_(bindparam("ids", expanding=True))
    # What a report of Zoom's tells is of its meeting, whichever appointment that was when it was read.
    own = and_(named, delivery.c.event.startswith(OF_OURS), without_meeting)
    # Only what was read has a kind; a condition on `state` would lead along an index that holds everything.
    read = delivery.c.kind.is_not(None)
    columns = (*ROW, delivery.c.meeting_id, delivery.c.instance, delivery.c.appointment_id)
    return union_all(*(select(*columns).where(mine, read) for mine in (*of_meeting, of_instance, own)))


_OF_APPOINTMENTS = _statement_of_appointments()


class Received(NamedTuple):
    """What may belong to an appointment and had arrived by some moment, and when the next of it did: a little later, by
    the clock of another machine that is ahead."""

    rows: Sequence[Row]
    next_at: datetime | None


def of_appointments(tx: Transaction, appointments: Sequence[Appointment], now: datetime) -> dict[str, Received]:
    """What may belong to each of these appointments and had arrived by `now`: rows without their bodies, in order of
    arrival, by the appointment's id. Those asked for together should lie near each other in time.

    Events of its meeting number within a day of it, changes of the booking before that, whatever shares an instance
    with them (quality warnings carry no meeting number), and evidence of Rejoin's own that names it.
    """
    if not appointments:
        return {}
    values = {
        "ids": [one.appointment_id for one in appointments],
        "meetings": sorted({one.meeting_id for one in appointments}),
        "latest": max(one.starts_at for one in appointments),
        "opens": min(one.starts_at for one in appointments) - REACH,
        "closes": max(one.ends_at for one in appointments) + REACH,
    }
    by_meeting, by_instance, by_name = _grouped({row.id: row for row in tx.execute(_OF_APPOINTMENTS, values)}.values())
    found = {}
    for one in appointments:
        opens, closes = one.starts_at - REACH, one.ends_at + REACH
        near = [row for row in by_meeting.get(one.meeting_id, ()) if opens <= row.at <= closes or _books(row, one)]
        rest = [row for instance in {row.instance for row in near} for row in by_instance.get(instance, ())]
        mine = [*near, *(row for row in rest if opens <= row.at <= closes), *by_name.get(one.appointment_id, ())]
        known = sorted({row.id: row for row in mine}.values(), key=lambda row: row.id)
        later = min((row.received_at for row in known if row.received_at > now), default=None)
        found[one.appointment_id] = Received([row for row in known if row.received_at <= now], later)
    return found


def of_appointment(tx: Transaction, appointment: Appointment, now: datetime) -> Sequence[Row]:
    """What may belong to one appointment and had arrived by `now`."""
    return of_appointments(tx, [appointment], now)[appointment.appointment_id].rows


def _books(row: Row, one: Appointment) -> bool:
    return row.kind in OF_THE_BOOKING and row.at < one.starts_at


_Groups = dict[str, list[Row]]


def _grouped(rows: Iterable[Row]) -> tuple[_Groups, _Groups, _Groups]:
    """Rows by their meeting; without one by their instance; evidence of Rejoin's own by the appointment it names."""
    by_meeting, by_instance, by_name = {}, {}, {}
    for row in rows:
        if row.meeting_id:
            by_meeting.setdefault(row.meeting_id, []).append(row)
        elif row.instance:
            by_instance.setdefault(row.instance, []).append(row)
        elif row.appointment_id and row.event.startswith(OF_OURS):
            by_name.setdefault(row.appointment_id, []).append(row)
    return by_meeting, by_instance, by_name


def of_incidents(tx: Transaction, names: Sequence[str], now: datetime) -> Sequence[Row]:
    """What had been read by `now` of the incidents of the platform with these names, in order of arrival."""
    if not names:
        return ()
    named = and_(delivery.c.instance.in_(names), delivery.c.kind == EventKind.PLATFORM_INCIDENT.value)
    query = select(*ROW).where(named, delivery.c.state == "read", delivery.c.received_at <= now)
    return tx.execute(query.order_by(delivery.c.id)).all()


def these(tx: Transaction, ids: Sequence[int]) -> Sequence[Row]:
    """Deliveries by their numbers, as the judgement reads them: without their bodies, in order of arrival."""
    return tx.execute(select(*ROW).where(delivery.c.id.in_(ids)).order_by(delivery.c.id)).all() if ids else ()


_BODIES = select(delivery.c.id, delivery.c.body_sealed).where(delivery.c.id.in_(bindparam("ids", expanding=True)))


def bodies(tx: Transaction, ids: Sequence[int]) -> dict[int, bytes]:
    """The raw bodies of these deliveries."""
    found: dict[int, bytes] = {}
    for start in range(0, len(ids), 500):
        rows = tx.execute(_BODIES, {"ids": ids[start : start + 500]})
        found.update((row.id, tx.vault.open(BODY, row.body_sealed)) for row in rows)
    return found


def more_than(tx: Transaction, appointment_id: str, most: int) -> bool:
    """Whether more than so many deliveries belong to this appointment; costs no more than to count to there."""
    one_more = select(delivery.c.id).where(delivery.c.appointment_id == appointment_id).offset(most).limit(1)
    return tx.execute(one_more).first() is not None


def which_stand(tx: Transaction, bodies: Sequence[bytes]) -> set[bytes]:
    """Which of these very bodies are in the inbox."""
    by_hash = {identify(body, None).body_hash: body for body in bodies}
    found = tx.execute(select(delivery.c.body_hash).where(delivery.c.body_hash.in_(by_hash))) if bodies else ()
    return {by_hash[bytes(row.body_hash)] for row in found}


def told(tx: Transaction, appointment_id: str, event: str) -> list[dict]:
    """What was told of one appointment by this event of Rejoin's own, in order of arrival: the payloads."""
    rows = tx.execute(
        select(delivery.c.body_sealed)
        .where(delivery.c.appointment_id == appointment_id, delivery.c.event == event)
        .order_by(delivery.c.id)
    )
    return [json.loads(tx.vault.open(BODY, row.body_sealed))["payload"] for row in rows]


def told_by(tx: Transaction, number: int) -> dict[str, str]:
    """Who told what tech support found, and at which ticket: login, code, ticket."""
    payload = json.loads(bodies(tx, [number])[number])["payload"]
    return {"login": payload.get("by", ""), "code": payload.get("code", ""), "ticket": payload.get("ticket", "")}


def arrivals(tx: Transaction, ids: Sequence[int]) -> dict[int, datetime]:
    """When these deliveries arrived."""
    found: dict[int, datetime] = {}
    for start in range(0, len(ids), 500):
        query = select(delivery.c.id, delivery.c.received_at).where(delivery.c.id.in_(ids[start : start + 500]))
        found.update((row.id, row.received_at) for row in tx.execute(query))
    return found


class Backlog(NamedTuple):
    """What nobody has read yet, since when, and what could not be read."""

    unread: int
    oldest_at: datetime | None
    failed: int


def backlog(tx: Transaction) -> Backlog:
    """How far the reader is behind; costs as much as there is to read, whatever was read already."""
    unread, oldest_at = tx.execute(
        select(func.count(), func.min(delivery.c.received_at)).where(delivery.c.state == "new")
    ).one()
    failed = tx.execute(select(func.count()).where(delivery.c.state == "failed")).scalar_one()
    return Backlog(unread, oldest_at, failed)


def newest_arrival(tx: Transaction) -> datetime | None:
    """When the newest delivery arrived."""
    return tx.execute(select(delivery.c.received_at).order_by(delivery.c.id.desc()).limit(1)).scalar()
