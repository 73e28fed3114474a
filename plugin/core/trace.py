"""What was seen of one person's connections: what tech support needs to help, and nothing that says who it is.

A trace is an allow-list by its type: codes, moments, numbers, and words of our own lists. No text that a person or a
device wrote can get into it.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

import msgspec

from plugin.core.appointment import Appointment, Participant, Role
from plugin.core.case import Case
from plugin.core.event import Device, Event, EventKind, LeaveReason, Network
from plugin.core.furnishing import room_of
from plugin.core.policy import Policy
from plugin.core.presence import show_phone
from plugin.core.room import Room
from plugin.core.surroundings import Surroundings


class Drop(msgspec.Struct, frozen=True):
    """A connection that ended before its time: when, the class of the reason, and when they were back, if they were."""

    at: datetime
    reason: LeaveReason
    back_at: datetime | None = None


class Trace(msgspec.Struct, frozen=True):
    """One person in one session; moments are aware UTC.

    `connections` counts how often they came in, `short` those that ended at once; `warned` are Zoom's warnings of their
    network, `opened` when they opened their join link; `device` and `network` are those told last.
    """

    participant_id: str
    role: Role
    drops: tuple[Drop, ...] = ()
    connections: int = 0
    short: int = 0
    warned: tuple[datetime, ...] = ()
    opened: tuple[datetime, ...] = ()
    waiting_now: bool = False
    by_phone: bool = False
    device: Device | None = None
    network: Network | None = None


def traces(appointment: Appointment, events: Iterable[Event], policy: Policy, now: datetime) -> dict[str, Trace]:
    """The trace of every expected person, from what had arrived by `now`, in any order and repeated at will."""
    events = tuple(events)
    room = room_of(appointment, events, Surroundings(), policy, now)
    told = _equipment(e for e in events if e.received_at <= now)
    return {p.participant_id: _trace(room, p, told) for p in appointment.participants}


def _trace(room: Room, person: Participant, told: dict[tuple[str, str], Event]) -> Trace:
    case = Case.of(room, person)
    code = person.participant_id
    mine = [v for v in room.timeline.visits if v.match.person and v.match.person.participant_id == code]
    events = sorted([e for v in mine for e in v.events], key=lambda e: (e.at, e.delivery))
    equipment = [told[key] for key in dict.fromkeys((e.instance, e.connection) for e in events) if key in told]
    stays = case.mine(case.attendance.stays)
    limit = room.thresholds.short_connection
    ended = [(a, b) for a, b in stays if b < room.horizon.now]
    return Trace(
        participant_id=code,
        role=person.role,
        drops=tuple(Drop(d.at, d.reason, d.back_at) for d in case.departures if d.drop or d.unexplained),
        connections=len(stays),
        short=len([1 for a, b in ended if b - a < limit]),
        warned=tuple(sorted({e.at for e in events if e.kind is EventKind.QUALITY_WARNING})),
        opened=tuple(e.at for e in case.told_of(EventKind.JOIN_CLICKED)),
        waiting_now=case.waiting_now(),
        by_phone=case.attendance.by_phone and show_phone(case.told_here()),
        device=next((e.device for e in reversed(equipment) if e.device), None),
        network=next((e.network for e in reversed(equipment) if e.network), None),
    )


def _equipment(events: Iterable[Event]) -> dict[tuple[str, str], Event]:
    """What was told last of each connection's device and network, by instance and connection."""
    found: dict[tuple[str, str], Event] = {}
    for event in sorted(events, key=lambda e: (e.at, e.delivery)):
        if event.kind is EventKind.EQUIPMENT_TOLD:
            before = found.get((event.instance, event.connection))
            device = event.device or (before.device if before else None)
            network = event.network or (before.network if before else None)
            found[event.instance, event.connection] = msgspec.structs.replace(event, device=device, network=network)
    return found
