"""The end of a presence: what the leaves that were told of it say, taken together."""

from __future__ import annotations

from bisect import bisect_right
from datetime import datetime

from plugin.core.event import Event, LeaveReason
from plugin.core.policy import Thresholds
from plugin.core.timeline import Instance


def near_end(end: datetime, leaves: list[Event], instances: list[Instance], thresholds: Thresholds) -> bool:
    """Whether a presence ended with the meeting, or so soon before that it makes no difference."""
    if not leaves:  # an end that nobody delivered is the end of the instance
        return True
    tolerance = thresholds.end_tolerance
    for instance in instances:
        over = instance.over_at
        if over is not None and (over == end or abs(over - end) <= tolerance):
            return True
    # A crash is noticed a minute late; a leave after the end of its own instance left nothing.
    ended = {i.uuid: i.ended_at for i in instances if i.ended_at}
    return any([e.instance in ended and e.at >= ended[e.instance] for e in leaves])


_BY_WEIGHT = (
    LeaveReason.REMOVED, LeaveReason.MEETING_OVER, LeaveReason.TIME_LIMIT, LeaveReason.CONNECTION_LOST,
    LeaveReason.CLIENT_CLOSED, LeaveReason.UNKNOWN, LeaveReason.PLAIN, LeaveReason.ROOM_SWITCH,
)  # fmt: skip


def reason_of(leaves: list[Event]) -> LeaveReason:
    """The reason that weighs most of those told last, or the meeting's end when nobody delivered any."""
    reasons = [e.reason or LeaveReason.UNKNOWN for e in leaves if e.at == leaves[-1].at]
    return min(reasons, key=_BY_WEIGHT.index, default=LeaveReason.MEETING_OVER)


def shaky(leaves: list[Event], warned: dict[tuple[str, str], list[datetime]], thresholds: Thresholds) -> bool:
    """Whether Zoom had warned of the network of one of these connections shortly before they ended."""
    for leave in leaves:
        warnings = warned.get((leave.instance, leave.connection), [])
        before = bisect_right(warnings, leave.at)
        if before and leave.at - warnings[before - 1] <= thresholds.quality_window:
            return True
    return False
