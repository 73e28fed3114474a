"""What the account said beside the meeting itself: proof that the feed was alive, people in other rooms, incidents."""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right, insort
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from types import MappingProxyType

from plugin.core.appointment import Appointment, Participant
from plugin.core.event import Event, EventKind
from plugin.core.identity import phone_digits, plain_name
from plugin.core.interval import Span
from plugin.core.report import REPORTED

AROUND = timedelta(hours=1)
"""How long before and after an appointment somebody may well be in its meeting."""
_ARRIVING = frozenset(
    {EventKind.JOINED, EventKind.WAITING_BEGAN, EventKind.WAITED_FOR_HOST, EventKind.CAME_BEFORE_HOST}
)
_OWN = frozenset(
    {
        EventKind.JOIN_CLICKED, EventKind.TROUBLE_REPORTED, EventKind.PRESENCE_CLAIMED, EventKind.NOTICE_GIVEN,
        EventKind.TROUBLE_CONFIRMED, EventKind.PROVIDER_FAULT_FOUND, EventKind.ABSENCE_FOUND, EventKind.NO_FAULT_FOUND,
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Expected:
    """Who is expected in which meeting and when, by code: somebody in the right room is in no wrong one."""

    meeting_id: str
    starts_at: datetime
    ends_at: datetime
    codes: Collection[str]


class Surroundings:
    """Everything that the account's feed said, ready to be asked about one appointment; built once for many.

    `expected` are the roster's appointments around that time: who belongs into a meeting is in no wrong room there; an
    old link may lead to a meeting that the roster does not know any more. `alive_since` is the first moment from which
    the feed is proven alive (the earliest event, if not given). When `people` are given, only they are asked about, and
    what tells nothing of them is not kept. `blind` are known times in which the feed cannot be trusted; one without an
    end goes on. `registrants` are the codes of those who registered, by meeting number and registrant id.
    """

    def __init__(
        self,
        events: Iterable[Event] = (),
        expected: Iterable[Expected] = (),
        alive_since: datetime | None = None,
        people: Iterable[Participant] | None = None,
        blind: Iterable[tuple[datetime, datetime | None]] = (),
        registrants: Mapping[tuple[str, str], Collection[str]] = MappingProxyType({}),
    ):
        self._expected: dict[str, list[Expected]] = {}
        for one in expected:
            self._expected.setdefault(one.meeting_id, []).append(one)
        self._codes: dict[tuple[str, str], set[str]] | None = None
        if people is not None:
            self._codes = {}
            for person in people:
                for key in _keys(person.customer_key, person.email, person.phone, person.name):
                    self._codes.setdefault(key, set()).add(person.participant_id)
        self._heard: array[float] = array("d")
        self._in_order = True
        self._seen: dict[tuple[str, str], list[Event]] = {}
        self.incidents: list[Event] = []
        self._stops: list[Event] = []
        self._alive_since = alive_since
        self._blind = tuple(blind)
        self._registrants = registrants
        for event in events:
            self.note(event)

    def note(self, event: Event) -> None:
        """Take in one event of the account."""
        kind = event.kind
        if kind is EventKind.PLATFORM_INCIDENT:
            insort(self.incidents, event, key=lambda e: (e.at, e.delivery))
        elif kind is EventKind.FEED_STOPPED:
            self._stops.append(event)
        elif kind not in _OWN and kind not in REPORTED:
            self._heard.append(event.at.timestamp())
            self._in_order = False
            if kind in _ARRIVING:
                self._note_arrival(event)

    def _note_arrival(self, event: Event) -> None:
        """Keep an arrival by everything that may say whose it is, unless that is somebody who is expected there."""
        registered = self._registrants.get((event.meeting_id, event.registrant_id))
        if registered:
            self._keep(registered, event)
            return
        for key in _keys(event.customer_key, event.email, event.phone, event.name):  # the surest first
            if self._codes is None:
                self._seen.setdefault(key, []).append(event)
            elif (codes := self._codes.get(key)) and not self._keep(codes, event):
                return

    def _keep(self, codes: Collection[str], event: Event) -> bool:
        """Keep an arrival for these people; False when one of them is expected there, and so it is theirs."""
        if any(self._belongs(code, event) for code in codes):
            return False
        for code in codes:
            self._seen.setdefault(("code", code), []).append(event)
        return True

    @property
    def alive_since(self) -> datetime | None:
        """The first moment from which the feed is proven alive, None when nothing was heard."""
        heard = self._sorted()
        return self._alive_since or (datetime.fromtimestamp(heard[0], UTC) if heard else None)

    def _sorted(self) -> array[float]:
        if not self._in_order:
            self._heard = array("d", sorted(self._heard))
            self._in_order = True
        return self._heard

    def heard_between(self, begin: datetime, end: datetime) -> bool:
        """Whether the account was heard at all between two moments, both included."""
        heard = self._sorted()
        return bisect_right(heard, end.timestamp()) > bisect_left(heard, begin.timestamp())

    def blind(self, now: datetime) -> tuple[Span, ...]:
        """When the feed could not be trusted: blind times, and from a deauthorisation until it was heard again."""
        if not self._stops and not self._blind:
            return ()
        spans = [(begin, max(begin, end or now)) for begin, end in self._blind]
        heard = self._sorted()
        for stop in self._stops:
            after = bisect_right(heard, (stop.at + timedelta(seconds=60)).timestamp())
            end = datetime.fromtimestamp(heard[after], UTC) if after < len(heard) else now
            spans.append((stop.at, max(end, stop.at)))
        return tuple(spans)

    @property
    def somebody_elsewhere(self) -> bool:
        """Whether anybody who may be asked about was seen arriving where they are not expected."""
        return bool(self._seen)

    def sightings(self, person: Participant, meeting_id: str, begin: datetime, end: datetime) -> tuple[Event, ...]:
        """Where else this person was seen arriving between two moments: in a meeting where they are not expected."""
        if not self._seen:
            return ()
        found = {}
        mine = [("code", person.participant_id)]
        mine += _keys(person.customer_key, person.email, person.phone, person.name)
        for key in mine:
            for event in self._seen.get(key, ()):
                elsewhere = event.meeting_id != meeting_id and begin <= event.at <= end
                if elsewhere and not self._belongs(person.participant_id, event):
                    found[event.delivery] = event
        return tuple(found[number] for number in sorted(found))

    def of_another(self, person: Participant, appointment: Appointment, at: datetime) -> bool:
        """Whether a sign of a person in this meeting belongs to another appointment of theirs in the same meeting.

        It does when that one is on, or about to be, and this one is not.
        """
        start, end = appointment.starts_at, appointment.ends_at
        if start <= at <= end:
            return False
        for one in self._expected.get(appointment.meeting_id, ()):
            if (
                one.starts_at != start
                and person.participant_id in one.codes
                and _distance(one.starts_at, one.ends_at, at) < _distance(start, end, at)
            ):
                return True
        return False

    def _belongs(self, code: str, event: Event) -> bool:
        """Whether somebody is expected in that meeting at about that time."""
        return any(
            code in one.codes and one.starts_at - AROUND <= event.at <= one.ends_at + AROUND
            for one in self._expected.get(event.meeting_id, ())
        )


def _distance(starts_at: datetime, ends_at: datetime, at: datetime) -> timedelta:
    return max(starts_at - at, at - ends_at, timedelta())


def _keys(customer_key: str, email: str, phone: str, name: str) -> list[tuple[str, str]]:
    keys = []
    if customer_key:
        keys.append(("customer-key", customer_key))
    if email:
        keys.append(("email", email.casefold()))
    if phone and (digits := phone_digits(phone)):
        keys.append(("phone", digits))
    if name and (plain := plain_name(name)):
        keys.append(("name", plain))
    return keys
