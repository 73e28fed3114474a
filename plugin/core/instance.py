"""An instance: one run of a meeting, from when to when it ran, and what is known of its end."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

import msgspec

from plugin.core.event import OF_THE_RUN, SHOWING, Event, EventKind
from plugin.core.interval import NO_TIME

# A member of an enumeration is slow to look up, and this one is asked for with every event.
_STARTED = EventKind.MEETING_STARTED

LONGEST_MEETING = timedelta(hours=30)
"""Zoom ends any meeting after this time."""
LATE_WORD = timedelta(minutes=5)
"""That somebody was cut off is noticed a minute or two later, and may be told as after the end."""


class Instance(msgspec.Struct):
    """One run of a meeting: a restart of the same meeting number is another one. Times are aware UTC."""

    uuid: str
    started_at: datetime | None = None
    ended_at: datetime | None = None
    first_sign: datetime | None = None
    last_sign: datetime | None = None
    began_at: datetime | None = None
    """When a delivery of its own said that it began; what others say of its start may be the time it was booked for."""
    end_told: int | None = None
    """The delivery that told its end."""
    report: int | None = None
    """The delivery that says that Zoom's report of it is here and complete."""
    all_left: bool = False
    """Everybody who joined is known to have left, so that the last leave is the end in fact."""
    nobody_told: bool = False
    """Nothing at all was delivered of the people in it, though no meeting runs without any."""

    @property
    def over_at(self) -> datetime | None:
        """When it ended, if that is known: delivered, or shown by the last leave."""
        return self.ended_at or (self.last_sign if self.all_left else None)

    def ran_between(self, opens: datetime, closes: datetime) -> bool:
        """Whether it ran at any time between two moments, as far as it was heard."""
        # Somebody may be told to have been in it before it began; then it ran when they were.
        begins = min([at for at in (self.started_at, self.first_sign) if at], default=None)
        ends = self.ended_at or self.last_sign
        return begins is not None and ends is not None and begins <= closes and ends >= opens

    def went_on(self, events: Iterable[Event]) -> bool:
        """Whether its end is told to be before its start, or before two things at least that are told of people in it:
        then that cannot be.

        One alone may be the one that is wrong.
        """
        if self.ended_at is None or self.last_sign is None:
            return False
        if self.started_at is not None and self.ended_at < self.started_at:
            return True
        if self.last_sign <= self.ended_at + LATE_WORD:
            return False
        after = self.ended_at + LATE_WORD
        told = {(e.kind, e.connection or e.stay) for e in events if e.at > after and e.kind in SHOWING}
        return len(told) > 1

    def note(self, events: Sequence[Event]) -> None:
        """Take in what some events say about the instance as a whole."""
        for event in [event for event in events if event.kind in OF_THE_RUN]:
            if event.kind is _STARTED:
                self.began_at = event.at if self.began_at is None else min(self.began_at, event.at)
            elif self.ended_at is None or event.at > self.ended_at:
                self.ended_at, self.end_told = event.at, event.delivery
        begun = self.started_at if self.began_at is None else min(self.began_at, self.started_at or self.began_at)
        for event in events:
            started = event.instance_started_at
            if started is begun or started is None or event.kind is _STARTED:  # nearly all say the very same
                continue
            # An absurd start in one event must not move the start for everybody.
            if (begun is None or started < begun) and NO_TIME <= event.at - started <= LONGEST_MEETING:
                begun = started
        signs = [event.at for event in events] + [at for at in (self.first_sign, self.last_sign) if at]
        self.started_at, self.first_sign, self.last_sign = begun, min(signs, default=None), max(signs, default=None)


def instance_of(uuid: str, events: Sequence[Event], report: Iterable[Event]) -> Instance | None:
    """An instance from what was delivered of it and from its report; None when nothing says that it ran."""
    instance = Instance(uuid)
    instance.note(events)
    if instance.went_on(events):
        instance.ended_at = instance.end_told = None
    for whole in [event for event in report if event.kind is EventKind.REPORT_COMPLETED]:
        instance.note([whole])
        instance.report = whole.delivery if instance.report is None else min(instance.report, whole.delivery)
        if instance.ended_at is None:
            instance.ended_at, instance.end_told = whole.at, whole.delivery
    return None if instance.first_sign is None else instance
