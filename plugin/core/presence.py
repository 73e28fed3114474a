"""One person's presence, put together from all their visits: where they were when, and how each stay ended."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from plugin.core.assessment import Presence as State
from plugin.core.assessment import Stretch
from plugin.core.event import Event, EventKind, LeaveReason
from plugin.core.identity import MatchedBy, looks_like_phone
from plugin.core.interval import Span, Spans, subtract, union
from plugin.core.policy import Thresholds
from plugin.core.timeline import Connection, Instance, Visit

SWITCH = timedelta(seconds=2)
"""A left and a joined this close together are one continuous stay (Zoom's times have a resolution of one second)."""

ABNORMAL = frozenset({LeaveReason.CONNECTION_LOST, LeaveReason.CLIENT_CLOSED, LeaveReason.ROOM_SWITCH})
"""Ends that a person does not choose; a room switch counts when nobody ever arrived in the other room."""

_WAIT_BEGINS = frozenset({EventKind.WAITING_BEGAN, EventKind.PUT_BACK, EventKind.WAITED_FOR_HOST})
_WAIT_ENDS = frozenset(
    {EventKind.WAITING_ENDED, EventKind.ADMITTED, EventKind.STOPPED_WAITING_FOR_HOST, EventKind.JOINED}
)


@dataclass(frozen=True, slots=True)
class Horizon:
    """What is known of time itself: the moment of judgement, whether all retries are over, and since when we heard."""

    now: datetime
    final: bool
    ends_at: datetime
    alive_since: datetime | None


@dataclass(frozen=True, slots=True)
class Piece:
    """One resolved piece of presence of one connection."""

    begin: datetime
    end: datetime
    inferred_start: bool
    inferred_end: bool
    open: bool
    """Still there at the moment of judgement, as far as we know."""
    lost_sight: bool
    """No end was ever delivered, neither of the connection nor of its instance, and the retries are over."""


@dataclass(frozen=True, slots=True)
class Departure:
    """The moment at which a person was no longer present, with what is known about why."""

    at: datetime
    reason: LeaveReason
    near_end: bool
    """Within the tolerance of the end of the meeting or the instance: then it is the end, whatever the reason says."""
    shaky: bool
    """Zoom had warned of that connection's network shortly before."""
    put_back: bool
    back_at: datetime | None
    events: tuple[int, ...]

    @property
    def abnormal(self) -> bool:
        """It broke: not chosen, not the end of the meeting."""
        return not self.near_end and not self.put_back and (self.reason in ABNORMAL or self.shaky)

    def is_drop(self, quick_return: timedelta) -> bool:
        """An abnormal end, or a plain one with a quick return under a new connection."""
        if self.abnormal:
            return True
        chosen = self.reason in (LeaveReason.PLAIN, LeaveReason.UNKNOWN)
        back_soon = self.back_at is not None and self.back_at - self.at <= quick_return
        return chosen and back_soon and not self.near_end and not self.put_back


@dataclass(frozen=True, slots=True)
class Attendance:
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
    admitted: bool
    waiting_now: bool
    events: tuple[int, ...]

    @property
    def open_now(self) -> bool:
        """In the meeting at the moment of judgement."""
        return any(piece.open for piece in self.pieces)

    @property
    def lost_sight(self) -> bool:
        """Whether the end of their presence was never delivered in any form."""
        return any(piece.lost_sight for piece in self.pieces)

    def stretches(self) -> tuple[Stretch, ...]:
        """Presence and waiting as they are shown to people."""
        told = (p for p in self.pieces if not (p.inferred_start or p.inferred_end or p.lost_sight))
        known = union(((p.begin, p.end) for p in told), SWITCH)
        shown = [Stretch(State.PRESENT, a, b, bool(subtract(((a, b),), known))) for a, b in self.present]
        shown += [Stretch(State.WAITING, a, b) for a, b in self.waiting]
        return tuple(sorted(shown, key=lambda s: (s.from_at, s.to_at, s.state)))


NOBODY = Attendance((), (), (), (), (), (), MatchedBy.NOTHING, False, False, False, ())


def attendance(visits: Iterable[Visit], thresholds: Thresholds, horizon: Horizon) -> Attendance:
    """Put one person's visits together."""
    visits = tuple(visits)
    if not visits:
        return NOBODY
    events = sorted((e for v in visits for e in v.events), key=lambda e: (e.at, e.kind, e.delivery))
    pieces = tuple(p for v in visits for p in _pieces(v, horizon))
    waiting, waiting_now = _waiting(events, visits, horizon)
    put_back = _put_back(events, horizon)
    present = subtract(union(((p.begin, p.end) for p in pieces), SWITCH), put_back)
    waiting = subtract(waiting, present)
    instances = _instances(visits)
    departures = tuple(_departures(present, pieces, events, instances, put_back, thresholds, horizon))
    stays = tuple(span for v in visits for span in union(((p.begin, p.end) for p in _pieces(v, horizon)), SWITCH))
    signs = {e.at for e in events if e.kind is not EventKind.QUALITY_WARNING} | {p.begin for p in pieces}
    return Attendance(
        present=present,
        waiting=waiting,
        pieces=pieces,
        departures=departures,
        signs=tuple(sorted(signs)),
        stays=stays,
        matched_by=min(v.match.by for v in visits),
        by_phone=any(v.match.by is MatchedBy.PHONE for v in visits)
        or any(e.phone or looks_like_phone(e.name) for e in events),
        admitted=any(e.kind is EventKind.ADMITTED for e in events),
        waiting_now=waiting_now,
        events=tuple(sorted({e.delivery for e in events})),
    )


def _instances(visits: tuple[Visit, ...]) -> list[Instance]:
    return list({c.instance.uuid: c.instance for v in visits for c in v.connections}.values())


def _pieces(visit: Visit, horizon: Horizon) -> list[Piece]:
    joins = sorted((at, c.stay) for c in visit.connections for at in c.joins)
    ends = sorted(at for c in visit.connections for at in c.leaves)
    # Being let in, or giving up waiting, bounds an unknown start from below.
    ends += [e.at for e in visit.events if e.kind in _WAIT_ENDS - {EventKind.JOINED} or e.kind in _WAIT_BEGINS]
    resolved = []
    for connection in visit.connections:
        for begin, end in connection.pieces():
            inferred_start = begin is None
            if begin is None:
                begin = _unknown_start(connection.instance, end, ends, horizon)
            resolved.append(_close(connection, begin, end, inferred_start, joins, horizon))
    return resolved


def _unknown_start(instance: Instance, end: datetime, ends: list[datetime], horizon: Horizon) -> datetime:
    start = instance.started_at or instance.first_sign or end
    if horizon.alive_since is not None:
        start = max(start, horizon.alive_since)
    return min(max([start, *(at for at in ends if at < end)]), end)


def _close(
    connection: Connection, begin: datetime, end: datetime | None, inferred_start: bool, joins: list, horizon: Horizon
) -> Piece:
    if end is not None:
        return Piece(begin, max(begin, end), inferred_start, False, False, False)
    if connection.stay:
        # A stay has one connection at a time: the next join of the same stay ended this one.
        later = [at for at, stay in joins if stay == connection.stay and at > begin]
        if later:
            return Piece(begin, later[0], inferred_start, False, False, False)
    over = connection.instance.ended_at
    if over is not None:
        return Piece(begin, max(begin, over), inferred_start, True, False, False)
    if not horizon.final:
        return Piece(begin, max(begin, horizon.now), inferred_start, False, True, False)
    last = connection.instance.last_sign or begin
    return Piece(begin, max(begin, last), inferred_start, True, False, last < horizon.ends_at)


def _waiting(events: list[Event], visits: tuple[Visit, ...], horizon: Horizon) -> tuple[Spans, bool]:
    spans, since = [], None
    for event in sorted(events, key=lambda e: (e.at, e.kind not in _WAIT_BEGINS)):
        if event.kind in _WAIT_BEGINS:
            since = since or event
        elif event.kind in _WAIT_ENDS and since is not None:
            spans.append((since.at, event.at))
            since = None
    if since is None:
        return union(spans), False
    over = [i.ended_at for i in _instances(visits) if i.ended_at and i.ended_at >= since.at]
    if over:
        end = max(over)
    else:
        end = min(horizon.now, horizon.ends_at) if horizon.final else horizon.now
    still = not over and not horizon.final
    return union([*spans, (since.at, end)]), still


def _put_back(events: list[Event], horizon: Horizon) -> Spans:
    spans = []
    for event in events:
        if event.kind is EventKind.PUT_BACK:
            until = [e.at for e in events if e.at > event.at and e.kind in (EventKind.ADMITTED, EventKind.JOINED)]
            spans.append((event.at, min(until, default=max(horizon.now, event.at))))
    return union(spans)


def _departures(
    present: Spans, pieces: tuple[Piece, ...], events: list[Event], instances: list[Instance], put_back: Spans,
    thresholds: Thresholds, horizon: Horizon,
) -> Iterable[Departure]:  # fmt: skip
    lefts = [e for e in events if e.kind is EventKind.LEFT]  # in order of their times, as the events are
    moments = [e.at for e in lefts]
    warnings = [e for e in events if e.kind is EventKind.QUALITY_WARNING]
    over = [i.over_at for i in instances if i.over_at]
    sent_back = {begin for begin, _ in put_back}
    there_now = any(piece.open for piece in pieces)
    for number, (_begin, end) in enumerate(present):
        if there_now and end >= horizon.now:
            continue
        leaves = lefts[bisect_left(moments, end - SWITCH) : bisect_right(moments, end)]
        reasons = [e.reason or LeaveReason.UNKNOWN for e in leaves if e.at == leaves[-1].at]
        yield Departure(
            at=end,
            reason=_strongest(reasons) if reasons else LeaveReason.MEETING_OVER,
            # An end that nobody delivered is the end of the instance.
            near_end=not leaves or any(abs(at - end) <= thresholds.end_tolerance for at in over),
            shaky=_shaky(leaves, warnings, thresholds),
            put_back=end in sent_back,
            back_at=present[number + 1][0] if number + 1 < len(present) else None,
            events=tuple(sorted({e.delivery for e in leaves})),
        )


def _strongest(reasons: list[LeaveReason]) -> LeaveReason:
    order = (
        LeaveReason.REMOVED, LeaveReason.MEETING_OVER, LeaveReason.TIME_LIMIT, LeaveReason.CONNECTION_LOST,
        LeaveReason.CLIENT_CLOSED, LeaveReason.UNKNOWN, LeaveReason.PLAIN, LeaveReason.ROOM_SWITCH,
    )  # fmt: skip
    return min(reasons, key=order.index)


def _shaky(leaves: list[Event], warnings: list[Event], thresholds: Thresholds) -> bool:
    return any(
        (warning.instance, warning.connection) == (leave.instance, leave.connection)
        and timedelta(0) <= leave.at - warning.at <= thresholds.quality_window
        for warning in warnings
        for leave in leaves
    )
