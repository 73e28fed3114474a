"""Lone drops: whoever is cut off alone in a meeting ends it, so that their drop looks like its end."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

import msgspec

from plugin.core.departure import Departure
from plugin.core.interval import Spans, clip, length
from plugin.core.policy import Thresholds
from plugin.core.presence import Attendance


def with_lone_drops(
    attendances: Mapping[str, Attendance], guests: Iterable[Attendance], held: Spans, thresholds: Thresholds
) -> dict[str, Attendance]:
    """Everybody's attendance, by code, in which such a drop is one, and not the end of the meeting.

    That the session was held later, and they missed some of it, shows that the meeting was not over; that nobody else
    was there, that nobody ended it. Of the only clinician it is neither: nothing is held without them.
    """
    found = dict(attendances)
    for code, one in attendances.items():
        cut_off = [d for d in one.departures if d.near_end and d.cut_off and not d.put_back]
        if cut_off:
            others = [*[other for who, other in attendances.items() if who != code], *guests]
            lone = {
                d.at for d in cut_off if _missed_some(held, d, thresholds) and not _anybody(others, d.at, thresholds)
            }
            departures = tuple([_as_drop(d) if d.at in lone else d for d in one.departures])
            found[code] = msgspec.structs.replace(one, departures=departures) if lone else one
    return found


def _missed_some(held: Spans, gone: Departure, thresholds: Thresholds) -> bool:
    until = gone.back_at or (held[-1][1] if held else gone.at)
    return until > gone.at and length(clip(held, gone.at, until)) > thresholds.end_tolerance


def _anybody(others: Iterable[Attendance], at: datetime, thresholds: Thresholds) -> bool:
    """Whether anybody else was in the meeting at a moment, or had been until a moment before."""
    before = at - thresholds.end_tolerance
    return any(begin < at and end >= before for other in others for begin, end in other.present)


def _as_drop(gone: Departure) -> Departure:
    return msgspec.structs.replace(gone, near_end=False, abnormal=True, drop=True)
