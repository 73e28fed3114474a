"""Zoom's words into Rejoin's: one webhook body becomes one event.

Field names and traps: Zoom's webhook reference for meetings. Ids come as strings or numbers; missing, null and ""
mean the same: nothing. Only the object's own times say when something happened; `event_ts` is the fallback.
"""

from __future__ import annotations

import json
from datetime import datetime
from typing import TypeVar

import msgspec

from plugin.core.event import Event
from webhooks.wire_body import Body, Moment, Payload
from webhooks.wire_kind import KINDS, OWN_KINDS, REPORT_KINDS
from webhooks.wire_meeting import meeting_event
from webhooks.wire_mending import mended, storable
from webhooks.wire_moment import instant_of
from webhooks.wire_own import feed_stopped, own_event
from webhooks.wire_problem import UnknownEvent, Unreadable


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
        return meeting_event(payload, known[0], known[1], delivery, event_ts, received_at, brief, complaints)
    sent_at = instant_of(event_ts)
    if name in OWN_KINDS:
        return own_event(OWN_KINDS[name], payload, delivery, sent_at, received_at)
    if name == "app_deauthorized":
        return feed_stopped(payload, delivery, sent_at, received_at)
    raise UnknownEvent(name[:80])


def _shape_problem(error: Exception) -> str:
    if isinstance(error, msgspec.ValidationError):
        where = str(error).rpartition(" - at ")[2].strip("`") if " - at " in str(error) else "the body"
        return f"it does not have the shape of an event ({where})"
    return "it is not valid JSON"
