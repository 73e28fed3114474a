"""How an appointment comes into the roster, is changed or is called off."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from datetime import datetime
from enum import StrEnum

from plugin.core.appointment import Appointment, Status
from plugin.core.deadline import next_look
from plugin.ports.queue import WorkKind
from plugin.service import booking_change
from plugin.service.rejoin import Rejoin
from plugin.storage import appointment as appointments
from plugin.storage.database import Transaction


def put_appointment(
    tx: Transaction,
    rejoin: Rejoin,
    appointment: Appointment,
    now: datetime,
    replaces: str | None = None,
    join_url: str | None = None,
) -> bool:
    """Write an appointment in the caller's transaction and ask for its first judgement.

    A new one is judged at its first deadline, a changed or cancelled one also at once. False when nothing changed.
    Putting the same appointment again is harmless.
    """
    appointments.lock(tx, appointment.appointment_id)  # who takes a seat in it changes it too
    known = appointments.load(tx, appointment.appointment_id)
    if known is not None:
        appointment = booking_change.completed(tx, known, appointment)
    if not appointments.put(tx, appointment, now, replaces, join_url):
        return False
    first = next_look(appointment, (), rejoin.policy, now)
    due_at = now if known or first is None or appointment.status is Status.CANCELLED else first
    rejoin.queue.request(tx, WorkKind.JUDGE, appointment.appointment_id, due_at)
    if known is not None:
        booking_change.follow(tx, rejoin, known, appointment, now)
    return True


# One transaction of an import: short enough that deliveries, which wait for the same writer, are stored in between.
AT_ONCE = 100
BREATH_SECONDS = 0.02


class Change(StrEnum):
    """What became of an appointment that was put into the roster."""

    NEW = "new"
    CHANGED = "changed"
    UNCHANGED = "unchanged"


def put_roster(rejoin: Rejoin, roster: Sequence[Appointment]) -> Iterator[Change]:
    """Write a whole roster, a hundred appointments in a transaction; yields what became of each, in its order.

    When it is interrupted, what was yielded stands, and doing it again does the rest.
    """
    for start in range(0, len(roster), AT_ONCE):
        portion = roster[start : start + AT_ONCE]
        now = rejoin.clock.now()
        with rejoin.db.begin() as tx:
            known = appointments.load_these(tx, [one.appointment_id for one in portion])
            changes = [_change(tx, rejoin, known, one, now) for one in portion]
        yield from changes
        if start + AT_ONCE < len(roster) and not rejoin.db.is_postgresql:
            time.sleep(BREATH_SECONDS)


def _change(tx: Transaction, rejoin: Rejoin, known: dict[str, Appointment], one: Appointment, now: datetime) -> Change:
    stood = known.get(one.appointment_id)
    if stood == one or not put_appointment(tx, rejoin, one, now):
        return Change.UNCHANGED
    return Change.CHANGED if stood else Change.NEW
