"""The verdict: from an appointment's deliveries to outcome, cause, flags, confidence and reasons for each person.

The order of questions is that of `holding` and `_verdict`: cancelled, too early, nothing heard, held or not; then, for
each person, how much of the held time they were there, sight lost, feed alive. Absence comes last and needs proof.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from functools import lru_cache

from plugin.core.absence import missed
from plugin.core.appointment import Appointment, Participant
from plugin.core.assessment import Assessment, Cause, Confidence, Finding, Flag, Outcome, Stretch
from plugin.core.attribution import NOTHING, Hits, Lost, attribute
from plugin.core.case import Case
from plugin.core.certainty import confidence_in, perhaps_otherwise
from plugin.core.event import Event
from plugin.core.furnishing import room_of
from plugin.core.holding import place_cancelled, verdict_for_all
from plugin.core.interval import Spans, length, minutes, subtract, union, within
from plugin.core.partial import partial
from plugin.core.policy import Policy
from plugin.core.room import Room
from plugin.core.rules import MISSES, to_ask
from plugin.core.surroundings import Surroundings
from plugin.core.verdict import Verdict, unknown
from plugin.core.wording import share_in_words

_PLACE = {flag: place for place, flag in enumerate(Flag)}
_TECHNICAL, _MISSED = Cause.TECHNICAL, Outcome.MISSED


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
    return _judge(room, room.appointment.participants)


def judge_missing(
    appointment: Appointment, events: Iterable[Event], surroundings: Surroundings, policy: Policy, now: datetime
) -> tuple[Assessment, ...]:
    """Judge as `judge` does, but only those who were not there for enough of it: nobody else can have missed it."""
    room = room_of(appointment, events, surroundings, policy, now)
    lost = {code: subtract(room.held, there.present) for code, there in room.attendances.items()}
    return _judge(room, [p for p in appointment.participants if not _has_attended(room, lost[p.participant_id])])


def _judge(room: Room, people: Iterable[Participant]) -> tuple[Assessment, ...]:
    for_all = verdict_for_all(room)
    return tuple([_assess(Case.of(room, person), for_all, room.horizon.final) for person in people])


def _assess(case: Case, for_all: Verdict | None, final: bool) -> Assessment:
    findings, hits = _ask(case)
    lost = attribute(case, hits) if case.lost else NOTHING
    verdict = place_cancelled(case.person) or for_all or _verdict(case, hits, lost)
    verdict = perhaps_otherwise(case, verdict)
    flags = ()
    if hits or verdict.flags:
        raised = {rule.flag for rule, _ in hits if rule.flag} | set(verdict.flags)
        flags = tuple(sorted(raised, key=_PLACE.__getitem__))
    room, technical = case.room, lost[_TECHNICAL]
    arrived_at, joined_at, left_at = _came_and_went(case)
    return Assessment(
        room.appointment.appointment_id,
        case.person.participant_id,
        case.person.role,
        verdict.outcome,
        verdict.cause,
        flags,
        confidence_in(case, verdict, flags),
        final,
        room.held_minutes,
        minutes(length(case.present)),
        minutes(length(case.waiting)) if case.waiting else 0.0,
        minutes(length(technical)) if technical else 0.0,
        arrived_at,
        joined_at,
        left_at,
        _stretches(case),
        (Finding(verdict.rule, True, verdict.because, _rests_on(case, verdict)), *findings),
        round(length(technical) / room.held_for, 6) if technical else 0.0,
    )


def _came_and_went(case: Case) -> tuple[datetime | None, datetime | None, datetime | None]:
    """When they first showed for this session, first came into it, and last went; None for what is not known or not yet
    so."""
    arrived, first, last, stays, open_now = case.arrived_at, None, None, None, False
    for piece in case.attendance.pieces:
        begin, end = piece.begin, piece.end
        if not case.is_mine(begin, end):
            # Whoever moves to another room, or is given another connection, stays all the same.
            stays = _stays(case) if stays is None else stays
            if not (within(stays, begin) and within(stays, end)):
                continue
        gone, open_now = piece.left_at or end, open_now or piece.open
        if first is None or begin < first:
            first = begin
        if last is None or gone > last:
            last = gone
    if first is not None and (arrived is None or first < arrived):
        arrived = first
    return arrived, first, None if open_now else last


def _stays(case: Case) -> Spans:
    return union(case.mine(case.attendance.stays))


def _stretches(case: Case) -> tuple[Stretch, ...]:
    """Where they were when, as far as it tells of this session."""
    mine = []
    for stretch in case.attendance.stretches():
        if case.is_mine(stretch.from_at, stretch.to_at):
            mine.append(stretch)
    return tuple(mine)


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
    known = _known_by(case) if case.room.timeline.registered else ()
    return tuple(sorted({*seen, *verdict.events, *held, *known})) if verdict.events or held or known else seen


def _known_by(case: Case) -> list[int]:
    """The registrations that say whose the link was by which they came."""
    shown = {event.registrant_id for event in case.told_here()} - {"", case.person.registrant_id}
    return [event.delivery for event in case.room.timeline.registered if event.registrant_id in shown]


def _verdict(case: Case, hits: Hits, lost: Lost) -> Verdict:
    room = case.room
    if _has_attended(room, case.lost):
        return _attended(room.held_for - length(case.lost), room.held_for)
    if case.attendance.lost_sight:
        return unknown("sight-lost", "They joined, and no end of it was ever delivered.", Flag.FEED_GAP)
    if case.came:
        return partial(case, hits, lost)
    return missed(case, hits, lost)


def _has_attended(room: Room, lost: Spans) -> bool:
    """Whether somebody who was away for some of the held time was there for enough of it."""
    there_for = room.held_for - length(lost)
    # Where a policy asks no share at all, it takes a moment all the same.
    return bool(there_for) and there_for >= room.enough_held


@lru_cache(maxsize=128)
def _attended(there_for: timedelta, held_for: timedelta) -> Verdict:
    share = share_in_words(there_for, held_for)
    because = f"They were present for {share} of the time that a clinician held the session."
    return Verdict(Outcome.ATTENDED, Cause.NONE, Confidence.HIGH, "attended", because)
