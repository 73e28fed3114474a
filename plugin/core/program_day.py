"""A program day: sessions in a row, each in a meeting of its own, and what of one of them is told of the next.

Of a row in one meeting the meeting itself tells (`elsewhere`, `sign`). Of another meeting only its own verdict does:
whoever dropped out of it for good, or could not come to it, may have been kept from this one by the same thing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from operator import attrgetter
from typing import Protocol, TypeVar

import msgspec

from plugin.core.appointment import Appointment, Role
from plugin.core.assessment import Assessment, Cause, Confidence, Finding, Flag, Outcome
from plugin.core.schedule import BREAK, OVERTIME, ROW
from plugin.core.verdict import not_sure
from plugin.core.wording import local_time

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
_LOST_TO_OTHERS = (Cause.TECHNICAL, Cause.PROVIDER)
_STARTS_AT = attrgetter("starts_at")


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
        if one.cause is Cause.ABSENCE and one.role is Role.CLIENT
        and (one.outcome is Outcome.MISSED or (Flag.LATE in one.flags and one.confidence is Confidence.HIGH))
        and not any(finding.hit and finding.rule == _KNOWN_ABSENT for finding in one.findings)
    ]  # fmt: skip


def in_a_row_before(appointment: Appointment, sessions: Iterable[One]) -> list[One]:
    """Those sessions of one person that they have in a row before an appointment, the last one first."""
    earliest, began = appointment.starts_at - ROW, appointment.starts_at
    before = [one for one in sessions if earliest <= one.starts_at < appointment.starts_at]
    found = []
    for one in sorted(before, key=_STARTS_AT, reverse=True):
        if one.ends_at + BREAK >= began:
            found.append(one)
            began = one.starts_at
    return found


def seen_in_its_day(
    appointment: Appointment,
    assessments: Sequence[Assessment],
    sessions_of: Callable[[Sequence[str]], Mapping[str, Iterable[One]]],
    assess: Callable[[One], Iterable[Assessment]],
) -> tuple[Assessment, ...]:
    """The verdicts on an appointment once more, in the light of the sessions before it.

    `sessions_of` tells by their codes which sessions people have, and `assess` judges one of these by itself; both are
    asked only about those whose verdict it may change.
    """
    asked = in_question(assessments)
    if not asked:
        return tuple(assessments)
    changed, theirs = {}, sessions_of([one.participant_id for one in asked])
    for one in asked:
        code = one.participant_id
        row = in_a_row_before(appointment, theirs.get(code, ()))
        if all([session.meeting_id == appointment.meeting_id for session in row]):
            continue
        for session in row:
            before = next((other for other in assess(session) if other.participant_id == code), None)
            if before is None:
                continue
            kept = what_kept_them(before, session, appointment)
            if kept and session.meeting_id != appointment.meeting_id:
                changed[code] = _in_doubt(one, kept, before)
            if kept or before.arrived_at is not None:
                break  # what was before that is settled
    return tuple([changed.get(one.participant_id, one) for one in assessments]) if changed else tuple(assessments)


def what_kept_them(before: Assessment, session: Session, appointment: Appointment) -> str:
    """What cut somebody off from a session for good, kept them out of it, or in it when an appointment had begun, for
    people; "" when nothing did. Asked about itself, a session tells whether it would of one that follows at once."""
    if before.outcome in (Outcome.EXCUSED, Outcome.CANCELLED):
        return ""
    over = max(session.ends_at, appointment.starts_at)
    if stayed := [one.to_at for one in before.stretches if one.from_at <= over and one.to_at > over + OVERTIME]:
        return f"they had stayed in the meeting of their session before until {_local(stayed[-1], appointment)}"
    where = "their session before, in another meeting"
    if Flag.DROPPED in before.flags:
        return f"they had dropped out of {where}{_at(before, appointment)}"
    if before.outcome is Outcome.ATTENDED:
        return ""
    if Flag.REMOVED_BY_HOST in before.flags:
        return f"the host had removed them from {where}{_at(before, appointment)}"
    if Flag.NEVER_ADMITTED in before.flags:
        return f"they had waited in vain to be let in to {where}"
    if before.outcome is Outcome.NOT_HELD:
        return f"they had found no clinician in {where}{_at(before, appointment)}" if before.left_at else ""
    if before.outcome is Outcome.PARTIAL:
        told = Flag.TROUBLE_REPORTED in before.flags and Flag.LEFT_EARLY in before.flags
        return f"they had told of trouble with {where}" if told else ""
    if before.outcome is Outcome.MISSED and before.cause not in _LOST_TO_OTHERS:
        return ""
    if before.outcome is Outcome.UNDETERMINED:
        seen = before.findings[0].rule == "sign-of-the-person"
    else:
        seen = before.arrived_at is not None
    if seen or not _TRIED.isdisjoint(before.flags):
        return f"they had tried in vain to come to {where}"
    return f"they had told of trouble with {where}" if Flag.TROUBLE_REPORTED in before.flags else ""


def _at(before: Assessment, appointment: Appointment) -> str:
    return f", at {_local(before.left_at, appointment)}" if before.left_at else ""


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
    found = Finding(BEFORE, True, f"{kept[0].upper()}{kept[1:]}, and were not seen.", events)
    return msgspec.structs.replace(
        one, outcome=Outcome.UNDETERMINED, cause=Cause.UNKNOWN, confidence=Confidence.LOW, findings=(found, *others)
    )
