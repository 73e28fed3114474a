"""How an appointment comes into the roster, is changed or is called off."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

import msgspec

from plugin.core.appointment import Appointment, Status
from plugin.core.deadline import next_look
from plugin.ports.queue import WorkKind
from plugin.service import booking_change
from plugin.service.rejoin import Rejoin
from plugin.service.roster_change import touched
from plugin.storage import appointment as appointments
from plugin.storage.database import Transaction


class _Written(NamedTuple):
    """An appointment as it stands now, and as it stood before; `first` is when it is looked at."""

    before: Appointment | None
    after: Appointment
    first: datetime


def put_appointment(
    tx: Transaction,
    rejoin: Rejoin,
    appointment: Appointment,
    now: datetime,
    replaces: str | None = None,
    join_url: str | None = None,
) -> bool:
    """Write an appointment in the caller's transaction and ask for its first judgement.

    A new one is judged at its first deadline, a changed or cancelled one also at once, and so are the sessions beside
    it whose verdicts rest on it. False when nothing changed. Putting the same appointment again is harmless.
    """
    written = _write(tx, rejoin, _in_its_zone(rejoin, appointment), now, replaces, join_url)
    if written is not None:
        _follow(tx, rejoin, [written], now)
    return written is not None


def _write(
    tx: Transaction,
    rejoin: Rejoin,
    appointment: Appointment,
    now: datetime,
    replaces: str | None = None,
    join_url: str | None = None,
) -> _Written | None:
    appointments.lock(tx, appointment.appointment_id)  # who takes a seat in it changes it too
    known = appointments.load(tx, appointment.appointment_id)
    if known is not None:
        appointment = booking_change.completed(tx, known, appointment)
    if not appointments.put(tx, appointment, now, replaces, join_url):
        return None
    first = next_look(appointment, (), rejoin.policy, now)
    at_once = known or first is None or appointment.status is Status.CANCELLED
    return _Written(known, appointment, now if at_once else first)


def _in_its_zone(rejoin: Rejoin, appointment: Appointment) -> Appointment:
    """The appointment in the zone that it names; where it names none, in the program's own, in which its staff read."""
    if appointment.timezone:
        return appointment
    return msgspec.structs.replace(appointment, timezone=rejoin.settings.timezone)


def name_zones(rejoin: Rejoin) -> None:
    """Give the program's own zone to appointments that stand without one, as earlier versions stored them."""
    with rejoin.db.read() as tx:
        if not appointments.any_without_zone(tx):
            return
    with rejoin.db.begin() as tx:
        appointments.name_zones(tx, rejoin.settings.timezone)


def _follow(tx: Transaction, rejoin: Rejoin, written: Sequence[_Written], now: datetime) -> None:
    """Ask for what follows: first the judgements, in one order as everywhere, then what goes out because of it."""
    versions = [version for one in written for version in (one.before, one.after) if version is not None]
    asked = dict.fromkeys(touched(tx, rejoin, versions, now), now)
    for one in written:
        asked.setdefault(one.after.appointment_id, one.first)
    for number in sorted(asked):
        rejoin.queue.request(tx, WorkKind.JUDGE, number, asked[number])
    for one in written:
        if one.before is not None:
            booking_change.follow(tx, rejoin, one.before, one.after, now)


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
        portion = [_in_its_zone(rejoin, one) for one in roster[start : start + AT_ONCE]]
        now = rejoin.clock.now()
        with rejoin.db.begin() as tx:
            known = appointments.load_these(tx, [one.appointment_id for one in portion])
            changes = [_change(tx, rejoin, known, one, now) for one in portion]
            _follow(tx, rejoin, [change for change in changes if change is not None], now)
        yield from map(_in_a_word, changes)
        if start + AT_ONCE < len(roster) and not rejoin.db.is_postgresql:
            time.sleep(BREATH_SECONDS)


def _change(
    tx: Transaction, rejoin: Rejoin, known: dict[str, Appointment], one: Appointment, now: datetime
) -> _Written | None:
    return None if known.get(one.appointment_id) == one else _write(tx, rejoin, one, now)


def _in_a_word(written: _Written | None) -> Change:
    if written is None:
        return Change.UNCHANGED
    return Change.CHANGED if written.before else Change.NEW
