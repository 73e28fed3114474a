"""Whom an incident affects, kept in the transaction of the verdict: who joined, who left it and when."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import Row

from plugin.core.action import Action, ActionKind
from plugin.core.appointment import Appointment
from plugin.core.ticket import clock_time
from plugin.ports.queue import Claim, WorkKind
from plugin.service import ticketing
from plugin.service.drafting import ticket_key, zone_of
from plugin.service.rejoin import Rejoin
from plugin.storage import action as outbox
from plugin.storage import affected, work
from plugin.storage import appointment as appointments
from plugin.storage.database import Transaction

ROOM = "room"
"""The work is `room/APPOINTMENT`."""
_GONE = (outbox.WITHDRAWN, outbox.DECLINED)


def people(tx: Transaction, rows: Iterable[Row], now: datetime) -> frozenset[str]:
    """The people of the incident that stood at a moment among the actions of an appointment, as far as they had joined
    it by then; it stays theirs."""
    found: set[str] = set()
    for row in rows:
        if row.kind == "ticket" and row.incident and _stood(row, now):
            joined = affected.of_appointment(tx, ticket_key(row), row.appointment_id)
            found.update(set(row.participants) - {one.participant_id for one in joined if one.since_at > now})
    return frozenset(found)


def key_of(rows: Iterable[Row], now: datetime) -> str:
    """The key of the ticket of an incident of one meeting that stood at a moment among the actions of the appointments
    that share it; "" when none did. It keeps it when the roster of the room changes: one trouble, one ticket."""
    stood = [row for row in rows if row.incident and row.details.get("platform") is None and _stood(row, now)]
    return ticket_key(min(stood, key=lambda row: row.id)) if stood else ""


def _stood(row: Row, now: datetime) -> bool:
    """Whether an action stood at this moment, which may be that of a judgement of the past that is made again."""
    return row.created_at <= now and (row.state not in _GONE or row.updated_at > now)


def details(action: Action) -> dict:
    """What the outbox keeps of an incident that meetings share: the key of their ticket, and who told of it."""
    return {"shared": action.shared, "platform": action.platform} if action.shared else {}


def follow(tx: Transaction, rejoin: Rejoin, appointment: Appointment, action: Action, row: Row, now: datetime) -> None:
    """Bring the incident's people in line with the decision; the ticket, once it is open, is told who is back."""
    key, mine = ticket_key(row), appointment.appointment_id
    # The clinician of several appointments of one meeting is told of once.
    told = {one.participant_id for one in affected.of_ticket(tx, key) if action.meeting and one.appointment_id != mine}
    joined = [code for code in action.participants if code not in told and affected.join(tx, key, mine, code, now)]
    if joined and action.meeting:
        rejoin.queue.request(tx, WorkKind.WATCH, f"{ROOM}/{mine}", now)
    back = dict(action.back)
    zone = zone_of(appointment, action.participants)
    said = []
    for code in action.participants:
        if affected.recover(tx, key, mine, code, back.get(code)):
            said.append(f"{code} {_how(back.get(code), zone, appointment, now)}")
    if said and row.state == outbox.DONE and row.note is None:
        ticketing.annotate(tx, rejoin, row, f"{'; '.join(said)}.", now)


def _how(back_at: datetime | None, zone: ZoneInfo, appointment: Appointment, now: datetime) -> str:
    """How it is with somebody of an incident; what turns out when the session is over is nobody's return, nor that
    they went again."""
    if back_at is None:
        return "is cut off again" if now < appointment.ends_at else "lost a good part of the session to the trouble"
    if back_at > appointment.ends_at:
        return "turned out not to have been hit"
    return f"is back since {clock_time(back_at, zone)}"


def gather(rejoin: Rejoin, claim: Claim) -> None:
    """Ask for a judgement of the appointments that share the meeting of an incident and have tickets of their own: the
    trouble of their people is part of it now.

    In a transaction of its own: whoever judges holds the row of what is judged, and must not wait for those of others.
    """
    appointment_id, now = claim.subject.partition("/")[2], rejoin.clock.now()
    with rejoin.db.begin() as tx:
        if not work.holds(tx, claim):
            return
        if (one := appointments.load(tx, appointment_id)) is not None:
            near = appointments.concerned(tx, [one.meeting_id], one.starts_at, one.ends_at)
            times = one.starts_at, one.ends_at
            done = outbox.of_appointments(tx, [r.appointment_id for r in near if (r.starts_at, r.ends_at) == times])
            own = {number for number, rows in done.items() if any(_is_own(row, now) for row in rows)}
            rejoin.queue.request_all(tx, WorkKind.JUDGE, own, now)
        work.finish(tx, claim)


def _is_own(row: Row, now: datetime) -> bool:
    """Whether this is a ticket of one person whose reason stands."""
    return row.kind == ActionKind.TICKET and not row.incident and row.note is None and _stood(row, now)


def everybody_left(tx: Transaction, row: Row, now: datetime) -> None:
    """Write that those of this appointment are well again."""
    key = ticket_key(row)
    for person in affected.of_appointment(tx, key, row.appointment_id):
        affected.recover(tx, key, row.appointment_id, person.participant_id, now)
