"""A flood of people nobody knows in one meeting: it is counted and not kept, so that it takes no memory and no time.

Of a meeting in which more is told of strangers than any real session has, only that is kept which says by itself that
it is of somebody expected. What is kept depends on what was told, not on its order. The running service does not even
read on: its reader says so once (`EventKind.FLOOD_BEGAN`), which counts as a flood whatever is told besides.
"""

from __future__ import annotations

from plugin.core.event import Event, EventKind
from plugin.core.identity import Roll

_OF_THE_MEETING = frozenset({EventKind.MEETING_STARTED, EventKind.MEETING_ENDED})


class Crowd:
    """Keeps an eye on how much a meeting tells; `not_kept` is how much of strangers was counted only."""

    def __init__(self, roll: Roll, most: int):
        self.roll, self._most = roll, most
        self._look_at = most
        self._kept = self.not_kept = 0
        self.flooded = False

    def lets_in(self, event: Event, of_instance: dict[str, list[Event]]) -> bool:
        """Whether to keep one more event of the meeting, of which `of_instance` holds those kept so far."""
        if not self.flooded:
            self._kept += 1
            if self._kept <= self._look_at:
                return True
            self._look_around(of_instance)
            if not self.flooded:
                return True
        if is_of_somebody(event, self.roll):
            return True
        self.not_kept += 1
        return False

    def settle(self, of_instance: dict[str, list[Event]], told: bool) -> None:
        """Look once more when all was told: what came last may have been too much, or the reader `told` of a flood."""
        if not self.flooded and told:
            self._keep_those_known(of_instance)
        elif not self.flooded and self._kept > self._most:
            self._look_around(of_instance)

    def _look_around(self, of_instance: dict[str, list[Event]]) -> None:
        strange = {
            (event.instance, event.stay, event.connection, event.name, event.kind, event.at)
            for events in of_instance.values()
            for event in events
            if not is_of_somebody(event, self.roll)
        }
        if len(strange) <= self._most:
            self._look_at = 2 * self._kept
            return
        self._keep_those_known(of_instance)

    def _keep_those_known(self, of_instance: dict[str, list[Event]]) -> None:
        self.flooded = True
        for events in of_instance.values():
            known = [event for event in events if is_of_somebody(event, self.roll)]
            self.not_kept += len(events) - len(known)
            events[:] = known


def is_of_somebody(event: Event, roll: Roll) -> bool:
    """Whether an event of the meeting is of the meeting itself, or says by itself which of those expected it is of."""
    return event.kind in _OF_THE_MEETING or roll.knows(event)
