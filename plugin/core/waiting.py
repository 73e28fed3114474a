"""Waiting: from when to when somebody was outside, before they were let in or after they were sent back."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from datetime import datetime, timedelta

import msgspec

from plugin.core.event import AT, Event, EventKind, LeaveReason
from plugin.core.horizon import Horizon
from plugin.core.interval import Spans, union
from plugin.core.visit import SWITCH, Told, Visit

_BEGAN, _PUT_BACK, _FOR_HOST = EventKind.WAITING_BEGAN, EventKind.PUT_BACK, EventKind.WAITED_FOR_HOST
_ENDED, _ADMITTED = EventKind.WAITING_ENDED, EventKind.ADMITTED
_JOINED, _LEFT = EventKind.JOINED, EventKind.LEFT
WAIT_BEGINS = frozenset({_BEGAN, _PUT_BACK, _FOR_HOST})
_WAIT_ENDS = frozenset({_ENDED, _ADMITTED, EventKind.STOPPED_WAITING_FOR_HOST, _JOINED})
_IN_TURN = (*sorted(WAIT_BEGINS), *sorted(_WAIT_ENDS))
"""Of what is told of the same moment that stands first which begins."""
_FROM_INSIDE = frozenset({_JOINED, _LEFT})
_NOTICED_LATE = frozenset({LeaveReason.CONNECTION_LOST, LeaveReason.CLIENT_CLOSED, LeaveReason.UNKNOWN})
WAITING = (WAIT_BEGINS | _WAIT_ENDS) - {_JOINED}
"""What tells of somebody who is outside."""
SHOWN_INSIDE = frozenset({_ADMITTED, _PUT_BACK})
"""What tells of a wait that somebody was inside when it ended or began."""
GOING_IN = timedelta(minutes=2)
"""Who waited for the host is inside, or in the waiting room, within this time; so is who is let in."""


class Waits(msgspec.Struct, frozen=True, gc=False):
    """From when to when somebody waited to be let in or for the host, and whether they still do."""

    spans: Spans
    still: bool
    guessed: frozenset[datetime]
    """The ends of waits of which no end was told."""


NO_WAITS = Waits((), False, frozenset())


def waiting_of(told: Told, visits: Sequence[Visit], horizon: Horizon) -> Waits:
    """All waits of somebody; one without an end is over with the run, or when the host comes for whom they waited."""
    spans, guessed, since, for_host = [], set(), None, False
    outside: dict[str, bool] = {}  # by which connections they came to wait, and whether they wait there still
    ended: datetime | None = None  # the end of a wait of which no beginning was told before
    in_turn = [event for kind in _IN_TURN for event in told.get(kind, ())]
    for event in sorted([*in_turn, *_left_from_unheard(told, visits)], key=AT):
        if event.kind is _LEFT and (since is None or _is_of_before(event, since.at)):
            continue
        if event.kind is _BEGAN and ended is not None and event.at - ended <= SWITCH:
            continue  # here it is, perhaps told twice: they were let in, or gave up, as soon as it began
        if event.kind in WAIT_BEGINS:
            over = _over_before(event, since, visits) or _let_go_before(event, since, horizon.runs)
            if over is not None:
                spans.append((since.at, over))
                guessed.add(over)
                since = None
            outside = {**(outside if since else {}), event.connection: True} if event.kind is _BEGAN else {}
            since, for_host = since or event, event.kind is _FOR_HOST
        elif since is not None:
            if event.kind is _ENDED and event.connection in outside:
                outside[event.connection] = False
                if any(outside.values()):
                    continue  # only on one of their devices
            end, over = event.at, None
            if for_host and event.kind in _FROM_INSIDE:
                # Who only joins when the host is long there did not wait for them until then.
                came = _host_came(since.at, horizon.runs)
                if came is not None and since.at < came < end:
                    end, over = came, came if end - came > GOING_IN else None
            elif (over := _over_before(event, since, visits)) is not None:
                end = over
            if over is not None:
                guessed.add(over)
            spans.append((since.at, end))
            since = None
        elif not spans:
            ended = event.at
    if since is None:
        return Waits(union(spans), False, frozenset(guessed))
    end, still = _until_now(since, for_host, visits, horizon)
    return Waits(union([*spans, (since.at, end)]), still, frozenset(guessed if still else {*guessed, end}))


def _until_now(since: Event, for_host: bool, visits: Sequence[Visit], horizon: Horizon) -> tuple[datetime, bool]:
    """Until when somebody waited of whose wait no end was told, and whether they still do."""
    came = _host_came(since.at, horizon.runs) if for_host else None
    if came is not None:
        return came, False
    # Who waits comes into no connection; nobody waits longer than the meeting runs.
    over = [v.instance.ended_at for v in visits if v.instance.ended_at and v.instance.ended_at >= since.at]
    if over:
        return min(over), False
    return (horizon.ends_at, False) if horizon.final else (horizon.now, True)


def _left_from_unheard(told: Told, visits: Sequence[Visit]) -> list[Event]:
    """The leaves from connections of which no join was told: who leaves the meeting was let in, and waits no more."""
    ends = {end for visit in visits for one in visit.connections for begin, end in one.pieces if begin is None}
    return [event for event in told.get(_LEFT, ()) if event.at in ends] if ends else []


def _is_of_before(left: Event, since: datetime) -> bool:
    """Whether a leave may well be of a connection from before a wait: that one broke is noticed late."""
    return left.at - since <= (GOING_IN if left.reason in _NOTICED_LATE else SWITCH)


def _over_before(event: Event, since: Event | None, visits: Sequence[Visit]) -> datetime | None:
    """When a wait ended with its run, as nobody waits longer than the meeting runs, if that was before something that
    was told of another run: then that is of another coming."""
    if since is None or since.kind is _FOR_HOST or since.instance == event.instance:
        return None
    over = next((visit.instance.ended_at for visit in visits if visit.instance.uuid == since.instance), None)
    return over if over is not None and since.at <= over < event.at else None


def _let_go_before(event: Event, since: Event | None, runs: Spans) -> datetime | None:
    """When a wait for the host was over, if that was long before somebody waits again: whoever waits for the host goes
    in when the host comes, or goes away."""
    if since is None or since.kind is not _FOR_HOST:
        return None
    came = _host_came(since.at, runs)
    return came if came is not None and event.at - came > GOING_IN else None


def _host_came(since: datetime, runs: Spans) -> datetime | None:
    """When a wait for the host was over, as the meeting ran from then on; None when it did not run again."""
    return min([max(since, begin) for begin, end in runs if end > since], default=None)


def put_back_of(events: Sequence[Event], told: Told, visits: Sequence[Visit], horizon: Horizon) -> Spans:
    """From when to when the host had sent somebody back into the waiting room; not when that is not known, of whom it
    was told only that they left the meeting again."""
    spans = []
    returns = [e.at for e in events if e.kind is _ADMITTED or e.kind is _JOINED]
    unheard = _left_from_unheard(told, visits)
    for event in told[_PUT_BACK]:
        after = bisect_right(returns, event.at)
        until = returns[after] if after < len(returns) else max(horizon.now, event.at)
        if not any(gone.at < until and not _is_of_before(gone, event.at) for gone in unheard):
            spans.append((event.at, until))
    return union(spans)
