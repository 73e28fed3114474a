"""What is the same for everybody in one appointment: who was there, the held time, strangers, common drops."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from plugin.core.appointment import Appointment, Role
from plugin.core.event import Event, LeaveReason
from plugin.core.identity import MatchedBy, plain_name
from plugin.core.interval import NO_TIME, Spans, clip, intersect, union
from plugin.core.policy import Policy, Thresholds
from plugin.core.presence import Attendance, Departure, Horizon, attendance
from plugin.core.surroundings import Surroundings
from plugin.core.timeline import Timeline, Visit


@dataclass(frozen=True, slots=True)
class Guest:
    """Somebody in the meeting whom no key of the roster recognises."""

    attendance: Attendance
    candidates: tuple[str, ...]
    """Codes of the people who share the name that the guest shows."""


@dataclass(frozen=True)
class Room:
    """What is the same for everybody in one appointment."""

    appointment: Appointment
    policy: Policy
    horizon: Horizon
    attendances: dict[str, Attendance]
    guests: tuple[Guest, ...]
    held: Spans
    held_sure: bool
    """Whether a clinician was recognised by more than a name, with both ends known."""
    heard: tuple[datetime, ...]
    evidence: tuple[Event, ...]
    surroundings: Surroundings
    group_drops: tuple[tuple[datetime, frozenset[str]], ...]
    """When people dropped together, and who; a guest stands as guest-N."""

    @cached_property
    def thresholds(self) -> Thresholds:
        """The policy's numbers for this kind of session."""
        return self.policy.of(self.appointment.kind)

    @cached_property
    def until(self) -> datetime:
        """Up to when there is something to judge: the scheduled end, or now while the session runs."""
        return min(self.horizon.now, self.appointment.ends_at)

    @cached_property
    def over(self) -> bool:
        """Whether the scheduled time is over."""
        return self.horizon.now >= self.appointment.ends_at

    @cached_property
    def was_heard(self) -> bool:
        """Whether anything at all was heard of this meeting around its time."""
        opens = self.appointment.starts_at - self.thresholds.early_window
        closes = self.appointment.ends_at + self.thresholds.final_after
        return any(opens <= at <= closes for at in self.heard)

    @cached_property
    def feed_proven(self) -> bool:
        """Whether the feed was alive during the scheduled time, so that silence can mean something.

        An event of that meeting, or of another meeting of the account, during it. What came before and after proves
        nothing about the time between.
        """
        start, until = self.appointment.starts_at, self.until
        if any(a < until and b > start for a, b in self.surroundings.blind(self.horizon.now)):
            return False
        return any(start <= at <= until for at in self.heard) or self.surroundings.heard_between(start, until)

    @cached_property
    def somebody_there(self) -> bool:
        """Whether anybody of the roster was present or waiting during the scheduled time."""
        span = ((self.appointment.starts_at, self.until),)
        return any(intersect(span, union((*a.present, *a.waiting))) for a in self.attendances.values())

    @cached_property
    def host_drops(self) -> tuple[Departure, ...]:
        """Drops of a clinician during the scheduled time."""
        start, end = self.appointment.starts_at, self.appointment.ends_at
        return tuple(
            d
            for person in self.appointment.participants
            if person.role is Role.CLINICIAN
            for d in self.attendances[person.participant_id].departures
            if start <= d.at <= end and d.is_drop(self.thresholds.quick_return)
        )


def alive_since(timeline: Timeline, surroundings: Surroundings) -> datetime | None:
    """The first moment from which the feed is proven alive, None when nothing was heard."""
    known = [at for at in (surroundings.alive_since, timeline.heard[0] if timeline.heard else None) if at]
    return min(known, default=None)


def furnish(
    appointment: Appointment, timeline: Timeline, surroundings: Surroundings, policy: Policy, horizon: Horizon
) -> Room:
    """Sort the visits to people and guests, and work out what is the same for everybody."""
    thresholds = policy.of(appointment.kind)
    visits: dict[str, list[Visit]] = {}
    for person in appointment.participants:
        visits[person.participant_id] = []
    strangers: list[Visit] = []
    for visit in timeline.visits:
        person = visit.match.person
        (visits[person.participant_id] if person else strangers).append(visit)
    attendances = {code: attendance(theirs, thresholds, horizon) for code, theirs in visits.items()}
    guests = tuple(
        Guest(attendance([visit], thresholds, horizon), visit.match.candidates)
        for visit in strangers
        if not _is_bot(visit, policy)
    )
    until = min(horizon.now, appointment.ends_at)
    clinicians = [attendances[p.participant_id] for p in appointment.participants if p.role is Role.CLINICIAN]
    held = clip(union(span for a in clinicians for span in a.present), appointment.starts_at, until)
    sure = any(a.present and a.matched_by is not MatchedBy.NAME for a in clinicians)
    return Room(
        appointment=appointment, policy=policy, horizon=horizon, attendances=attendances, guests=guests, held=held,
        held_sure=sure, heard=timeline.heard, evidence=timeline.evidence, surroundings=surroundings,
        group_drops=_group_drops(attendances, guests, thresholds),
    )  # fmt: skip


def _is_bot(visit: Visit, policy: Policy) -> bool:
    names = {plain_name(event.name) for event in visit.events if event.name}
    return bool(names) and all(any(bot in name for bot in policy.ignored_names) for name in names)


def _group_drops(
    attendances: dict[str, Attendance], guests: tuple[Guest, ...], thresholds: Thresholds
) -> tuple[tuple[datetime, frozenset[str]], ...]:
    people = list(attendances.items()) + [(f"guest-{n}", g.attendance) for n, g in enumerate(guests, 1)]
    # An end without a readable reason is no choice either: alone it proves nothing, together with others it does.
    drops = sorted(
        (d.at, who)
        for who, a in people
        for d in a.departures
        if d.is_drop(thresholds.quick_return) or (d.reason is LeaveReason.UNKNOWN and not d.near_end)
    )
    found: list[tuple[datetime, frozenset[str]]] = []
    for at, _ in drops:
        together = frozenset(who for other, who in drops if NO_TIME <= other - at <= thresholds.group_drop_window)
        if len(together) >= thresholds.group_drop_people and not any(together <= known for _, known in found):
            found.append((at, together))
    return tuple(found)
