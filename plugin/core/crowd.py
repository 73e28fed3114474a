"""A flood of people nobody knows in one meeting: it is counted and not kept, so that it takes no memory and no time.

Of a meeting in which more is told of strangers than any real session has, only that is kept which says by itself that
it is of somebody expected. What is kept depends on what was told, not on its order.
"""

from __future__ import annotations

from plugin.core.event import Event, EventKind
from plugin.core.identity import Roll

_OF_THE_MEETING = frozenset({EventKind.MEETING_STARTED, EventKind.MEETING_ENDED})


class Crowd:
    """Keeps an eye on how much a meeting tells; `not_kept` is how much of strangers was counted only."""

    def __init__(self, roll: Roll, most: int):
        self._roll, self._most = roll, most
        self._look_at = most
        self._kept = self.not_kept = 0
        self.flooded = False

    def lets_in(self, event: Event, room: dict[str, list[Event]]) -> bool:
        """Whether to keep one more event of the meeting, of which `room` holds those kept so far, by instance."""
        if not self.flooded:
            self._kept += 1
            if self._kept <= self._look_at:
                return True
            self._look_around(room)
            if not self.flooded:
                return True
        if self._is_of_somebody(event):
            return True
        self.not_kept += 1
        return False

    def settle(self, room: dict[str, list[Event]]) -> None:
        """Look once more when all was told: what came last may have been too much."""
        if not self.flooded and self._kept > self._most:
            self._look_around(room)

    def _look_around(self, room: dict[str, list[Event]]) -> None:
        strange = {
            (event.instance, event.stay, event.connection, event.name, event.kind, event.at)
            for events in room.values()
            for event in events
            if not self._is_of_somebody(event)
        }
        if len(strange) <= self._most:
            self._look_at = 2 * self._kept
            return
        self.flooded = True
        for events in room.values():
            known = [event for event in events if self._is_of_somebody(event)]
            self.not_kept += len(events) - len(known)
            events[:] = known

    def _is_of_somebody(self, event: Event) -> bool:
        return event.kind in _OF_THE_MEETING or self._roll.knows(event)
