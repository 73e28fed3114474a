"""What somebody did to come: the links that they opened, and the connections that broke off within moments."""

from __future__ import annotations

from datetime import datetime, timedelta

from plugin.core.case import Case
from plugin.core.event import Event, EventKind
from plugin.core.heard import unheard_at
from plugin.core.interval import Spans
from plugin.core.neighbour import AROUND_THEIRS

JOINING = timedelta(minutes=2)
"""Who opens the link is in the meeting within this time, or something keeps them out."""
_CLICKED = EventKind.JOIN_CLICKED


def first_try(case: Case) -> datetime | None:
    """When they first showed for this session, or opened their link; None when neither was seen."""
    tries = [event.at for event in case.told_of(_CLICKED)]
    return min([*tries, *([case.arrived_at] if case.arrived_at else [])], default=None)


def clicks_in_vain(case: Case) -> list[Event]:
    """When they opened their personal link for this session and did not show within the time that joining takes."""
    clicks = [e for e in case.told_of(_CLICKED) if case.room.opens <= e.at <= case.room.until]
    return [event for event in clicks if not _arrived_after(case, event.at)]


def maybe_unheard(case: Case) -> bool:
    """Whether they opened their link while nothing was heard, so that they may have come unseen."""
    return any(unheard_at(case.room, event.at) for event in clicks_in_vain(case))


def short_tries(case: Case) -> Spans:
    """Connections that broke off within moments, when there are enough of them to say that they tried in vain."""
    limits, opens, until = case.room.thresholds, case.room.opens, case.room.until
    if len(case.attendance.stays) < limits.short_connections:
        return ()
    over = [(a, b) for a, b in case.attendance.stays if b < case.room.horizon.now]  # others may become long ones
    if case.attendance.lost_sight:  # of which no end was told may have been one
        unknown = {piece.end for piece in case.attendance.pieces if piece.lost_sight}
        over = [(a, b) for a, b in over if b not in unknown]
    short = [(a, b) for a, b in over if b - a < limits.short_connection and opens <= a <= until]
    # What did not work in another session of theirs, long before this one, was a try to come to that.
    soon = case.room.appointment.starts_at - AROUND_THEIRS
    short = [(a, b) for a, b in short if b >= soon or case.is_mine(a, b)]
    return tuple(short) if len(short) >= limits.short_connections else ()


def _arrived_after(case: Case, moment: datetime) -> bool:
    # Who opens it while their session before goes on in the same meeting has not come by it yet.
    spans, soon = (*case.attendance.present, *case.attendance.waiting), moment + JOINING
    shown = any(a <= soon and b >= moment and case.is_mine(a, b) for a, b in spans)
    # Who opens it long before the start, and is there when it begins, had nothing to join before.
    start = case.room.appointment.starts_at
    shown = shown or (moment <= start and any(a <= start < b for a, b in spans))
    return shown or any(moment <= at <= soon and case.is_mine(at, at) for at in case.attendance.signs)
