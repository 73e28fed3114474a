"""Whether the session was held at all: the verdict that is the same for everybody, where the session decides it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from plugin.core.appointment import OF_THE_PROGRAM, Participant, Status
from plugin.core.assessment import Cause, Confidence, Flag, Outcome
from plugin.core.attendance import Attendance
from plugin.core.departure import Departure
from plugin.core.elsewhere import clinicians_elsewhere, met_elsewhere
from plugin.core.event import EventKind, LeaveReason
from plugin.core.guest import of_guests
from plugin.core.heard import (
    feed_proven,
    in_it_unheard,
    several_lost,
    silent_for_too_long,
    was_blind,
    was_heard,
    was_silent,
)
from plugin.core.interval import NO_TIME, clip, intersect, length, subtract, union, within
from plugin.core.leading import (
    app_lost_alone,
    by_the_hosts_account,
    clinician_came_before,
    clinician_noticed,
    clinician_seen,
    clinicians_came_unseen,
    clinicians_in_trouble,
    cut_off_alone,
    met_before,
    of_a_host_unseen,
)
from plugin.core.room import Room
from plugin.core.sign import deleted
from plugin.core.unpeopled import only_waited_at
from plugin.core.verdict import Verdict, not_sure, unknown

_BOOKED = Status.BOOKED


def verdict_for_all(room: Room) -> Verdict | None:
    """The verdict that is the same for everybody, if the session itself decides it."""
    if room.appointment.status is Status.CANCELLED:
        return _cancelled("The roster says that it was cancelled.")
    if room.timeline.deleted is not None and not room.held:
        return _cancelled("Its meeting was deleted before the start.", room.timeline.deleted.delivery)
    if room.horizon.now < room.appointment.starts_at:
        return unknown("too-early", "It has not begun.")
    if not was_heard(room):
        if elsewhere := _held_elsewhere(room):
            return elsewhere
        gap = () if feed_proven(room) else (Flag.FEED_GAP,)
        return unknown("nothing-heard", "Nothing at all was heard of this meeting around its time.", *gap)
    held, to_come = room.held_for, room.appointment.ends_at - room.until
    enough = room.scheduled * room.thresholds.min_held_fraction
    waited_long_enough = room.horizon.now >= room.appointment.starts_at + room.thresholds.no_show_after
    if held + to_come < enough or (not room.held and waited_long_enough):
        return _not_held(room)
    if not room.held and any(within(one.present, room.until) for one in room.clinicians):
        return unknown("too-early", "It has only just begun.")
    if not room.held:
        return unknown("too-early", "No clinician is there yet; it is too early to say more.")
    return None


def place_cancelled(person: Participant) -> Verdict | None:
    """The verdict on somebody whose own place in the session was cancelled, whatever became of the session."""
    if person.status is _BOOKED:
        return None
    return _cancelled("The roster says that their place in it was cancelled.")


def _cancelled(because: str, *events: int) -> Verdict:
    return Verdict(Outcome.CANCELLED, Cause.NONE, Confidence.HIGH, "cancelled", because, (), events)


def _not_held(room: Room) -> Verdict:
    if perhaps := _perhaps_held(room):
        return perhaps
    # Who was cut off a moment before the start, and so did not hold it, did not stay away.
    cut_off = room.host_drops or room.host_drops_before()
    if _trouble_kept_clinicians_away(room, cut_off):
        return Verdict(
            Outcome.NOT_HELD,
            Cause.TECHNICAL,
            Confidence.MEDIUM,
            "not-held",
            _kept_away_in_words(bool(cut_off)),
            (Flag.HOST_DROPPED,) if cut_off else (),
            room.of_clinicians if cut_off else room.told_of_incidents,
        )
    if room.timeline.deleted is not None:
        return deleted(room.timeline.deleted)
    if room.timeline.moved is not None:
        because = "This session was moved to another time at Zoom before it began."
        return unknown("moved", because, events=(room.timeline.moved.delivery,))
    together, told = met_before(room)
    if not room.somebody_there() and length(together) >= room.scheduled * room.thresholds.min_held_fraction:
        because = "A clinician and a client were there together before the start, and nobody in the scheduled time."
        return unknown("held-otherwise", because, events=told)
    return _held_elsewhere(room) or _nobody_held(room, bool(cut_off))


def _held_elsewhere(room: Room) -> Verdict | None:
    """The verdict when the session was perhaps held in another meeting: its link failed, or the roster has another."""
    met = met_elsewhere(room)
    if not met:
        return None
    because = "A clinician and a client were in another meeting together at that time, where nobody expects them."
    return unknown("held-otherwise", because, events=[event.delivery for event in met])


def _perhaps_held(room: Room) -> Verdict | None:
    """The verdict when a clinician may have held it unseen; None when none can have."""
    enough = room.scheduled * room.thresholds.min_held_fraction
    # A complete report shows who was in this meeting, whatever could not be heard.
    if not feed_proven(room) and (was_blind(room) or not room.somebody_there()):
        return unknown("feed-gap", "The feed was not proven alive, so a clinician may have been there.", Flag.FEED_GAP)
    start, enough_of_one = room.appointment.starts_at, room.thresholds.guest_presence
    unseen = [g for g in room.guests if length(clip(g.attendance.present, start, room.until)) >= enough_of_one]
    if unseen and not room.held:
        because = "An unidentified person was there and may have been the clinician."
        return unknown("unidentified-guest", because, Flag.UNIDENTIFIED_GUEST, events=of_guests(unseen))
    if not room.held and (shown := by_the_hosts_account(room)):
        because = "Somebody came by the link of another person and was signed in as the host; perhaps the clinician."
        return unknown("unidentified-guest", because, Flag.UNIDENTIFIED_GUEST, events=[e.delivery for e in shown])
    if room.unpeopled and length(union((*room.held, *room.unpeopled))) >= enough:
        because = "The meeting ran, and nothing was delivered of who was in it, so a clinician may have been there."
        return unknown("feed-gap", because, Flag.FEED_GAP)
    if silent_for_too_long(room):
        because = "Nothing was heard from Zoom for so long that a clinician may have held it."
        return unknown("feed-gap", because, Flag.FEED_GAP)
    lost = [one for one in room.clinicians if one.start_unknown_between(start, room.until)]
    if any(not _there_when_it_began(one, room) for one in lost):
        because = "The clinician's arrival was not delivered; they may have been there long before."
        return unknown("feed-gap", because, Flag.FEED_GAP, events=room.of_clinicians)
    if in_it_unheard(room) and not clinician_seen(room):
        because = "The meeting was on before anything of it was heard, and its end was not: a clinician may be in it."
        return unknown("feed-gap", because, Flag.FEED_GAP)
    if done := [event for event in of_a_host_unseen(room) if event.reason is not LeaveReason.MEETING_OVER]:
        because = "Somebody let people in or sent them out, and no clinician was seen; perhaps one was there."
        return unknown("feed-gap", because, Flag.FEED_GAP, events=[event.delivery for event in done])
    if noticed := clinician_noticed(room):
        because = "Zoom told something of a clinician in this meeting, and not that they came; they may have held it."
        return unknown("feed-gap", because, Flag.FEED_GAP, events=noticed)
    if room.clinician_lost:
        because = "The clinician joined, and no end of it was ever delivered."
        return unknown("sight-lost", because, Flag.FEED_GAP, events=room.of_clinicians)
    if came := clinicians_came_unseen(room):
        because = "A clinician came in, and nothing more was delivered of it."
        return unknown("sight-lost", because, Flag.FEED_GAP, events=[event.delivery for event in came])
    return None


def _there_when_it_began(one: Attendance, room: Room) -> bool:
    """Whether somebody had come by the start, so that nothing of the scheduled time can be before it."""
    return bool(one.present) and one.present[0][0] <= room.appointment.starts_at


def _nobody_held(room: Room, cut_off: bool) -> Verdict:
    if told := clinicians_in_trouble(room):
        reported = any(event.kind is EventKind.TROUBLE_REPORTED for event in told)
        what = "told us of technical trouble" if reported else "opened their link and was not seen"
        because = f"A clinician {what}, and too little of the session was held."
        events = tuple([event.delivery for event in told])
        return Verdict(Outcome.NOT_HELD, Cause.TECHNICAL, Confidence.MEDIUM, "not-held", because, (), events)
    because = "No clinician was there." if room.over else "No clinician is there yet."
    doubts = list(_doubts(room, cut_off))
    if room.held:
        because = "A clinician was there for too little of the scheduled time."
    elif clinician_came_before(room):
        # Whoever is cut off alone in a meeting ends it.
        because = "A clinician was there before the start, and not after it."
        doubts.append("why they went again is not known")
    elif any(clip(one.waiting, room.appointment.starts_at, room.until) for one in room.clinicians):
        because = "A clinician waited to be let in, and none was in the session."
    confidence = Confidence.MEDIUM if doubts else Confidence.HIGH
    because += not_sure(doubts)
    return Verdict(Outcome.NOT_HELD, Cause.PROVIDER, confidence, "not-held", because, (), room.of_clinicians)


def _doubts(room: Room, cut_off: bool) -> Iterator[str]:
    """Why it is not sure that nobody held the session, or that nothing kept them away."""
    if not feed_proven(room):
        yield "the feed was not proven alive"
    # That a clinician held it in another meeting, in a blind time, no report of this one shows.
    if was_blind(room) or was_silent(room):
        yield "nothing was heard from Zoom for a part of it"
    if room.incidents():
        yield "an incident of the platform was on for a part of it"
    if cut_off or cut_off_alone(room):
        yield "a clinician dropped out"
    elif app_lost_alone(room):
        yield "a clinician's app was closed or lost, and who is cut off alone ends the meeting"
    elif any([piece.inferred_end for one in room.clinicians for piece in one.pieces]):
        yield "a clinician's leave was not delivered, nor why they went"
    if of_a_host_unseen(room):
        yield "the host ended it, who was not seen there"
    if not room.timeline.report and only_waited_at(room.timeline, room.appointment.starts_at, room.until):
        yield "the meeting was on, and whoever was inside was not delivered"
    if clinicians_elsewhere(room):
        yield "a clinician was seen in another meeting"
    if several_lost(room) and not clinician_seen(room):
        yield "when several people came or went was not delivered, and perhaps not that a clinician did"
    if room.sight_lost():
        yield "somebody joined and no end of it was ever delivered, so a clinician may have come unseen"
    # A clinician who comes back as a guest is a stranger, and a colleague may have gone on for them.
    colleagues = [one for person, one in room.astray if person.role in OF_THE_PROGRAM]
    strange = [span for one in (*[g.attendance for g in room.guests], *colleagues) for span in one.present]
    with_strangers = clip(union((*room.held, *strange)), room.appointment.starts_at, room.until)
    if length(with_strangers) >= room.scheduled * room.thresholds.min_held_fraction:
        yield "somebody unidentified was there, who may have been the clinician"


def _kept_away_in_words(cut_off: bool) -> str:
    if cut_off:
        return "The clinician was cut off, and too little of the session was held."
    return "An incident of the platform kept the clinician away, and too little of the session was held."


def _trouble_kept_clinicians_away(room: Room, drops: Iterable[Departure]) -> bool:
    """Whether the time in which no clinician was there was mostly that of their drops and of incidents."""
    start, until = room.appointment.starts_at, room.until
    away = subtract(((start, until),), room.held)
    # As for anybody: only who came after all takes a while to come.
    grace = room.thresholds.incident_grace if room.held else NO_TIME
    incidents = [(one.from_at, (one.until_at or until) + grace) for one in room.incidents()]
    cut_off = [(drop.at, drop.back_at or max(drop.at, until)) for drop in drops]
    return 2 * length(intersect(away, union([*incidents, *cut_off]))) >= length(away)
