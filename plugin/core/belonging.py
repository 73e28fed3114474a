"""What of somebody's doings in a meeting tells of this session, and not of another of theirs in the same meeting."""

from __future__ import annotations

from datetime import datetime

from plugin.core.appointment import Participant
from plugin.core.attendance import Attendance
from plugin.core.departure import Departure
from plugin.core.event import NOT_CHOSEN, LeaveReason
from plugin.core.neighbour import AROUND_THEIRS
from plugin.core.room import Room

_REMOVED = LeaveReason.REMOVED


def is_theirs(room: Room, person: Participant, begin: datetime, end: datetime) -> bool:
    """Whether a time in which a person was seen tells of this session."""
    start, until = room.appointment.starts_at, room.appointment.ends_at
    if begin <= until and end >= start:
        return True
    if end < room.opens:
        return False  # longer before the start than the early window nothing belongs to this session
    return not room.surroundings.schedule.of_another(person, room.appointment, end if end < start else begin)


def arrived_at(room: Room, person: Participant, there: Attendance) -> datetime | None:
    """The first sign of a person that tells of this session, be it that they wait; None when there is none."""
    closes = room.appointment.ends_at + room.thresholds.early_window  # who comes when it is over has come, too late
    # There since before: the window of the session, or the end of another one of theirs in the same meeting.
    seen = sorted([*there.present, *there.waiting, *zip(there.signs, there.signs, strict=True)])
    first = next((begin for begin, end in seen if is_theirs(room, person, begin, end)), None)
    return first if first is not None and first <= closes else None


def went_from_it(room: Room, person: Participant, there: Attendance) -> tuple[Departure, ...]:
    """Their departures in the time of the session, and those that they did not choose, soon before the start and not
    back by then."""
    start, until, went = room.appointment.starts_at, room.until, []
    for gone in there.departures:
        if start <= gone.at <= until or _cut_off_from_it(room, person, gone):
            went.append(gone)
    return tuple(went)


def in_their_other_one(room: Room, person: Participant, gone: Departure) -> bool:
    """Whether they went in the very time of another session of theirs in this meeting."""
    return room.surroundings.schedule.is_in_another(person.participant_id, room.appointment, gone.at)


def of_their_other_one(room: Room, person: Participant, gone: Departure) -> bool:
    """Whether they went from another session of theirs in this meeting, or what is left of it."""
    return room.surroundings.schedule.of_another(person, room.appointment, gone.at)


def _cut_off_from_it(room: Room, person: Participant, gone: Departure) -> bool:
    """Whether they were cut off before the start, or made to go; out of another session of theirs there, cut off only,
    and only just before."""
    if not room.kept_from_the_start(gone):
        return False
    if of_their_other_one(room, person, gone):
        # What broke there so soon before keeps them out here; that they were made to go from there does not, nor what
        # ended when that one was over: they may have gone for good.
        soon = room.appointment.starts_at - gone.at <= AROUND_THEIRS
        return gone.abnormal and soon and in_their_other_one(room, person, gone)
    return gone.abnormal or gone.reason is _REMOVED or _was_sent_away(room, gone)


def _was_sent_away(room: Room, gone: Departure) -> bool:
    """Whether it was not of their own accord that who came back late had gone before the start.

    Of who never came back to it that says too little. A meeting that nobody leads ends with the last who goes.
    """
    if gone.back_at is None or gone.back_at >= room.appointment.ends_at:
        return False
    return gone.put_back or gone.reason in NOT_CHOSEN or (gone.near_end and room.led_at(gone.at))
