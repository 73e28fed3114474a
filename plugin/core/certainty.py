"""How sure a verdict is: what may have been otherwise than it seems, and lowers it."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from plugin.core.appointment import Role
from plugin.core.assessment import Confidence, Flag, Outcome, weaker
from plugin.core.case import Case
from plugin.core.verdict import Verdict, not_sure, unknown

_OF_THE_HELD_TIME = (Outcome.ATTENDED, Outcome.PARTIAL, Outcome.MISSED)
UNSURE = frozenset({Flag.MATCHED_BY_NAME, Flag.INFERRED_START, Flag.INFERRED_END})
"""With any of these a verdict is at most of medium confidence."""


def perhaps_otherwise(case: Case, verdict: Verdict) -> Verdict:
    """A verdict with what may have been otherwise in a flood of strangers, by a bot or by the host's account."""
    if case.room.timeline.flooded:
        verdict = _in_a_flood(case, verdict)
    if case.room.only_bots:
        verdict = _of_a_bot(case, verdict)
    if case.room.beside.by_the_account and case.person.role is Role.CLINICIAN:
        verdict = _of_some_clinician(case, verdict)
    return verdict


def confidence_in(case: Case, verdict: Verdict, flags: Iterable[Flag]) -> Confidence:
    """The confidence of a verdict: at most medium where something was inferred, a name alone says who it was, or the
    session was perhaps held at other times."""
    confidence = verdict.confidence
    if flags and not UNSURE.isdisjoint(flags):
        confidence = weaker(confidence, Confidence.MEDIUM)
    if verdict.outcome in _OF_THE_HELD_TIME and _held_otherwise(case):
        confidence = weaker(confidence, Confidence.MEDIUM)
    return confidence


def _held_otherwise(case: Case) -> bool:
    """Whether it was perhaps held at other times than it seems, so that another share of it would have been theirs, or
    not held at all."""
    room = case.room
    if room.clinician_lost or room.end_guessed or room.held_by_bots or room.held_by_another:
        return True
    start = room.appointment.starts_at
    if not any([one.start_unknown_between(start, room.until) for one in room.clinicians]):
        return False
    return not case.present or case.present[0][0] > start


def _of_a_bot(case: Case, verdict: Verdict) -> Verdict:
    """Who seems to have been there, and of whom nothing was seen but a note-taking bot by their own link, was perhaps
    not there themselves: a person looks."""
    seen = verdict.outcome in (Outcome.ATTENDED, Outcome.PARTIAL)
    if not seen or case.person.participant_id not in case.room.only_bots:
        return verdict
    because = verdict.because + not_sure(["only a note-taking bot came by their link"])
    return msgspec.structs.replace(verdict, confidence=Confidence.LOW, because=because)


def _of_some_clinician(case: Case, verdict: Verdict) -> Verdict:
    """Of a clinician of whom the host's account alone says that they were there, and who may have been another one."""
    told = {number for numbers in case.room.beside.by_the_account.values() for number in numbers}
    if verdict.outcome is not Outcome.ATTENDED or not told.issuperset(case.attendance.events):
        return verdict
    because = verdict.because + not_sure(["only the host's account says that it was them"])
    return msgspec.structs.replace(verdict, confidence=weaker(verdict.confidence, Confidence.MEDIUM), because=because)


def _in_a_flood(case: Case, verdict: Verdict) -> Verdict:
    """What can still be said when strangers flooded the meeting: what was cancelled, and who attended for certain."""
    there = case.attendance
    if verdict.outcome in (Outcome.CANCELLED, Outcome.UNDETERMINED):
        return verdict
    if verdict.outcome is Outcome.ATTENDED and not there.inferred:
        return msgspec.structs.replace(verdict, confidence=Confidence.MEDIUM)
    told = f"at least {case.room.timeline.not_kept} events of them"
    because = f"A flood of people nobody knows, {told}: too many to tell who was there."
    return unknown("unidentified-guest", because, Flag.UNIDENTIFIED_GUEST)
