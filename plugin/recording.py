"""A recording: the deliveries of a file, packed by the meeting and the run of it that they belong to.

A month of a large account is a million deliveries and more. Each is read once and kept as a few bytes; only those of
the appointment that is being judged are events again, so memory and time grow with the file and with nothing else.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import msgspec

from plugin.core.appointment import Appointment
from plugin.core.event import Event, EventKind
from plugin.core.surroundings import Expected, Surroundings
from plugin.core.timeline import DELETIONS
from webhooks.wire import Body, Moment, Payload, UnknownEvent, Unreadable, event_of, read_event

LONGEST_WINDOW = timedelta(days=1)
"""What lies further than this before or after an appointment is no part of it, whatever the policy says."""


@dataclass(frozen=True, slots=True)
class LineProblem:
    """A line of the events file that is no event; it never stops a replay."""

    line: int
    what: str


class _Line(msgspec.Struct):
    """An envelope with a body, or a bare body; everything else in it is passed over."""

    received_at: str | None = None
    body: Body | str | None = None
    event: str | None = None
    payload: Payload | None = None
    event_ts: Moment = None


class _Envelope(msgspec.Struct):
    received_at: str | None = None
    body: msgspec.Raw = msgspec.Raw()


class _Run:
    """The packed events of one run of a meeting, and from when to when they tell of it."""

    __slots__ = ("begin", "end", "packed")

    def __init__(self, at: datetime):
        self.begin = self.end = at
        self.packed = bytearray()

    def add(self, event: Event, packed: bytes) -> None:
        begin = event.at
        if event.instance_started_at is not None and event.instance_started_at < begin:
            begin = event.instance_started_at
        if begin < self.begin:
            self.begin = begin
        if event.at > self.end:
            self.end = event.at
        self.packed += len(packed).to_bytes(4, "little") + packed

    def events(self) -> Iterator[Event]:
        view, place = memoryview(self.packed), 0
        while place < len(view):
            begin = place + 4
            place = begin + int.from_bytes(view[place:begin], "little")
            yield _unpack(view[begin:place])


class Recording:
    """The deliveries of a file, ready to be judged: those of each appointment, and what the account said beside them.

    `problems` are the lines that are no events; `last` is the latest moment at which anything was received or ended.
    """

    def __init__(self, appointments: Iterable[Appointment] = ()):
        appointments = tuple(appointments)
        registrants: dict[tuple[str, str], set[str]] = {}
        for appointment in appointments:
            for person in appointment.participants:
                if person.registrant_id:
                    key = appointment.meeting_id, person.registrant_id
                    registrants.setdefault(key, set()).add(person.participant_id)
        self.surroundings = Surroundings(
            expected=map(_expected, appointments),
            people=[person for appointment in appointments for person in appointment.participants],
            registrants=registrants,
        )
        self.problems: list[LineProblem] = []
        self.last: datetime | None = None
        self._meetings: dict[str, dict[str, _Run]] = {}
        self._instances: dict[str, _Run] = {}
        self._appointments: dict[str, _Run] = {}

    def add(self, event: Event) -> None:
        """Sort in one event."""
        self.surroundings.note(event)
        last = max(event.received_at, event.at) if event.kind is EventKind.MEETING_ENDED else event.received_at
        if self.last is None or last > self.last:
            self.last = last
        if event.appointment_id:
            runs, key = self._appointments, event.appointment_id
        elif event.meeting_id:
            runs = self._meetings.get(event.meeting_id)
            if runs is None:
                runs = self._meetings[event.meeting_id] = {}
            # A deletion may have come long before; what names no run is kept by the day.
            deleted = event.kind in DELETIONS
            key = _DELETIONS if deleted else event.instance or event.at.date().isoformat()
        elif event.instance:  # quality events name only the instance
            runs, key = self._instances, event.instance
        else:
            return
        run = runs.get(key)
        if run is None:
            run = runs[key] = _Run(event.at)
        run.add(event, _pack(event))

    def of(self, appointment: Appointment) -> Iterator[Event]:
        """The events that may tell something of one appointment."""
        opens, closes = appointment.starts_at - LONGEST_WINDOW, appointment.ends_at + LONGEST_WINDOW
        for key, run in self._meetings.get(appointment.meeting_id, {}).items():
            if key is _DELETIONS:
                yield from run.events()
            elif run.begin <= closes and run.end >= opens:
                yield from run.events()
                if key in self._instances:
                    yield from self._instances[key].events()
        if appointment.appointment_id in self._appointments:
            yield from self._appointments[appointment.appointment_id].events()


_DELETIONS = "deletions"
_line = msgspec.json.Decoder(_Line)
_envelope = msgspec.json.Decoder(_Envelope)
_pack = msgspec.msgpack.Encoder().encode
_unpack = msgspec.msgpack.Decoder(Event).decode


def read_recording(
    lines: Iterable[bytes], appointments: Iterable[Appointment] = (), until: datetime | None = None
) -> Recording:
    """Read an events file line by line; what was received after `until` is not looked at."""
    recording = Recording(appointments)
    for number, line in enumerate(lines, 1):
        if number == 1:
            line = line.removeprefix(b"\xef\xbb\xbf")
        if not line.strip():
            continue
        try:
            event = _read_line(line, number)
        except UnknownEvent as unknown:
            recording.problems.append(LineProblem(number, f"unknown event {str(unknown)!r}"))
        except Unreadable as unreadable:
            recording.problems.append(LineProblem(number, str(unreadable)))
        else:
            if until is None or event.received_at <= until:
                recording.add(event)
    return recording


def _expected(appointment: Appointment) -> Expected:
    codes = tuple([person.participant_id for person in appointment.participants])
    return Expected(appointment.meeting_id, appointment.starts_at, appointment.ends_at, codes)


def _read_line(line: bytes, number: int) -> Event:
    try:
        told = _line.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return _read_carefully(line, number)
    received_at = _moment(told.received_at) if told.received_at else None
    body = told.body
    if body is None:
        if told.event is None or told.payload is None:
            return _read_carefully(line, number)
        return event_of(told.event, told.payload, told.event_ts, number, received_at)
    if isinstance(body, str):
        return read_event(body.encode(errors="surrogatepass"), number, received_at)
    return event_of(body.event, body.payload, body.event_ts, number, received_at)


def _read_carefully(line: bytes, number: int) -> Event:
    """Read a line that does not have the shape of a delivery, to say what of it is wrong."""
    try:
        envelope = _envelope.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise Unreadable("it is not a JSON object") from None
    received_at = _moment(envelope.received_at) if envelope.received_at else None
    return read_event(bytes(envelope.body) or line, number, received_at)


def _moment(text: str) -> datetime:
    try:
        at = datetime.fromisoformat(text)
        if at.tzinfo is UTC:
            return at
        if at.tzinfo is not None:
            return at.astimezone(UTC)
    except (ValueError, OverflowError):
        raise Unreadable("its received_at is not an ISO 8601 time") from None
    raise Unreadable("its received_at has no offset")
