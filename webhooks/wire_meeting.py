"""What Zoom tells of a meeting: whom, when and where, in Rejoin's words."""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache

import msgspec

from plugin.core.event import SHOWING, Event, EventKind
from webhooks.leave_reason import of_waiting_room, read_leave_reason
from webhooks.wire_absurd import APART, OLDEST, is_timely, possible
from webhooks.wire_body import Moment, Payload, Person, Text, Thing
from webhooks.wire_connection import of_the_connection
from webhooks.wire_moment import instant_of, time_of
from webhooks.wire_problem import Unreadable
from webhooks.wire_text import digits_of, text_of

_QUALITY_WARNING, _EQUIPMENT_TOLD, _LEFT = EventKind.QUALITY_WARNING, EventKind.EQUIPMENT_TOLD, EventKind.LEFT
_OF_THE_OBJECT = frozenset({"start_time", "end_time"})
_WAITING_ENDED, _CHANGED = EventKind.WAITING_ENDED, EventKind.MEETING_CHANGED
_WITH_AN_END = frozenset({EventKind.PRESENCE_REPORTED, EventKind.WAIT_REPORTED})
_WHO_AT_ONCE = SHOWING - {EventKind.LEFT}
"""Of whom a first look wants to know who it was; of the many who leave it is asked only when it must be."""
_LIVE = frozenset(EventKind) - {
    # Their start_time is the scheduled one, not that of a running instance.
    EventKind.MEETING_DELETED,
    EventKind.MEETING_RECOVERED,
    EventKind.MEETING_CHANGED,
    EventKind.REGISTERED,
    EventKind.UNREGISTERED,
    EventKind.OTHER,
    EventKind.NOTICED,
    EventKind.EQUIPMENT_TOLD,
    EventKind.QUALITY_WARNING,
    EventKind.QUALITY_MEASURED,
    EventKind.WAITED_FOR_HOST,
    EventKind.STOPPED_WAITING_FOR_HOST,
}


def meeting_event(
    payload: Payload, kind: EventKind, when: str, delivery: int, event_ts: Moment, received_at: datetime | None,
    brief: bool, complaints: list[str] | None,
) -> Event:  # fmt: skip
    """What a body tells of a meeting, and of somebody in it; `when` is the field that says when it happened.

    Raises Unreadable when it names no meeting, or no time. A brief one leaves out who it was, unless somebody arrives.
    """
    thing = payload.object
    if thing is None:
        raise Unreadable("it has no payload.object, so no meeting")
    person = thing.participant or thing.who
    account_id, meeting_id, instance, host_id, started_at = _meeting(
        payload.account_id, thing.id, thing.uuid, thing.host_id, thing.start_time
    )
    if not meeting_id and not instance:
        raise Unreadable("it names no meeting (payload.object.id and uuid are missing)")
    if kind is _LEFT and of_waiting_room(person.leave_reason):
        kind = _WAITING_ENDED
    at = device = network = None
    if when:
        at = _when_it_happened(thing, person, when)
    elif kind is _EQUIPMENT_TOLD or kind is _QUALITY_WARNING:
        kind, at, device, network = of_the_connection(kind, person)
    arrived = received_at
    if at is None or received_at is None:
        at, received_at = _with_what_was_sent(at, received_at, event_ts)
    started_at, stay = started_at if kind in _LIVE else None, text_of(person.participant_uuid)
    if at > received_at or received_at - at > OLDEST or (started_at and started_at - at > APART):
        at, received_at = _in_time(at, started_at, event_ts, received_at, arrived is not None, complaints)
    # By place and not by name, as there are a million of them in a month; most of what could be told is blank.
    if brief and kind not in _WHO_AT_ONCE:
        return Event(kind, at, delivery, received_at, account_id, meeting_id, instance, started_at, None, "", "", stay)
    event = Event(
        kind,
        at,
        delivery,
        received_at,
        account_id,
        meeting_id,
        instance,
        started_at,
        time_of(person.leave_time) if kind in _WITH_AN_END else None,
        host_id,
        text_of(person.user_id) or text_of(person.participant_id),
        stay,
        _bound_connection(person) if person.bind_user_id or person.parent_user_id else "",
        text_of(person.bind_participant_uuid) if person.bind_participant_uuid else "",
        text_of(person.registrant_id) if person.registrant_id else "",
        text_of(person.customer_key) if person.customer_key else "",
        _zoom_user(person, thing) if person.participant_user_id or person.id else "",
        text_of(person.email) if person.email else "",
        text_of(person.phone_number) if person.phone_number else "",
        text_of(person.user_name) if person.user_name else "",
        read_leave_reason(person.leave_reason) if kind is _LEFT or kind is _WAITING_ENDED else None,
    )
    if device or network or thing.occurrences or kind is _CHANGED:  # rare
        event = msgspec.structs.replace(event, device=device, network=network)
        return _of_the_booking(event, thing, payload.old_object if kind is _CHANGED else None)
    return event


def _of_the_booking(event: Event, thing: Thing, before: Thing | None) -> Event:
    moved = before is not None
    now, then = _occurrences(thing, moved), _occurrences(before, moved)
    return msgspec.structs.replace(event, occurrences=now, moved_from=then)


def _occurrences(thing: Thing | None, moved: bool) -> tuple[datetime, ...]:
    """The scheduled starts that are named; of a meeting that was moved its own, too."""
    if thing is None:
        return ()
    starts = [o.start_time for o in thing.occurrences or ()] + ([thing.start_time] if moved else [])
    return tuple([at for start in starts if (at := time_of(start))])


def _with_what_was_sent(
    at: datetime | None, received_at: datetime | None, event_ts: Moment
) -> tuple[datetime, datetime]:
    """When it happened and when it arrived; what is not known of the two is when it was sent."""
    sent_at = instant_of(event_ts)
    at = at or sent_at
    if at is None:
        raise Unreadable("it has no time that can be read (neither the object's own nor event_ts)")
    return at, received_at or sent_at or at


def _when_it_happened(thing: Thing, person: Person, when: str) -> datetime | None:
    if when in _OF_THE_OBJECT:
        return time_of(getattr(thing, when))
    return time_of(getattr(person, when)) or _another_time(person, when)


def _another_time(person: Person, when: str) -> datetime | None:
    """When it happened, if the field that says so is blank; nobody goes at the time at which they came."""
    if at := time_of(person.date_time):
        return at
    return None if when == "leave_time" else time_of(person.join_time) or time_of(person.leave_time)


def _in_time(
    at: datetime, started_at: datetime | None, event_ts: Moment, received_at: datetime, arrival_known: bool,
    complaints: list[str] | None,
) -> tuple[datetime, datetime]:  # fmt: skip
    at, received_at, wrong = possible(at, started_at, instant_of(event_ts), received_at, arrival_known)
    if wrong and complaints is not None:
        complaints.append(wrong)
    if not is_timely(at, received_at):
        raise Unreadable("it tells of a time long before or after it arrived")
    return at, received_at


@lru_cache(maxsize=1024)
def _meeting(
    account_id: Text, meeting_id: Text, uuid: Text, host_id: Text, start_time: Text
) -> tuple[str, str, str, str, datetime | None]:
    """What most deliveries of one run of a meeting say alike, understood once for all of them."""
    return text_of(account_id), digits_of(meeting_id), text_of(uuid), text_of(host_id), time_of(start_time)


def _bound_connection(person: Person) -> str:
    return text_of(person.bind_user_id) or text_of(person.parent_user_id)


def _zoom_user(person: Person, thing: Thing) -> str:
    """The Zoom user id: two fields say it, and where they differ it is the host's if one of them is."""
    user, other = text_of(person.participant_user_id), text_of(person.id)
    return other if not user or (other and other == text_of(thing.host_id)) else user
