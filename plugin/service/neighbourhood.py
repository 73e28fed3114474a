"""What the rest of the account said around appointments: of it, what touches them and no more."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy import Row

from plugin.core.appointment import Appointment, Role, Status
from plugin.core.event import Event, EventKind
from plugin.core.feed import BlindCause
from plugin.core.interval import Span
from plugin.core.policy import Policy
from plugin.core.schedule import AROUND, BREAK, EARLY, ROW, Expected, takes_up_half
from plugin.core.sighting import TRIES
from plugin.core.surroundings import Surroundings
from plugin.service.arrivals import Arrivals, Asked
from plugin.service.memory import Memory
from plugin.storage import appointment as appointments
from plugin.storage import blindness, registration, sighting
from plugin.storage.appointment import REACH
from plugin.storage.blindness import BlindTime
from plugin.storage.database import Transaction

HOUR = timedelta(hours=1)
EVER = timedelta(days=3650)


class Neighbourhood:
    """Asks the rows what was heard around appointments; of whom else came, it remembers what it has read."""

    def __init__(self, memory: Memory):
        self._memory = memory
        self._arrivals = Arrivals(memory)

    def around(
        self,
        tx: Transaction,
        together: Sequence[Appointment],
        policy: Policy,
        now: datetime,
        accounts: Collection[str] = (),
    ) -> Surroundings:
        """The surroundings of all these appointments as they had arrived by `now`; `accounts` are those that their
        meetings were heard of.

        Those asked for together should lie near each other in time. What is known for one of them is no less true for
        another, and each asks only for its own people and times.
        """
        early = max(_early(policy, one) for one in together)
        begin = _whole_hour(min(one.starts_at for one in together) - early)
        end = _whole_hour(max(one.ends_at for one in together) + early + HOUR)
        seen = self._elsewhere(tx, together, policy, now)
        by_registration = {(event.meeting_id, event.registrant_id) for event in seen if event.registrant_id}
        registered = registration.registered(tx, by_registration)
        strange = {event.meeting_id for event in seen if event.meeting_id}
        # Whose arrival that was, those who are expected there may say best: somebody else may have the same name.
        there = appointments.in_meetings(tx, strange, begin - AROUND, end + AROUND)
        apart = self._memory.readable(tx, sighting.touching_all(tx, begin, end, now))
        blind, stops = self._blind(tx, begin, end, now)
        apart += [stop for stop in stops if stop.delivery not in {event.delivery for event in apart}]
        # A sign belongs to the nearest session of the meeting, and that may be hours away.
        theirs = {one.meeting_id for one in together}
        expected = appointments.expected_in(tx, theirs | strange, begin - REACH, end + REACH)
        beside = _beside(tx, together, expected, begin, end)
        surroundings = Surroundings(
            [*apart, *seen],
            expected,
            sighting.first_heard(tx, now),
            people=[person for one in (*together, *there) for person in one.participants] if seen else (),
            blind=blind,
            registered=lambda meeting_id, registrant_id: registered.get((meeting_id, registrant_id), ()),
            sessions=lambda meeting_id, _begin, _end: beside.get(meeting_id, ()),
            anywhere=lambda since, until: _standing(tx, since, until),
            settling=policy.feed.settle,
        )
        for heard in self._heard(tx, together, apart, now, policy.feed.settle, accounts):
            surroundings.hear([heard.at.timestamp()], heard.account_id)
        return surroundings

    def _blind(
        self, tx: Transaction, begin: datetime, end: datetime, now: datetime
    ) -> tuple[list[BlindTime], list[Event]]:
        """The blind times of the whole account, and what told that the app was removed from one that is named: that
        makes nobody of another account blind, however long it lasts."""
        known = blindness.causes_between(tx, begin, end, now)
        removed = [time.from_at for cause, time in known if cause is BlindCause.DEAUTHORIZED]
        stops = [stop for stop in self._memory.readable(tx, sighting.stops_at(tx, removed, now)) if stop.account_id]
        of_one = {stop.at for stop in stops}
        blind = [time for cause, time in known if cause is not BlindCause.DEAUTHORIZED or time.from_at not in of_one]
        return blind, stops

    def _elsewhere(
        self, tx: Transaction, together: Sequence[Appointment], policy: Policy, now: datetime
    ) -> list[Event]:
        """Arrivals that may be those of their people, or of strangers, in other meetings, and what their people did
        behind the links of other sessions that are not near; in order of arrival."""
        codes = {person.participant_id for one in together for person in one.participants}
        begin, end = min(one.starts_at for one in together), max(one.ends_at for one in together)
        theirs = appointments.sessions_of(tx, codes, begin - ROW, end)
        asked = [
            Asked(one.participants, *_asked_between(one, theirs, _early(policy, one)), one.meeting_id, one.host_id)
            for one in together
        ]
        came = self._arrivals.of(tx, asked, lambda: registration.registrations(tx, codes))
        found = {
            event.delivery: event
            for one, events in zip(together, came, strict=True)
            for event in events
            if event.meeting_id != one.meeting_id and event.received_at <= now
        }
        used = {one.appointment_id: one for one in together}
        others = {event.appointment_id for event in found.values() if event.kind in TRIES} - used.keys()
        used |= appointments.load_these(tx, sorted(others)) if others else {}
        return [found[number] for number in sorted(found) if not _is_near(found[number], used, together)]

    def _heard(
        self,
        tx: Transaction,
        together: Sequence[Appointment],
        apart: Sequence[Event],
        now: datetime,
        settling: timedelta,
        accounts: Collection[str],
    ) -> list[Row]:
        """When each account was heard first and last in the time of each, and first after each stop of the feed."""
        times = {(one.starts_at, one.ends_at) for one in together}
        for event in apart:
            if event.kind is EventKind.FEED_STOPPED:
                after = event.at + settling + timedelta(microseconds=1)  # the first heard ends the stop
                times.add((after, after + EVER))
        return [row for begin, end in sorted(times) for row in sighting.heard_in(tx, begin, end, now, accounts)]


def _beside(
    tx: Transaction, together: Iterable[Appointment], expected: Iterable[Expected], begin: datetime, end: datetime
) -> dict[str, list[Appointment]]:
    """The sessions of a time in the meetings of these, with their people, where there is any beside them, be it one
    that was called off; most are alone."""
    there: dict[str, set[str]] = {}
    for one in expected:
        if one.starts_at < end and one.ends_at > begin:
            there.setdefault(one.meeting_id, set()).add(one.appointment_id)
    for row in appointments.called_off(tx, {one.meeting_id for one in together}, begin, end):
        there.setdefault(row.meeting_id, set()).add(row.appointment_id)
    shared = {one.meeting_id for one in together if there.get(one.meeting_id, set()) - {one.appointment_id}}
    found: dict[str, list[Appointment]] = {}
    for one in appointments.in_meetings(tx, shared, begin, end) if shared else ():
        found.setdefault(one.meeting_id, []).append(one)
    return found


def _standing(tx: Transaction, begin: datetime, end: datetime) -> list[Appointment]:
    """All sessions that are on in a time, read only where somebody is known by more than a name and not expected."""
    return [one for one in appointments.on_between(tx, begin, end) if one.status is Status.BOOKED]


def _early(policy: Policy, one: Appointment) -> timedelta:
    """How long before its start what somebody did elsewhere may tell of a session."""
    return max(policy.of(one.kind).early_window, policy.of(one.kind).no_show_after, EARLY)


def _asked_between(one: Appointment, theirs: Iterable[Row], early: timedelta) -> Span:
    """From when to when what was seen elsewhere may tell of somebody of this session: who has another one at that time
    may have come to it long before this one began, and be heard of only when they go."""
    codes = {person.participant_id for person in one.participants}
    others = [
        (row.starts_at - AROUND, row.ends_at + AROUND)
        for row in theirs
        if row.participant_id in codes and row.meeting_id != one.meeting_id
        and row.starts_at < one.ends_at and row.ends_at > one.starts_at
    ]  # fmt: skip
    first = one.starts_at  # of those that they have in a row before it, in the same meeting
    clients = {person.participant_id for person in one.participants if person.role is not Role.CLINICIAN}
    in_a_row = [row for row in theirs if row.participant_id in clients and row.meeting_id == one.meeting_id]
    for row in sorted(in_a_row, key=lambda row: row.starts_at, reverse=True):
        if row.starts_at < first <= row.ends_at + BREAK:
            first = row.starts_at
    times = [(first - early, one.ends_at + AROUND), *others]
    return min(begin for begin, _ in times), max(end for _, end in times)


def _is_near(event: Event, used: Mapping[str, Appointment], together: Iterable[Appointment]) -> bool:
    """Whether somebody opened the link of a session that was on, or soon to be, at another time than these and in other
    meetings: in one of theirs it may be the session before."""
    one = used.get(event.appointment_id) if event.kind is EventKind.JOIN_CLICKED else None
    if one is None or one.status is not Status.BOOKED:
        return False
    if any(one.meeting_id == other.meeting_id or takes_up_half(one, other) for other in together):
        return False
    return one.starts_at - EARLY <= event.at <= one.ends_at


def _whole_hour(at: datetime) -> datetime:
    return at.replace(minute=0, second=0, microsecond=0)
