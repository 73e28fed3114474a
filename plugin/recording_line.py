"""One line of an events file: an envelope with a delivery in it, or a bare delivery, into the event that it tells."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

import msgspec

from plugin.core.event import Event
from webhooks.wire import event_of, made_whole, read_event
from webhooks.wire_body import Body, Moment, Payload
from webhooks.wire_problem import Unreadable

FIRST_YEAR, END_OF_YEARS = 2013, 2050
"""Before the one Zoom sent nothing; and whatever will be in the other, a receiver whose clock says so is wrong."""


class _Line(msgspec.Struct, gc=False):
    """An envelope with a body, or a bare body; everything else in it is passed over."""

    received_at: str | None = None
    body: Body | str | None = None
    event: str | None = None
    payload: Payload | None = None
    event_ts: Moment = None


class _Envelope(msgspec.Struct):
    received_at: Any = None
    body: msgspec.Raw = msgspec.Raw()


_line = msgspec.json.Decoder(_Line)
_envelope = msgspec.json.Decoder(_Envelope)


def read_line(line: bytes, number: int, brief: bool = False, complaints: list[str] | None = None) -> Event:
    """The event of a line; raises Unreadable or UnknownEvent, with what is wrong and nothing of its content.

    A brief one does not say who it was, unless somebody arrives. An envelope that does not say when it arrived, or
    says what cannot be, is complained of and read as the bare delivery in it: that one tells what happened.
    """
    try:
        told = _line.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return _read_carefully(line, number, complaints)
    received_at = _received_at(told.received_at, complaints) if told.received_at else None
    body = told.body
    if body is None:
        if told.event is None or told.payload is None:
            return _read_carefully(line, number, complaints)
        return event_of(told.event, told.payload, told.event_ts, number, received_at, brief, complaints)
    if isinstance(body, str):
        return read_event(body.encode(errors="surrogatepass"), number, received_at, complaints)
    return event_of(body.event, body.payload, body.event_ts, number, received_at, brief, complaints)


def _read_carefully(line: bytes, number: int, complaints: list[str] | None) -> Event:
    """Read a line that does not have the shape of a delivery, to say what of it is wrong."""
    try:
        envelope = _opened(line)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, Unreadable):
        raise Unreadable("it is not a JSON object") from None
    received_at = _received_at(str(envelope.received_at), complaints) if envelope.received_at else None
    body = bytes(envelope.body) or line
    if body.lstrip()[:1] == b'"':
        body = msgspec.json.decode(made_whole(body), type=str).encode()
    return read_event(body, number, received_at, complaints)


def _opened(line: bytes) -> _Envelope:
    try:
        return _envelope.decode(line)
    except msgspec.ValidationError:
        raise
    except (msgspec.DecodeError, UnicodeDecodeError):
        return _envelope.decode(made_whole(line))


def _received_at(text: str, complaints: list[str] | None) -> datetime | None:
    at = _moment(text)
    if isinstance(at, str):
        if complaints is not None:
            complaints.append(f"{at}; when it was sent counts instead")
        return None
    return at


@lru_cache(maxsize=8192)
def _moment(text: str) -> datetime | str:
    """The moment in UTC, or what is wrong with it."""
    try:
        at = datetime.fromisoformat(text)
        if at.tzinfo is None:
            return "its received_at has no offset"
        at = at.astimezone(UTC)
    except (ValueError, OverflowError):
        return "its received_at is not an ISO 8601 time"
    if not FIRST_YEAR <= at.year < END_OF_YEARS:
        return "its received_at is the time of a clock that was not set"
    return at
