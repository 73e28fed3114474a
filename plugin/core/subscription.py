"""Whether Zoom tells of everything: a kind of event that never comes, though its companions do, is not subscribed.

Nobody notices otherwise: the feed is alive, and each verdict rests on what the others say.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import timedelta

from plugin.core.event import EventKind

LOOKED_BACK = timedelta(days=14)
"""How far back events are looked for."""
SETTLED = timedelta(days=1)
"""A companion younger than this proves nothing: the session may still run, or Zoom repeat what did not arrive."""
COMPANIONS_NEEDED = 3
"""Of fewer the missing ones may have been lost by chance."""

COMPANIONS: Mapping[EventKind, Collection[EventKind]] = {
    EventKind.MEETING_STARTED: (EventKind.JOINED, EventKind.MEETING_ENDED),
    EventKind.MEETING_ENDED: (EventKind.JOINED, EventKind.MEETING_STARTED),
    EventKind.JOINED: (EventKind.LEFT, EventKind.MEETING_ENDED),
    EventKind.LEFT: (EventKind.JOINED,),
    # Who was sent back from the meeting is told of otherwise, so that proves nothing here.
    EventKind.WAITING_BEGAN: (EventKind.WAITING_ENDED, EventKind.ADMITTED, EventKind.WAIT_REPORTED),
}
"""What must have come before, or must follow, where one of the others was heard."""

_TELLS = {
    EventKind.MEETING_STARTED: "that a meeting began",
    EventKind.MEETING_ENDED: "that a meeting ended",
    EventKind.JOINED: "that somebody joined",
    EventKind.LEFT: "that somebody left",
    EventKind.WAITING_BEGAN: "that somebody came to a waiting room",
}


def unsubscribed(unheard: Collection[EventKind]) -> tuple[str, ...]:
    """What is said of kinds that were never heard though their companions were; one sentence for each, for people."""
    return tuple(
        f"Zoom never said {told} in the last {LOOKED_BACK.days} days, though it told of the same sessions otherwise: "
        "is that event missing in the subscription?"
        for kind, told in _TELLS.items()
        if kind in unheard
    )
