"""How sure a verdict is: what may have been otherwise than it seems, and lowers it."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from datetime import datetime
from itertools import accumulate
from operator import itemgetter

import msgspec

from plugin.core.appointment import Role
from plugin.core.assessment import Confidence, Flag, Outcome, weaker
from plugin.core.attempt import JOINING
from plugin.core.case import Case
from plugin.core.event import EventKind, LeaveReason
from plugin.core.interval import intersect, length, union
from plugin.core.piece import Piece
from plugin.core.verdict import Verdict, not_sure, unknown
from plugin.core.visit import SWITCH

_TROUBLE = EventKind.TROUBLE_REPORTED
_DONE = {EventKind.JOIN_CLICKED: "they opened their link", _TROUBLE: "they told us of trouble"}
_SINCE = itemgetter(0)
_Sign = tuple[datetime, str, int]
"""When somebody did something, what, and the delivery."""
_BROKEN = frozenset({LeaveReason.CONNECTION_LOST, LeaveReason.CLIENT_CLOSED})
_OF_THE_HELD_TIME = (Outcome.ATTENDED, Outcome.PARTIAL, Outcome.MISSED)
UNSURE = frozenset({Flag.MATCHED_BY_NAME, Flag.INFERRED_START, Flag.INFERRED_END})
"""With any of these a verdict is at most of medium confidence."""


def perhaps_otherwise(case: Case, verdict: Verdict) -> Verdict:
    """A verdict with what may have been otherwise in a flood of strangers, by a bot, by the host's account or
    when no end of a connection was delivered."""
    if case.room.timeline.flooded:
        verdict = _in_a_flood(case, verdict)
    if case.room.only_bots:
        verdict = _of_a_bot(case, verdict)
    if case.room.beside.by_the_account and case.person.role is Role.CLINICIAN:
        verdict = _of_some_clinician(case, verdict)
    if case.attendance.inferred and verdict.outcome is Outcome.ATTENDED:
        verdict = _perhaps_gone(case, verdict)
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


def _perhaps_gone(case: Case, verdict: Verdict) -> Verdict:
    """Who attended only as no end of a connection was delivered, and did afterwards what nobody does who is there, was
    perhaps cut off and left alone: a person looks."""
    done = _done_after_it_broke(case)
    first = list(accumulate([told for _, told in reversed(done)], min))[::-1]
    there, signs = [], []
    for piece in case.attendance.pieces:
        place = bisect_right(done, piece.begin, key=_SINCE) if piece.inferred_end else len(done)
        gone_at = _gone_at(piece, first[place]) if place < len(done) else piece.end
        there.append((piece.begin, gone_at))
        signs += [first[place]] if gone_at < piece.end else []
    if not signs or length(intersect(case.room.held, union(there))) >= case.room.enough_held:
        return verdict
    at, what, delivery = min(signs)
    doubt = f"no end of a connection was delivered, and {what} at {case.at(at)}"
    because, events = verdict.because + not_sure([doubt]), (*verdict.events, delivery)
    return msgspec.structs.replace(verdict, confidence=Confidence.LOW, because=because, events=events)


def _gone_at(piece: Piece, sign: _Sign) -> datetime:
    """Until when they surely were there by a connection; who tells of trouble afterwards does not say since when."""
    at, what, _ = sign
    if at < piece.end:
        return at
    return piece.begin if what == _DONE[_TROUBLE] else piece.end


def _done_after_it_broke(case: Case) -> list[tuple[datetime, _Sign]]:
    """What tells of a connection that began before a moment that it had broken, with that moment, in order."""
    told = [e for e in case.told if e.kind is _TROUBLE or (e.kind in _DONE and e.at < case.room.until)]
    done = [(e.at - JOINING, (e.at, _DONE[e.kind], e.delivery)) for e in told]
    begun = {piece.end: piece.begin for piece in case.attendance.pieces if piece.end_told}
    broke = [e for e in case.attendance.told if e.kind is EventKind.LEFT and e.reason in _BROKEN and e.at in begun]
    done += [(begun[e.at], (e.at, "another connection of theirs broke", e.delivery)) for e in broke]
    waits = [e for e in case.attendance.told if e.kind is EventKind.WAITING_BEGAN]
    return sorted(done + [(e.at - SWITCH, (e.at, "they waited to be let in", e.delivery)) for e in waits])
