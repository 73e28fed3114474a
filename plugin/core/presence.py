"""One person's presence, put together from all their visits: where they were when, and how each stay ended."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from datetime import datetime, timedelta

import msgspec

from plugin.core.assessment import Presence as State
from plugin.core.assessment import Stretch
from plugin.core.event import Event, EventKind, LeaveReason
from plugin.core.identity import MatchedBy, looks_like_phone
from plugin.core.interval import Span, Spans, subtract, union
from plugin.core.leave import near_end, reason_of, shaky
from plugin.core.policy import Thresholds
from plugin.core.timeline import IN_ORDER, Connection, Instance, Visit

SWITCH = timedelta(seconds=2)
"""A left and a joined this close together are one continuous stay (Zoom's times have a resolution of one second)."""

LATE_NOTICE = timedelta(minutes=2)
"""Zoom notices a broken connection 60 to 90 s late; a leave this soon after the end of its meeting was before it."""

ABNORMAL = frozenset({LeaveReason.CONNECTION_LOST, LeaveReason.CLIENT_CLOSED, LeaveReason.ROOM_SWITCH})
"""Ends that a person does not choose; a room switch counts when nobody ever arrived in the other room."""

_LEFT, _WARNING, _ADMITTED = EventKind.LEFT, EventKind.QUALITY_WARNING, EventKind.ADMITTED
_UNKNOWN, _BY_PHONE = LeaveReason.UNKNOWN, MatchedBy.PHONE
_CHOSEN = frozenset({LeaveReason.PLAIN, LeaveReason.UNKNOWN})
_WAIT_BEGINS = frozenset({EventKind.WAITING_BEGAN, EventKind.PUT_BACK, EventKind.WAITED_FOR_HOST})
_WAIT_ENDS = frozenset(
    {EventKind.WAITING_ENDED, EventKind.ADMITTED, EventKind.STOPPED_WAITING_FOR_HOST, EventKind.JOINED}
)
_WAITING = (_WAIT_BEGINS | _WAIT_ENDS) - {EventKind.JOINED}


class Horizon(msgspec.Struct, frozen=True, gc=False):
    """What is known of time itself: the moment of judgement, whether all retries are over, and since when we heard."""

    now: datetime
    final: bool
    ends_at: datetime
    alive_since: datetime | None
    runs: Spans = ()
    """From when to when the meeting ran, as far as it was heard; nobody waits for the host while it does."""


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


class Attendance(msgspec.Struct, frozen=True, gc=False):
    """Everything known about one person (or one unidentified guest) in the appointment's meeting."""

    present: Spans
    waiting: Spans
    pieces: tuple[Piece, ...]
    departures: tuple[Departure, ...]
    signs: tuple[datetime, ...]
    """Every moment at which the person showed, sorted."""
    stays: tuple[Span, ...]
    """From and to of every stay, room switches joined."""
    matched_by: MatchedBy
    by_phone: bool
    waiting_now: bool
    admitted: bool
    """Whether it was told that they were let in."""
    refused: tuple[Event, ...]
    """The ends of a wait at which the host removed them."""
    open_now: bool
    """In the meeting at the moment of judgement."""
    lost_sight: bool
    """Whether the end of their presence was never delivered in any form."""
    inferred: bool
    """Whether one end of a piece was not delivered."""
    start_unknown: bool
    """Whether the beginning of a piece was not delivered."""
    events: tuple[int, ...]
    told: Sequence[Event]
    """The events of these deliveries, in order of what happened."""

    def stretches(self) -> tuple[Stretch, ...]:
        """Presence and waiting as they are shown to people."""
        if not self.inferred and not self.waiting:
            return tuple([Stretch(State.PRESENT, a, b) for a, b in self.present])
        told = [(p.begin, p.end) for p in self.pieces if not (p.inferred_start or p.inferred_end or p.lost_sight)]
        known = union(told, SWITCH)
        shown = [Stretch(State.PRESENT, a, b, bool(subtract(((a, b),), known))) for a, b in self.present]
        shown += [Stretch(State.WAITING, a, b) for a, b in self.waiting]
        return tuple(sorted(shown, key=lambda s: (s.from_at, s.to_at, s.state)))


NOBODY = Attendance(
    present=(), waiting=(), pieces=(), departures=(), signs=(), stays=(), matched_by=MatchedBy.NOTHING, by_phone=False,
    waiting_now=False, admitted=False, refused=(), open_now=False, lost_sight=False, inferred=False,
    start_unknown=False, events=(), told=(),
)  # fmt: skip


def attendance(visits: Sequence[Visit], thresholds: Thresholds, horizon: Horizon) -> Attendance:
    """Put one person's visits together."""
    if not visits:
        return NOBODY
    events = visits[0].events
    if len(visits) > 1:
        events = sorted([e for v in visits for e in v.events], key=IN_ORDER)
    kinds = {event.kind for event in events}
    pieces: list[Piece] = []
    stays: list[Span] = []
    for visit in visits:
        of_visit = _pieces(visit, horizon, kinds)
        pieces += of_visit
        stays += _stays(of_visit)
    present = tuple(stays) if len(visits) == 1 else union([(p.begin, p.end) for p in pieces], SWITCH)
    waiting, waiting_now, put_back = (), False, ()
    if not kinds.isdisjoint(_WAIT_BEGINS):
        waiting, waiting_now = _waiting(events, visits, horizon)
        put_back = subtract(_put_back(events, horizon), _still_inside(visits, horizon, kinds))
        present = subtract(present, put_back)
        waiting = subtract(waiting, present)
    open_now = lost_sight = inferred = start_unknown = False
    for piece in pieces:
        if piece.open or piece.inferred_start or piece.inferred_end or piece.lost_sight:
            open_now, lost_sight = open_now or piece.open, lost_sight or piece.lost_sight
            start_unknown = start_unknown or piece.inferred_start
            inferred = inferred or start_unknown or piece.inferred_end or lost_sight
    by = visits[0].match.by if len(visits) == 1 else min([visit.match.by for visit in visits])
    return Attendance(
        present,
        waiting,
        tuple(pieces),
        _departures(present, open_now, events, kinds, _instances(visits), put_back, thresholds, horizon)
        if present
        else (),
        _signs(events, pieces, kinds, start_unknown),
        tuple(stays),
        by,
        by is _BY_PHONE or _by_phone(events),
        waiting_now,
        _ADMITTED in kinds,
        _refused(events) if waiting else (),
        open_now,
        lost_sight,
        inferred,
        start_unknown,
        _numbers(events),
        events,
    )


def _numbers(events: Sequence[Event]) -> tuple[int, ...]:
    """The deliveries of some events, each once and in order."""
    if len(events) == 1:
        return (events[0].delivery,)
    if len(events) == 2 and events[0].delivery < events[1].delivery:
        return (events[0].delivery, events[1].delivery)
    return tuple(sorted({e.delivery for e in events}))


def _by_phone(events: Sequence[Event]) -> bool:
    return any([shows_phone(event) for event in events])


def shows_phone(event: Event) -> bool:
    """Whether an event tells of somebody on the telephone."""
    return bool(event.phone or (event.name and looks_like_phone(event.name)))


def _stays(pieces: list[Piece]) -> Sequence[Span]:
    if len(pieces) == 1 and pieces[0].begin < pieces[0].end:
        return ((pieces[0].begin, pieces[0].end),)
    return union([(piece.begin, piece.end) for piece in pieces], SWITCH)


def _signs(
    events: Sequence[Event], pieces: list[Piece], kinds: set[EventKind], start_unknown: bool
) -> tuple[datetime, ...]:
    """The moments at which somebody showed: their events, which are in order, and beginnings that were inferred."""
    told = events
    if _WARNING in kinds:
        told = [event for event in events if event.kind is not _WARNING]
    signs = [event.at for event in told]
    if start_unknown:
        signs = sorted([*signs, *[piece.begin for piece in pieces]])
    return tuple(signs)


def _refused(events: Sequence[Event]) -> tuple[Event, ...]:
    return tuple([e for e in events if e.kind is EventKind.WAITING_ENDED and e.reason is LeaveReason.REMOVED])


def _instances(visits: Sequence[Visit]) -> list[Instance]:
    if len(visits) == 1 and len(visits[0].connections) == 1:
        return [visits[0].connections[0].instance]
    return list({c.instance.uuid: c.instance for v in visits for c in v.connections}.values())


def _pieces(visit: Visit, horizon: Horizon, kinds: set[EventKind]) -> list[Piece]:
    resolved = []
    joins: list[tuple[str, datetime]] | None = None
    ends: list[datetime] | None = None
    leaves: list[datetime] = []
    for connection in visit.connections:
        over = connection.instance.ended_at
        for begin, told_end in connection.pieces:
            end = told_end
            if over is not None and end is not None and over < end <= over + LATE_NOTICE and (begin or over) <= over:
                end = over  # nobody is in a meeting that has ended
            left_at = told_end if told_end != end else None
            if begin is not None and end is not None:
                resolved.append(Piece(begin, end, left_at=left_at))
                continue
            if joins is None or ends is None:
                joins = sorted((c.stay, at) for c in visit.connections for at in c.joins)
                leaves = sorted([at for c in visit.connections for at in c.leaves])
                ends = _ends(visit, leaves, kinds)
            known = begin
            if begin is None:
                known = _unknown_start(connection.instance, end, ends, horizon)
            closed = _close(connection, known, end, begin is None, joins, leaves, horizon)
            resolved.append(msgspec.structs.replace(closed, left_at=left_at) if left_at else closed)
    return resolved


def _ends(visit: Visit, leaves: list[datetime], kinds: set[EventKind]) -> list[datetime]:
    """The moments, sorted, before which a presence without a known start cannot have begun."""
    ends = list(leaves)
    # Being let in, or giving up waiting, bounds an unknown start from below.
    if kinds & _WAITING:
        ends += [e.at for e in visit.events if e.kind in _WAITING]
    return sorted(ends)


def _unknown_start(instance: Instance, end: datetime, ends: list[datetime], horizon: Horizon) -> datetime:
    start = instance.started_at or instance.first_sign or end
    if horizon.alive_since is not None:
        start = max(start, horizon.alive_since)
    before = bisect_left(ends, end)
    if before:
        start = max(start, ends[before - 1])
    return min(start, end)


def _close(
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
        if later < len(joins) and joins[later][0] == connection.stay:
            return Piece(begin, joins[later][1], inferred_start)
    if connection.in_breakout_room:
        # Whoever leaves the meeting leaves its rooms, though nobody says so.
        later = bisect_right(leaves, begin + SWITCH)
        if later < len(leaves):
            return Piece(begin, leaves[later], inferred_start)
    over = connection.instance.ended_at
    if over is not None:
        return Piece(begin, max(begin, over), inferred_start, inferred_end=True)
    if not horizon.final:
        return Piece(begin, max(begin, horizon.now), inferred_start, open=True)
    last = connection.instance.last_sign or begin
    return Piece(begin, max(begin, last), inferred_start, inferred_end=True, lost_sight=last < horizon.ends_at)


def _waiting(events: Sequence[Event], visits: Sequence[Visit], horizon: Horizon) -> tuple[Spans, bool]:
    spans, since, for_host = [], None, False
    for event in sorted(events, key=lambda e: (e.at, e.kind not in _WAIT_BEGINS)):
        if event.kind in _WAIT_BEGINS:
            since, for_host = since or event, event.kind is EventKind.WAITED_FOR_HOST
        elif event.kind in _WAIT_ENDS and since is not None:
            spans.append((since.at, event.at))
            since = None
    if since is None:
        return union(spans), False
    came = _host_came(since.at, horizon.runs) if for_host else None
    if came is not None:
        return union([*spans, (since.at, came)]), False
    # Who waits comes into no connection; nobody waits longer than the meeting runs.
    over = [v.instance.ended_at for v in visits if v.instance.ended_at and v.instance.ended_at >= since.at]
    if over:
        end = max(over)
    else:
        end = min(horizon.now, horizon.ends_at) if horizon.final else horizon.now
    still = not over and not horizon.final
    return union([*spans, (since.at, end)]), still


def _host_came(since: datetime, runs: Spans) -> datetime | None:
    """When a wait for the host was over, as the meeting ran from then on; None when it did not run again."""
    return min([max(since, begin) for begin, end in runs if end > since], default=None)


def _put_back(events: Sequence[Event], horizon: Horizon) -> Spans:
    spans = []
    returns = [e.at for e in events if e.kind is EventKind.ADMITTED or e.kind is EventKind.JOINED]
    for event in events:
        if event.kind is EventKind.PUT_BACK:
            after = bisect_right(returns, event.at)
            until = returns[after] if after < len(returns) else max(horizon.now, event.at)
            spans.append((event.at, until))
    return union(spans)


def _still_inside(visits: Sequence[Visit], horizon: Horizon, kinds: set[EventKind]) -> Spans:
    """When they were inside by another connection than the one put back; never when it is not known which one was."""
    sent = [any(event.kind is EventKind.PUT_BACK for event in visit.events) for visit in visits]
    if not all(visit.connections for visit, out in zip(visits, sent, strict=True) if out):
        return ()
    others = [visit for visit, out in zip(visits, sent, strict=True) if not out]
    return union([(piece.begin, piece.end) for visit in others for piece in _pieces(visit, horizon, kinds)])


def _told_ends(instances: list[Instance], end: datetime) -> tuple[int, ...]:
    return tuple(sorted([i.end_told for i in instances if i.ended_at == end and i.end_told is not None]))


def _departures(
    present: Spans, there_now: bool, events: Sequence[Event], kinds: set[EventKind], instances: list[Instance],
    put_back: Spans, thresholds: Thresholds, horizon: Horizon,
) -> tuple[Departure, ...]:  # fmt: skip
    lefts = [e for e in events if e.kind is _LEFT]  # in order of their times, as the events are
    moments = [e.at for e in lefts]
    warned: dict[tuple[str, str], list[datetime]] = {}
    for event in events if _WARNING in kinds else ():
        if event.kind is _WARNING:
            warned.setdefault((event.instance, event.connection), []).append(event.at)
    sent_back = {begin for begin, _ in put_back} if put_back else ()
    found = []
    for number, (_begin, end) in enumerate(present, 1):
        if there_now and end >= horizon.now:
            continue
        if moments and moments[-1] == end and (len(moments) == 1 or moments[-2] < end - SWITCH):
            leaves = lefts[-1:]  # by far the commonest: the last one is what ended it
        else:
            leaves = lefts[bisect_left(moments, end - SWITCH) : bisect_right(moments, end)]
        reason = (leaves[0].reason or _UNKNOWN) if len(leaves) == 1 else reason_of(leaves)
        back_at = present[number][0] if number < len(present) else None
        over = near_end(end, leaves, instances, thresholds)
        put_back_then = end in sent_back
        warned_of = bool(warned) and shaky(leaves, warned, thresholds)
        abnormal = drop = False
        if not over and not put_back_then:
            abnormal = drop = warned_of or reason in ABNORMAL
            if back_at is not None and reason in _CHOSEN:
                drop = drop or back_at - end <= thresholds.quick_return
        deliveries = _numbers(leaves) if leaves else _told_ends(instances, end)
        found.append(Departure(end, reason, over, warned_of, put_back_then, back_at, abnormal, drop, deliveries))
    return tuple(found)
