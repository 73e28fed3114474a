"""Who was not in a session that was held: absence comes last and needs proof, and every sign speaks against it."""

from __future__ import annotations

from collections.abc import Iterator

from plugin.core.arrival import SENT_BACK, sent_back_unheard
from plugin.core.assessment import Cause, Confidence, Flag, Outcome
from plugin.core.attempt import JOINING, clicks_in_vain, maybe_unheard
from plugin.core.attribution import Hits, Lost, costliest, part_in_words, strength
from plugin.core.case import Case
from plugin.core.elsewhere import strangers_elsewhere
from plugin.core.event import EventKind
from plugin.core.guest import of_guests
from plugin.core.heard import (
    began_unheard,
    feed_proven,
    in_it_unheard,
    only_the_end_heard,
    rest_unheard,
    several_lost,
    was_blind,
    was_silent,
)
from plugin.core.interval import length, subtract, union
from plugin.core.leading import WENT_ON_UNSEEN, went_on_unseen, why_held_unsure
from plugin.core.room import END_GUESSED, Room
from plugin.core.rules import Answer
from plugin.core.sign import perhaps_beside_somebody, sign_in_words, sign_of, unheard
from plugin.core.stranger import strangers_tried
from plugin.core.verdict import Verdict, not_sure, unknown
from plugin.core.wording import in_words, sentence

_MISSED, _ABSENCE, _CLICKED = Outcome.MISSED, Cause.ABSENCE, EventKind.JOIN_CLICKED
_MEANT_TO_COME = frozenset({"tried-to-join", "trouble-reported", "wrong-meeting", "presence-claimed"})


def missed(case: Case, hits: Hits, lost: Lost) -> Verdict:
    """The verdict on somebody who was hardly in the session, or not at all."""
    room = case.room
    by_name = {rule.name: answer for rule, answer in hits}
    excused = by_name.get("notice-given")
    cause = costliest(lost)
    too_early = room.horizon.now < room.appointment.starts_at + room.thresholds.no_show_after
    if not excused and (too_early or (not room.over and _just_arriving(case))):
        if case.waiting_now():
            return unknown("too-early", "They are waiting to be let in, which may still happen.")
        return unknown("too-early", "It is too early to say, or they are just arriving.")
    if not feed_proven(room):
        return unknown("feed-gap", "The feed was not proven alive, so silence proves nothing.", Flag.FEED_GAP)
    found = by_name.get("support-found-absence")
    if found and "presence-claimed" not in by_name:
        # Somebody spoke with them; what was seen of them is explained by that, and was too short to have been there.
        return _verdict(_MISSED, _ABSENCE, Confidence.MEDIUM, "missed", found)
    doubt = next((name for name in ("ambiguous-name", "unidentified-guest") if name in by_name), None)
    if doubt and not excused:
        return unknown(doubt, by_name[doubt].because, events=by_name[doubt].events)
    claimed, explaining = by_name.get("presence-claimed"), [a for r, a in hits if r.cause is cause and a.explains]
    only_a_click = {rule.name for rule, answer in hits if answer.explains} == {"tried-to-join"}
    if claimed and only_a_click and case.arrived_at is None:
        # Zoom tells nothing of who waits in a browser for the host: they may well have been there.
        because = "They opened their link and say that they were there; we did not see them."
        return unknown("presence-claimed", because, events=claimed.events + by_name["tried-to-join"].events)
    if excused:
        # Who came all the same, be it for a moment, may have meant to stay, and so may who tried or says they did. Who
        # said that they would not come is hardly the stranger, and it costs them nothing if they were.
        came = case.seen() or doubt or not _MEANT_TO_COME.isdisjoint(by_name)
        sure = Confidence.MEDIUM if came else Confidence.HIGH
        return _verdict(Outcome.EXCUSED, _ABSENCE, sure, "excused", excused)
    if sent_back_unheard(case):
        return unknown("sign-of-the-person", sentence(SENT_BACK))
    if cause is not _ABSENCE:
        because = _hardly_there(case, lost, cause)
        events = tuple(sorted({number for answer in explaining for number in answer.events}))
        flags = (Flag.TRIED_TO_JOIN,) if "failed-tries" in by_name else ()
        return Verdict(_MISSED, cause, strength(hits, lost, cause), "missed", because, flags, events)
    if claimed:
        seen = "we saw too little of them to tell" if case.arrived_at else "we did not see them"
        return unknown("presence-claimed", f"They say that they were there, and {seen}.", events=claimed.events)
    if tried := [by_name[name] for name in ("tried-to-join", "wrong-meeting") if name in by_name]:
        came = "were not there to stay, and" if case.arrived_at else "did not arrive, and first"
        because = f"They {came} tried to come {_how_late(case, tried)}."
        return unknown("sign-of-the-person", because, events=[n for answer in tried for n in answer.events])
    if told := by_name.get("trouble-reported"):
        because = "They told us of trouble, and what came of it is not known."
        return unknown("sign-of-the-person", because, events=told.events)
    if case.seen():
        clicks = [event.delivery for event in case.told_of(_CLICKED)]
        return unknown("sign-of-the-person", sign_in_words(case), events=clicks)
    return sign_of(case) or _unseen(case) or _absent(case, "platform-incident" in by_name)


def _how_late(case: Case, tried: list[Answer]) -> str:
    """When somebody tried to come who was too late for most of what was held."""
    numbers = {number for answer in tried for number in answer.events}
    opened = [event.at for event in case.told if event.delivery in numbers]
    if opened and min(opened) >= case.room.held[-1][1]:
        return f"at {case.at(min(opened))}, when the clinician had gone"
    return "when most of the time that a clinician held it was over"


def _verdict(outcome: Outcome, cause: Cause, confidence: Confidence, rule: str, found: Answer) -> Verdict:
    return Verdict(outcome, cause, confidence, rule, found.because, (), found.events)


def _just_arriving(case: Case) -> bool:
    """Whether they wait, are there, or showed a moment ago, as who was let in and is on the way inside, or opened their
    link; or whether the session has only just begun to be held."""
    there, room, now = case.attendance, case.room, case.room.horizon.now
    if case.waiting_now() or there.open_now:
        return True
    # Nobody hears who waits for the host in a browser; they come in once the host is there.
    if now < room.held[0][0] + room.thresholds.arrive_grace:
        return True
    if (tried := clicks_in_vain(case)) and now < tried[0].at + JOINING:  # who tried before is kept out
        return True
    return bool(there.signs) and now - there.signs[-1] < room.thresholds.drop_grace


def _hardly_there(case: Case, lost: Lost, cause: Cause) -> str:
    start, until = case.room.appointment.starts_at, case.room.until
    if any(begin <= until and end >= start for begin, end in case.attendance.inside):
        how_long = in_words(length(case.present)) if case.present else "less than a second"
        return f"They were in the session for {how_long} only; {part_in_words(lost, cause, 'the rest')}."
    return f"They were not in the session; {part_in_words(lost, cause, 'the time lost')}."


def _unseen(case: Case) -> Verdict | None:
    """The verdict when they may have come unseen; None when they cannot have."""
    room = case.room
    if maybe_unheard(case):
        return unheard(case)
    if room.held_by_another or room.held_by_bots:
        return unknown("not-held", sentence(why_held_unsure(room)), events=room.of_clinicians)
    if room.unpeopled and length(room.unpeopled) >= room.thresholds.min_presence:
        because = "The meeting ran for a time, and nothing was delivered of who was in it; they may have been."
        return unknown("feed-gap", because, Flag.FEED_GAP)
    if rest_unheard(room) or (room.clinician_lost and was_silent(room)):
        because = "Nothing was heard from Zoom for a part of it, and not how it ended; they may have come unseen."
        return unknown("feed-gap", because, Flag.FEED_GAP)
    if in_it_unheard(room):
        because = "The meeting was on before anything of it was heard, and its end was not: they may have been in it."
        return unknown("feed-gap", because, Flag.FEED_GAP)
    if began_unheard(room):
        because = "Nothing was delivered of how others came, nor anything else for a time; they may have come and gone."
        return unknown("feed-gap", because, Flag.FEED_GAP)
    if room.kept_out():
        because = "An incident of the platform may have kept them out, and most of the session was held without it."
        return unknown("platform-incident", because, events=room.told_of_incidents)
    return None


def _absent(case: Case, incident: bool) -> Verdict:
    doubts = list(_doubts(case))
    if incident:
        doubts.append("an incident of the platform was on for a part of it")
    clicks, notices = case.told_of(_CLICKED), case.told_of(EventKind.NOTICE_GIVEN)
    because = "A clinician held the session, the feed was alive, and there was no sign of them at all."
    if came := case.told_here():
        because = "A clinician held the session, the feed was alive, and they were not seen until it was long over, "
        because += f"at {case.at(came[0].at)}."
        doubts.append("they may have mixed up the hour")
    elif clicks or notices:
        because = "A clinician held the session, the feed was alive, and they were not seen"
        # Notice that excuses was asked before; this one came when it had begun.
        because += f"; they gave notice at {case.at(notices[0].at)}, when it had begun." if notices else "."
    events = tuple([event.delivery for event in (*clicks, *notices)])
    if not doubts:
        return Verdict(_MISSED, _ABSENCE, Confidence.HIGH, "missed", because, (), events)
    events += tuple([event.delivery for event in strangers_elsewhere(case.room)])
    events += of_guests(strangers_tried(case.room))
    because += not_sure(doubts)
    return Verdict(_MISSED, _ABSENCE, Confidence.MEDIUM, "missed", because, (), events)


def _doubts(case: Case) -> Iterator[str]:
    """Why an absence is not sure, though nothing was seen of the person."""
    room = case.room
    if not room.held_sure:
        yield why_held_unsure(room)
    # A report shows who was in this meeting; a link to another one, opened in a blind time, it does not show.
    if was_blind(room) or was_silent(room):
        yield "nothing was heard from Zoom for a part of it"
    if room.clinician_lost:
        yield "no end of the clinician's presence was delivered"
    elif room.end_guessed:
        yield END_GUESSED
    elif went_on_unseen(room):
        yield WENT_ON_UNSEEN
    elif only_the_end_heard(room):
        yield "an end of the clinician's presence was not delivered, and nothing else was heard while they held it"
    elif several_lost(room):
        yield "when several people came or went was not delivered, and perhaps not that they did"
    # Whoever opened the link, be it hours before, meant to come.
    if case.told_of(_CLICKED):
        yield "they had opened their link"
    if perhaps_beside_somebody(room, case.person):
        yield "they may have sat beside somebody who was there, or come by that person's link"
    if room.clients_astray():
        yield "somebody whom another session expects was there"
    if strangers_tried(room):
        yield "somebody unidentified was there for moments"
    if strangers_elsewhere(room):
        yield "somebody unidentified came into another meeting of the same host"
    # Zoom tells nothing of who waits for the host in a browser, and gives up.
    if room.held[0][0] > room.late_after:
        yield "the clinician came late, and who gave up waiting in a browser is not heard"
    elif _nobody_could_come(room):
        yield "the meeting did not run for a part of it, and who gave up waiting in a browser is not heard"


def _nobody_could_come(room: Room) -> bool:
    """Whether the meeting stopped between two times in which it was held, for longer than people wait."""
    stopped = subtract(((room.held[0][0], room.held[-1][1]),), union((*room.held, *room.horizon.runs)))
    return any(end - begin > room.thresholds.arrive_grace for begin, end in stopped)
