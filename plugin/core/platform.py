"""Incidents of the platform: what was told of each, in one place; the newest word about one counts."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from enum import StrEnum
from itertools import accumulate
from operator import attrgetter

import msgspec

from plugin.core.event import Event

NEVER = datetime(9999, 1, 1, tzinfo=UTC)
"""When an incident is over that still goes on."""
_FROM_AT = attrgetter("from_at")


class Part(StrEnum):
    """Which part of the platform is in trouble, in the words of its own status page."""

    MEETINGS = "meetings"
    AUDIO = "audio"
    VIDEO = "video"
    TELEPHONE = "telephone"
    SIGN_IN = "sign-in"
    EVERYTHING = "everything"


PARTS: Mapping[Part, str] = {
    Part.MEETINGS: "joining and staying in meetings",
    Part.AUDIO: "audio",
    Part.VIDEO: "video",
    Part.TELEPHONE: "dialling in",
    Part.SIGN_IN: "signing in",
    Part.EVERYTHING: "everything",
}


class PlatformIncident(msgspec.Struct, frozen=True):
    """One incident as it is known: aware UTC, `until_at` None while it goes on; `told` are the deliveries that told
    of it, the first of which gives its tickets their name."""

    from_at: datetime
    until_at: datetime | None
    told: tuple[int, ...]

    def touches(self, begin: datetime, end: datetime) -> bool:
        """Whether it overlaps this time."""
        return self.from_at < end and (self.until_at is None or self.until_at > begin)


def known(tellings: Iterable[Event], now: datetime) -> tuple[PlatformIncident, ...]:
    """The incidents as they are known at a moment, by when they began.

    Tellings under one name (`Event.instance`) are of one incident, and the one that arrived last counts; without a
    name each is an incident of its own. One that ended when it began was none after all.
    """
    newest: dict[str, Event] = {}
    told: dict[str, list[int]] = {}
    for event in sorted(tellings, key=lambda e: (e.received_at, e.delivery)):
        if event.received_at <= now:
            name = event.instance or f"delivery/{event.delivery}"
            newest[name] = event
            told.setdefault(name, []).append(event.delivery)
    found = [
        PlatformIncident(event.at, event.ended_at, tuple(told[name]))
        for name, event in newest.items()
        if event.ended_at is None or event.ended_at > event.at
    ]
    return tuple(sorted(found, key=lambda one: (one.from_at, one.told)))


class IncidentHistory:
    """All incidents that are known, by when they began: whoever asks for a time looks at what lies near."""

    def __init__(self, incidents: tuple[PlatformIncident, ...]):
        self._incidents = incidents
        self._over = list(accumulate([one.until_at or NEVER for one in incidents], max))

    def touching(self, begin: datetime, end: datetime) -> tuple[PlatformIncident, ...]:
        """Those that overlap a time."""
        first = bisect_right(self._over, begin)  # all that began before it were over
        last = bisect_left(self._incidents, end, lo=first, key=_FROM_AT)
        return tuple([one for one in self._incidents[first:last] if one.touches(begin, end)])
