"""Ending drops: whoever is cut off alone in a meeting, or with everybody else in it, ends it, so that it looks like its
end."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

import msgspec

from plugin.core.attendance import Attendance
from plugin.core.departure import Departure
from plugin.core.event import LeaveReason
from plugin.core.interval import Spans, clip, length
from plugin.core.policy import Thresholds

_CLIENT_CLOSED = LeaveReason.CLIENT_CLOSED


def with_ending_drops(
    attendances: Mapping[str, Attendance], guests: Iterable[Attendance], held: Spans, ends_at: datetime,
    thresholds: Thresholds,
) -> dict[str, Attendance]:  # fmt: skip
    """Everybody's attendance, by code, in which such a drop is one, and not the end of the meeting.

    That everybody's connection broke, or app closed, shows that nobody ended it: whoever does goes for another reason.
    Somebody who was alone must have missed some of the session besides, or come back to hold it: without the only
    clinician nothing is held that they could miss.
    """
    found = dict(attendances)
    for code, one in attendances.items():
        if broke_off := [d for d in one.departures if d.near_end and _broke_off(d)]:
            others = [*[other for who, other in attendances.items() if who != code], *guests]
            dropped = {d.at for d in broke_off if _ended_it(d, others, held, ends_at, thresholds)}
            departures = tuple([_as_drop(d) if d.at in dropped else d for d in one.departures])
            found[code] = msgspec.structs.replace(one, departures=departures) if dropped else one
    return found


def _ended_it(
    gone: Departure, others: Iterable[Attendance], held: Spans, ends_at: datetime, thresholds: Thresholds
) -> bool:
    beside = _beside(others, gone.at, thresholds)
    together = [_broken_off_then(one, gone.at, thresholds) for one in beside]
    if not all(together) or not any(d.cut_off for theirs in ([gone], *together) for d in theirs):
        return False
    if beside and gone.at < ends_at - thresholds.arrive_grace:
        return True
    return _missed_some(held, gone, thresholds) or _held_it_again(held, gone)


def _missed_some(held: Spans, gone: Departure, thresholds: Thresholds) -> bool:
    until = gone.back_at or (held[-1][1] if held else gone.at)
    return length(clip(held, gone.at, until)) > thresholds.end_tolerance


def _held_it_again(held: Spans, gone: Departure) -> bool:
    """Whether the session stopped when they went, and went on when they came back."""
    return any(end == gone.at for _, end in held) and any(begin == gone.back_at for begin, _ in held)


def _beside(others: Iterable[Attendance], at: datetime, thresholds: Thresholds) -> list[Attendance]:
    """Who else was in the meeting at a moment, or had been until a moment before."""
    before = at - thresholds.end_tolerance
    return [other for other in others if any(begin < at and end >= before for begin, end in other.present)]


def _broken_off_then(one: Attendance, at: datetime, thresholds: Thresholds) -> list[Departure]:
    return [d for d in one.departures if _broke_off(d) and abs(d.at - at) <= thresholds.end_tolerance]


def _broke_off(gone: Departure) -> bool:
    """Whether a connection broke, or the app closed, as it does when it is killed or lost."""
    return not gone.put_back and (gone.cut_off or gone.reason is _CLIENT_CLOSED)


def _as_drop(gone: Departure) -> Departure:
    return msgspec.structs.replace(gone, near_end=False, abnormal=True, drop=True)
