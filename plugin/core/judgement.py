"""The verdict: from an appointment's deliveries to outcome, cause, flags, confidence and reasons for each person.

The order of questions is that of `holding` and `_verdict`: cancelled, too early, nothing heard, held or not; then, for
each person, how much of the held time they were there, sight lost, feed alive. Absence comes last and needs proof.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from functools import lru_cache

import msgspec

from plugin.core.absence import missed
from plugin.core.appointment import Appointment, Role
from plugin.core.arrival import what_is_missing
from plugin.core.assessment import Assessment, Cause, Confidence, Finding, Flag, Outcome
from plugin.core.attribution import NOTHING, WORSE, Hits, Lost, attribute, costliest, part_in_words, strength
from plugin.core.case import Case
from plugin.core.elsewhere import at_another_of_theirs
from plugin.core.event import Event, EventKind
from plugin.core.furnishing import room_of
from plugin.core.guest import of_guests
from plugin.core.heard import feed_proven
from plugin.core.holding import place_cancelled, verdict_for_all
from plugin.core.interval import length, minutes, union, within
from plugin.core.leading import why_held_unsure
from plugin.core.policy import Policy
from plugin.core.room import END_GUESSED, Room
from plugin.core.rules import MISSES, Answer, Rule, to_ask
from plugin.core.session_before import kept_before
from plugin.core.sign import unheard
from plugin.core.stranger import attended_as, may_have_been
from plugin.core.surroundings import Surroundings
from plugin.core.verdict import Verdict, not_sure, unknown
from plugin.core.wording import share_in_words

_FLAGS = tuple(Flag)
_TECHNICAL, _MISSED = Cause.TECHNICAL, Outcome.MISSED
_OF_THE_HELD_TIME = (Outcome.ATTENDED, Outcome.PARTIAL, Outcome.MISSED)
_INCIDENT, _OF_A_CLINICIAN = "platform-incident", "host-dropped"
UNSURE = frozenset({Flag.MATCHED_BY_NAME, Flag.INFERRED_START, Flag.INFERRED_END})
"""With any of these a verdict is at most of medium confidence."""


def judge(
    appointment: Appointment, events: Iterable[Event], surroundings: Surroundings, policy: Policy, now: datetime
) -> tuple[Assessment, ...]:
    """Judge every expected participant from what was received by `now`, in the order of the roster.

    `events` are those of the appointment's meeting and Rejoin's own evidence, in any order and repeated at will;
    `surroundings` say what else the account was heard of.
    """
    return judge_in(room_of(appointment, events, surroundings, policy, now))


def judge_in(room: Room) -> tuple[Assessment, ...]:
    """Judge everybody who is expected in a room."""
    for_all = verdict_for_all(room)
    return tuple(
        [_assess(Case.of(room, person), for_all, room.horizon.final) for person in room.appointment.participants]
    )


def _assess(case: Case, for_all: Verdict | None, final: bool) -> Assessment:
    findings, hits = _ask(case)
    lost = attribute(case, hits) if case.lost else NOTHING
    verdict = place_cancelled(case.person) or for_all or _verdict(case, hits, lost)
    if case.room.timeline.flooded:
        verdict = _in_a_flood(case, verdict)
    if case.room.only_bots:
        verdict = _of_a_bot(case, verdict)
    if case.room.beside.by_the_account and case.person.role is Role.CLINICIAN:
        verdict = _of_some_clinician(case, verdict)
    flags, confidence = (), verdict.confidence
    if hits or verdict.flags:
        raised = {rule.flag for rule, _ in hits if rule.flag} | set(verdict.flags)
        flags = tuple([flag for flag in _FLAGS if flag in raised])
        if not UNSURE.isdisjoint(raised):
            confidence = _weaker(confidence, Confidence.MEDIUM)
    room, there, technical = case.room, case.attendance, lost[_TECHNICAL]
    if verdict.outcome in _OF_THE_HELD_TIME and _held_otherwise(case):
        confidence = _weaker(confidence, Confidence.MEDIUM)
    arrived_at, joined_at, left_at = _came_and_went(case)
    return Assessment(
        room.appointment.appointment_id,
        case.person.participant_id,
        case.person.role,
        verdict.outcome,
        verdict.cause,
        flags,
        confidence,
        final,
        room.held_minutes,
        minutes(length(case.present)),
        minutes(length(case.waiting)) if case.waiting else 0.0,
        minutes(length(technical)) if technical else 0.0,
        arrived_at,
        joined_at,
        left_at,
        tuple([s for s in there.stretches() if case.is_mine(s.from_at, s.to_at)]),
        (Finding(verdict.rule, True, verdict.because, _rests_on(case, verdict)), *findings),
        round(length(technical) / room.held_for, 6) if technical else 0.0,
    )


def _held_otherwise(case: Case) -> bool:
    """Whether it was perhaps held at other times than it seems, so that another share of it would have been theirs, or
    not held at all."""
    room = case.room
    if room.clinician_lost or room.end_guessed or room.held_by_bots or room.held_by_another:
        return True
    if not any([one.start_unknown for one in room.clinicians]):
        return False
    return not case.present or case.present[0][0] > room.appointment.starts_at


def _came_and_went(case: Case) -> tuple[datetime | None, datetime | None, datetime | None]:
    """When they first showed for this session, first came into it, and last went; None for what is not known or not yet
    so."""
    arrived, first, last = case.arrived_at, None, None
    pieces, stays = case.attendance.pieces, ()
    if len(pieces) > 1:  # whoever moves to another room, or is given another connection, stays all the same
        stays = union([(begin, end) for begin, end in case.attendance.stays if case.is_mine(begin, end)])
    for piece in pieces:
        stayed = within(stays, piece.begin) and within(stays, piece.end)
        if stayed or case.is_mine(piece.begin, piece.end):
            gone = piece.left_at or piece.end
            if first is None or piece.begin < first:
                first = piece.begin
            if last is None or gone > last:
                last = gone
    if first is not None and (arrived is None or first < arrived):
        arrived = first
    return arrived, first, None if case.attendance.open_now else last


def _ask(case: Case) -> tuple[Sequence[Finding], Hits]:
    """What every rule found, in the order of the table, and the hits among it."""
    asked = to_ask(case.has())
    if not asked:
        return MISSES, []
    findings, hits = list(MISSES), []
    for place, rule in asked:
        if (answer := rule.ask(case)) is not None:
            findings[place] = Finding(rule.name, answer.hit, answer.because, answer.events)
            if answer.hit:
                hits.append((rule, answer))
    return findings, hits


def _rests_on(case: Case, verdict: Verdict) -> tuple[int, ...]:
    """The deliveries behind a verdict: what was seen of the person, and what else decided; of who missed a session
    and was not seen what proves that it was held."""
    seen = case.deliveries()
    held = case.room.of_clinicians if verdict.outcome is _MISSED and not seen else ()
    return tuple(sorted({*seen, *verdict.events, *held})) if verdict.events or held else seen


def _verdict(case: Case, hits: Hits, lost: Lost) -> Verdict:
    room = case.room
    there_for = room.held_for - length(case.lost)
    # Where a policy asks no share at all, it takes a moment all the same.
    if there_for and there_for >= room.enough_held:
        return _attended(there_for, room.held_for)
    if case.attendance.lost_sight:
        return unknown("sight-lost", "They joined, and no end of it was ever delivered.", Flag.FEED_GAP)
    if case.came:
        return _partial(case, hits, lost)
    return missed(case, hits, lost)


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
    return msgspec.structs.replace(verdict, confidence=_weaker(verdict.confidence, Confidence.MEDIUM), because=because)


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


@lru_cache(maxsize=128)
def _attended(there_for: timedelta, held_for: timedelta) -> Verdict:
    share = share_in_words(there_for, held_for)
    because = f"They were present for {share} of the time that a clinician held the session."
    return Verdict(Outcome.ATTENDED, Cause.NONE, Confidence.HIGH, "attended", because)


def _partial(case: Case, hits: Hits, lost: Lost) -> Verdict:
    cause = costliest(lost)
    if perhaps := [guest for guest in case.room.guests if attended_as(case, guest.attendance)]:
        because = "Somebody unidentified was there while they were away; if it was them, they attended."
        return unknown("unidentified-guest", because, Flag.UNIDENTIFIED_GUEST, events=of_guests(perhaps))
    confidence, doubts = strength(hits, cause), []
    if cause is Cause.ABSENCE:
        if not feed_proven(case.room):
            return unknown(
                "feed-gap", "They were away for a time in which the feed was not proven alive.", Flag.FEED_GAP
            )
        if case.maybe_unheard():
            return unheard(case)
        doubts += _doubts(case, hits)
    if perhaps := [guest for guest in case.room.guests if may_have_been(case, guest.attendance)]:
        doubts.append("somebody unidentified was there or waited while they were away")
    if cause is Cause.ABSENCE and any([may_have_been(case, one) for one in case.room.clients_astray()]):
        doubts.append("somebody whom another session expects was there while they were away")
    if doubts:
        confidence = _weaker(confidence, Confidence.MEDIUM)
    because = f"{_share_in_words(case, lost, cause)}.{not_sure(doubts)}"
    return Verdict(Outcome.PARTIAL, cause, confidence, "partial", because, (), of_guests(perhaps))


def _share_in_words(case: Case, lost: Lost, cause: Cause) -> str:
    held_for = case.room.held_for
    there_for = held_for - length(case.lost)
    if not there_for:
        what = part_in_words(lost, cause, "what they missed")
        return f"They were there, but at no time at which a clinician held the session; {what}"
    share = share_in_words(there_for, held_for)
    return (
        f"They were present for {share} of the time that a clinician held the session; "
        f"{part_in_words(lost, cause, 'the rest')}"
    )


def _weaker(left: Confidence, right: Confidence) -> Confidence:
    return max(left, right, key=WORSE.__getitem__)


def _is_theirs(rule: Rule, answer: Answer) -> bool:
    """Whether trouble was this person's: that a clinician dropped out is not, where it cost them nothing."""
    return rule.name != _OF_A_CLINICIAN or bool(answer.explains)


def _doubts(case: Case, hits: Hits) -> Iterator[str]:
    """Why it is not sure that who was away chose to be."""
    # Who had some trouble may have had more, a late arrival can hide an incident, and a plain leave a fault.
    trouble = {rule.name for rule, answer in hits if rule.cause is _TECHNICAL and _is_theirs(rule, answer)}
    if trouble - {_INCIDENT}:
        yield "they had some trouble"
    elif kept := kept_before(case):
        yield kept[0]
    elif at_another_of_theirs(case.room, case.person):
        yield "they were at another session of theirs, in another meeting"
    elif case.room.kept_out():
        yield "an incident of the platform may have kept them out"
    elif any(not departure.near_end and not departure.put_back for departure in case.departures):
        yield "a leave can hide a fault"
    elif any(departure.put_back for departure in case.departures):
        yield "the host had sent them back to wait"
    elif case.arrived_at < case.room.appointment.starts_at < case.present[0][0]:
        yield "they had been there before the start, and why they went is not known"
    if trouble == {_INCIDENT} and not case.room.kept_out():
        yield "an incident of the platform was on for a part of it"
    if not case.room.held_sure:
        yield why_held_unsure(case.room)
    elif case.room.end_guessed:
        yield END_GUESSED
    if case.present[0][0] >= case.room.held[-1][1]:
        yield "the clinician had gone when they came"
    if missing := what_is_missing(case):
        yield missing
    if case.told_of(EventKind.PRESENCE_CLAIMED):
        yield "they say that they were there"
