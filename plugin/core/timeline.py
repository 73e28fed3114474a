"""Deliveries folded into one timeline per appointment: who was there when, independent of arrival order and repetition.

One connection is one (instance, connection number); a `left` closes only its own. Connections of one stay belong to
one person, whatever name they show; a phone leg that is bound to a stay belongs to it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from itertools import pairwise

import msgspec

from plugin.core import booking
from plugin.core.appointment import Appointment
from plugin.core.booking import DELETIONS, OF_THE_BOOKING
from plugin.core.crowd import turn_away
from plugin.core.event import IN_ORDER, OF_THE_RUN, SHOWING, Event, EventKind
from plugin.core.identity import Roll
from plugin.core.instance import LATE_WORD, Instance, instance_of
from plugin.core.interval import Spans
from plugin.core.lobby import claim, is_nameless_wait
from plugin.core.policy import Thresholds
from plugin.core.report import REPORTED, supplied
from plugin.core.visit import PRESENCE, Visit, visits_of

_WAITED, _FLOOD_BEGAN = EventKind.WAITED_FOR_HOST, EventKind.FLOOD_BEGAN
_TELLING = frozenset({EventKind.NOTICED, EventKind.EQUIPMENT_TOLD})
OF_THE_ROOM = PRESENCE | OF_THE_RUN
AFTERWARDS = timedelta(minutes=15)
"""So long after the end what is told of somebody is still of this session."""


HOURS_EARLY = timedelta(hours=3)
"""Who takes the time of another zone of the country for theirs is there up to three hours too early."""


class Timeline(msgspec.Struct, frozen=True):
    """One appointment's meeting as it was delivered: its instances, its visits, and what people told us."""

    instances: tuple[Instance, ...]
    visits: tuple[Visit, ...]
    evidence: tuple[Event, ...]
    heard: tuple[datetime, ...]
    """When the meeting itself was heard, each moment once and sorted; a report is no hearing."""
    account_id: str
    """The account whose meeting it is, "" when nothing names it."""
    flooded: bool
    """Whether more was told of strangers than is kept; then `not_kept` says how much was counted only."""
    not_kept: int
    noticed: dict[str, list[Event]]
    """What told something else of somebody in this meeting, by code."""
    registered: tuple[Event, ...]
    """What told that somebody registered for the meeting."""
    unregistered: dict[str, list[Event]]
    """What told before the end that somebody's registration was cancelled or denied, by code."""
    strays: tuple[Event, ...]
    """What shows who was in the meeting at about the time of the session, in runs that were not its own; in order."""
    deleted: Event | None
    """What deleted the meeting before it began; None if nothing did, or it was recovered."""
    moved: Event | None
    """What moved the session to another time at Zoom before it began; None if nothing did, or it was moved back."""
    report: tuple[int, ...]
    """The deliveries that complete Zoom's reports of all instances; none when one of them lacks its report."""

    @property
    def runs(self) -> Spans:
        """From when to when each instance ran, as far as it was heard: from its start, or from the first join."""
        if all([i.started_at for i in self.instances]):
            begins = {i.uuid: i.started_at for i in self.instances}
        else:
            joins = sorted([(at, v.instance.uuid) for v in self.visits for one in v.connections for at in one.joins])
            begins = {uuid: at for at, uuid in reversed(joins)}
            begins |= {i.uuid: i.started_at for i in self.instances if i.started_at}
        runs = [(begins.get(i.uuid), i.ended_at or i.last_sign) for i in self.instances]
        return tuple([(begin, end) for begin, end in runs if begin and end])


def fold(
    appointment: Appointment, events: Iterable[Event], thresholds: Thresholds, now: datetime,
    beside: Iterable[Appointment] = (),
) -> Timeline:  # fmt: skip
    """Fold what was received by `now` into the appointment's timeline; `beside` are those that share its meeting and
    its time.

    Events of other occurrences of the same meeting number are left out: an instance belongs to the appointment when
    it ran during `early_window` before the start until the end.
    """
    opens, closes = appointment.starts_at - thresholds.early_window, appointment.ends_at
    told = _sorted_out(appointment, events, now)
    registered = tuple([event for event in told.besides if event.kind is EventKind.REGISTERED])
    roll = Roll(appointment, beside, registered)
    flood_told = any([event.kind is _FLOOD_BEGAN for event in told.evidence])
    not_kept = turn_away(told.of_instance, roll, thresholds.most_guest_events, flood_told)
    if any([is_nameless_wait(event) and not roll.knows(event) for event in told.waits]):
        claim(told.of_instance, opens, closes)
    # That it was deleted proves nothing of a feed: nobody need have been there to be heard.
    heard = [e.at for e in told.besides if e.meeting_id == appointment.meeting_id and e.kind not in DELETIONS]
    instances, visits = [], []
    for uuid in sorted(told.of_instance):
        delivered, report = told.of_instance[uuid], told.reports.get(uuid, ())
        if not uuid:  # no instance was named: only the time can say to which appointment it belongs
            delivered = [event for event in delivered if opens <= event.at <= closes]
        of_instance = supplied(delivered, report) if report else delivered
        instance = instance_of(uuid, of_instance, report)
        if instance is None or not instance.ran_between(opens, closes):
            continue
        instances.append(instance)
        heard += [event.at for event in delivered]
        visits += visits_of(instance, of_instance, roll)
    _put_in_order(instances, opens)
    booked = sorted([event for event in told.besides if event.kind in OF_THE_BOOKING], key=IN_ORDER)
    around = [e for e in told.besides if e.kind in _TELLING and opens <= e.at <= closes + AFTERWARDS]
    return Timeline(
        instances=tuple(instances), visits=tuple(visits), evidence=tuple(sorted(told.evidence, key=IN_ORDER)),
        heard=tuple(sorted(set(heard))), account_id=_account(instances, told.of_instance),
        flooded=not_kept is not None, not_kept=not_kept or 0,
        noticed=_told_of(around, roll),
        registered=registered,
        unregistered=_told_of(booking.registrations_ended(booked, appointment), roll),
        strays=_apart(told.of_instance, instances, appointment, thresholds),
        deleted=booking.deleted(booked, appointment.starts_at),
        moved=booking.moved(booked, appointment.starts_at),
        report=_report(instances),
    )  # fmt: skip


class _Told(msgspec.Struct):
    """What was received, by what it tells of."""

    of_instance: dict[str, list[Event]]
    reports: dict[str, list[Event]]
    evidence: list[Event]
    besides: list[Event]
    waits: list[Event]
    """Those of a wait for the host; perhaps only the end of it says who it was."""


def _sorted_out(appointment: Appointment, events: Iterable[Event], now: datetime) -> _Told:
    told = _Told({}, {}, [], [], [])
    of_instance = told.of_instance
    for event in events:
        if event.received_at > now:
            continue
        if event.appointment_id:
            if event.appointment_id == appointment.appointment_id:
                told.evidence.append(event)
        elif event.kind in OF_THE_ROOM:
            if event.kind is _WAITED:
                told.waits.append(event)
            if (known := of_instance.get(event.instance)) is None:
                known = of_instance[event.instance] = []
            known.append(event)
        elif event.kind in REPORTED:
            if event.instance:
                told.reports.setdefault(event.instance, []).append(event)
                of_instance.setdefault(event.instance, [])
        else:
            told.besides.append(event)
    return told


def _apart(
    of_instance: Mapping[str, list[Event]], instances: list[Instance], appointment: Appointment, thresholds: Thresholds
) -> tuple[Event, ...]:
    others = of_instance.keys() - {one.uuid for one in instances}
    if not others:
        return ()
    begin, end = appointment.starts_at - HOURS_EARLY, appointment.ends_at + thresholds.final_after
    told = [
        event for uuid in others for event in of_instance[uuid] if event.kind in SHOWING and begin <= event.at <= end
    ]
    return tuple(sorted(told, key=IN_ORDER))


def _report(instances: Iterable[Instance]) -> tuple[int, ...]:
    numbers = [one.report for one in instances]
    return () if None in numbers else tuple(sorted(numbers))


def _told_of(events: Iterable[Event], roll: Roll) -> dict[str, list[Event]]:
    found: dict[str, list[Event]] = {}
    for event in events:
        if (person := roll.recognise((event,)).person) is not None:
            found.setdefault(person.participant_id, []).append(event)
    return found


def _put_in_order(instances: list[Instance], opens: datetime) -> None:
    """Sort the instances by their starts; one whose end was not delivered ended when all had left, or when the next
    began, unless it went on all the same: then what is told of their order is wrong."""
    instances.sort(key=lambda i: (i.started_at or i.first_sign or opens, i.uuid))
    for earlier, later in pairwise(instances):
        if earlier.ended_at is None and earlier.uuid and later.uuid:
            begun = later.started_at or later.first_sign
            if begun is not None and (earlier.last_sign is None or earlier.last_sign <= begun + LATE_WORD):
                earlier.ended_at = min(earlier.over_at or begun, begun)


def _account(instances: Iterable[Instance], of_instance: Mapping[str, list[Event]]) -> str:
    """The one account that the deliveries name; "" when they name none, or several."""
    named = {event.account_id for instance in instances for event in of_instance[instance.uuid]} - {""}
    return named.pop() if len(named) == 1 else ""
