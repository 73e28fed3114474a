"""Who was in a session for too little of it: what cost them the rest, and how sure it is that they chose to be away."""

from __future__ import annotations

from collections.abc import Iterator

from plugin.core.arrival import what_is_missing, what_was_unheard
from plugin.core.assessment import Cause, Confidence, Flag, Outcome, weaker
from plugin.core.attempt import JOINING, maybe_unheard
from plugin.core.attribution import Hits, Lost, costliest, part_in_words, strength
from plugin.core.case import Case
from plugin.core.departure import Departure
from plugin.core.elsewhere import at_another_of_theirs
from plugin.core.event import EventKind, numbers_of
from plugin.core.guest import of_guests
from plugin.core.heard import feed_proven
from plugin.core.interval import length
from plugin.core.leading import WENT_ON_UNSEEN, went_on_unseen, why_held_unsure
from plugin.core.room import END_GUESSED
from plugin.core.rules import Answer, Rule
from plugin.core.session_before import kept_before
from plugin.core.sign import noticed, tried_by_other_links, unheard
from plugin.core.stranger import attended_as, may_have_been
from plugin.core.verdict import Verdict, not_sure, unknown
from plugin.core.wording import share_in_words

_INCIDENT, _OF_A_CLINICIAN = "platform-incident", "host-dropped"


def partial(case: Case, hits: Hits, lost: Lost) -> Verdict:
    """The verdict on somebody who was in the session, and not for long enough to have attended."""
    cause = costliest(lost)
    if perhaps := [guest for guest in case.room.guests if attended_as(case, guest.attendance)]:
        because = "Somebody unidentified was there while they were away; if it was them, they attended."
        return unknown("unidentified-guest", because, Flag.UNIDENTIFIED_GUEST, events=of_guests(perhaps))
    confidence, doubts, kept = strength(hits, lost, cause), [], None
    if cause is Cause.ABSENCE:
        if not feed_proven(case.room):
            return unknown(
                "feed-gap", "They were away for a time in which the feed was not proven alive.", Flag.FEED_GAP
            )
        if maybe_unheard(case):
            return unheard(case)
        trouble = _trouble(hits)
        kept = None if trouble - {_INCIDENT} else _kept_elsewhere(case)
        doubts += _doubts(case, trouble, kept[0] if kept else "")
    elif unheard_of := what_was_unheard(case):
        doubts.append(unheard_of)
    if perhaps := [guest for guest in case.room.guests if may_have_been(case, guest.attendance)]:
        doubts.append("somebody unidentified was there or waited while they were away")
    if cause is Cause.ABSENCE and any([may_have_been(case, one) for one in case.room.clients_astray()]):
        doubts.append("somebody whom another session expects was there while they were away")
    if doubts:
        confidence = weaker(confidence, Confidence.MEDIUM)
    if cause is Cause.PROVIDER and length(case.lost) == case.room.held_for:
        # Nothing is offered after a partial session, and they had none of it: what is owed to them a person says.
        confidence = Confidence.LOW
    because = f"{_share_in_words(case, lost, cause)}.{not_sure(doubts)}"
    flags = (Flag.TRIED_TO_JOIN,) if _only_tried(case, hits) else ()
    events = of_guests(perhaps) + (kept[1] if kept else ())
    return Verdict(Outcome.PARTIAL, cause, confidence, "partial", because, flags, events)


def _only_tried(case: Case, hits: Hits) -> bool:
    """Whether each of their connections to this session broke off within moments, however long they were together."""
    limit = case.room.thresholds.short_connection
    tried = any([rule.name == "failed-tries" for rule, _ in hits])
    return tried and all([end - begin < limit for begin, end in case.mine(case.attendance.stays)])


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


def _is_theirs(rule: Rule, answer: Answer) -> bool:
    """Whether trouble was this person's: that a clinician dropped out is not, where it cost them nothing."""
    return rule.name != _OF_A_CLINICIAN or bool(answer.explains)


def _trouble(hits: Hits) -> set[str]:
    """The rules that found trouble of this person's."""
    return {rule.name for rule, answer in hits if rule.cause is Cause.TECHNICAL and _is_theirs(rule, answer)}


def _kept_elsewhere(case: Case) -> tuple[str, tuple[int, ...]] | None:
    """What else of theirs may have kept them away, in words that stand within a sentence, and the deliveries that tell
    of it; None when nothing."""
    if kept := kept_before(case) or tried_by_other_links(case) or _noticed_before(case):
        return kept
    theirs = at_another_of_theirs(case.room, case.person)
    return ("they were at another session of theirs, in another meeting", (theirs.delivery,)) if theirs else None


def _noticed_before(case: Case) -> tuple[str, tuple[int, ...]] | None:
    """What Zoom told of somebody who came late, long before they came."""
    if case.arrived_at <= case.room.late_after:
        return None
    told = [event for event in noticed(case) if event.at < case.arrived_at - JOINING]
    return (f"Zoom had told something of them at {case.at(told[0].at)}", numbers_of(told)) if told else None


def _went_with_the_meeting(case: Case, gone: Departure) -> bool:
    """Whether somebody went as the meeting ended, and was not back when it went on."""
    lost = length(case.gap_at(gone.at)) > case.room.thresholds.end_tolerance
    return gone.near_end and lost and case.back_in_time(gone) is None


def _doubts(case: Case, trouble: set[str], kept: str) -> Iterator[str]:
    """Why it is not sure that who was away chose to be."""
    # Who had some trouble may have had more, a late arrival can hide an incident, and a plain leave a fault.
    if trouble - {_INCIDENT}:
        yield "they had some trouble"
    elif kept:
        yield kept
    elif case.room.kept_out():
        yield "an incident of the platform may have kept them out"
    elif any(not departure.near_end and not departure.put_back for departure in case.departures):
        yield "a leave can hide a fault"
    elif any(departure.put_back for departure in case.departures):
        yield "the host had sent them back to wait"
    elif case.arrived_at < case.room.appointment.starts_at < case.present[0][0]:
        yield "they had been there before the start, and why they went is not known"
    elif any([_went_with_the_meeting(case, gone) for gone in case.departures]):
        yield "the meeting ended when they went, and went on later"
    if trouble == {_INCIDENT} and not case.room.kept_out():
        yield "an incident of the platform was on for a part of it"
    if not case.room.held_sure:
        yield why_held_unsure(case.room)
    elif case.room.end_guessed:
        yield END_GUESSED
    elif went_on_unseen(case.room):
        yield WENT_ON_UNSEEN
    if case.present[0][0] >= case.room.held[-1][1]:
        yield "the clinician had gone when they came"
    if missing := what_is_missing(case):
        yield missing
    if case.told_of(EventKind.PRESENCE_CLAIMED):
        yield "they say that they were there"
