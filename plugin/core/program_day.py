"""A program day: sessions in a row, and what of one of them is told of the next.

What was shortly before a session in its own meeting, the meeting itself tells (`elsewhere`, `sign`). Of what was longer
ago, or in another meeting, only the verdict on that session does: whoever dropped out of it for good, or could not come
to it, may have been kept from this one by the same thing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from operator import attrgetter
from typing import Protocol, TypeVar

import msgspec

from plugin.core.appointment import Appointment, Role
from plugin.core.assessment import Assessment, Cause, Confidence, Finding, Flag, Outcome
from plugin.core.schedule import BREAK, OVERTIME, ROW
from plugin.core.verdict import not_sure
from plugin.core.wording import local_time, sentence

BEFORE = "session-before"
"""The reason of a verdict that another session of the day decided."""
_KNOWN_ABSENT = "support-found-absence"
_TRIED = frozenset({Flag.TRIED_TO_JOIN, Flag.WRONG_MEETING})
_TOLD_BY = frozenset(
    {
        "dropped", "connection-broke", "left-early", "removed-by-host", "never-admitted", "failed-tries",
        "tried-to-join", "wrong-meeting", "trouble-reported",
    }
)  # fmt: skip
"""The rules that tell of it."""
_ABSENCE, _MISSED, _CLIENT = Cause.ABSENCE, Outcome.MISSED, Role.CLIENT
_LOST_TO_OTHERS = (Cause.TECHNICAL, Cause.PROVIDER)
_IN_ORDER = attrgetter("starts_at", "appointment_id")


class Session(Protocol):
    """When somebody is expected in which meeting; aware UTC."""

    @property
    def appointment_id(self) -> str: ...
    @property
    def meeting_id(self) -> str: ...
    @property
    def starts_at(self) -> datetime: ...
    @property
    def ends_at(self) -> datetime: ...


One = TypeVar("One", bound=Session)


def in_question(assessments: Iterable[Assessment]) -> list[Assessment]:
    """The clients on whom the sessions before may throw another light: who is absent, or surely late by choice."""
    return [
        one
        for one in assessments
        if one.cause is _ABSENCE and one.role is _CLIENT
        and (one.outcome is _MISSED or (Flag.LATE in one.flags and one.confidence is Confidence.HIGH))
        and not any(finding.hit and finding.rule == _KNOWN_ABSENT for finding in one.findings)
    ]  # fmt: skip


def in_a_row_before(appointment: Appointment, sessions: Iterable[One]) -> list[One]:
    """Those sessions of one person that they may have in a row before an appointment, the last one first; also those
    called off, so that a row may end sooner."""
    earliest, began = appointment.starts_at - ROW, appointment.starts_at
    before = [one for one in sessions if earliest <= one.starts_at < appointment.starts_at]
    found = []
    for one in sorted(before, key=_IN_ORDER, reverse=True):
        if one.ends_at + BREAK >= began:
            found.append(one)
            began = one.starts_at
    return found


def seen_in_its_day(
    appointment: Appointment,
    assessments: Sequence[Assessment],
    sessions_of: Callable[[Sequence[str]], Mapping[str, Iterable[One]]],
    assess: Callable[[One], Iterable[Assessment]],
    early: timedelta,
) -> tuple[Assessment, ...]:
    """The verdicts on an appointment once more, in the light of the sessions before it.

    Its own meeting tells of the time so `early` before it. `sessions_of` tells by their codes which sessions people
    have, and `assess` judges one of these by itself; both are asked only about those whose verdict it may change.
    """
    asked = in_question(assessments)
    if not asked:
        return tuple(assessments)
    changed, theirs = {}, sessions_of([one.participant_id for one in asked])
    judged: dict[str, Mapping[str, Assessment]] = {}  # those who are absent together had most of them together, too

    def by_code(session: One) -> Mapping[str, Assessment]:
        if session.appointment_id not in judged:
            judged[session.appointment_id] = {other.participant_id: other for other in assess(session)}
        return judged[session.appointment_id]

    for one in asked:
        row = in_a_row_before(appointment, theirs.get(one.participant_id, ()))
        if row:
            changed[one.participant_id] = _after(one, row, appointment, by_code, early)
    return tuple([changed.get(one.participant_id, one) for one in assessments]) if changed else tuple(assessments)


def _told_by_the_meeting(before: Assessment, session: Session, appointment: Appointment, early: timedelta) -> bool:
    """Whether the meeting of an appointment itself tells all that somebody's verdict on a session before it could; not
    of who came to that one so early, and went again, that it does not look back so far."""
    opens = appointment.starts_at - early
    if session.meeting_id != appointment.meeting_id or session.starts_at < opens:
        return False
    return before.arrived_at is None or any([one.to_at >= opens for one in before.stretches])


def _after(
    one: Assessment, row: Iterable[One], appointment: Appointment, by_code: Callable[[One], Mapping[str, Assessment]],
    early: timedelta,
) -> Assessment:  # fmt: skip
    """The verdict on one person in the light of their row of sessions."""
    began = appointment.starts_at
    for session in row:
        if session.ends_at + BREAK < began:
            continue
        before = by_code(session).get(one.participant_id)
        if before is None:
            continue
        if before.outcome is not Outcome.CANCELLED:  # that one is a break
            began = session.starts_at
        kept = what_kept_them(before, session, appointment, late=one.outcome is Outcome.PARTIAL)
        if kept and not _told_by_the_meeting(before, session, appointment, early):
            return _in_doubt(one, kept, before)
        if came_to(before, session):
            return one  # what was before that is settled
    return one


def came_to(before: Assessment, session: Session) -> bool:
    """Whether somebody came to a session, and not only when it was over."""
    return before.arrived_at is not None and before.arrived_at <= session.ends_at


def what_kept_them(before: Assessment, session: Session, appointment: Appointment, late: bool = False) -> str:
    """What cut somebody off from a session for good, kept them out of it, or in it when an appointment had begun, for
    people; "" when nothing did. Asked about itself, a session tells whether it would of one that follows at once.

    Who comes `late` from one that was to go on has no other reason to give.
    """
    if before.outcome in (Outcome.EXCUSED, Outcome.CANCELLED):
        return ""
    over = appointment.starts_at if late else max(session.ends_at, appointment.starts_at)
    stayed = [one.to_at for one in before.stretches if one.from_at <= over and one.to_at > over + OVERTIME]
    if stayed:
        return f"they had stayed in the meeting of their session before until {_local(max(stayed), appointment)}"
    where = "their session before"
    if session.meeting_id != appointment.meeting_id:
        where += ", in another meeting"
    if Flag.DROPPED in before.flags:
        return f"they had dropped out of {where}{_at(before, session, appointment)}"
    if before.outcome is Outcome.ATTENDED:
        return ""
    if Flag.REMOVED_BY_HOST in before.flags and not _came_back(before, session):
        return f"the host had removed them from {where}{_at(before, session, appointment)}"
    if Flag.NEVER_ADMITTED in before.flags:
        return f"they had waited in vain to be let in to {where}"
    if before.outcome is Outcome.NOT_HELD and before.left_at and came_to(before, session):
        return f"they had found no clinician in {where}{_at(before, session, appointment)}"
    if before.outcome is Outcome.PARTIAL:
        told = Flag.TROUBLE_REPORTED in before.flags and Flag.LEFT_EARLY in before.flags
        return f"they had told of trouble with {where}" if told else ""
    if before.outcome is Outcome.MISSED and before.cause not in _LOST_TO_OTHERS:
        return ""
    seen = came_to(before, session) or before.findings[0].rule == "sign-of-the-person"
    if seen or not _TRIED.isdisjoint(before.flags):
        return f"they had tried in vain to come to {where}"
    return f"they had told of trouble with {where}" if Flag.TROUBLE_REPORTED in before.flags else ""


def _came_back(before: Assessment, session: Session) -> bool:
    """Whether somebody whom the host removed from a session was in it again, and went by themselves."""
    later = [one for one in before.stretches if one.from_at < session.ends_at][1:]
    return Flag.LEFT_EARLY in before.flags or any(one.to_at >= session.ends_at - OVERTIME for one in later)


def _at(before: Assessment, session: Session, appointment: Appointment) -> str:
    """When they went, unless they looked in once more when it was over."""
    gone = before.left_at
    return f", at {_local(gone, appointment)}" if gone and gone <= session.ends_at else ""


def _local(moment: datetime, appointment: Appointment) -> str:
    return local_time(moment, appointment.starts_at, appointment.timezone or "UTC")


def _in_doubt(one: Assessment, kept: str, before: Assessment) -> Assessment:
    decided, *others = one.findings
    told = {
        number for finding in before.findings if finding.hit and finding.rule in _TOLD_BY for number in finding.events
    }
    events = tuple(sorted({*decided.events, *(told or before.findings[0].events)}))
    if one.outcome is Outcome.PARTIAL:
        because = decided.because + not_sure([kept])
        found = Finding(decided.rule, True, because, events)
        return msgspec.structs.replace(one, confidence=Confidence.MEDIUM, findings=(found, *others))
    found = Finding(BEFORE, True, sentence(f"{kept}, and they were not seen"), events)
    return msgspec.structs.replace(
        one, outcome=Outcome.UNDETERMINED, cause=Cause.UNKNOWN, confidence=Confidence.LOW, findings=(found, *others)
    )
