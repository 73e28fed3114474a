"""How often somebody was a no-show before: the rung of the absence ladder at which an appointment finds them."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable, Sequence
from mmap import mmap
from operator import attrgetter

from plugin.core.appointment import Appointment
from plugin.core.assessment import Assessment

_UNKNOWN, _NO, _YES = b"\0", b"n", b"y"
_STARTS_AT = attrgetter("starts_at")


class Ladder:
    """Counts a person's earlier no-shows, judging an earlier appointment only when somebody's count needs it.

    However long the history, nothing is judged twice for it: whether somebody was a no-show is a byte for each of their
    appointments, in memory that is shared by the processes that are forked from this one.
    """

    def __init__(self, appointments: Sequence[Appointment], assess: Callable[[Appointment], Iterable[Assessment]]):
        self._assess = assess
        # Of whom there is but one appointment, as of most in a month of many, nothing can have been earlier.
        first: dict[str, Appointment] = {}
        self._of_person: dict[str, list[Appointment]] = {}
        for appointment in appointments:
            for person in appointment.participants:
                other = first.setdefault(person.participant_id, appointment)
                if other is not appointment:
                    self._of_person.setdefault(person.participant_id, [other]).append(appointment)
        self._begin: dict[str, int] = {}
        places = 0
        for code, theirs in self._of_person.items():
            theirs.sort(key=_STARTS_AT)
            self._begin[code] = places
            places += len(theirs)
        self._known = mmap(-1, max(places, 1))

    def earlier(self, appointment: Appointment, assessments: Iterable[Assessment]) -> dict[str, int]:
        """By the codes of all who are no-shows for good in this appointment: in how many before it they were."""
        missing = self._note(appointment, assessments)
        return {code: self._count(code, appointment) for code in missing}

    def _note(self, appointment: Appointment, assessments: Iterable[Assessment]) -> list[str]:
        missing = [a.participant_id for a in assessments if a.final and a.is_no_show]
        for person in appointment.participants:
            code = person.participant_id
            if theirs := self._of_person.get(code):
                place = bisect_left(theirs, appointment.starts_at, key=_STARTS_AT)
                while theirs[place] is not appointment:  # several may start together
                    place += 1
                place += self._begin[code]
                self._known[place : place + 1] = _YES if code in missing else _NO
        return missing

    def _count(self, code: str, appointment: Appointment) -> int:
        theirs = self._of_person.get(code)
        if theirs is None:
            return 0
        begin = self._begin[code]
        end = begin + bisect_left(theirs, appointment.starts_at, key=_STARTS_AT)
        while (place := self._known.find(_UNKNOWN, begin, end)) >= 0:
            other = theirs[place - begin]
            self._note(other, self._assess(other))
        return self._known[begin:end].count(_YES)
