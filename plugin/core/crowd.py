"""A flood of people nobody knows in one meeting: it is counted and not kept, so that nothing more is asked of it.

Of a meeting in which more is told of strangers than any real session has, only that is kept which says by itself that
it is of somebody expected. What is kept depends on what was told, not on its order. The running service does not even
read on: its reader says so once (`EventKind.FLOOD_BEGAN`), which counts as a flood whatever is told besides.
"""

from __future__ import annotations

from plugin.core.event import OF_THE_RUN, Event
from plugin.core.identity import Roll


def turn_away(of_instance: dict[str, list[Event]], roll: Roll, most: int, told: bool) -> int | None:
    """Leave out what a flood tells, and say how much of strangers that was; None when there is none.

    It is one when the meeting tells more than the `most` of strangers, what is repeated counted once, or when the
    reader `told` so.
    """
    if not told and sum(map(len, of_instance.values())) <= most:
        return None
    strange = [event for events in of_instance.values() for event in events if not is_of_somebody(event, roll)]
    if not told and len({(e.instance, e.stay, e.connection, e.name, e.kind, e.at) for e in strange}) <= most:
        return None
    left_out = set(map(id, strange))
    for events in of_instance.values():
        events[:] = [event for event in events if id(event) not in left_out]
    return len(strange)


def is_of_somebody(event: Event, roll: Roll) -> bool:
    """Whether an event of the meeting is of the meeting itself, or says by itself which of those expected it is of."""
    return event.kind in OF_THE_RUN or roll.knows(event)
