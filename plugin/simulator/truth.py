"""The truth about everybody in one session, from what really happened, with the definitions of the replay contract.

Written from the contract's words and from nothing else: it shares no code with the engine that is held against it.
Presence is what Zoom holds as being in the meeting, so a broken connection lasts until Zoom notices it.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from plugin.simulator.course import (
    ABSENCE,
    CLIENT_CLOSE,
    FAILOVER,
    NETWORK,
    PROVIDER,
    TECHNICAL,
    Connection,
    Course,
    Face,
    Mark,
    clip,
    length,
    union,
    without,
)  # fmt: skip
from plugin.simulator.session import Session
from plugin.simulator.world import Appointment, Person

ATTENDED_FRACTION = 0.75
"""Of the held time."""
MIN_HELD_FRACTION = 0.25
"""Of the scheduled time."""
MIN_PRESENCE = 60
GUEST_PRESENCE = 60
NEAR_THE_END = 10
QUICK_RETURN = 120
BLIND = 60
"""Seconds of the session in which everything was lost, from which on it counts as blind."""
_ORDER = (TECHNICAL, PROVIDER, ABSENCE)
_ABNORMAL = (CLIENT_CLOSE, FAILOVER, NETWORK)


@dataclass(frozen=True, slots=True)
class Arrived:
    """What of a session's deliveries arrived, by whom and what they tell, and for how many seconds we were blind."""

    marks: Collection[tuple[str, Mark]]
    incidents_known: frozenset[int]
    blind_seconds: int


def truths_of(session: Session, arrived: Arrived) -> list[dict]:
    """One object for everybody of the roster, in its order."""
    planned = session.appointment
    held = [] if _cancelled(session) else clip(session.held(), planned.starts, planned.ends)
    strangers = _strangers(session)
    blind = arrived.blind_seconds >= BLIND and not _cancelled(session)
    return [_truth(session, person, held, strangers, blind, arrived) for person in planned.people]


def _cancelled(session: Session) -> bool:
    return session.cancelled or session.deleted_at is not None


def _truth(
    session: Session, person: Person, held: list, strangers: frozenset[str], blind: bool, arrived: Arrived
) -> dict:
    planned, course = session.appointment, session.courses[person.code]
    present = clip(course.present(), planned.starts, planned.ends)
    outcome, cause = _outcome(session, course, held, present)
    seen = [c for c in course.connections if not c.elsewhere]
    known = all(known_as(c, person, planned, course) for c in seen)
    if not seen and outcome == "missed":
        known = not (strangers - {person.code})
    return {
        "appointment_id": planned.appointment_id, "participant_id": person.code, "role": person.role,
        "kind": planned.kind, "outcome": outcome, "cause": cause,
        "no_show": outcome == "missed" and cause == ABSENCE,
        "held_minutes": _minutes(length(held)), "attended_minutes": _minutes(length(present)),
        "trace": cause == TECHNICAL and _traced(session, course, outcome, known, arrived),
        "blind": blind, "identifiable": known, "both_ends": _both_ends(session, course, arrived),
        "story": sorted(course.story | session.story | ({"blank-identity"} if planned.blank else set())),
    }  # fmt: skip


def _outcome(session: Session, course: Course, held: list, present: list) -> tuple[str, str]:
    planned = session.appointment
    if _cancelled(session):
        return "cancelled", "none"
    if length(held) < MIN_HELD_FRACTION * (planned.ends - planned.starts):
        return "not-held", _why_not_held(session)
    lost = without(held, present)
    if length(held) - length(lost) >= ATTENDED_FRACTION * length(held):
        return "attended", "none"
    cause = _costliest(course, lost)
    if length(present) >= MIN_PRESENCE:
        return "partial", cause
    if any(t.what == "notice_given" and t.at < planned.starts for t in course.told):
        return "excused", ABSENCE
    if cause == ABSENCE and _waited(session, course):
        return "missed", PROVIDER  # who waits has arrived: no no-show, however late
    return "missed", cause


def _waited(session: Session, course: Course) -> bool:
    planned = session.appointment
    return any(not w.elsewhere and w.begin < planned.ends and w.end > planned.starts for w in course.waits)


def _why_not_held(session: Session) -> str:
    """What kept the clinicians away for most of the scheduled time; technical trouble goes first on equal terms."""
    planned = session.appointment
    host = session.courses[planned.clinicians[0].code]
    away = without([(planned.starts, planned.ends)], session.held())
    cause = _costliest(host, away)
    return PROVIDER if cause == ABSENCE else cause


def _costliest(course: Course, lost: list) -> str:
    """The cause that cost most of the lost time; each moment's is the one that held when they were last not away."""
    cost = dict.fromkeys(_ORDER, 0)
    for begin, end in lost:
        for since, until, why in _reasons(course, begin, end):
            cost[why] += until - since
    return max(_ORDER, key=lambda why: (cost[why], -_ORDER.index(why)))


def _reasons(course: Course, begin: int, end: int) -> list[tuple[int, int, str]]:
    steps = sorted(course.why, key=lambda step: step[0])  # stable: of two at one moment the later told counts
    found, at = [], begin
    current = next((why for since, why in reversed(steps) if since <= begin), ABSENCE)
    for since, why in steps:
        if begin < since < end:
            found.append((at, since, current))
            at, current = since, why
    return [*found, (at, end, current)]


def known_as(connection: Connection, person: Person, planned: Appointment, course: Course) -> bool:
    """Whether what a connection shows says that it is this person of the roster."""
    face = connection.face
    if connection.bound_to is not None:
        return known_as(course.connections[connection.bound_to], person, planned, course)
    if face.registrant_id and face.registrant_id == person.registrant_id:
        return True
    if face.customer_key and face.customer_key == person.customer_key:
        return True
    if person.role == "clinician" and face.zoom_id:
        return True
    if face.email and face.email == person.email:
        return True
    if face.phone and face.phone == person.phone:
        return True
    return _named(face, person, planned)


def _named(face: Face, person: Person, planned: Appointment) -> bool:
    alike = [p for p in planned.people if p.name and p.name.casefold() == face.name.casefold()]
    return bool(face.name) and alike == [person]


def _strangers(session: Session) -> frozenset[str]:
    """Who was in the meeting for a minute and cannot be recognised: codes, and labels of people without one."""
    planned = session.appointment
    found = {g.code for g in session.guests if g.code != "bot" and length(g.present()) >= GUEST_PRESENCE}
    for person in planned.people:
        course = session.courses[person.code]
        unknown = [
            (c.begin, c.end) for c in course.connections if not c.elsewhere and not known_as(c, person, planned, course)
        ]
        if length(clip(union(unknown), planned.starts, planned.ends)) >= GUEST_PRESENCE:
            found.add(person.code)
    return frozenset(found)


def _traced(session: Session, course: Course, outcome: str, known: bool, arrived: Arrived) -> bool:
    """Whether what arrived shows technical trouble of this person, or of the clinician when it was not held."""
    if outcome == "not-held":
        return any(_shown(session, session.courses[p.code], arrived) for p in session.appointment.clinicians)
    return known and _shown(session, course, arrived)


def _shown(session: Session, course: Course, arrived: Arrived) -> bool:
    for marks in (*course.shows, *_broken(session, course)):
        if all(_is_there(course.code, mark, arrived) for mark in marks):
            return True
    return False


def _is_there(code: str, mark: Mark, arrived: Arrived) -> bool:
    if mark[0] == "told":
        return True
    if mark[0] == "incident":
        return mark[1] in arrived.incidents_known
    return (code, mark) in arrived.marks


def _broken(session: Session, course: Course) -> list[frozenset[Mark]]:
    """The marks of connections that broke: an abnormal reason away from the end, a quick return, a warning before."""
    found = []
    numbered = [(n, c) for n, c in enumerate(course.connections) if not c.elsewhere]
    last = max((c.end for c in session.everybody()), default=0)
    for number, one in numbered:
        ends = [*session.closings, last]
        if not one.broke or any(abs(end - one.end) <= NEAR_THE_END for end in ends):
            continue
        if one.reason in _ABNORMAL:
            found.append(frozenset({("left", number)}))
        for other, back in numbered:
            if 0 <= back.begin - one.end <= QUICK_RETURN and other != number:
                found.append(frozenset({("left", number), ("joined", other)}))
        if one.warned_at is not None and one.end - one.warned_at <= QUICK_RETURN:
            found.append(frozenset({("left", number), ("quality", number)}))
    return found


def _both_ends(session: Session, course: Course, arrived: Arrived) -> bool:
    """Whether every join and leave of this person and of the clinicians arrived."""
    watched = [course, *(session.courses[p.code] for p in session.appointment.clinicians)]
    for one in watched:
        for number, connection in enumerate(one.connections):
            if connection.elsewhere:
                continue
            if any((one.code, (end, number)) not in arrived.marks for end in ("joined", "left")):
                return False
            # A hop is told twice over; one half of it says enough only of a stay that is named.
            hops = [(one.code, (side, number)) for side in ("hop-left", "hop-joined")]
            if connection.hops and any(hop not in arrived.marks for hop in hops):
                return False
    return True


def _minutes(seconds: int) -> float:
    return round(seconds / 60, 1)
