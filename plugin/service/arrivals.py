"""Who came into any meeting of the account, or tried to, by the hour, kept in memory and brought up to date at each
look."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from plugin.core.appointment import Participant
from plugin.core.event import ARRIVING, Event
from plugin.core.identity import is_identified
from plugin.core.sighting import AT_HOST, TRIED, TRIES, keys_of
from plugin.service.memory import Memory
from plugin.storage import sighting
from plugin.storage.database import Transaction
from plugin.storage.sighting import Horizon

HOUR = timedelta(hours=1)
KEPT = 50_000
"""So many arrivals are kept, and as many more as one look needs."""
STALE_SECONDS = 60.0
"""An hour is read anew after that: a process of an older version does not say what it reads, while both run."""


class _Hour:
    """The arrivals of one hour, by whatever may say whose they are."""

    def __init__(self) -> None:
        self.read_at = time.monotonic()
        self.by_key: dict[tuple[str, ...], dict[int, Event]] = {}
        self.known: set[int] = set()
        self.registrants = False
        self.host_of: dict[str, str] = {}
        """By meeting number."""

    def put(self, event: Event) -> None:
        """Take an arrival in, in place of what was known of it."""
        self.known.add(event.delivery)
        keys: list[tuple[str, ...]] = [(TRIED, event.participant_id)] if event.kind in TRIES else [*keys_of(event)]
        if event.registrant_id:
            self.registrants = True
            keys.append(_registrant(event.registrant_id))
        if event.host_id:
            self.host_of[event.meeting_id] = event.host_id
            if event.kind in ARRIVING and not is_identified(event):
                keys.append((AT_HOST, event.host_id))
        for key in keys:
            self.by_key.setdefault(key, {})[event.delivery] = event


class Asked(NamedTuple):
    """Whom somebody asks for, and between which moments (both included); besides, who came to the same host."""

    people: Sequence[Participant]
    begin: datetime
    end: datetime
    meeting_id: str = ""
    host_id: str = ""


class Arrivals:
    """Who came where and when, as far as it was read: what another look needs, it reads of what is new alone.

    Each look asks the database for what was committed since the look before (`Horizon`), whoever read it and in
    whatever order, so what is kept is what the rows say, and work does not grow with the sessions of an hour.
    """

    def __init__(self, memory: Memory):
        self._memory = memory
        self._hours: OrderedDict[datetime, _Hour] = OrderedDict()
        self._seen: Horizon | None = None
        self._lock = threading.Lock()

    def of(
        self,
        tx: Transaction,
        asked: Sequence[Asked],
        registrations: Callable[[], Mapping[str, Iterable[tuple[str, str]]]],
    ) -> list[list[Event]]:
        """For each that is asked for, arrivals that may be those of its people in its time, in order of arrival, with
        those of strangers at its host.

        `registrations` tells meeting number and registrant id by the codes of all these people, and is asked when
        anybody came who had registered. Whoever looks at an earlier moment leaves out what came later.
        """
        with self._lock:
            hours = self._up_to_date(tx, [hour for one in asked for hour in _hours(one.begin, one.end)])
            known = registrations() if any(hour.registrants for hour in hours.values()) else {}
            return [self._of(one, hours, known) for one in asked]

    def _of(
        self, one: Asked, hours: Mapping[datetime, _Hour], registrations: Mapping[str, Iterable[tuple[str, str]]]
    ) -> list[Event]:
        keys: list[tuple[str, ...]] = [key for person in one.people for key in keys_of(person)]
        keys += [(TRIED, person.participant_id) for person in one.people]
        for person in one.people:
            keys += {_registrant(known) for _, known in registrations.get(person.participant_id, ())}
        hosts = {hours[start].host_of.get(one.meeting_id, "") for start in _hours(one.begin, one.end)} | {one.host_id}
        keys += [(AT_HOST, host_id) for host_id in hosts if host_id]
        found: dict[int, Event] = {}
        for start in _hours(one.begin, one.end):
            for key in keys:
                found |= hours[start].by_key.get(key, {})
        return [found[number] for number in sorted(found) if one.begin <= found[number].at <= one.end]

    def _up_to_date(self, tx: Transaction, of_hours: Iterable[datetime]) -> dict[datetime, _Hour]:
        now = sighting.horizon(tx)
        wanted = sorted(set(of_hours))
        self._forget(wanted)
        seen = self._seen
        if seen is not None and (now.next > seen.next or (now.next == seen.next and seen.running)):
            self._merge(tx, seen, now)
        missing = [hour for hour in wanted if hour not in self._hours]
        for start in missing:
            hour = _Hour()
            for event in self._memory.readable(tx, sighting.arriving_between(tx, start, start + HOUR)):
                hour.put(event)
            self._hours[start] = hour  # only now: where reading fails, nobody must take it for an hour without arrivals
        if seen is None or missing or now.next >= seen.next:
            self._seen = now  # what was read anew by somebody who sees less far must be brought up to date from there
        for start in wanted:
            self._hours.move_to_end(start)
        return {start: self._hours[start] for start in wanted}

    def _merge(self, tx: Transaction, seen: Horizon, now: Horizon) -> None:
        rows = [row for row in sighting.arriving_since(tx, seen, now) if _hour_of(row.at) in self._hours]
        for event in self._memory.readable(tx, rows):
            self._hours[_hour_of(event.at)].put(event)

    def _forget(self, wanted: list[datetime]) -> None:
        before = time.monotonic() - STALE_SECONDS
        for start in [start for start, hour in self._hours.items() if hour.read_at < before]:
            del self._hours[start]
        kept = sum(len(hour.known) for hour in self._hours.values())
        for start in [start for start in self._hours if start not in wanted]:
            if kept <= KEPT:
                return
            kept -= len(self._hours.pop(start).known)


def _registrant(registrant_id: str) -> tuple[str, ...]:
    return ("registrant", registrant_id)


def _hour_of(at: datetime) -> datetime:
    return at.replace(minute=0, second=0, microsecond=0)


def _hours(begin: datetime, end: datetime) -> Iterator[datetime]:
    start = _hour_of(begin)
    while start <= end:
        yield start
        start += HOUR
