"""What the account said beside the meeting itself: proof that the feed was alive, people in other rooms, incidents."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from plugin.core.appointment import Participant
from plugin.core.event import Event, EventKind
from plugin.core.identity import phone_digits, plain_name
from plugin.core.interval import Span

AROUND = timedelta(hours=1)
"""How long before and after an appointment somebody may well be in its meeting."""
_ARRIVING = frozenset(
    {EventKind.JOINED, EventKind.WAITING_BEGAN, EventKind.WAITED_FOR_HOST, EventKind.CAME_BEFORE_HOST}
)
_OWN = frozenset(
    {EventKind.JOIN_CLICKED, EventKind.TROUBLE_REPORTED, EventKind.PRESENCE_CLAIMED, EventKind.NOTICE_GIVEN}
)


@dataclass(frozen=True, slots=True)
class Expected:
    """Who is expected in which meeting and when, by code: somebody in the right room is in no wrong one."""

    meeting_id: str
    starts_at: datetime
    ends_at: datetime
    codes: frozenset[str]


class Surroundings:
    """Everything that the account's feed said, ready to be asked about one appointment; built once for many.

    `expected` are the roster's appointments around that time: who belongs into a meeting is in no wrong room there; an
    old link may lead to a meeting that the roster does not know any more. `alive_since` is the first moment from which
    the feed is proven alive (the earliest event, if not given).
    """

    def __init__(self, events: Iterable[Event], expected: Iterable[Expected] = (), alive_since: datetime | None = None):
        self._expected: dict[str, list[Expected]] = {}
        for one in expected:
            self._expected.setdefault(one.meeting_id, []).append(one)
        self._heard: list[datetime] = []
        self._seen: dict[tuple[str, str], list[Event]] = {}
        self.incidents: list[Event] = []
        self._stops: list[Event] = []
        for event in events:
            if event.kind is EventKind.PLATFORM_INCIDENT:
                self.incidents.append(event)
            elif event.kind is EventKind.FEED_STOPPED:
                self._stops.append(event)
            elif event.kind not in _OWN:
                self._heard.append(event.at)
                if event.kind in _ARRIVING:
                    for key in _keys(event.customer_key, event.email, event.phone, event.name):
                        self._seen.setdefault(key, []).append(event)
        self._heard.sort()
        self.incidents.sort(key=lambda e: (e.at, e.delivery))
        self.alive_since = alive_since or (self._heard[0] if self._heard else None)

    def heard_between(self, begin: datetime, end: datetime) -> bool:
        """Whether the account was heard at all between two moments, both included."""
        return bisect_right(self._heard, end) > bisect_left(self._heard, begin)

    def blind(self, now: datetime) -> tuple[Span, ...]:
        """When the feed was known to be off: from a deauthorisation until the account was heard again."""
        spans = []
        for stop in self._stops:
            next_heard = bisect_right(self._heard, stop.at + timedelta(seconds=60))
            end = self._heard[next_heard] if next_heard < len(self._heard) else now
            spans.append((stop.at, max(end, stop.at)))
        return tuple(spans)

    def sightings(self, person: Participant, meeting_id: str, begin: datetime, end: datetime) -> tuple[Event, ...]:
        """Where else this person was seen arriving between two moments: in a meeting where they are not expected."""
        found = {}
        for key in _keys(person.customer_key, person.email, person.phone, person.name):
            for event in self._seen.get(key, ()):
                elsewhere = event.meeting_id != meeting_id and begin <= event.at <= end
                if elsewhere and not self._belongs(person, event):
                    found[event.delivery] = event
        return tuple(found[number] for number in sorted(found))

    def _belongs(self, person: Participant, event: Event) -> bool:
        """Whether the person is expected in that meeting at about that time."""
        return any(
            person.participant_id in one.codes and one.starts_at - AROUND <= event.at <= one.ends_at + AROUND
            for one in self._expected.get(event.meeting_id, ())
        )


def _keys(customer_key: str, email: str, phone: str, name: str) -> list[tuple[str, str]]:
    told = (
        ("customer-key", customer_key),
        ("email", email.casefold()),
        ("phone", phone_digits(phone) if phone else ""),
        ("name", plain_name(name) if name else ""),
    )
    return [key for key in told if key[1]]
