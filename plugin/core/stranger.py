"""Strangers: who was there unidentified, and may be somebody who is missing from a room."""

from __future__ import annotations

from plugin.core.attendance import Attendance
from plugin.core.case import Case
from plugin.core.event import INSIDE
from plugin.core.guest import Guest
from plugin.core.interval import Span, Spans, clip, intersect, length, union
from plugin.core.piece import LATE_NOTICE
from plugin.core.room import Room


def strangers(room: Room) -> tuple[Guest, ...]:
    """Those whom nobody could identify and who were there long enough to be whoever is missing.

    Who is cut off and comes again has another connection each time: those that show one name may be one person.
    """
    there = [(guest, time) for guest in room.guests if (time := _time_of(room, guest.attendance))]
    by_name: dict[str, list[Span]] = {}
    for guest, time in there:
        by_name.setdefault(guest.name, []).extend(time)
    enough = room.thresholds.guest_presence
    long = {name for name, spans in by_name.items() if length(union(spans)) >= enough}
    return tuple([guest for guest, _ in there if guest.name in long])


def strangers_tried(room: Room) -> tuple[Guest, ...]:
    """Strangers who were there at all, however shortly: somebody who does not get in is there for moments, and
    of whom nearly everything was lost a warning of their network may be all that is left."""
    since, until = room.free_since, room.until
    return tuple(
        [
            guest
            for guest in room.guests
            if _time_of(room, guest.attendance) or any(since <= event.at <= until for event in guest.attendance.told)
        ]
    )


def may_have_been(case: Case, guest: Attendance) -> bool:
    """Whether an unidentified guest was there, or waited, while this person was not, for as long as a presence."""
    there = union((*guest.present, *guest.waiting))
    return length(intersect(case.lost, there)) >= case.room.thresholds.guest_presence


def attended_as(case: Case, guest: Attendance) -> bool:
    """Whether they attended if an unidentified guest was them: one who was hardly ever there while they were there, or
    while they waited outside."""
    mine, came = case.attendance.present, guest.present[0][0] if guest.present else None
    # Who waits outside is not who is inside already; who comes in meanwhile may be the same, on another device.
    outside = [wait for wait in case.attendance.waiting if came is not None and came <= wait[0]]
    if length(intersect(union((*mine, *outside)), guest.present)) > LATE_NOTICE:
        return False
    return length(intersect(case.room.held, union((*mine, *guest.present)))) >= case.room.enough_held


def _time_of(room: Room, guest: Attendance) -> Spans:
    """The time in which a guest was there or waited, as far as they had come to this session: perhaps too early.

    Of whom no end was ever delivered, neither theirs nor the meeting's, may have stayed to the end; and who was in the
    meeting at two moments, of whose coming and going nothing was, between them.
    """
    told = [(piece.begin, piece.left_at) for piece in guest.pieces if piece.left_at is not None]
    told += [(piece.begin, max(piece.begin, room.until)) for piece in guest.pieces if piece.lost_sight]
    if inside := [event.at for event in guest.told if event.kind in INSIDE]:
        told.append((inside[0], inside[-1]))
    return clip(union((*guest.present, *guest.waiting, *told)), room.free_since, room.until)
