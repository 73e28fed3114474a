"""When a meeting ran and nothing was delivered of who was in it: no meeting runs without anybody."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from plugin.core.instance import Instance
from plugin.core.interval import Span, Spans, clip, subtract, union
from plugin.core.timeline import Timeline
from plugin.core.visit import Visit
from plugin.core.waiting import WAITING

MOMENTS = timedelta(minutes=5)
"""For so long a run may be without anybody known: who is cut off, and alone, is back by then, or Zoom notices it so
much later; and beginnings and ends are not always told to the minute."""


def unpeopled(timeline: Timeline, held: Spans, start: datetime, until: datetime) -> Spans:
    """The times between two moments in which somebody must have been in the meeting of whom nothing was delivered;
    `held` is when a clinician was."""
    spans: list[Span] = []
    visits: dict[str, list[Visit]] = {}
    searched = not timeline.flooded and not timeline.report
    for instance in timeline.instances:
        if instance.nobody_told:
            spans.append((instance.started_at or instance.first_sign, instance.ended_at or until))
        elif searched and instance.uuid and not _led_throughout(instance, held, start, until):
            # What names no run may be of several.
            visits = visits or _by_run(timeline)
            spans += _between_those_told(instance, visits.get(instance.uuid, ()), until)
    return clip(union(spans), start, until)


def only_waited_at(timeline: Timeline, start: datetime, until: datetime) -> bool:
    """Whether a meeting was on between two moments, and of nobody more was told than that they waited at its door: as a
    rule somebody is inside whom it began with, though with some settings it may begin without."""
    visits = _by_run(timeline)
    for instance in timeline.instances:
        told = visits.get(instance.uuid, ())
        if instance.began_at is None or not told or any(visit.connections for visit in told):
            continue
        if min(instance.ended_at or until, until) - max(instance.began_at, start) > MOMENTS:
            return True
    return False


def _by_run(timeline: Timeline) -> dict[str, list[Visit]]:
    visits: dict[str, list[Visit]] = {}
    for visit in timeline.visits:
        visits.setdefault(visit.instance.uuid, []).append(visit)
    return visits


def _led_throughout(instance: Instance, held: Spans, start: datetime, until: datetime) -> bool:
    """Whether a clinician was there as long as the run was on between two moments, but for moments, as nearly always:
    then nobody else has to be looked at."""
    if len(held) != 1:
        return False
    begin, end = held[0]
    if begin > start and begin - instance.first_sign > MOMENTS:
        return False
    return end >= until or (instance.ended_at is not None and instance.ended_at - end <= MOMENTS)


def _between_those_told(instance: Instance, visits: Iterable[Visit], until: datetime) -> Spans:
    """The times of a run in which nobody was in it whose coming and going was delivered, but for moments: whoever began
    it, or kept it on, was not heard. None when one of whom less was delivered may have been there."""
    there: list[tuple[datetime, datetime]] = []
    for visit in visits:
        if not visit.connections and any(event.kind not in WAITING for event in visit.events):
            return ()
        for one in visit.connections:
            if one.in_breakout_room:
                return ()
            for came, went in one.pieces:
                if came is None:
                    return ()
                there.append((came, went or max(came, instance.ended_at or until)))
    if not there:
        return ()
    begin, end = instance.began_at or min(there)[0], instance.ended_at or max([went for _, went in there])
    away = subtract(((begin, end),), union(there))
    return tuple([(a, b) for a, b in away if b - a > MOMENTS])
