"""A replay: recorded deliveries and a roster in, verdicts out; offline, by the very functions of the live service."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime

import msgspec

from plugin.core.appointment import Appointment
from plugin.core.assessment import Assessment
from plugin.core.decision import decide
from plugin.core.event import Event, EventKind
from plugin.core.judgement import judge
from plugin.core.policy import Policy
from plugin.core.result import Result, result_of
from plugin.core.surroundings import Expected, Surroundings
from webhooks.wire import Body, Moment, Payload, UnknownEvent, Unreadable, event_of, read_event

END_OF_TIME = datetime(9999, 1, 1, tzinfo=UTC)


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


@dataclass
class Recording:
    """The events of a file, sorted into the meetings they belong to."""

    by_meeting: dict[str, list[Event]] = field(default_factory=dict)
    by_instance: dict[str, list[Event]] = field(default_factory=dict)
    by_appointment: dict[str, list[Event]] = field(default_factory=dict)
    everything: list[Event] = field(default_factory=list)
    problems: list[LineProblem] = field(default_factory=list)

    def add(self, event: Event) -> None:
        """Sort in one event."""
        self.everything.append(event)
        if event.appointment_id:
            self.by_appointment.setdefault(event.appointment_id, []).append(event)
        elif event.meeting_id:
            self.by_meeting.setdefault(event.meeting_id, []).append(event)
        elif event.instance:  # quality events name only the instance
            self.by_instance.setdefault(event.instance, []).append(event)

    def of(self, appointment: Appointment) -> Iterator[Event]:
        """The events that may tell something of one appointment."""
        own = self.by_meeting.get(appointment.meeting_id, [])
        yield from own
        for instance in {event.instance for event in own if event.instance}:
            yield from self.by_instance.get(instance, ())
        yield from self.by_appointment.get(appointment.appointment_id, ())


_line = msgspec.json.Decoder(_Line)
_envelope = msgspec.json.Decoder(_Envelope)


def read_recording(lines: Iterable[bytes], until: datetime | None = None) -> Recording:
    """Read an events file line by line; what was received after `until` is not looked at."""
    recording = Recording()
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


def replay(
    appointments: Iterable[Appointment], recording: Recording, policy: Policy, at: datetime | None = None
) -> Iterator[Result]:
    """Judge every expected participant at one moment (once everything is final, when none is given).

    Yields the contract's results, ordered by appointment and participant.
    """
    appointments = sorted(appointments, key=lambda a: a.appointment_id)
    surroundings = Surroundings(recording.everything, map(_expected, appointments))
    now = at or _everything_final(appointments, recording, policy)

    def assess(appointment: Appointment) -> tuple[Assessment, ...]:
        return judge(appointment, recording.of(appointment), surroundings, policy, now)

    ladder = _Ladder(appointments, assess)
    for appointment in appointments:
        assessments = assess(appointment)
        missing = ladder.note(appointment, assessments)
        earlier = {code: ladder.earlier(code, appointment) for code in missing}
        actions = decide(appointment, assessments, policy, now, earlier)
        for assessment in sorted(assessments, key=lambda a: a.participant_id):
            yield result_of(assessment, actions)


def _expected(appointment: Appointment) -> Expected:
    codes = frozenset(person.participant_id for person in appointment.participants)
    return Expected(appointment.meeting_id, appointment.starts_at, appointment.ends_at, codes)


class _Ladder:
    """Counts a person's earlier no-shows, judging an earlier appointment only when somebody's count needs it."""

    def __init__(self, appointments: list[Appointment], assess: Callable[[Appointment], tuple[Assessment, ...]]):
        self._assess = assess
        self._no_shows: dict[str, frozenset[str]] = {}
        self._of_person: dict[str, list[Appointment]] = {}
        for appointment in appointments:
            for person in appointment.participants:
                self._of_person.setdefault(person.participant_id, []).append(appointment)

    def note(self, appointment: Appointment, assessments: tuple[Assessment, ...]) -> frozenset[str]:
        """Remember who was a no-show for good in an appointment; returns their codes."""
        missing = frozenset(a.participant_id for a in assessments if a.final and a.is_no_show)
        self._no_shows[appointment.appointment_id] = missing
        return missing

    def earlier(self, code: str, appointment: Appointment) -> int:
        """How often this person was a no-show in appointments that began before this one."""
        count = 0
        for other in self._of_person[code]:
            if other.starts_at < appointment.starts_at:
                missing = self._no_shows.get(other.appointment_id)
                if missing is None:
                    missing = self.note(other, self._assess(other))
                count += code in missing
        return count


def _everything_final(appointments: list[Appointment], recording: Recording, policy: Policy) -> datetime:
    # Far enough after everything that was scheduled or received: nothing is open any more.
    moments = [a.ends_at + policy.of(a.kind).final_after for a in appointments]
    for event in recording.everything:
        moments.append(event.received_at)
        if event.kind is EventKind.MEETING_ENDED:
            moments.append(event.at + max(t.final_after for t in policy.thresholds.values()))
    return max(moments, default=END_OF_TIME)
