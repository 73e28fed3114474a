"""Pieces of presence: from when to when each connection was there, with what was not delivered inferred."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from datetime import datetime, timedelta

import msgspec

from plugin.core.event import Event, EventKind
from plugin.core.horizon import Horizon
from plugin.core.instance import Instance
from plugin.core.interval import Spans, subtract
from plugin.core.visit import SWITCH, Connection, Told, Visit
from plugin.core.waiting import GOING_IN, WAIT_BEGINS, WAITING

_JOINED = EventKind.JOINED

LATE_NOTICE = timedelta(minutes=2)
"""Zoom notices a broken connection 60 to 90 s late; a leave this soon after the end of its meeting was before it."""


class Piece(msgspec.Struct, frozen=True, gc=False):
    """One resolved piece of presence of one connection."""

    begin: datetime
    end: datetime
    inferred_start: bool = False
    inferred_end: bool = False
    open: bool = False
    """Still there at the moment of judgement, as far as we know."""
    left_at: datetime | None = None
    """The time of their leave as it was told, where the meeting had ended before."""
    lost_sight: bool = False
    """No end was ever delivered, neither of the connection nor of its instance, and the retries are over."""

    @property
    def is_told(self) -> bool:
        """Whether both ends were delivered that it has by now."""
        return not (self.inferred_start or self.inferred_end or self.lost_sight)

    @property
    def end_told(self) -> bool:
        """Whether it was delivered when it ended."""
        return not (self.inferred_end or self.open or self.lost_sight)


def pieces_of(visit: Visit, horizon: Horizon, events: Sequence[Event], told: Told) -> list[Piece]:
    """The pieces of one visit; `events`, and `told` by kind, are all of this person's, whatever the visit."""
    resolved = []
    over = visit.instance.ended_at
    joins: list[tuple[str, datetime]] | None = None
    leaves: list[datetime] = []
    for connection in visit.connections:
        for begin, told_end in connection.pieces:
            if begin is not None and told_end is not None and (over is None or told_end <= over):  # as nearly all
                resolved.append(Piece(begin, told_end))
                continue
            end = told_end
            if over is not None and end is not None and over < end <= over + LATE_NOTICE and (begin or over) <= over:
                end = over  # nobody is in a meeting that has ended
            left_at = told_end if told_end != end else None
            if begin is not None and end is not None:
                resolved.append(Piece(begin, end, left_at=left_at))
                continue
            if joins is None:
                joins = sorted((c.stay, at) for c in visit.connections for at in c.joins)
                leaves = sorted([at for c in visit.connections for at in c.leaves])
            known = begin
            if begin is None:
                known = _unknown_start(visit.instance, end, _ends(visit, connection, events, told, end), horizon)
            closed = _close(visit.instance, connection, known, end, begin is None, joins, leaves, horizon)
            resolved.append(msgspec.structs.replace(closed, left_at=left_at) if left_at else closed)
    return resolved


def outside(pieces: list[Piece], sent_out: Spans) -> list[Piece]:
    """The pieces without the time for which the host had sent them out, which ends a piece as a leave does, told or
    not; who is let in again is there by that connection, or by a new one."""
    found = []
    for piece in pieces:
        for begin, end in subtract(((piece.begin, piece.end),), sent_out) or ((piece.begin, piece.begin),):
            first = begin == piece.begin
            if not (first or piece.end_told) and _came_anew(begin, piece, pieces):
                break
            unknown = first and piece.inferred_start
            if end < piece.end:
                found.append(Piece(begin, end, unknown))
            else:
                found.append(msgspec.structs.replace(piece, begin=begin, inferred_start=unknown))
    return found


def _came_anew(let_in: datetime, piece: Piece, pieces: list[Piece]) -> bool:
    return any(let_in <= other.begin <= let_in + GOING_IN for other in pieces if other is not piece)


def _ends(
    visit: Visit, connection: Connection, events: Sequence[Event], told: Told, end: datetime
) -> list[datetime]:  # fmt: skip
    """The moments, sorted, before which a presence without a known start, that ended at `end`, cannot have begun.

    A stay has one connection at a time: it began when the one before was left, or joined, if nobody told that it was
    left. A phone leg that is bound to it, or a breakout room beside the meeting, ends by itself and says nothing of
    when the person came.
    """
    inside = connection.in_breakout_room
    before = [c for c in visit.connections if c.stay == connection.stay and (inside or not c.in_breakout_room)]
    ends = [at for c in before for at in c.leaves]
    # What was joined about then is where they went; that an old connection broke is noticed late.
    ends += [at for c in before for at in c.joins if at < end - LATE_NOTICE]
    if not WAITING.isdisjoint(told):
        ends += _outside_before(visit, events, end)
    return sorted(ends)


def _outside_before(visit: Visit, events: Sequence[Event], end: datetime) -> list[datetime]:
    """When they waited, were let in or gave up before they left: under the number of this visit, or under another one
    by which no join is told. A wait that begins as they leave is where they went."""
    joins = [e.at for e in events if e.kind is _JOINED and e.at < end]
    here = [e for e in events if e.instance == visit.instance.uuid and (not joins or e.at > joins[-1])]
    waits = [e for e in (*visit.events, *here) if e.kind in WAITING]
    return [e.at for e in waits if e.kind not in WAIT_BEGINS or e.at < end - SWITCH]


def _unknown_start(instance: Instance, end: datetime, ends: list[datetime], horizon: Horizon) -> datetime:
    start = instance.started_at or instance.first_sign or end
    if horizon.alive_since is not None:
        start = max(start, horizon.alive_since)
    before = bisect_left(ends, end)
    if before:
        start = max(start, ends[before - 1])
    return min(start, end)


def _close(
    instance: Instance,
    connection: Connection,
    begin: datetime,
    end: datetime | None,
    inferred_start: bool,
    joins: list[tuple[str, datetime]],
    leaves: list[datetime],
    horizon: Horizon,
) -> Piece:
    if end is not None:
        return Piece(begin, max(begin, end), inferred_start)
    if connection.stay:
        # A stay has one connection at a time: the next join of the same stay ended this one.
        later = bisect_right(joins, (connection.stay, begin))
        while later < len(joins) and joins[later][1] in connection.joins:  # told again, as of who is let in again
            later += 1
        if later < len(joins) and joins[later][0] == connection.stay:
            return Piece(begin, joins[later][1], inferred_start)
    if connection.in_breakout_room:
        # Whoever leaves the meeting leaves its rooms, though nobody says so.
        later = bisect_right(leaves, begin + SWITCH)
        if later < len(leaves):
            return Piece(begin, leaves[later], inferred_start)
    over = instance.ended_at
    if over is not None:
        return Piece(begin, max(begin, over), inferred_start, inferred_end=True)
    if not horizon.final:
        return Piece(begin, max(begin, horizon.now), inferred_start, open=True)
    last = instance.last_sign or begin
    return Piece(begin, max(begin, last), inferred_start, inferred_end=True, lost_sight=last < horizon.ends_at)
