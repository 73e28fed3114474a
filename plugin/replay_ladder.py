"""How often somebody was a no-show before: the rung of the absence ladder at which an appointment finds them."""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from mmap import mmap

from plugin.core.appointment import Appointment, Role
from plugin.core.assessment import Assessment

_UNKNOWN, _NO, _YES = b"\0", b"n", b"y"
_CLIENT = Role.CLIENT


class Ladder:
    """Counts a client's earlier no-shows, judging an earlier appointment only when somebody's count needs it.

    However long the history, nothing is judged twice for it, and no more than leads to the highest rung: whether
    somebody was a no-show is a byte for each of their appointments, in memory that is shared by the processes that are
    forked from this one.
    """

    def __init__(
        self, appointments: Sequence[Appointment], assess: Callable[[Appointment], Iterable[Assessment]], highest: int,
        since: Callable[[Appointment], datetime],
    ):  # fmt: skip
        """`assess` gives the verdicts on all who may have missed an appointment; `since` says from when on what was
        missed before one counts."""
        self._appointments, self._assess, self._highest, self._since = appointments, assess, highest, since
        of_client: dict[str, list[int]] = {}
        for number, appointment in enumerate(appointments):
            for person in appointment.participants:
                if person.role is _CLIENT:
                    of_client.setdefault(person.participant_id, []).append(number)
        # Plain numbers: whatever a process looks at of an object, were it its time, becomes a copy of its own.
        starts = array("d", [one.starts_at.timestamp() for one in appointments])
        self._begin: dict[str, tuple[int, int]] = {}
        self._numbers, self._starts = array("I"), array("d")
        for code, numbers in of_client.items():
            # Of whom there is but one appointment, as of most in a month of many, nothing can have been earlier.
            if len(numbers) > 1:
                numbers.sort(key=starts.__getitem__)
                self._begin[code] = len(self._numbers), len(self._numbers) + len(numbers)
                self._numbers.extend(numbers)
                self._starts.extend([starts[number] for number in numbers])
        self._known = mmap(-1, max(len(self._numbers), 1))

    def earlier(self, number: int, assessments: Iterable[Assessment]) -> dict[str, int]:
        """By the codes of all clients who are no-shows for good in an appointment, which has this number: in how many
        before it, as far back as counts, they were; it is not counted beyond the highest rung."""
        return {code: self._count(code, number) for code in self._note(number, assessments)}

    def sessions_of(self, code: str, begin: datetime, end: datetime) -> list[Appointment]:
        """The appointments of a client that begin between two moments, the second one not included, in order."""
        if (places := self._begin.get(code)) is None:
            return []
        first = bisect_left(self._starts, begin.timestamp(), *places)
        last = bisect_left(self._starts, end.timestamp(), *places)
        return [self._appointments[number] for number in self._numbers[first:last]]

    def _note(self, number: int, assessments: Iterable[Assessment]) -> list[str]:
        appointment = self._appointments[number]
        missing = [one.participant_id for one in assessments if one.role is _CLIENT and one.final and one.is_no_show]
        at = appointment.starts_at.timestamp()
        for person in appointment.participants:
            if person.role is _CLIENT and (places := self._begin.get(person.participant_id)):
                place = bisect_left(self._starts, at, *places)
                while self._numbers[place] != number:  # several may start together
                    place += 1
                self._known[place : place + 1] = _YES if person.participant_id in missing else _NO
        return missing

    def _count(self, code: str, number: int) -> int:
        places = self._begin.get(code)
        if places is None:
            return 0
        this = self._appointments[number]
        begin = bisect_left(self._starts, self._since(this).timestamp(), *places)
        end = bisect_left(self._starts, this.starts_at.timestamp(), *places)
        while (place := self._known.find(_UNKNOWN, begin, end)) >= 0:
            if self._known[begin:place].count(_YES) >= self._highest:
                break
            other = self._numbers[place]
            self._note(other, self._assess(self._appointments[other]))
        return min(self._known[begin:end].count(_YES), self._highest)
