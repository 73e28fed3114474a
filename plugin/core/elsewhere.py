"""Elsewhere: who is, or may be, missing from a room and was seen in another meeting or behind another link."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from plugin.core.appointment import Participant, Role
from plugin.core.event import Event, EventKind
from plugin.core.guest import is_bot
from plugin.core.interval import Spans, clip, intersect, length, union
from plugin.core.room import Room
from plugin.core.sighting import keys_of


def since(room: Room) -> datetime:
    """From when on whoever comes somewhere else may have wanted to come here."""
    return room.appointment.starts_at - room.thresholds.no_show_after


def seen_elsewhere(room: Room, person: Participant) -> tuple[Event, ...]:
    """Where else somebody was in the time of this session, in meetings where nobody expects them."""
    begin = since(room)
    return room.surroundings.sightings.of(
        person, room.appointment.meeting_id, min(begin, room.opens), begin, room.until, room.horizon.now
    )


def clinicians_elsewhere(room: Room) -> bool:
    """Whether a clinician was."""
    return any(seen_elsewhere(room, person) for person in room.appointment.leaders())


def met_elsewhere(room: Room) -> list[Event]:
    """What shows a clinician and somebody for whom the session is held in one run of such a meeting, together for as
    much of its time as a clinician must hold it for."""
    led = room.appointment.leaders()
    come = [person for role in (Role.CLIENT, Role.FAMILY) for person in room.appointment.of_role(role)]
    enough = room.scheduled * room.thresholds.min_held_fraction
    theirs = _runs_of(room, come) if (mine := _runs_of(room, led)) else {}
    both = {run for run in mine.keys() & theirs.keys() if length(intersect(mine[run], theirs[run])) >= enough}
    seen = [event for person in (*led, *come) for event in seen_elsewhere(room, person)] if both else []
    return [event for event in seen if event.instance in both]


def _runs_of(room: Room, people: Iterable[Participant]) -> dict[str, Spans]:
    """When any of these people were in runs of such meetings, in the time of this session."""
    here, found = room.appointment, {}
    for person in people:
        runs = room.surroundings.sightings.runs_of(
            person, here.meeting_id, min(since(room), room.opens), here.ends_at, room.horizon.now
        )
        for run, spans in runs.items():
            if run:  # what names no run may be of several
                found[run] = union((*found.get(run, ()), *clip(spans, here.starts_at, here.ends_at)))
    return found


def at_another_of_theirs(room: Room, person: Participant) -> Event | None:
    """What shows that somebody was at another session of theirs, in another meeting: at one that was on as well, or in
    the time of this one at one that was not."""
    return room.surroundings.sightings.at_another_of_theirs(person, room.appointment, room.horizon.now)


def tries_by_other_links(room: Room, person: Participant) -> list[Event]:
    """What somebody did behind the link of another session of theirs, which was over, not to begin soon, or on at the
    time of this one; when they told of trouble with any, from as long before as a sign of them belongs to this one; and
    what they did behind those of the sessions that they have in a row before it, or in a wrong meeting in place of
    them."""
    code, here, schedule = person.participant_id, room.appointment, room.surroundings.schedule
    begin, early = since(room), room.appointment.starts_at - since(room)
    first = schedule.row_began(code, here) - early
    tried = room.surroundings.sightings.tries_by_other_links(
        code, here.appointment_id, min(begin, first, room.opens), room.until, room.horizon.now
    )

    def tells_of_this(event: Event) -> bool:
        theirs = event.appointment_id
        if event.at >= begin and (schedule.is_far(theirs, event.at) or schedule.is_at_the_time_of(theirs, here)):
            return True
        if event.kind is EventKind.TROUBLE_REPORTED and event.at >= room.opens:
            return True
        return schedule.is_in_row(code, here, theirs)

    return [*_strayed_before(room, person, first), *[event for event in tried if tells_of_this(event)]]


def _strayed_before(room: Room, person: Participant, first: datetime) -> list[Event]:
    """Where else somebody was in the time of the sessions that they have in a row before this one, the first of which
    they could come to from then on, when they came to none of them afterwards: they may have one link for all."""
    here, there = room.appointment, room.attendances[person.participant_id]
    if first >= since(room):
        return []
    strayed = room.surroundings.sightings.of(person, here.meeting_id, first, first, since(room), room.horizon.now)
    came = [end for begin, end in (*there.present, *there.waiting) if begin <= here.starts_at]
    return [event for event in strayed if event.at < since(room) and not any(end > event.at for end in came)]


def strangers_elsewhere(room: Room) -> list[Event]:
    """Who came in the time of this session into other meetings of its host, in which nobody was expected, and
    showed at most a name that nobody of this session has: somebody with an old link, perhaps."""
    hosts = {event.host_id for there in room.clinicians for event in there.told} | {room.appointment.host_id}
    here = room.appointment.meeting_id
    came = room.surroundings.sightings.strangers(hosts - {""}, here, since(room), room.until, room.horizon.now)
    if not came:
        return []
    here = [room.appointment, *room.surroundings.at_the_same_time(room.appointment)]
    known = {key for one in here for person in one.participants for key in keys_of(person)}
    return [event for event in came if known.isdisjoint(keys_of(event)) and not is_bot([event], room.policy)]
