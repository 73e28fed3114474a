"""What was heard while a session was on, and whether silence can mean anything in it."""

from __future__ import annotations

from bisect import bisect_left
from datetime import datetime, timedelta
from operator import attrgetter

from plugin.core.event import ARRIVING, LeaveReason
from plugin.core.instance import Instance
from plugin.core.interval import NO_TIME, Spans, clip, length, union
from plugin.core.room import Room
from plugin.core.unpeopled import MOMENTS

_START_UNKNOWN = attrgetter("start_unknown")


def was_heard(room: Room) -> bool:
    """Whether anything at all was heard of this meeting around its time.

    What was heard before it of another session of the meeting tells nothing of this one, as little as that of another
    meeting does; somebody who came for this one, or stayed on in it, does.
    """
    until = room.appointment.ends_at + room.thresholds.final_after
    if room.timeline.report or _meeting_heard(room, room.free_since, until):
        return True
    return _somebody_came(room) or _somebody_stayed_on(room)


def feed_proven(room: Room) -> bool:
    """Whether the feed was alive during the scheduled time, so that silence can mean something.

    An event of that meeting, or of another meeting of the account, during it. What came before and after proves
    nothing about the time between; a complete report of the meeting proves more than a feed could.
    """
    if room.timeline.report:
        return True
    start, until = room.appointment.starts_at, room.until
    if was_blind(room):
        return False
    return _meeting_heard(room, start, until) or _account_heard(room, start, until)


def was_blind(room: Room) -> bool:
    """Whether the feed was blind during the scheduled time for so long that somebody may have come unseen."""
    return _unseen(room, _blind(room))


def was_silent(room: Room) -> bool:
    """Whether nothing at all was heard for a part of the scheduled time, though other meetings should have been."""
    return _unseen(room, room.surroundings.silent)


def silent_for_too_long(room: Room) -> bool:
    """Whether the session may have been held after all, in the times in which nothing at all was heard."""
    silent = () if room.timeline.report else room.surroundings.silent
    perhaps = clip(union((*room.held, *room.unpeopled, *silent)), room.appointment.starts_at, room.until)
    return bool(silent) and length(perhaps) >= room.scheduled * room.thresholds.min_held_fraction


def unheard_at(room: Room, moment: datetime) -> bool:
    """Whether what happened at a moment may not have been heard: the feed was blind, or silent for no reason.

    Who was in the meeting then a complete report shows all the same.
    """
    if room.timeline.report:
        return False
    spans = (*room.surroundings.silent, *_blind(room))
    return any(begin <= moment < end for begin, end in spans)


def began_unheard(room: Room) -> bool:
    """Whether the first part of the session was lost: the beginnings of two people or more were not delivered, or that
    of the only one who was there and of the meeting itself, and nothing at all was heard for so long after the start
    that others may have come and gone."""
    start = room.appointment.starts_at
    # Who showed before the start had come before it, and of what was before the first delivery none is ever told.
    unknown = [
        one
        for one in room.everybody()
        if one.start_unknown_between(start, room.until) and not any(room.free_since <= e.at < start for e in one.told)
    ]
    if not unknown or _was_on_long_before_the_feed(room):
        return False
    lost_until = start + room.scheduled * room.thresholds.min_held_fraction
    # One lost join alone is chance; when nothing told that the meeting began either, it is not.
    begin = start if len(unknown) > 1 else room.opens
    if _meeting_heard(room, begin, lost_until):
        return False
    return not _account_heard(room, start, lost_until)


def only_the_end_heard(room: Room) -> bool:
    """Whether something of the clinicians was lost, and all that was heard since the start is that the meeting ended:
    it shows that the feed was alive then, and nothing of the time before."""
    if room.timeline.report or not any([one.inferred for one in room.clinicians]):
        return False
    start, end = room.appointment.starts_at, room.held[-1][1] - room.thresholds.end_tolerance
    if any(event.at >= start for one in room.everybody() for event in one.told):
        return False
    return not _account_heard(room, start, end)


def rest_unheard(room: Room) -> bool:
    """Whether nothing at all was heard any more from long before the end of the session on, though a clinician went and
    the meeting ended: whoever came late came unseen."""
    if room.timeline.report or not room.clinician_lost:
        return False
    last, end = room.held[-1][1], room.until
    later = last + timedelta(microseconds=1)
    return end - last > MOMENTS and not _meeting_heard(room, later, end) and not _account_heard(room, later, end)


def several_lost(room: Room) -> bool:
    """Whether deliveries of two people or more are known to have been lost: then others may have been, one and all."""
    return sum(one.inferred_between(room.free_since, room.until) for one in room.everybody()) > 1


def in_it_unheard(room: Room) -> bool:
    """Whether somebody may have been in the meeting all the while unheard: it was on when the first thing of its
    account was heard, with people whose coming was not, and that it ended was not heard either."""
    if room.timeline.report or not any(map(_START_UNKNOWN, room.everybody())):
        return False
    runs = {run.uuid for run in _on_before_the_feed(room) if run.ended_at is None}
    ended = {e.instance for one in room.everybody() for e in one.told if e.reason is LeaveReason.MEETING_OVER}
    return not runs <= ended


def _was_on_long_before_the_feed(room: Room) -> bool:
    """Whether the meeting had been on since before anybody could come for this session when the first thing was heard
    of its account, and the session had not begun by then."""
    alive, start = room.horizon.alive_since, room.appointment.starts_at
    return bool(alive and alive <= start and any([run.started_at < room.opens for run in _on_before_the_feed(room)]))


def _on_before_the_feed(room: Room) -> list[Instance]:
    """The runs that had been on for more than moments when the first thing was heard of their account."""
    alive = room.horizon.alive_since
    return [
        run
        for run in room.timeline.instances
        if alive and run.started_at and run.began_at is None and run.started_at < alive - MOMENTS
    ]


def _somebody_came(room: Room) -> bool:
    """Whether anybody of the roster came before the start, when no other session of theirs in the meeting was on."""
    schedule, session, start = room.surroundings.schedule, room.appointment, room.appointment.starts_at
    return any(
        event.kind in ARRIVING and room.opens <= event.at < start
        and not schedule.is_in_another(code, session, event.at)
        for code, there in room.attendances.items()
        for event in there.told
    )  # fmt: skip


def _somebody_stayed_on(room: Room) -> bool:
    """Whether anybody of the roster was in the meeting, though nothing was told of it for long: they had come before,
    and are there, or went when it had begun."""
    start, until = room.appointment.starts_at, room.until
    pieces = [piece for one in room.attendances.values() for piece in one.pieces]
    return any(piece.begin < until and piece.end > start and not piece.inferred_end for piece in pieces)


def _unseen(room: Room, spans: Spans) -> bool:
    """Whether somebody may have come unseen in these times: they cover as much as a presence takes."""
    unseen = length(clip(union(spans), room.appointment.starts_at, room.until))
    return unseen > NO_TIME and unseen >= room.thresholds.min_presence


def _blind(room: Room) -> Spans:
    return room.surroundings.blind(room.horizon.now, room.timeline.account_id)


def _meeting_heard(room: Room, begin: datetime, end: datetime) -> bool:
    """Whether this meeting itself was heard between two moments, both included."""
    moments = room.timeline.heard
    first = bisect_left(moments, begin)
    return first < len(moments) and moments[first] <= end


def _account_heard(room: Room, begin: datetime, end: datetime) -> bool:
    """Whether any meeting of its account was."""
    return room.surroundings.heard_between(begin, end, room.timeline.account_id)
