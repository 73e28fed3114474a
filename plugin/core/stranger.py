"""Strangers: who was there, or in another meeting of the host, and may be somebody who is missing from a room."""

from __future__ import annotations

from plugin.core.appointment import Participant
from plugin.core.event import Event
from plugin.core.guest import Guest, is_bot
from plugin.core.identity import phone_digits
from plugin.core.interval import Span, Spans, clip, length, union
from plugin.core.presence import Attendance
from plugin.core.room import Room
from plugin.core.surroundings import keys_of


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


def strangers_tried(room: Room) -> bool:
    """Whether a stranger was there at all, however shortly: somebody who does not get in is there for moments, and
    of whom nearly everything was lost a warning of their network may be all that is left."""
    since, until = room.free_since, room.until
    return any(
        _time_of(room, guest.attendance) or any(since <= event.at <= until for event in guest.attendance.told)
        for guest in room.guests
    )


def strangers_elsewhere(room: Room) -> list[Event]:
    """Who came in the time of this session into other meetings of its host, in which nobody was expected, and
    showed at most a name that nobody of this session has: somebody with an old link, perhaps."""
    hosts = {event.host_id for there in room.clinicians for event in there.told} | {room.appointment.host_id}
    begin = room.appointment.starts_at - room.thresholds.no_show_after
    came = room.surroundings.strangers(hosts - {""}, room.appointment.meeting_id, begin, room.until)
    known = {key for person in room.appointment.participants for key in keys_of(person)} if came else set()
    return [
        event
        for event in came
        if event.received_at <= room.horizon.now
        and known.isdisjoint(keys_of(event))
        and not is_bot([event], room.policy)
    ]


def perhaps_beside_somebody(room: Room, person: Participant) -> bool:
    """Whether somebody who was present has, or showed, this person's e-mail, telephone or name: two may sit before
    one device, or one come by another's link."""
    if person.participant_id in room.perhaps_beside_others:
        return True
    mine = {person.email.casefold(), phone_digits(person.phone)} - {""}
    return bool(mine) and any(
        not mine.isdisjoint((other.email.casefold(), phone_digits(other.phone)))
        for other in room.appointment.participants
        if other is not person and room.attendances[other.participant_id].present
    )


def _time_of(room: Room, guest: Attendance) -> Spans:
    """The time in which a guest was there or waited, as far as they had come to this session: perhaps too early."""
    told = [(piece.begin, piece.left_at) for piece in guest.pieces if piece.left_at is not None]
    return clip(union((*guest.present, *guest.waiting, *told)), room.free_since, room.until)
