"""One person's presence, put together from all their visits."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from operator import attrgetter

from plugin.core.attendance import NOBODY, Attendance
from plugin.core.departure import departures_of, only_departure
from plugin.core.event import IN_ORDER, OF_QUALITY, Event, EventKind, LeaveReason, numbers_of
from plugin.core.horizon import Horizon
from plugin.core.identity import MatchedBy, looks_like_phone
from plugin.core.instance import Instance
from plugin.core.interval import Span, Spans, subtract, union
from plugin.core.piece import Piece, outside, pieces_of
from plugin.core.policy import Thresholds
from plugin.core.visit import SWITCH, Told, Visit
from plugin.core.waiting import NO_WAITS, SHOWN_INSIDE, WAIT_BEGINS, put_back_of, waiting_of

_WHEN = attrgetter("begin", "end")
_PUT_BACK = EventKind.PUT_BACK
_WAITING_ENDED, _REMOVED, _BY_PHONE = EventKind.WAITING_ENDED, LeaveReason.REMOVED, MatchedBy.PHONE
_BY_NAME, _NONE = MatchedBy.NAME, frozenset()


def attendance(visits: Sequence[Visit], thresholds: Thresholds, horizon: Horizon) -> Attendance:
    """Put one person's visits together."""
    if not visits:
        return NOBODY
    if len(visits) == 1 and visits[0].once and not _went_when_it_was_over(visits[0]):
        return _of_one_connection(visits[0], thresholds, horizon)
    events = visits[0].events
    if len(visits) > 1:
        events = sorted([e for v in visits for e in v.events], key=IN_ORDER)
    told = _by_kind(events)
    pieces: list[Piece] = []
    stays: list[Span] = []
    for visit in visits:
        of_visit = pieces_of(visit, horizon, events, told)
        pieces += of_visit
        stays += _stays(of_visit)
    if len(visits) > 1:  # visits of several runs of the meeting come in no order of time
        pieces.sort(key=_WHEN)
        stays.sort()
    present = tuple(stays) if len(visits) == 1 else union(stays, SWITCH)
    moments = _moments(pieces)
    waits, waiting, put_back = NO_WAITS, (), ()
    if not WAIT_BEGINS.isdisjoint(told):
        waits = waiting_of(told, visits, horizon)
        if _PUT_BACK in told:
            sent_out = put_back_of(events, told, visits, horizon)
            put_back = subtract(sent_out, _still_inside(visits, horizon, events, told))
            pieces = outside(pieces, put_back)
            present = subtract(union([(piece.begin, piece.end) for piece in pieces], SWITCH), put_back)
        waiting = subtract(waits.spans, present)
    inside = _with(moments, present)
    open_now = lost_sight = inferred = start_unknown = False
    for piece in pieces:
        if piece.open or piece.inferred_start or piece.inferred_end or piece.lost_sight:
            open_now, lost_sight = open_now or piece.open, lost_sight or piece.lost_sight
            start_unknown = start_unknown or piece.inferred_start
            inferred = inferred or start_unknown or piece.inferred_end or lost_sight
    by = visits[0].match.by if len(visits) == 1 else min([visit.match.by for visit in visits])
    return Attendance(
        present,
        inside,
        waiting,
        waits.guessed,
        tuple(pieces),
        departures_of(inside, open_now, events, told, _instances(visits), put_back, thresholds, horizon),
        _signs(events, pieces, told, start_unknown),
        _with(moments, tuple(stays)),
        _named(visits) if by is _BY_NAME or len(visits) > 1 else _NONE,
        by is _BY_PHONE or show_phone(events),
        waits.still,
        not SHOWN_INSIDE.isdisjoint(told),
        _refused(events) if waiting and _WAITING_ENDED in told else (),
        open_now,
        lost_sight,
        inferred,
        start_unknown,
        numbers_of(events),
        events,
    )


def _went_when_it_was_over(visit: Visit) -> bool:
    over = visit.instance.ended_at
    return over is not None and visit.events[1].at > over


def _of_one_connection(visit: Visit, thresholds: Thresholds, horizon: Horizon) -> Attendance:
    """The attendance of somebody who came and went once, as most do."""
    came, went = visit.events
    there, by = ((came.at, went.at),), visit.match.by
    return Attendance(
        there,
        there,
        (),
        _NONE,
        (Piece(came.at, went.at),),
        (only_departure(went, visit.instance, thresholds, horizon),),
        (came.at, went.at),
        there,
        _named([visit]) if by is _BY_NAME else _NONE,
        by is _BY_PHONE or show_phone(visit.events),
        False,
        False,
        (),
        False,
        False,
        False,
        False,
        numbers_of(visit.events),
        visit.events,
    )


def _by_kind(events: Sequence[Event]) -> Told:
    told: dict[EventKind, list[Event]] = {}
    for event in events:
        if (alike := told.get(event.kind)) is None:
            told[event.kind] = [event]
        else:
            alike.append(event)
    return told


def _named(visits: Sequence[Visit]) -> frozenset[int]:
    """The deliveries of those visits of which a name alone says whose they are."""
    return frozenset([event.delivery for visit in visits if visit.match.by is _BY_NAME for event in visit.events])


def show_phone(events: Sequence[Event]) -> bool:
    """Whether any of the events tells of somebody on the telephone."""
    return any([event.phone or looks_like_phone(event.name) for event in events])


def _stays(pieces: list[Piece]) -> Sequence[Span]:
    if len(pieces) == 1 and pieces[0].begin < pieces[0].end:
        return ((pieces[0].begin, pieces[0].end),)
    return union([(piece.begin, piece.end) for piece in pieces], SWITCH)


def _moments(pieces: Sequence[Piece]) -> list[datetime]:
    """When they joined and left in the same second, or joined and nothing more was heard."""
    return [one.begin for one in pieces if one.begin == one.end and not one.inferred_start]


def _with(moments: Sequence[datetime], spans: Spans) -> Spans:
    """Some spans, and the moments that are no part of them, nor of a change of connection that begins or ends them."""
    if not moments:
        return spans
    apart = {at for at in moments if not any(begin - SWITCH <= at <= end + SWITCH for begin, end in spans)}
    return tuple(sorted([*spans, *[(at, at) for at in apart]])) if apart else spans


def _signs(events: Sequence[Event], pieces: list[Piece], told: Told, start_unknown: bool) -> tuple[datetime, ...]:
    """The moments at which somebody showed: their events, which are in order, and beginnings that were inferred.

    What is told of how well their connection works is one when it is all that there is.
    """
    showing = events if OF_QUALITY.isdisjoint(told) else [event for event in events if event.kind not in OF_QUALITY]
    signs = [event.at for event in showing or events]
    if start_unknown:
        signs = sorted([*signs, *[piece.begin for piece in pieces]])
    return tuple(signs)


def _refused(events: Sequence[Event]) -> tuple[Event, ...]:
    return tuple([e for e in events if e.kind is _WAITING_ENDED and e.reason is _REMOVED])


def _instances(visits: Sequence[Visit]) -> list[Instance]:
    if len(visits) == 1:
        return [visits[0].instance]
    return list({v.instance.uuid: v.instance for v in visits if v.connections}.values())


def _still_inside(
    visits: Sequence[Visit], horizon: Horizon, events: Sequence[Event], told: Told
) -> Spans:  # fmt: skip
    """When they were inside by a connection that was not put back yet; never when it is not known which one was."""
    inside = []
    for visit in visits:
        sent_out = next((event.at for event in visit.events if event.kind is _PUT_BACK), None)
        if sent_out is not None and not visit.connections:
            return ()
        for piece in pieces_of(visit, horizon, events, told):
            inside.append((piece.begin, piece.end if sent_out is None else min(piece.end, sent_out)))
    return union(inside)
