"""A room furnished: visits sorted to people and guests, the held time, strangers, common drops."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from plugin.core.appointment import OF_THE_PROGRAM, Appointment, Participant, Role
from plugin.core.attendance import Attendance
from plugin.core.beside import beside_others
from plugin.core.co_leader import co_leaders
from plugin.core.common_drop import common_drops
from plugin.core.ending_drop import with_ending_drops
from plugin.core.event import Event, LeaveReason
from plugin.core.facet import Has
from plugin.core.guest import Guest, is_bot
from plugin.core.horizon import Horizon
from plugin.core.identity import MatchedBy, is_identified, plain_email, plain_name
from plugin.core.interval import Spans, clip, length, minutes, subtract, union
from plugin.core.neighbour import Neighbours
from plugin.core.owner import by_key, by_person, without_bots
from plugin.core.policy import Policy, Thresholds
from plugin.core.presence import attendance
from plugin.core.room import Room
from plugin.core.schedule import Schedule
from plugin.core.surroundings import Surroundings
from plugin.core.timeline import Timeline, fold
from plugin.core.unpeopled import unpeopled
from plugin.core.visit import Visit

# As plain numbers, like those of a case.
_HOST_DROPPED, _INCIDENT = int(Has.HOST_DROPPED), int(Has.INCIDENT)
_GUESTS, _REPORTED, _GROUP_DROP = int(Has.GUESTS), int(Has.REPORTED), int(Has.GROUP_DROP)


def room_of(
    appointment: Appointment, events: Iterable[Event], surroundings: Surroundings, policy: Policy, now: datetime
) -> Room:
    """The room of an appointment as it is known from what was received by `now`."""
    thresholds = policy.of(appointment.kind)
    timeline = fold(appointment, events, thresholds, now, surroundings.at_the_same_time(appointment))
    confirmed = bool(timeline.report) and now >= appointment.ends_at
    final_at = _final_at(appointment, timeline, surroundings.schedule, thresholds)
    final = confirmed or now >= final_at
    horizon = Horizon(now, final, final_at, appointment.ends_at, _alive_since(timeline, surroundings), timeline.runs)
    return _furnish(appointment, timeline, surroundings, policy, horizon)


def _final_at(
    appointment: Appointment, timeline: Timeline, schedule: Schedule, thresholds: Thresholds
) -> datetime:  # fmt: skip
    """When no late delivery is to be expected any more: 90 min after the end, or after the last instance if later; a
    run of which no end is known may go on for the sessions that follow."""
    ends = [i.ended_at for i in timeline.instances if i.ended_at]
    if any([i.over_at is None for i in timeline.instances]):
        ends.append(schedule.last_in_a_row(appointment))
    return max([appointment.ends_at, *ends]) + thresholds.final_after


def _alive_since(timeline: Timeline, surroundings: Surroundings) -> datetime | None:
    """The first moment from which the feed is proven alive, None when nothing was heard."""
    known = [at for at in (surroundings.alive_since, timeline.heard[0] if timeline.heard else None) if at]
    return min(known, default=None)


def _furnish(
    appointment: Appointment, timeline: Timeline, surroundings: Surroundings, policy: Policy, horizon: Horizon
) -> Room:
    """Sort the visits to people and guests, and work out what is the same for everybody."""
    thresholds = policy.of(appointment.kind)
    owned = by_person(appointment, timeline)
    visits = owned.visits
    start, until = appointment.starts_at, min(horizon.now, appointment.ends_at)
    free_since = surroundings.schedule.free_since(appointment, thresholds.early_window)
    only_bots = without_bots(appointment, visits, policy, free_since)
    attendances = {code: attendance(theirs, thresholds, horizon) for code, theirs in visits.items()}
    strange = [
        Guest(attendance(theirs, thresholds, horizon), theirs[0].match.candidates)
        for theirs in by_key([visit for visit in owned.strangers if not is_bot(visit.events, policy)])
    ]
    known_beside = tuple([(p, attendance(theirs, thresholds, horizon)) for p, theirs in owned.owners_beside()])
    unknown = [guest.attendance for guest in strange]
    holding = [p.participant_id for p in appointment.leaders()]
    # Whoever opens the room for a clinician does not hold it.
    hosts = () if appointment.of_role(Role.CLINICIAN) else owned.hosts_beside(holding)
    hosting = [attendance(hosts, thresholds, horizon)] if hosts else []
    clinicians = [*[attendances[code] for code in holding], *hosting]
    leading = co_leaders(appointment, clinicians, known_beside, surroundings, thresholds, until) if known_beside else []
    held = clip(union([span for a in (*clinicians, *leading) for span in a.present]), start, until)
    held_for = length(held)
    told_apart = _told_apart(strange, appointment, timeline, surroundings, bool(held)) if strange else ((), (), ())
    guests, neighbours, astray = told_apart
    nameless = [*unknown, *hosting]
    attendances, known_beside = _cut_off(attendances, known_beside, nameless, held, appointment.ends_at, thresholds)
    known = tuple([there for _, there in known_beside])
    others = [*known, *unknown]
    clinicians = [*[attendances[code] for code in holding], *hosting, *leading]
    themselves = [*[attendances[code] for code in holding if code not in only_bots], *hosting]
    of_another = bool(leading) or (bool(held) and _of_another_session(appointment, visits, surroundings))
    drops = [d for a in clinicians for d in a.departures if d.drop and d.at <= appointment.ends_at]
    host_drops = tuple([d for d in drops if d.at >= start])
    has = (_HOST_DROPPED if drops else 0) | (_GUESTS if guests else 0) | (_REPORTED if timeline.report else 0)
    group_drops = common_drops(attendances, others, thresholds)
    has |= (_INCIDENT if surroundings.incidents(start, until, horizon.now) else 0) | (_GROUP_DROP if group_drops else 0)
    return Room(
        appointment=appointment, policy=policy, thresholds=thresholds, horizon=horizon, timeline=timeline,
        opens=start - thresholds.early_window,
        free_since=free_since, until=until, late_after=start + thresholds.arrive_grace,
        attendances=attendances, guests=guests, neighbours=(*known, *neighbours, *[one for _, one in astray]),
        astray=astray, known_beside=known_beside,
        held=held, held_for=held_for, held_minutes=minutes(held_for),
        enough_held=held_for * thresholds.attended_fraction,
        held_sure=not of_another and any(_is_sure(one, start, until) for one in themselves),
        held_by_another=of_another,
        held_by_bots=bool(held) and not any(a.present for a in themselves), only_bots=only_bots,
        surroundings=surroundings,
        group_drops=group_drops,
        host_drops=host_drops,
        clinicians=tuple(clinicians), unpeopled=unpeopled(timeline, held, start, until),
        beside=beside_others(appointment, attendances, owned.with_owners(appointment), free_since),
        clinician_lost=any([a.lost_sight for a in clinicians]),
        end_guessed=_end_guessed(clinicians, attendances, others, thresholds, start, until),
        has=has,
    )  # fmt: skip


def _is_sure(clinician: Attendance, start: datetime, until: datetime) -> bool:
    """Whether it is sure who it was and since when they were there."""
    known = clinician.surely_known(start, until) and not clinician.start_unknown_between(start, until)
    return bool(clinician.present) and known


def _cut_off(
    attendances: dict[str, Attendance], beside: tuple[tuple[Participant, Attendance], ...],
    nameless: Iterable[Attendance], held: Spans, ends_at: datetime, thresholds: Thresholds,
) -> tuple[dict[str, Attendance], tuple[tuple[Participant, Attendance], ...]]:  # fmt: skip
    """The attendances of those expected, and of those whom other appointments in the room expect, with the drops that
    look like the end of the meeting: everybody in it is cut off alike."""
    everybody = attendances | {person.participant_id: there for person, there in beside}
    found = with_ending_drops(everybody, nameless, held, ends_at, thresholds)
    mine = {code: found[code] for code in attendances}
    return mine, tuple([(person, found[person.participant_id]) for person, _ in beside])


def _of_another_session(appointment: Appointment, visits: dict[str, list[Visit]], surroundings: Surroundings) -> bool:
    """Whether all that was seen of the clinicians came by the host's account, under the name or the address of a
    clinician of another session of the meeting: several may share one account, and one may have stayed on."""
    mine = appointment.of_role(Role.CLINICIAN)
    known = _shown_of(mine)
    shown = []
    for visit in [visit for person in mine for visit in visits[person.participant_id] if visit.connections]:
        found = _shown_of(visit.events)
        if visit.match.by is not MatchedBy.ZOOM_USER or not found or not found.isdisjoint(known):
            return False
        shown.append(found)
    if not shown:
        return False
    beside = [p for one in surroundings.beside(appointment) for p in one.of_role(Role.CLINICIAN)]
    others = _shown_of(beside) - known
    return bool(others) and not any(found.isdisjoint(others) for found in shown)


def _shown_of(told: Iterable[Event | Participant]) -> set[str]:
    return {shown for one in told for shown in (plain_name(one.name), plain_email(one.email)) if shown}


def _told_apart(
    strange: list[Guest], appointment: Appointment, timeline: Timeline, surroundings: Surroundings, held: bool
) -> tuple[tuple[Guest, ...], tuple[Attendance, ...], tuple[tuple[Participant, Attendance], ...]]:
    """Those whom nobody knows, those of other sessions of the meeting, and those who strayed in from elsewhere.

    A colleague of a clinician who was not there perhaps held it for them.
    """
    # Who came for an appointment at the same time is known already.
    together = [appointment, *surroundings.at_the_same_time(appointment)]
    others = [one for one in surroundings.beside(appointment) if one not in together]
    # Nor is who comes although their own appointment in this room was called off somebody whom nobody knows.
    others += surroundings.called_off_beside(appointment)
    registered = timeline.registered
    neighbours, elsewhere = Neighbours(appointment, others, registered), None
    guests, expected, astray = [], [], []
    for guest in strange:
        if neighbours.whom(guest.attendance):
            expected.append(guest.attendance)
            continue
        person = None
        if any(map(is_identified, guest.attendance.told)):
            if elsewhere is None:
                elsewhere = Neighbours(appointment, surroundings.elsewhere(appointment), registered, elsewhere=True)
            person = elsewhere.whom(guest.attendance)
        if person and (held or person.role not in OF_THE_PROGRAM):
            astray.append((person, guest.attendance))
        else:
            guests.append(guest)
    return tuple(guests), tuple(expected), tuple(astray)


def _end_guessed(
    clinicians: list[Attendance], people: dict[str, Attendance], others: list[Attendance], thresholds: Thresholds,
    start: datetime, until: datetime,
) -> bool:  # fmt: skip
    """Whether a clinician's leave was not delivered and somebody else stayed until the end of the meeting, or until
    another connection shows the clinician.

    Of who was alone then it proves that they were there: a meeting with nobody in it ends. So does a host who ended it.
    """
    if not any([one.inferred for one in clinicians]):
        return False
    pieces = [piece for one in clinicians for piece in one.pieces]
    sure = union([(piece.begin, piece.end) for piece in pieces if not piece.inferred_end])
    guessed = subtract(union([(piece.begin, piece.end) for piece in pieces if piece.inferred_end]), sure)
    there = [*people.values(), *others]
    present = [one for one in there if one.present and not any(one is held for held in clinicians)]
    ended = [event.at for one in present for event in one.told if event.reason is LeaveReason.MEETING_OVER]
    tolerance = thresholds.end_tolerance
    return any(
        any(a <= end and b >= end - tolerance for one in present for a, b in one.present)
        and not any(abs(at - end) <= tolerance for at in ended)
        for begin, end in guessed
        if begin < until and end > start
    )
