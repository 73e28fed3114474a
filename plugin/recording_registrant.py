"""Whose a registrant id is that somebody showed in a meeting, as far as a roster tells."""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from functools import lru_cache
from operator import attrgetter

from plugin.core.appointment import Appointment, Status
from plugin.core.sighting import only_one

_STARTS_AT = attrgetter("starts_at")
_FEW = 3
"""Of so many sessions of a meeting the people are looked up when they are asked for."""

Codes = dict[str, tuple[str, ...]]
"""Codes by registrant id."""


class Registrants:
    """The registrations of a roster, ready to be asked by processes that are forked from the one that read it.

    Whatever such a process touches of the roster becomes a copy of its own. So who registered for a meeting of many
    sessions is put together at once; and what searches the whole roster, for an id that nobody has in its meeting or
    for what is on at a time, goes through plain numbers.
    """

    def __init__(self, appointments: Sequence[Appointment]):
        self._appointments = appointments
        self._meetings: dict[str, list[Appointment]] = {}
        self._ids, self._numbers = array("q"), array("I")
        for number, appointment in enumerate(appointments):
            self._meetings.setdefault(appointment.meeting_id, []).append(appointment)
            ids = [hash(person.registrant_id) for person in appointment.participants if person.registrant_id]
            self._ids.extend(ids)
            self._numbers.extend([number] * len(ids))
        self._in_order = False
        starts = [one.starts_at.timestamp() for one in appointments]
        self._in_time = array("I", sorted(range(len(starts)), key=starts.__getitem__))
        self._starts = array("d", [starts[number] for number in self._in_time])
        self._longest = max([(one.ends_at - one.starts_at).total_seconds() for one in appointments], default=0.0)
        self._of_many = {number: _codes_of(some) for number, some in self._meetings.items() if len(some) > _FEW}
        self._of_few = lru_cache(maxsize=1024)(lambda meeting_id: _codes_of(self._meetings.get(meeting_id, ())))
        self._anywhere = lru_cache(maxsize=1024)(self._search)
        self._by_start = lru_cache(maxsize=1024)(lambda of: sorted(self._meetings.get(of, ()), key=_STARTS_AT))

    def of(self, meeting_id: str, registrant_id: str) -> Collection[str]:
        """The codes of those who registered under an id for a meeting.

        An id that nobody has in that meeting, and one person alone in all others, is theirs there as well.
        """
        codes = (self._of_many.get(meeting_id) or self._of_few(meeting_id)).get(registrant_id)
        return codes or only_one(self._anywhere(registrant_id))

    def sessions(self, meeting_id: str, begin: datetime, end: datetime) -> Sequence[Appointment]:
        """The sessions of a meeting that begin between two moments, by their starts; also those called off."""
        sessions = self._by_start(meeting_id)
        first = bisect_left(sessions, begin, key=_STARTS_AT)
        last = bisect_right(sessions, end, lo=first, key=_STARTS_AT)
        return sessions[first:last]

    def on_between(self, begin: datetime, end: datetime) -> Sequence[Appointment]:
        """The sessions of all meetings that stand and are on at any time between two moments, by their starts."""
        first = bisect_left(self._starts, begin.timestamp() - self._longest)
        last = bisect_right(self._starts, end.timestamp(), lo=first)
        found = [self._appointments[number] for number in self._in_time[first:last]]
        return [one for one in found if one.status is Status.BOOKED and one.ends_at >= begin]

    def _search(self, registrant_id: str) -> Collection[str]:
        if not self._in_order:
            order = sorted(range(len(self._ids)), key=self._ids.__getitem__)
            self._ids = array("q", [self._ids[place] for place in order])
            self._numbers = array("I", [self._numbers[place] for place in order])
            self._in_order = True
        first, last = (look(self._ids, hash(registrant_id)) for look in (bisect_left, bisect_right))
        there = (self._appointments[number] for number in set(self._numbers[first:last]))
        return {p.participant_id for one in there for p in one.participants if p.registrant_id == registrant_id}


def _codes_of(sessions: Iterable[Appointment]) -> Codes:
    codes: Codes = {}
    for appointment in sessions:
        for person in appointment.participants:
            if registrant_id := person.registrant_id:
                known = codes.get(registrant_id, ())
                if person.participant_id not in known:
                    codes[registrant_id] = (*known, person.participant_id)
    return codes
