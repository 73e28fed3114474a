"""A room: what is the same for everybody in one appointment, and what can be asked of it."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from datetime import datetime, timedelta

import msgspec

from plugin.core.appointment import Appointment, Participant, Role
from plugin.core.common_drop import CommonDrop
from plugin.core.departure import Departure
from plugin.core.event import Event, EventKind, LeaveReason
from plugin.core.guest import Guest, is_bot
from plugin.core.horizon import Horizon
from plugin.core.identity import MatchedBy, phone_digits
from plugin.core.interval import NO_TIME, Span, Spans, clip, intersect, length, union
from plugin.core.platform import PlatformIncident
from plugin.core.policy import Policy, Thresholds
from plugin.core.presence import Attendance
from plugin.core.surroundings import Surroundings, keys_of

_INSIDE = frozenset({EventKind.CAME_BEFORE_HOST, EventKind.BOUND})
_BY_A_HOST = frozenset({EventKind.ADMITTED, EventKind.PUT_BACK})
_FOR_A_HOST = frozenset({LeaveReason.REMOVED, LeaveReason.MEETING_OVER})
END_GUESSED = "the clinician's leave was not delivered, and others stayed on"


class Room(msgspec.Struct, frozen=True):
    """What is the same for everybody in one appointment; all spans and moments are aware UTC."""

    appointment: Appointment
    policy: Policy
    thresholds: Thresholds
    horizon: Horizon
    opens: datetime
    """From when on a sign of a person belongs to this session."""
    free_since: datetime
    """From when on whoever comes, known or not, has come to this session and to no other one in the meeting."""
    until: datetime
    """Up to when there is something to judge: the scheduled end, or now while the session runs."""
    late_after: datetime
    attendances: dict[str, Attendance]
    guests: tuple[Guest, ...]
    neighbours: tuple[Attendance, ...]
    """Those who are known to have come for another session of the meeting."""
    held: Spans
    held_for: timedelta
    held_minutes: float
    enough_held: timedelta
    """Who was present for so much of the held time has attended."""
    held_sure: bool
    """Whether a clinician was recognised by more than a name, and every beginning of their presence was delivered.

    A beginning that was not delivered shows that deliveries were lost, perhaps those of other people too.
    """
    account_id: str
    """The account whose meeting it is; another account's feed proves nothing of this one's."""
    heard: tuple[datetime, ...]
    """When the meeting itself was heard, sorted."""
    report: tuple[int, ...]
    """The deliveries that complete Zoom's own report of the meeting; none when it is not here or not complete."""
    evidence: tuple[Event, ...]
    surroundings: Surroundings
    group_drops: tuple[CommonDrop, ...]
    host_drops: tuple[Departure, ...]
    """Drops of a clinician during the scheduled time."""
    clinicians: tuple[Attendance, ...]
    """Those who can hold the session: the roster's clinicians, and a host of whom the roster has no row."""
    unpeopled: Spans
    """When a run of the meeting was on of whose people nothing was delivered: anybody may have been in it."""
    shown_by_others: frozenset[str]
    """Codes of those who were not seen, and whose name or address somebody else of the roster showed."""
    named_beside_others: dict[str, list[int]]
    """Those who were not seen, and whose name another's connection showed beside one more: the deliveries, by code."""
    noticed: dict[str, list[int]]
    """The deliveries that told something else of somebody in this meeting, by code."""
    unregistered: dict[str, list[int]]
    """The deliveries that told that somebody's registration for the meeting was cancelled or denied, by code."""
    strays: tuple[Event, ...]
    """What shows who was in the meeting at about the time of the session, in runs that were not its own; in order."""
    moved: Event | None
    """What moved the session to another time at Zoom before it began; None if nothing did, or it was moved back."""
    deleted: Event | None
    """What deleted its meeting before it began; None if nothing did, or it was recovered."""
    clinician_lost: bool
    """Whether the end of a clinician's presence was never delivered, so that nobody knows how long it was held."""
    end_guessed: bool = False
    """Whether a clinician is taken to have stayed until the meeting ended, and others would have kept it on."""
    flooded: bool = False
    """Whether strangers flooded the meeting, so that nobody can tell who was among them."""
    not_kept: int = 0
    """How many events of them were counted and not kept."""
    has: int = 0
    """What every case in this room has in it (see `Has`)."""

    def cut_off_before(self, gone: Departure) -> bool:
        """Whether somebody's connection broke soon before the start, and they were not back by then."""
        return gone.abnormal and self.kept_from_the_start(gone)

    def kept_from_the_start(self, gone: Departure) -> bool:
        """Whether somebody went soon before the start, and was not back by then."""
        start = self.appointment.starts_at
        return self.opens <= gone.at < start and (gone.back_at is None or gone.back_at > start)

    def cut_off_alone(self) -> bool:
        """Whether a clinician's connection broke long before the end and the meeting ended with it, and none came back:
        whoever is cut off alone in a meeting ends it."""
        start, enough = self.appointment.starts_at, self.appointment.ends_at - self.thresholds.arrive_grace
        last = [one.departures[-1] for one in self.clinicians if one.departures]
        return any(
            gone.near_end and gone.back_at is None and start <= gone.at < enough
            and (gone.reason is LeaveReason.CONNECTION_LOST or gone.shaky)
            for gone in last
        )  # fmt: skip

    def went_on_unseen(self) -> bool:
        """Whether whoever held the session last was cut off long before its end and not seen again, so that nobody
        knows how it went on; a clinician who stays on holds it without them."""
        enough = self.appointment.ends_at - self.thresholds.arrive_grace
        held_until = self.held[-1][1] if self.held else self.appointment.starts_at
        for_good = [drop for drop in self.host_drops if drop.back_at is None]
        return self.cut_off_alone() or any(held_until <= drop.at < enough for drop in for_good)

    def clinicians_came_unseen(self) -> list[Event]:
        """What says that clinicians came in, when their presence was not delivered."""
        came = [event for one in self.clinicians if not one.present for event in one.told]
        return [e for e in came if e.kind in _INSIDE and self.opens <= e.at <= self.until]

    def clinicians_in_trouble(self) -> list[Event]:
        """What clinicians told us of trouble, and when they opened their link and did not show any more."""
        found = []
        for person in [p for p in self.appointment.participants if p.role is Role.CLINICIAN]:
            signs = self.attendances[person.participant_id].signs
            for event in [e for e in self.evidence if e.participant_id == person.participant_id]:
                in_vain = self.opens <= event.at <= self.until and not any(at >= event.at for at in signs)
                if event.kind is EventKind.TROUBLE_REPORTED or (event.kind is EventKind.JOIN_CLICKED and in_vain):
                    found.append(event)
        return found

    def clinicians_elsewhere(self) -> bool:
        """Whether a clinician was seen in another meeting at that time, where nobody expects them."""
        begin, here = self.appointment.starts_at - self.thresholds.no_show_after, self.appointment.meeting_id
        since, now = min(begin, self.opens), self.horizon.now
        people = [p for p in self.appointment.participants if p.role is Role.CLINICIAN]
        return any(self.surroundings.sightings(p, here, since, begin, self.until, now) for p in people)

    def everybody(self) -> Iterator[Attendance]:
        """Those of the roster, guests, and who came for another session of the meeting."""
        yield from self.attendances.values()
        yield from (guest.attendance for guest in self.guests)
        yield from self.neighbours

    def sight_lost(self) -> bool:
        """Whether no end of somebody's presence was ever delivered: then more may not have been."""
        return any(one.lost_sight for one in self.everybody())

    def clinician_came_before(self) -> bool:
        """Whether a clinician of the roster was seen for this session, the last time before it began."""
        expected = [p for p in self.appointment.participants if p.role is Role.CLINICIAN]
        last = [(p, signs[-1]) for p in expected if (signs := self.attendances[p.participant_id].signs)]
        start, of_another = self.appointment.starts_at, self.surroundings.schedule.of_another
        return any(self.opens <= at < start and not of_another(p, self.appointment, at) for p, at in last)

    def incidents(self) -> tuple[PlatformIncident, ...]:
        """The incidents of the platform that were on during the scheduled time."""
        return self.surroundings.incidents(self.appointment.starts_at, self.until, self.horizon.now)

    @property
    def told_of_incidents(self) -> tuple[int, ...]:
        """The deliveries that told of them."""
        return tuple(sorted({number for one in self.incidents() for number in one.told}))

    def kept_out(self) -> tuple[PlatformIncident, ...]:
        """Those that were on while people still arrive, and may have kept somebody out."""
        latest = self.appointment.starts_at + self.thresholds.no_show_after
        return tuple([one for one in self.incidents() if one.from_at <= latest])

    @property
    def scheduled(self) -> timedelta:
        """How long the session was to last."""
        return self.appointment.ends_at - self.appointment.starts_at

    @property
    def over(self) -> bool:
        """Whether the scheduled time is over."""
        return self.horizon.now >= self.appointment.ends_at

    def was_heard(self) -> bool:
        """Whether anything at all was heard of this meeting around its time."""
        until = self.appointment.ends_at + self.thresholds.final_after
        return bool(self.report) or _any_between(self.heard, self.opens, until)

    def feed_proven(self) -> bool:
        """Whether the feed was alive during the scheduled time, so that silence can mean something.

        An event of that meeting, or of another meeting of the account, during it. What came before and after proves
        nothing about the time between; a complete report of the meeting proves more than a feed could.
        """
        if self.report:
            return True
        start, until = self.appointment.starts_at, self.until
        if self.was_blind():
            return False
        return _any_between(self.heard, start, until) or self.surroundings.heard_between(start, until, self.account_id)

    def was_blind(self) -> bool:
        """Whether the feed was blind during the scheduled time for so long that somebody may have come unseen."""
        return self._unseen(self.surroundings.blind(self.horizon.now, self.account_id))

    def was_silent(self) -> bool:
        """Whether nothing at all was heard for a part of the scheduled time, though other meetings should have been."""
        return self._unseen(self.surroundings.silent)

    def silent_for_too_long(self) -> bool:
        """Whether the session may have been held after all, in the times in which nothing at all was heard."""
        silent = () if self.report else self.surroundings.silent
        perhaps = clip(union((*self.held, *self.unpeopled, *silent)), self.appointment.starts_at, self.until)
        return bool(silent) and length(perhaps) >= self.scheduled * self.thresholds.min_held_fraction

    def unheard(self, moment: datetime) -> bool:
        """Whether what happened at a moment may not have been heard: the feed was blind, or silent for no reason."""
        spans = (*self.surroundings.silent, *self.surroundings.blind(self.horizon.now, self.account_id))
        return any(begin <= moment < end for begin, end in spans)

    def _unseen(self, spans: Spans) -> bool:
        """Whether somebody may have come unseen in these times: they cover as much as a presence takes."""
        if not spans:
            return False
        unseen = length(clip(union(spans), self.appointment.starts_at, self.until))
        return unseen > NO_TIME and unseen >= self.thresholds.min_presence

    def strangers(self) -> tuple[Guest, ...]:
        """Those whom nobody could identify and who were there long enough to be whoever is missing.

        Who is cut off and comes again has another connection each time: those that show one name may be one person.
        """
        there = [(guest, time) for guest in self.guests if (time := self._time_of(guest.attendance))]
        by_name: dict[str, list[Span]] = {}
        for guest, time in there:
            by_name.setdefault(guest.name, []).extend(time)
        enough = self.thresholds.guest_presence
        long = {name for name, spans in by_name.items() if length(union(spans)) >= enough}
        return tuple([guest for guest, _ in there if guest.name in long])

    def strangers_tried(self) -> bool:
        """Whether a stranger was there at all, however shortly: somebody who does not get in is there for moments, and
        of whom nearly everything was lost a warning of their network may be all that is left."""
        since, until = self.free_since, self.until
        return any(
            self._time_of(guest.attendance) or any(since <= event.at <= until for event in guest.attendance.told)
            for guest in self.guests
        )

    def of_a_host_unseen(self) -> list[Event]:
        """What only a host can have done, letting somebody in, sending them out or ending the meeting (which they can
        from elsewhere), when neither a clinician nor anybody of the staff was seen there."""
        staff = [self.attendances[p.participant_id] for p in self.appointment.participants if p.role is Role.STAFF]
        tolerance, start = self.thresholds.end_tolerance, self.appointment.starts_at
        seen = [(a - tolerance, b + tolerance) for one in (*self.clinicians, *staff) for a, b in one.present]
        told = [event for one in self.everybody() for event in one.told]
        done = [event for event in told if event.kind in _BY_A_HOST or event.reason in _FOR_A_HOST]
        return [e for e in done if start <= e.at <= self.until and not any(a <= e.at <= b for a, b in seen)]

    def _time_of(self, guest: Attendance) -> Spans:
        """The time in which a guest was there or waited, as far as they had come to this session: perhaps too early."""
        told = [(piece.begin, piece.left_at) for piece in guest.pieces if piece.left_at is not None]
        return clip(union((*guest.present, *guest.waiting, *told)), self.free_since, self.until)

    def strangers_elsewhere(self) -> list[Event]:
        """Who came in the time of this session into other meetings of its host, in which nobody was expected, and
        showed at most a name that nobody of this session has: somebody with an old link, perhaps."""
        hosts = {event.host_id for there in self.clinicians for event in there.told} | {self.appointment.host_id}
        begin = self.appointment.starts_at - self.thresholds.no_show_after
        came = self.surroundings.strangers(hosts - {""}, self.appointment.meeting_id, begin, self.until)
        known = {key for person in self.appointment.participants for key in keys_of(person)} if came else set()
        return [
            event
            for event in came
            if event.received_at <= self.horizon.now
            and known.isdisjoint(keys_of(event))
            and not is_bot([event], self.policy)
        ]

    def perhaps_beside_somebody(self, person: Participant) -> bool:
        """Whether somebody who was present has, or showed, this person's e-mail, telephone or name: two may sit before
        one device, or one come by another's link."""
        if person.participant_id in self.shown_by_others:
            return True
        mine = {person.email.casefold(), phone_digits(person.phone)} - {""}
        return bool(mine) and any(
            not mine.isdisjoint((other.email.casefold(), phone_digits(other.phone)))
            for other in self.appointment.participants
            if other is not person and self.attendances[other.participant_id].present
        )

    @property
    def of_clinicians(self) -> tuple[int, ...]:
        """The deliveries that tell of the clinicians."""
        return tuple(sorted({number for clinician in self.clinicians for number in clinician.events}))

    def why_held_unsure(self) -> str:
        """Why `held_sure` is not so, in words."""
        if all(one.matched_by is MatchedBy.NAME for one in self.clinicians if one.present):
            return "the clinician was recognised by a name alone"
        return "the clinician's arrival was not delivered"

    def clinician_noticed(self) -> list[int]:
        """The deliveries that told something of a clinician of whom nothing else was delivered."""
        people = [p.participant_id for p in self.appointment.participants if p.role is Role.CLINICIAN]
        unseen = [code for code in people if not self.attendances[code].signs]
        return [number for code in unseen for number in self.noticed.get(code, ())]

    def began_unheard(self) -> bool:
        """Whether the first part of the session was lost: the beginnings of two people or more were not delivered, and
        nothing at all was heard for so long after the start that others may have come and gone."""
        if len([a for a in self.everybody() if a.start_unknown]) < 2:
            return False
        start = self.appointment.starts_at
        lost_until = start + self.scheduled * self.thresholds.min_held_fraction
        heard = _any_between(self.heard, start, lost_until)
        return not heard and not self.surroundings.heard_between(start, lost_until, self.account_id)

    def somebody_there(self) -> bool:
        """Whether anybody of the roster was present or waiting during the scheduled time."""
        span = ((self.appointment.starts_at, self.until),)
        return any(intersect(span, union((*a.present, *a.waiting))) for a in self.attendances.values())


def _any_between(moments: tuple[datetime, ...], begin: datetime, end: datetime) -> bool:
    first = bisect_left(moments, begin)
    return first < len(moments) and moments[first] <= end
