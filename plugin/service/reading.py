"""From the inbox to the appointments concerned: what arrived is read, and whoever it is about is judged again."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

import structlog
from sqlalchemy import Row
from sqlalchemy.exc import InterfaceError, OperationalError

from plugin.core.booking import OF_THE_BOOKING
from plugin.core.event import Event, EventKind
from plugin.ports.queue import WorkKind
from plugin.ports.retry import trouble
from plugin.service import flooding, metrics
from plugin.service.memory import Memory
from plugin.service.rejoin import Rejoin
from plugin.service.straying import sessions_of_strays, sessions_of_tries
from plugin.storage import appointment, delivery, sighting
from plugin.storage.database import Transaction
from webhooks.wire import name_of, read_event
from webhooks.wire_problem import UnknownEvent, Unreadable

log = structlog.get_logger(__name__)
_TOLD = ("kind", "at", "meeting_id", "instance", "appointment_id", "account_id")


def read_inbox(rejoin: Rejoin, limit: int = 500) -> int:
    """Read up to `limit` new deliveries in one transaction; returns how many.

    1. Take the oldest new ones (other readers pass them by).
    2. Read each: `read`, `ignored` (an event that Rejoin does not know) or `failed` (with what is wrong with it). A
       delivery that cannot be read never stops the others.
    3. What strangers flood a meeting with is `ignored` (plugin/service/flooding.py).
    4. Ask for a judgement of every appointment concerned. When the transaction fails, all stay new.

    When it fails for another reason than the database, fewer are read, down to the one at which it fails: of that one
    only what it says itself is kept, and the appointments of its own meeting are judged again.
    """
    taken: list[int] = []
    try:
        return _read_portion(rejoin, limit, taken)
    except (OperationalError, InterfaceError):
        raise  # the database is away or busy: that is nothing about any delivery
    except Exception as error:
        if not taken:
            raise
        log.error("reading-parted", deliveries=limit, error=trouble(error))
    return read_inbox(rejoin, limit // 2) if limit > 1 else _read_portion(rejoin, 1, [], plainly=taken[0])


def _read_portion(rejoin: Rejoin, limit: int, taken: list[int], plainly: int | None = None) -> int:
    """Read a portion and say in `taken` what is in it; `plainly` is the one of which only its own word is kept."""
    with rejoin.db.begin() as tx:
        rows = delivery.unread(tx, limit, plainly)
        taken += [row.id for row in rows]
        if not rows:
            return 0
        readings = [_read(tx, row) for row in rows]
        if plainly is not None:
            to_judge = _of_its_meeting(tx, readings)
        else:
            to_judge = _place(tx, rejoin, readings)
        delivery.settle(tx, readings, sighting.this_reading(tx))
        rejoin.queue.request_all(tx, WorkKind.JUDGE, sorted(to_judge), rejoin.clock.now())
    log.info("deliveries-read", deliveries=[reading["id"] for reading in readings])
    for reading in readings:
        # Of what cannot be read the name of the event is the sender's own word, and there may be any number of them.
        metrics.read_total.labels(reading["event"] if reading["read"] else "other", reading["state"]).inc()
        log.debug(
            "delivery-read", delivery=reading["id"], state=reading["state"], appointment=reading["appointment_id"]
        )
        if reading["state"] == "failed":
            log.warning("delivery-unreadable", delivery=reading["id"], problem=reading["problem"])
    return len(rows)


def _place(tx: Transaction, rejoin: Rejoin, readings: list[dict]) -> set[str]:
    """Say of each reading to which appointment it belongs; returns all appointments that they concern."""
    _find_meetings(tx, readings)
    usable = [reading for reading in readings if reading["read"]]
    concerned = _concerned(tx, rejoin, usable)
    if unread := flooding.left_unread(tx, rejoin, usable, concerned.nearest):
        usable = _without(readings, unread)
        concerned = _concerned(tx, rejoin, usable)
    for reading in usable:
        nearest = concerned.nearest.get(reading["id"])
        reading["appointment_id"] = (nearest and nearest.appointment_id) or reading["appointment_id"] or None
    return concerned.to_judge


def _of_its_meeting(tx: Transaction, readings: Iterable[dict]) -> set[str]:
    """The appointments of the meeting of each, when more than that could not be asked."""
    found = {reading["appointment_id"] for reading in readings if reading["appointment_id"]}
    for reading in readings:
        if reading["read"]:
            reading["problem"] = "whom else it concerns could not be found out"
            at = reading["at"]
            found |= {row.appointment_id for row in appointment.concerned(tx, [reading["meeting_id"]], at, at)}
    return found


class _Concerned:
    """Whom a batch of events is about."""

    def __init__(self) -> None:
        self.to_judge: set[str] = set()
        self.nearest: dict[int, Row] = {}


def _read(tx: Transaction, row) -> dict:
    reading = dict.fromkeys(("problem", "event", *_TOLD))
    reading |= {"id": row.id, "state": "failed", "read": None}
    try:
        body = tx.vault.open(delivery.BODY, row.body_sealed)
        event = read_event(body, delivery=row.id, received_at=row.received_at)
    except UnknownEvent as unknown:
        return reading | {"state": "ignored", "event": str(unknown), "problem": "an event that Rejoin does not know"}
    except Unreadable as problem:
        return reading | {"problem": str(problem)}
    except Exception as error:
        # Whatever a body can do to the reader, it does it to itself alone.
        return reading | {"problem": f"reading it raised {type(error).__name__}"}
    return reading | {
        "state": "read",
        "read": event,
        "event": name_of(body),
        "kind": event.kind.value,
        "at": event.at,
        "meeting_id": event.meeting_id,
        "instance": event.instance,
        "appointment_id": event.appointment_id,
        "account_id": event.account_id,
    }


def _without(readings: Iterable[dict], unread: set[int]) -> list[dict]:
    """The usable ones, after those that are left unread were made as if nothing was understood of them."""
    for reading in readings:
        if reading["id"] in unread:
            reading |= dict.fromkeys(("read", *_TOLD))
            reading |= {"state": "ignored", "problem": flooding.PROBLEM}
    return [reading for reading in readings if reading["read"]]


def _find_meetings(tx: Transaction, readings: Iterable[dict]) -> None:
    """Quality warnings carry no meeting number; another delivery of the same instance tells it."""
    without = [r for r in readings if r["read"] and not r["meeting_id"] and r["instance"]]
    known = {r["instance"]: r["meeting_id"] for r in readings if r["meeting_id"]}
    known |= delivery.meetings_of(tx, sorted({r["instance"] for r in without} - known.keys()))
    for reading in without:
        reading["through"] = known.get(reading["instance"], "")


def _concerned(tx: Transaction, rejoin: Rejoin, readings: list[dict]) -> _Concerned:
    """Which appointments are to be judged again: those of the meeting that are on, over, or about to start, and those
    elsewhere that somebody who arrived there may be missing from.

    One that starts later is judged at its own first deadline and sees these events then, unless the booking itself
    changed.
    """
    found, now = _Concerned(), rejoin.clock.now()
    by_meeting: dict[str, list[dict]] = {}
    for reading in readings:
        reading.pop("distance", None)
        event = reading["read"]
        if event.kind is EventKind.PLATFORM_INCIDENT:
            found.to_judge |= _hit(tx, event, now)
        elif reading["appointment_id"]:
            found.to_judge.add(reading["appointment_id"])
        elif meeting := reading["meeting_id"] or reading.get("through"):
            by_meeting.setdefault(meeting, []).append(reading)
    found.to_judge |= sessions_of_tries(tx, [reading["read"] for reading in readings])
    if not by_meeting:
        return found
    times = [reading["at"] for group in by_meeting.values() for reading in group]
    horizon = max(*times, now) + timedelta(days=60) if _books(readings) else max(times)
    of_meeting: dict[str, list[Row]] = {}
    for row in appointment.concerned(tx, by_meeting, min(times), horizon):
        of_meeting.setdefault(row.meeting_id, []).append(row)
        for reading in by_meeting[row.meeting_id]:
            event = reading["read"]
            near = row.starts_at - appointment.REACH <= event.at <= row.ends_at + appointment.REACH
            booking = event.kind in OF_THE_BOOKING and event.at < row.starts_at
            if near and not reading.get("distance", timedelta.max) <= (distance := _distance(row, event.at)):
                reading["distance"] = distance
                found.nearest[reading["id"]] = row
            if booking or (near and row.starts_at - timedelta(hours=1) <= now):
                found.to_judge.add(row.appointment_id)
    arrived = [reading["read"] for group in by_meeting.values() for reading in group]
    found.to_judge |= sessions_of_strays(tx, rejoin, arrived, of_meeting)
    return found


def _hit(tx: Transaction, incident: Event, now: datetime) -> set[str]:
    """Whom an incident of the platform concerns: whoever met in its time, as it is told now or was told before."""
    before = delivery.of_incidents(tx, [incident.instance] if incident.instance else [], now)
    told = [incident, *Memory().readable(tx, before)]
    begin, end = min(one.at for one in told), max(one.ended_at or now for one in told)
    return set(appointment.ids_between(tx, begin, end))


def _books(readings: list[dict]) -> bool:
    return any(reading["read"].kind in OF_THE_BOOKING for reading in readings)


def _distance(row, at: datetime) -> timedelta:
    if at < row.starts_at:
        return row.starts_at - at
    return max(at - row.ends_at, timedelta())
