"""Zoom's words into Rejoin's: one webhook body becomes one event.

Field names and traps: Zoom's webhook reference for meetings. Ids come as strings or numbers; missing, null and ""
mean the same: nothing. Only the object's own times say when something happened; `event_ts` is the fallback.
"""

from __future__ import annotations

import json
from datetime import datetime
from functools import lru_cache
from typing import TypeVar

import msgspec

from plugin.core.event import SHOWING, Event, EventKind
from webhooks.leave_reason import of_waiting_room, read_leave_reason
from webhooks.wire_absurd import APART, OLDEST, is_timely, possible
from webhooks.wire_body import Body, Moment, Payload, Person, Text, Thing
from webhooks.wire_connection import of_the_connection
from webhooks.wire_kind import KINDS, OWN_KINDS, REPORT_KINDS
from webhooks.wire_mending import mended, storable
from webhooks.wire_moment import instant_of, time_of
from webhooks.wire_text import digits_of, text_of


class Unreadable(Exception):
    """A delivery that is not an event; the message says what is wrong and nothing of its content."""


class UnknownEvent(Exception):
    """A delivery of an event that Rejoin does not know; the message is the event's name, shortened."""


class _Named(msgspec.Struct, gc=False):
    event: str


_T = TypeVar("_T")
_decoder = msgspec.json.Decoder(Body)
_names = msgspec.json.Decoder(_Named)


def name_of(body: bytes) -> str:
    """Zoom's own name of the event in a body that `read_event` could read."""
    try:
        return _decode(_names, body).event
    except msgspec.ValidationError:  # told twice, and not as a text at first
        return _decode_body(body, None).event


def read_event(
    body: bytes, delivery: int, received_at: datetime | None = None, complaints: list[str] | None = None
) -> Event:
    """Read one webhook body; `received_at` is when it arrived (its own event_ts when that is not known).

    Raises Unreadable when it is no event of a meeting, UnknownEvent when the event is none of those in
    `webhooks/wire_kind.py`. What of it could not be right, though it tells of an event, is put to the `complaints`.
    """
    try:
        wire = _decode_body(body, complaints)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Unreadable(_shape_problem(error)) from None
    return event_of(wire.event, wire.payload, wire.event_ts, delivery, received_at, complaints=complaints)


def _decode_body(body: bytes, complaints: list[str] | None) -> Body:
    try:
        return _decode(_decoder, body)
    except msgspec.ValidationError as error:
        try:
            told = _told(made_whole(storable(body)))
        except Unreadable:  # it is JSON, but more than can be mended
            raise error from None
        wire, nobody = mended(told)
        if nobody and complaints is not None:
            complaints.append("whom it tells of cannot be read; it is somebody unidentified")
        return wire


def _decode(decoder: msgspec.json.Decoder[_T], body: bytes) -> _T:
    text = storable(body)
    try:
        return decoder.decode(text)
    except msgspec.ValidationError:
        raise  # it is JSON, of another shape
    except (msgspec.DecodeError, UnicodeDecodeError):
        return decoder.decode(made_whole(text))


def made_whole(text: bytes) -> bytes:
    """The same JSON with "?" for half characters, as a name has that was cut in the middle of an emoji.

    JSON may have them, and a decoder that is strict about Unicode would lose the delivery, and the person, for it.
    Raises Unreadable when it is not JSON.
    """
    return json.dumps(_told(text), ensure_ascii=False).encode(errors="replace")


def _told(text: bytes) -> object:
    try:
        try:
            return json.loads(text)
        except UnicodeDecodeError:  # half a character again, cut in its bytes
            return json.loads(text.decode(errors="replace"))
    except (ValueError, RecursionError):
        raise Unreadable("it is not valid JSON") from None


def event_of(
    name: str,
    payload: Payload,
    event_ts: Moment,
    delivery: int,
    received_at: datetime | None = None,
    brief: bool = False,
    complaints: list[str] | None = None,
) -> Event:
    """The event that a decoded body tells; raises as `read_event` does.

    When it is to be brief, who it was is left out, unless somebody arrives, but for the stay: a first look asks what,
    when and where.
    """
    event_ts = event_ts if event_ts is not None else payload.event_ts
    known = KINDS.get(name) or REPORT_KINDS.get(name)
    if known is not None:
        return _meeting_event(payload, known[0], known[1], delivery, event_ts, received_at, brief, complaints)
    sent_at = instant_of(event_ts)
    if name in OWN_KINDS:
        if sent_at is not None and received_at is not None and not is_timely(sent_at, received_at):
            sent_at = received_at  # both are times of ours, and this one orders the deliveries
        return _own_event(OWN_KINDS[name], payload, delivery, sent_at, received_at or sent_at)
    if name == "app_deauthorized":
        at, account_id = time_of(payload.deauthorization_time), text_of(payload.account_id)
        arrived = received_at or sent_at or at
        if at is None or not arrived - OLDEST <= at <= arrived:
            at = arrived  # whatever its clock says, by now nothing is sent any more
        return _simple(EventKind.FEED_STOPPED, at, delivery, arrived, account_id=account_id)
    raise UnknownEvent(name[:80])


def _meeting_event(
    payload: Payload, kind: EventKind, when: str, delivery: int, event_ts: Moment, received_at: datetime | None,
    brief: bool, complaints: list[str] | None,
) -> Event:  # fmt: skip
    thing = payload.object
    if thing is None:
        raise Unreadable("it has no payload.object, so no meeting")
    person = thing.participant or thing.who
    account_id, meeting_id, instance, host_id, started_at = _meeting(
        payload.account_id, thing.id, thing.uuid, thing.host_id, thing.start_time
    )
    if not meeting_id and not instance:
        raise Unreadable("it names no meeting (payload.object.id and uuid are missing)")
    at = device = network = None
    if kind is _LEFT and of_waiting_room(person.leave_reason):
        kind = _WAITING_ENDED
    if when in _OF_THE_OBJECT:
        at = time_of(getattr(thing, when))
    elif when:
        at = time_of(getattr(person, when)) or _another_time(person, when)
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


def _own_event(
    kind: EventKind, payload: Payload, delivery: int, sent_at: datetime | None, received_at: datetime | None
) -> Event:
    at, ended_at, named = sent_at, None, ""
    if kind is EventKind.PLATFORM_INCIDENT:
        began, ended_at = time_of(payload.started_at), time_of(payload.ended_at)
        # Two words of one beginning are of one incident, though nobody gave it a name: the second tells its end.
        named = text_of(payload.incident_id) or (f"since {began.isoformat()}" if began else "")
        at = began or sent_at
    elif not text_of(payload.appointment_id):
        raise Unreadable("it names no appointment (payload.appointment_id is missing)")
    elif kind is not EventKind.FLOOD_BEGAN and not text_of(payload.participant_id):
        raise Unreadable("it names no participant (payload.participant_id is missing)")
    at = at or received_at
    if at is None:
        raise Unreadable("it has no event_ts")
    return _simple(
        kind, at, delivery, received_at, ended_at=ended_at, instance=named,
        appointment_id=text_of(payload.appointment_id), participant_id=text_of(payload.participant_id),
    )  # fmt: skip


def _simple(kind: EventKind, at: datetime | None, delivery: int, received_at: datetime | None, **more) -> Event:
    if at is None:
        raise Unreadable("it has no time")
    return Event(kind=kind, at=at, delivery=delivery, received_at=received_at or at, **more)


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


def _shape_problem(error: Exception) -> str:
    if isinstance(error, msgspec.ValidationError):
        where = str(error).rpartition(" - at ")[2].strip("`") if " - at " in str(error) else "the body"
        return f"it does not have the shape of an event ({where})"
    return "it is not valid JSON"
