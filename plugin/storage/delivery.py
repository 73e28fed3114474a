"""The inbox as the reader sees it: what came in, what it said, and to which appointment it belongs."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Row, Select, and_, bindparam, func, select, union, update

from plugin.core.appointment import Appointment
from plugin.core.event import EventKind
from plugin.storage.appointment import REACH
from plugin.storage.database import Transaction
from plugin.storage.identity import identify
from plugin.storage.insertion import insert
from plugin.storage.tables import delivery

BODY = "delivery.body_sealed"
ROW = (delivery.c.id, delivery.c.received_at, delivery.c.body_hash, delivery.c.event, delivery.c.kind, delivery.c.at)
# What changes a booking may come long before it.
OF_THE_BOOKING = tuple(
    kind.value for kind in (EventKind.MEETING_DELETED, EventKind.MEETING_RECOVERED, EventKind.MEETING_CHANGED)
)


def unread(tx: Transaction, limit: int) -> Sequence[Row]:
    """The oldest deliveries that nobody has read; on PostgreSQL other readers pass them by."""
    return tx.execute(
        select(delivery.c.id, delivery.c.received_at, delivery.c.body_sealed)
        .where(delivery.c.state == "new")
        .order_by(delivery.c.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    ).all()


_FOUND = ("state", "problem", "event", "kind", "at", "meeting_id", "instance", "appointment_id")
_SETTLE = (
    update(delivery)
    .where(delivery.c.id == bindparam("b_id"))
    .values({name: bindparam(f"b_{name}") for name in (*_FOUND, "read_in")})
)


def settle(tx: Transaction, readings: list[dict], read_in: int) -> None:
    """Write what the reader found in this transaction (`sighting.this_reading`): `id`, `state`, `problem`, `event`,
    `kind`, `at`, `meeting_id`, `instance`, `appointment_id` for each."""
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


def _statements_of_appointment() -> tuple[Select, ...]:
    """Four questions, each with its own index, instead of one that reads the whole table; written once."""
    in_reach = and_(delivery.c.at >= bindparam("opens"), delivery.c.at <= bindparam("closes"))
    before = and_(delivery.c.kind.in_(OF_THE_BOOKING), delivery.c.at < bindparam("starts_at"))
    of_meeting = [and_(delivery.c.meeting_id == bindparam("meeting_id"), when) for when in (in_reach, before)]
    instances = union(*(select(delivery.c.instance).where(one, delivery.c.instance != "") for one in of_meeting))
    of_instance = and_(delivery.c.instance.in_(instances), delivery.c.meeting_id == "", in_reach)
    own = and_(delivery.c.appointment_id == bindparam("appointment_id"), delivery.c.event.startswith("rejoin."))
    arrived = and_(delivery.c.state == "read", delivery.c.received_at <= bindparam("now"))
    return tuple(select(*ROW).where(mine, arrived) for mine in (*of_meeting, of_instance, own))


_OF_APPOINTMENT = _statements_of_appointment()


def of_appointment(tx: Transaction, appointment: Appointment, now: datetime) -> Sequence[Row]:
    """What may belong to this appointment and had arrived by `now`: rows without their bodies, in order of arrival.

    Events of its meeting number within a day of it, changes of the booking before that, whatever shares an instance
    with them (quality warnings carry no meeting number), and evidence of Rejoin's own that names it.
    """
    values = {
        "appointment_id": appointment.appointment_id,
        "meeting_id": appointment.meeting_id,
        "starts_at": appointment.starts_at,
        "opens": appointment.starts_at - REACH,
        "closes": appointment.ends_at + REACH,
        "now": now,
    }
    found: dict[int, Row] = {}
    for statement in _OF_APPOINTMENT:
        found.update((row.id, row) for row in tx.execute(statement, values))
    return [found[number] for number in sorted(found)]


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
