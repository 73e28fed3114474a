"""Common drops: several people who dropped out at about the same moment, and so for one cause."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from operator import itemgetter

import msgspec

from plugin.core.assessment import MOST_CITED
from plugin.core.attendance import Attendance
from plugin.core.event import LeaveReason
from plugin.core.policy import Thresholds

_AT = itemgetter(0)


class CommonDrop(msgspec.Struct, frozen=True):
    """Several people who dropped together, and the deliveries that tell of it; a guest stands as guest-N."""

    at: datetime
    people: frozenset[str]
    events: tuple[int, ...]


def common_drops(
    attendances: Mapping[str, Attendance], guests: Iterable[Attendance], thresholds: Thresholds
) -> tuple[CommonDrop, ...]:
    """The common drops among those expected, by code, and the guests, in order; the same people once in a window."""
    people = list(attendances.items()) + [(f"guest-{n}", guest) for n, guest in enumerate(guests, 1)]
    # An end without a readable reason is no choice either: alone it proves nothing, together with others it does.
    drops = sorted([(d.at, who, d.events) for who, a in people for d in a.departures if d.drop or d.unexplained])
    found: list[CommonDrop] = []
    within: Counter[str] = Counter()
    last = 0
    for first, (at, who, _) in enumerate(drops):
        while last < len(drops) and drops[last][0] - at <= thresholds.group_drop_window:
            within[drops[last][1]] += 1
            last += 1
        told = found and at - found[-1].at <= thresholds.group_drop_window and within.keys() <= found[-1].people
        if len(within) >= thresholds.group_drop_people and not told:
            events = {number for _, _, numbers in drops[first:last] for number in numbers}
            found.append(CommonDrop(at, frozenset(within), tuple(sorted(events)[:MOST_CITED])))
        within[who] -= 1
        if not within[who]:
            del within[who]
    if not found:
        return ()
    leaves = sorted(
        [
            (d.at, who, d.events)
            for who, one in people
            for d in one.departures
            if d.reason is LeaveReason.PLAIN and not (d.near_end or d.put_back)
        ]
    )
    return tuple([_with_leaves(drop, leaves, thresholds) for drop in found])


def _with_leaves(
    drop: CommonDrop, leaves: Sequence[tuple[datetime, str, tuple[int, ...]]], thresholds: Thresholds
) -> CommonDrop:
    """A common drop with those who seem to have left by themselves in the middle of it: Zoom gives that reason to a
    broken connection too, and what cut off all the others is likelier than a choice made in the same minute."""
    first = bisect_left(leaves, drop.at, key=_AT)
    last = bisect_right(leaves, drop.at + thresholds.group_drop_window, lo=first, key=_AT)
    more = {who: numbers for _, who, numbers in leaves[first:last]}
    if more.keys() <= drop.people:
        return drop
    events = sorted({*drop.events, *(number for numbers in more.values() for number in numbers)})[:MOST_CITED]
    return CommonDrop(drop.at, drop.people | more.keys(), tuple(events))
