"""The verdict: from an appointment's deliveries to outcome, cause, flags, confidence and reasons for each person.

The order of questions is that of `_for_all` and `_verdict`: cancelled, too early, nothing heard, held or not; then, for
each person, how much of the held time they were there, sight lost, feed alive. Absence comes last and needs proof.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from functools import lru_cache

import msgspec

from plugin.core.appointment import Appointment, Status
from plugin.core.assessment import Assessment, Cause, Confidence, Finding, Flag, Outcome
from plugin.core.case import Case
from plugin.core.event import Event, EventKind
from plugin.core.interval import NO_TIME, Spans, clip, intersect, length, minutes, subtract, union
from plugin.core.policy import Policy, Thresholds
from plugin.core.presence import LATE_NOTICE, Attendance, Horizon
from plugin.core.room import Room, alive_since, furnish
from plugin.core.rules import MISSES, Answer, Rule, to_ask
from plugin.core.sign import deleted, sign_in_words, sign_of
from plugin.core.surroundings import Surroundings
from plugin.core.timeline import Timeline, fold
from plugin.core.verdict import Verdict, unknown

Hits = list[tuple[Rule, Answer]]
"""The rules that hit, in the order of the table."""
_WORSE = {Confidence.HIGH: 0, Confidence.MEDIUM: 1, Confidence.LOW: 2}
_CAUSE_ORDER = (Cause.TECHNICAL, Cause.PROVIDER, Cause.ABSENCE)
"""On equal terms the first one wins."""
_NOTHING: dict[Cause, Spans] = dict.fromkeys(_CAUSE_ORDER, ())
_FLAGS = tuple(Flag)
_TECHNICAL, _MISSED = Cause.TECHNICAL, Outcome.MISSED
_OF_THE_HELD_TIME = (Outcome.ATTENDED, Outcome.PARTIAL)
UNHEARD = "They opened their link when nothing was heard from Zoom, so they may have come unseen."
UNSURE = frozenset({Flag.MATCHED_BY_NAME, Flag.INFERRED_START, Flag.INFERRED_END})
"""With any of these a verdict is at most of medium confidence."""


def final_at(appointment: Appointment, timeline: Timeline, thresholds: Thresholds) -> datetime:
    """When no late delivery is to be expected any more: 90 min after the end, or after the last instance if later."""
    ends = [i.ended_at for i in timeline.instances if i.ended_at]
    return max([appointment.ends_at, *ends]) + thresholds.final_after


def judge(
    appointment: Appointment, events: Iterable[Event], surroundings: Surroundings, policy: Policy, now: datetime
) -> tuple[Assessment, ...]:
    """Judge every expected participant from what was received by `now`, in the order of the roster.

    `events` are those of the appointment's meeting and Rejoin's own evidence, in any order and repeated at will;
    `surroundings` say what else the account was heard of.
    """
    thresholds = policy.of(appointment.kind)
    timeline = fold(appointment, events, thresholds, now)
    confirmed = bool(timeline.report) and now >= appointment.ends_at
    final = confirmed or now >= final_at(appointment, timeline, thresholds)
    horizon = Horizon(now, final, appointment.ends_at, alive_since(timeline, surroundings), timeline.runs)
    room = furnish(appointment, timeline, surroundings, policy, horizon)
    for_all = _for_all(room)
    return tuple([_assess(Case.of(room, person), for_all, final) for person in appointment.participants])


def _assess(case: Case, for_all: Verdict | None, final: bool) -> Assessment:
    findings, hits = _ask(case)
    lost = _attribute(case, hits) if case.lost else _NOTHING
    verdict = for_all or _verdict(case, hits, lost)
    if case.room.flooded:
        verdict = _in_a_flood(case, verdict)
    flags, confidence = (), verdict.confidence
    if hits or verdict.flags:
        raised = {rule.flag for rule, _ in hits if rule.flag} | set(verdict.flags)
        flags = tuple([flag for flag in _FLAGS if flag in raised])
        if not UNSURE.isdisjoint(raised):
            confidence = _weaker(confidence, Confidence.MEDIUM)
    room, there = case.room, case.attendance
    if room.clinician_lost and verdict.outcome in _OF_THE_HELD_TIME:
        confidence = _weaker(confidence, Confidence.MEDIUM)
    joined_at, left_at = _from_to(case)
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
        minutes(length(lost[_TECHNICAL])) if hits else 0.0,
        case.arrived_at or joined_at,
        joined_at,
        left_at,
        tuple([s for s in there.stretches() if case.is_mine(s.from_at, s.to_at)]),
        (Finding(verdict.rule, True, verdict.because, _rests_on(case, verdict)), *findings),
        round(length(lost[_TECHNICAL]) / room.held_for, 6) if hits and room.held else 0.0,
    )


def _from_to(case: Case) -> tuple[datetime | None, datetime | None]:
    """When they first came to this session, and when they last went; None for what is not known or not yet so."""
    first = last = None
    for piece in case.attendance.pieces:
        if case.is_mine(piece.begin, piece.end):
            gone = piece.left_at or piece.end
            if first is None or piece.begin < first:
                first = piece.begin
            if last is None or gone > last:
                last = gone
    return first, None if case.attendance.open_now else last


def _ask(case: Case) -> tuple[Sequence[Finding], Hits]:
    """What every rule found, in the order of the table, and the hits among it."""
    asked = to_ask(case.has())
    if not asked:
        return MISSES, []
    findings, hits = list(MISSES), []
    for place, rule in asked:
        answer = rule.ask(case)
        if answer.hit:
            findings[place] = Finding(rule.name, True, answer.because, answer.events)
            hits.append((rule, answer))
        elif answer.because != rule.otherwise:
            findings[place] = Finding(rule.name, False, answer.because)
    return findings, hits


def _rests_on(case: Case, verdict: Verdict) -> tuple[int, ...]:
    """The deliveries behind a verdict: what was seen of the person; if nothing was, what proves that it was held."""
    if verdict.events:
        return verdict.events
    if case.attendance.events or verdict.outcome is not _MISSED:
        return case.attendance.events
    return tuple(sorted({number for clinician in case.room.clinicians for number in clinician.events}))


def _attribute(case: Case, hits: Hits) -> dict[Cause, Spans]:
    """Lay each lost minute to the first rule that explains it; what is left over is absence."""
    causes: dict[Cause, Spans] = dict.fromkeys(_CAUSE_ORDER, ())
    rest = case.lost
    for rule, answer in hits:
        if rule.cause is not None and answer.explains:
            mine = intersect(rest, answer.explains)
            causes[rule.cause] = union((*causes[rule.cause], *mine))
            rest = subtract(rest, mine)
    found = causes[Cause.ABSENCE]
    causes[Cause.ABSENCE] = union((*found, *rest)) if found else rest
    return causes


def _for_all(room: Room) -> Verdict | None:
    """The verdict that is the same for everybody, if the session itself decides it."""
    if room.appointment.status is Status.CANCELLED:
        return _cancelled("The roster says that it was cancelled.")
    if room.deleted_at is not None and not room.held:
        return _cancelled("Its meeting was deleted before the start.")
    if room.horizon.now < room.appointment.starts_at:
        return unknown("too-early", "It has not begun.")
    if not room.was_heard():
        gap = () if room.feed_proven() else (Flag.FEED_GAP,)
        return unknown("nothing-heard", "Nothing at all was heard of this meeting.", *gap)
    held, to_come = room.held_for, max(room.appointment.ends_at - room.until, NO_TIME)
    enough = room.scheduled * room.thresholds.min_held_fraction
    waited_long_enough = room.horizon.now >= room.appointment.starts_at + room.thresholds.no_show_after
    if held + to_come < enough or (room.over and held < enough) or (not room.held and waited_long_enough):
        return _not_held(room)
    if not room.held:
        return unknown("too-early", "No clinician is there yet; it is too early to say more.")
    return None


def _cancelled(because: str) -> Verdict:
    return Verdict(Outcome.CANCELLED, Cause.NONE, Confidence.HIGH, "cancelled", because)


def _verdict(case: Case, hits: Hits, lost: dict[Cause, Spans]) -> Verdict:
    room, lost_for = case.room, length(case.lost)
    if room.held_for - lost_for >= room.enough_held:
        return _attended(f"{1 - lost_for / room.held_for:.0%}" if lost_for else "100%")
    if case.attendance.lost_sight and _could_have_attended(case):
        return unknown("sight-lost", "They joined, and no end of it was ever delivered.", Flag.FEED_GAP)
    if case.came:
        return _partial(case, hits, lost)
    return _missed(case, hits, lost)


def _in_a_flood(case: Case, verdict: Verdict) -> Verdict:
    """What can still be said when strangers flooded the meeting: what was cancelled, and who attended for certain."""
    there = case.attendance
    if verdict.outcome in (Outcome.CANCELLED, Outcome.UNDETERMINED):
        return verdict
    if verdict.outcome is Outcome.ATTENDED and not there.inferred:
        return msgspec.structs.replace(verdict, confidence=Confidence.MEDIUM)
    told = f"at least {case.room.not_kept} events of them"
    because = f"A flood of people nobody knows, {told}: too many to tell who was there."
    return unknown("unidentified-guest", because, Flag.UNIDENTIFIED_GUEST)


def _not_held(room: Room) -> Verdict:
    if room.was_blind() or (not room.feed_proven() and not room.somebody_there()):
        return unknown("feed-gap", "The feed was not proven alive, so a clinician may have been there.", Flag.FEED_GAP)
    unseen = [
        g
        for g in room.guests
        if length(clip(g.attendance.present, room.appointment.starts_at, room.until)) >= room.thresholds.guest_presence
    ]
    if unseen and not room.held:
        return unknown(
            "unidentified-guest",
            "An unidentified person was there and may have been the clinician.",
            Flag.UNIDENTIFIED_GUEST,
        )
    if length(union((*room.held, *room.unpeopled))) >= room.scheduled * room.thresholds.min_held_fraction:
        because = "The meeting ran, and nothing was delivered of who was in it, so a clinician may have been there."
        return unknown("feed-gap", because, Flag.FEED_GAP)
    if any(a.start_unknown for a in room.clinicians):
        because = "When the clinician came was not delivered; it may have been long before."
        return unknown("feed-gap", because, Flag.FEED_GAP)
    if room.clinician_noticed():
        because = "Zoom told something of a clinician in this meeting, and not that they came; they may have held it."
        return unknown("feed-gap", because, Flag.FEED_GAP)
    if room.clinician_lost:
        return unknown("sight-lost", "The clinician joined, and no end of it was ever delivered.", Flag.FEED_GAP)
    # Who was cut off a moment before the start, and so did not hold it, did not stay away.
    cut_off = room.host_drops or [d for a in room.clinicians for d in a.departures if room.cut_off_before(d)]
    if cut_off or _incident_kept_clinicians_away(room):
        return Verdict(
            Outcome.NOT_HELD,
            Cause.TECHNICAL,
            Confidence.MEDIUM,
            "not-held",
            "The clinician was cut off, and too little of the session was held.",
            (Flag.HOST_DROPPED,) if cut_off else (),
        )
    if room.deleted_at is not None:
        return deleted()
    if room.moved is not None:
        return unknown("moved", "This session was moved to another time at Zoom before it began.")
    because, sure = "No clinician was there.", room.feed_proven() and not room.was_silent() and not room.incidents()
    if room.held:
        because = "A clinician was there for too little of the scheduled time."
    elif room.clinician_came_before():
        # Why they went again nobody knows: whoever is cut off alone in a meeting ends it.
        because, sure = "A clinician was there before the start, and not after it.", False
    confidence = Confidence.HIGH if sure else Confidence.MEDIUM
    return Verdict(Outcome.NOT_HELD, Cause.PROVIDER, confidence, "not-held", because)


def _incident_kept_clinicians_away(room: Room) -> bool:
    """Whether the time in which no clinician was there was mostly that of an incident of the platform."""
    start, until = room.appointment.starts_at, room.until
    away = subtract(((start, until),), room.held)
    grace = room.thresholds.incident_grace
    during = union([(one.from_at, (one.until_at or until) + grace) for one in room.incidents()])
    explained = length(intersect(away, during))
    return explained > NO_TIME and 2 * explained >= length(away)


@lru_cache(maxsize=128)
def _attended(share: str) -> Verdict:
    because = f"They were present for {share} of the time that a clinician held the session."
    return Verdict(Outcome.ATTENDED, Cause.NONE, Confidence.HIGH, "attended", because)


def _partial(case: Case, hits: Hits, lost: dict[Cause, Spans]) -> Verdict:
    cause = _costliest(lost)
    if any(_attended_as(case, guest.attendance) for guest in case.room.guests):
        because = "Somebody unidentified was there while they were away; if it was them, they attended."
        return unknown("unidentified-guest", because, Flag.UNIDENTIFIED_GUEST)
    confidence = _strength(hits, cause)
    if cause is Cause.ABSENCE:
        if not case.room.feed_proven():
            return unknown(
                "feed-gap", "They were away for a time in which the feed was not proven alive.", Flag.FEED_GAP
            )
        if case.maybe_unheard():
            return unknown("feed-gap", UNHEARD, Flag.FEED_GAP)
        # A plain leave can also hide a fault, a late arrival an incident, and who had some trouble may have had more.
        trouble = any(rule.cause is _TECHNICAL for rule, _ in hits) or case.room.kept_out()
        if trouble or any(not d.near_end for d in case.departures) or not case.room.held_sure:
            confidence = Confidence.MEDIUM
    if any(_may_have_been(case, guest.attendance) for guest in case.room.guests):
        confidence = _weaker(confidence, Confidence.MEDIUM)
    share = 1 - length(case.lost) / case.room.held_for
    because = (
        f"They were present for {share:.0%} of the time that a clinician held the session; "
        f"most of the rest is {_of(cause)}."
    )
    return Verdict(Outcome.PARTIAL, cause, confidence, "partial", because)


def _missed(case: Case, hits: Hits, lost: dict[Cause, Spans]) -> Verdict:
    room = case.room
    by_name = {rule.name: answer for rule, answer in hits}
    excused = by_name.get("notice-given")
    cause = _costliest(lost)
    too_early = room.horizon.now < room.appointment.starts_at + room.thresholds.no_show_after
    if not excused and (too_early or (not room.over and (case.attendance.waiting_now or case.attendance.open_now))):
        return unknown("too-early", "It is too early to say, or they are just arriving.")
    if not room.feed_proven():
        return unknown("feed-gap", "The feed was not proven alive, so silence proves nothing.", Flag.FEED_GAP)
    found = by_name.get("support-found-absence")
    if found and "presence-claimed" not in by_name:
        # Somebody spoke with them; what was seen of them is explained by that, and was too short to have been there.
        return Verdict(Outcome.MISSED, Cause.ABSENCE, Confidence.MEDIUM, "missed", found.because)
    doubt = next((name for name in ("ambiguous-name", "unidentified-guest") if name in by_name), None)
    if excused and cause is Cause.ABSENCE and doubt:
        # Who said that they would not come is hardly the stranger, and it costs them nothing if they were.
        return Verdict(Outcome.EXCUSED, Cause.ABSENCE, Confidence.MEDIUM, "excused", excused.because)
    if doubt:
        return unknown(doubt, by_name[doubt].because)
    only_a_click = {rule.name for rule, answer in hits if rule.cause and answer.explains} == {"tried-to-join"}
    if "presence-claimed" in by_name and only_a_click and not case.attendance.signs:
        # Zoom tells nothing of who waits in a browser for the host: they may well have been there.
        return unknown("presence-claimed", "They opened their link and say that they were there; we did not see them.")
    if not excused and cause is not Cause.ABSENCE:
        because = f"They were not in the session; the time is {_of(cause)}."
        return Verdict(Outcome.MISSED, cause, _strength(hits, cause), "missed", because)
    if excused:
        return Verdict(Outcome.EXCUSED, Cause.ABSENCE, Confidence.HIGH, "excused", excused.because)
    if "presence-claimed" in by_name:
        return unknown("presence-claimed", "They say that they were there, and we did not see them.")
    if "tried-to-join" in by_name or "wrong-meeting" in by_name:
        return unknown("sign-of-the-person", "They did not arrive, and first tried to when most of it was over.")
    if case.seen() or case.attendance.lost_sight:
        return unknown("sign-of-the-person", sign_in_words(case))
    if (sign := sign_of(case)) is not None:
        return sign
    if case.maybe_unheard():
        return unknown("feed-gap", UNHEARD, Flag.FEED_GAP)
    if length(room.unpeopled) >= room.thresholds.min_presence:
        because = "The meeting ran for a time, and nothing was delivered of who was in it; they may have been."
        return unknown("feed-gap", because, Flag.FEED_GAP)
    if room.began_unheard():
        because = "Nothing was delivered of how others came, nor anything else for a time; they may have come and gone."
        return unknown("feed-gap", because, Flag.FEED_GAP)
    if room.kept_out():
        because = "An incident of the platform may have kept them out, and most of the session was held without it."
        return unknown("platform-incident", because)
    # Of a clinician who was cut off and not seen again nobody knows how the session went on.
    cut_off = any(drop.back_at is None for drop in room.host_drops)
    # A report shows who was in this meeting; a link to another one, opened in a blind time, it does not show.
    sure = room.held_sure and not (room.was_blind() or room.was_silent()) and not room.clinician_lost
    # Whoever opened the link, be it hours before, meant to come.
    opened = bool(case.told_of(EventKind.JOIN_CLICKED))
    perhaps_there = room.perhaps_beside_somebody(case.person) or room.strangers_tried()
    # Zoom tells nothing of who waits for the host in a browser, and gives up.
    late = room.held[0][0] > room.late_after
    sure = sure and not (cut_off or opened or perhaps_there or late or "platform-incident" in by_name)
    because = "A clinician held the session, the feed was alive, and there was no sign of them at all."
    return Verdict(Outcome.MISSED, Cause.ABSENCE, Confidence.HIGH if sure else Confidence.MEDIUM, "missed", because)


def _costliest(lost: dict[Cause, Spans]) -> Cause:
    return max(_CAUSE_ORDER, key=lambda cause: (length(lost[cause]), -_CAUSE_ORDER.index(cause)))


def _strength(hits: Hits, cause: Cause) -> Confidence:
    """The strongest of the rules that explain the time by this cause."""
    strengths = [a.strength for r, a in hits if r.cause is cause and a.explains]
    return min(strengths, key=_WORSE.__getitem__, default=Confidence.HIGH)


def _weaker(left: Confidence, right: Confidence) -> Confidence:
    return max(left, right, key=_WORSE.__getitem__)


def _may_have_been(case: Case, guest: Attendance) -> bool:
    """Whether an unidentified guest was there while this person was not, for as long as a presence."""
    return length(intersect(case.lost, guest.present)) >= case.room.thresholds.guest_presence


def _attended_as(case: Case, guest: Attendance) -> bool:
    """Whether they attended if an unidentified guest was them: one who was hardly ever there together with them."""
    mine = case.attendance.present
    if length(intersect(mine, guest.present)) > LATE_NOTICE:
        return False
    return length(intersect(case.room.held, union((*mine, *guest.present)))) >= case.room.enough_held


def _could_have_attended(case: Case) -> bool:
    """Whether they would have attended, had they stayed until the end that nobody delivered."""
    last = max((p.begin for p in case.attendance.pieces if p.lost_sight), default=None)
    more = () if last is None else clip(((last, case.room.until),), case.room.appointment.starts_at, case.room.until)
    assumed = union((*case.present, *more))
    return length(assumed) > length(case.present) + timedelta(0)


def _of(cause: Cause) -> str:
    return {
        Cause.TECHNICAL: "technical trouble",
        Cause.PROVIDER: "the program's doing",
        Cause.ABSENCE: "absence",
    }[cause]
