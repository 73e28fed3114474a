"""Departures: how each stretch of presence ended, and what the leaves that were told of it say of why."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from datetime import datetime

import msgspec

from plugin.core.event import Event, EventKind, LeaveReason, numbers_of
from plugin.core.horizon import Horizon
from plugin.core.instance import Instance
from plugin.core.interval import Spans
from plugin.core.policy import Thresholds
from plugin.core.visit import SWITCH, Told

_JOINED, _LEFT = EventKind.JOINED, EventKind.LEFT
_WARNING, _UNKNOWN = EventKind.QUALITY_WARNING, LeaveReason.UNKNOWN
_CONNECTION_LOST, _CLIENT_CLOSED = LeaveReason.CONNECTION_LOST, LeaveReason.CLIENT_CLOSED

ABNORMAL = frozenset({LeaveReason.CONNECTION_LOST, LeaveReason.CLIENT_CLOSED, LeaveReason.ROOM_SWITCH})
"""Ends that a person does not choose; a room switch counts when nobody ever arrived in the other room."""

_PERHAPS_CHOSEN = frozenset({LeaveReason.PLAIN, LeaveReason.UNKNOWN})
_BY_WEIGHT = (
    LeaveReason.REMOVED, LeaveReason.MEETING_OVER, LeaveReason.TIME_LIMIT, LeaveReason.NO_HOST,
    LeaveReason.CONNECTION_LOST, LeaveReason.CLIENT_CLOSED, LeaveReason.UNKNOWN, LeaveReason.PLAIN,
    LeaveReason.ROOM_SWITCH,
)  # fmt: skip


class Departure(msgspec.Struct, frozen=True, gc=False):
    """The moment at which a person was no longer present, with what is known about why."""

    at: datetime
    reason: LeaveReason
    near_end: bool
    """Within the tolerance of the end of the meeting or the instance: then it is the end, whatever the reason says."""
    shaky: bool
    """Zoom had warned of that connection's network shortly before."""
    put_back: bool
    back_at: datetime | None
    abnormal: bool
    """It broke: not chosen, not the end of the meeting."""
    drop: bool
    """An abnormal end, or a plain one with a quick return under a new connection."""
    events: tuple[int, ...]

    @property
    def cut_off(self) -> bool:
        """Whether Zoom says that the connection broke, or had warned of it."""
        return self.shaky or self.reason is _CONNECTION_LOST

    @property
    def unexplained(self) -> bool:
        """Whether it was not the end of the meeting, and for a reason that cannot be read."""
        return self.reason is _UNKNOWN and not self.near_end


def departures_of(
    present: Spans, there_now: bool, events: Sequence[Event], told: Told, instances: list[Instance],
    put_back: Spans, thresholds: Thresholds, horizon: Horizon,
) -> tuple[Departure, ...]:  # fmt: skip
    """How each stretch of presence ended; one that goes on has not."""
    lefts = told.get(_LEFT, ())
    moments = [left.at for left in lefts]
    warned = _warned(events) if _WARNING in told else {}
    sent_back = {begin for begin, _ in put_back} if put_back else ()
    found = []
    for number, (_begin, end) in enumerate(present, 1):
        if there_now and end >= horizon.now:
            continue
        if moments and moments[-1] == end and (len(moments) == 1 or moments[-2] < end - SWITCH):
            leaves = lefts[-1:]  # by far the commonest: the last one is what ended it
        else:
            leaves = lefts[bisect_left(moments, end - SWITCH) : bisect_right(moments, end)]
        if number == len(present) and leaves:
            leaves = _without_swaps(leaves, events, end)
        reason = (leaves[0].reason or _UNKNOWN) if len(leaves) == 1 else _reason_of(leaves)
        back_at = present[number][0] if number < len(present) else None
        over = _near_end(end, leaves, instances, thresholds)
        put_back_then = end in sent_back
        warned_of = bool(warned) and _shaky(leaves, warned, thresholds)
        abnormal = drop = False
        if not over and not put_back_then:
            abnormal = drop = warned_of or _broke(reason, end, thresholds, horizon)
            if back_at is not None and reason in _PERHAPS_CHOSEN:
                drop = drop or back_at - end <= thresholds.quick_return
        deliveries = numbers_of(leaves) if leaves else _told_ends(instances, end)
        found.append(Departure(end, reason, over, warned_of, put_back_then, back_at, abnormal, drop, deliveries))
    return tuple(found)


def only_departure(went: Event, instance: Instance, thresholds: Thresholds, horizon: Horizon) -> Departure:
    """How the presence of somebody ended who came and went once, without a warning."""
    reason = went.reason or _UNKNOWN
    over = _near_end(went.at, (went,), (instance,), thresholds)
    broke = not over and _broke(reason, went.at, thresholds, horizon)
    return Departure(went.at, reason, over, False, False, None, broke, broke, (went.delivery,))


def _without_swaps(leaves: list[Event], events: Sequence[Event], end: datetime) -> list[Event]:
    """The leaves with which somebody went; who was given another connection then went later, and it is lost when and
    why."""
    given: dict[str, set[str]] = {}
    earliest, latest = end - SWITCH, end + SWITCH
    for event in reversed(events):
        if event.at < earliest:
            break
        if event.kind is _JOINED and event.stay and event.at <= latest:
            given.setdefault(event.stay, set()).add(event.connection)
    return [e for e in leaves if len(told := given.get(e.stay, ())) <= (e.connection in told)] if given else leaves


def _warned(events: Sequence[Event]) -> dict[tuple[str, str], list[datetime]]:
    """When Zoom warned of a connection's network, by each connection of the same stay: a swap that nobody asked for is
    how a failing network looks."""
    of_connection: dict[tuple[str, str], list[datetime]] = {}
    stays: dict[tuple[str, str], set[tuple[str, str]]] = {}
    for event in events:
        key = event.instance, event.connection
        if event.kind is _WARNING:
            of_connection.setdefault(key, []).append(event.at)
        elif event.stay and event.connection:
            stays.setdefault((event.instance, event.stay), set()).add(key)
    warned = dict(of_connection)
    for keys in stays.values():
        together = sorted({at for key in keys for at in of_connection.get(key, ())})
        if together:
            warned |= dict.fromkeys(keys, together)
    return warned


def _told_ends(instances: list[Instance], end: datetime) -> tuple[int, ...]:
    return tuple(sorted([i.end_told for i in instances if i.ended_at == end and i.end_told is not None]))


def _near_end(
    end: datetime, leaves: Sequence[Event], instances: Sequence[Instance], thresholds: Thresholds
) -> bool:  # fmt: skip
    """Whether a presence ended with the meeting, or so soon before that it makes no difference."""
    if not leaves:  # an end that nobody delivered is the end of the instance
        return True
    tolerance = thresholds.end_tolerance
    for instance in instances:
        over = instance.over_at
        if over is not None and (over == end or abs(over - end) <= tolerance):
            return True
    # A crash is noticed a minute late; a leave after the end of its own instance left nothing.
    for leave in leaves:
        for instance in instances:
            if instance.ended_at and leave.instance == instance.uuid and leave.at >= instance.ended_at:
                return True
    return False


def _broke(reason: LeaveReason, end: datetime, thresholds: Thresholds, horizon: Horizon) -> bool:
    """Whether a connection broke, as its reason tells.

    Many who go by the clock close the app just when the session is to end: that it broke then of all times says too
    little, though the meeting went on.
    """
    if reason not in ABNORMAL:
        return False
    if reason is LeaveReason.ROOM_SWITCH and horizon.now - end < thresholds.drop_grace:
        return False  # on the way to the other room, as far as anybody can tell yet
    return reason is not _CLIENT_CLOSED or not horizon.ends_at - thresholds.end_tolerance <= end <= horizon.ends_at


def _reason_of(leaves: list[Event]) -> LeaveReason:
    """The reason that weighs most of those told last, or the meeting's end when nobody delivered any."""
    reasons = [e.reason or LeaveReason.UNKNOWN for e in leaves if e.at == leaves[-1].at]
    return min(reasons, key=_BY_WEIGHT.index, default=LeaveReason.MEETING_OVER)


def _shaky(leaves: list[Event], warned: dict[tuple[str, str], list[datetime]], thresholds: Thresholds) -> bool:
    """Whether Zoom had warned of the network of one of these connections shortly before they ended."""
    for leave in leaves:
        warnings = warned.get((leave.instance, leave.connection), [])
        before = bisect_right(warnings, leave.at)
        if before and leave.at - warnings[before - 1] <= thresholds.quality_window:
            return True
    return False
