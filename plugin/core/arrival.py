"""Arrivals: what was not delivered of how somebody came, so that since when they were there is not known."""

from __future__ import annotations

from plugin.core.attempt import JOINING
from plugin.core.case import Case
from plugin.core.event import INSIDE, EventKind
from plugin.core.piece import LATE_NOTICE
from plugin.core.waiting import GOING_IN, WAIT_BEGINS, WAITING

SENT_BACK = "they were sent back to wait, so they had been inside, and since when was not delivered"
_WAITED = "they had waited, and since when was not delivered"
_WAIT_ENDS = WAITING - WAIT_BEGINS
_PUT_BACK, _JOINED = EventKind.PUT_BACK, EventKind.JOINED


def what_is_missing(case: Case) -> str:
    """What was not delivered of how somebody came who was present, in words; "" when nothing is missing."""
    if before := came_unheard(case):
        return before
    if _let_in_unseen(case):
        return "they were let in, and what came of it was not delivered"
    if _shown_unseen(case):
        return "they had shown before, and what came of it was not delivered"
    return ""


def what_was_unheard(case: Case) -> str:
    """What was told of somebody while they were away, as far as is known, and says that they were not, or waited, in
    words; "" when nothing does."""
    told = case.told_here()
    if case.lost and not (INSIDE | _WAIT_ENDS).isdisjoint([event.kind for event in told]):
        for event in told:
            if event.kind in INSIDE and any(a + LATE_NOTICE < event.at < b - JOINING for a, b in case.lost):
                return f"Zoom told of their connection at {case.at(event.at)}, when they seemed to be away"
        waits = case.attendance.waiting
        ends = [event.at for event in told if event.kind in _WAIT_ENDS]
        if any(not any(begin <= at <= end + GOING_IN for begin, end in waits) for at in ends):
            return _WAITED
    return ""


def came_unheard(case: Case) -> str:
    """Why the first that was heard of somebody is not how they came, in words; "" when it may well be."""
    if _let_in_unheard(case):
        return _WAITED
    if sent_back_unheard(case):
        return SENT_BACK
    if _inside_unheard(case):
        return "they were in the meeting already when they were first heard, and since when was not delivered"
    if _in_a_room_first(case):
        return "they were first heard in a breakout room, so they had been inside, and since when was not delivered"
    return ""


def sent_back_unheard(case: Case) -> bool:
    """Whether the first that was heard of them is that they were sent back to wait."""
    first = _first_heard(case)
    return _PUT_BACK in first and _JOINED not in first


def _let_in_unheard(case: Case) -> bool:
    """Whether the first that was heard of them is the end of a wait."""
    first = _first_heard(case)
    return not _WAIT_ENDS.isdisjoint(first) and WAIT_BEGINS.isdisjoint(first)


def _inside_unheard(case: Case) -> bool:
    """Whether the first that was heard of them is told only of who is in the meeting already."""
    first = _first_heard(case)
    return bool(first) and INSIDE.issuperset(first)


def _in_a_room_first(case: Case) -> bool:
    """Whether the first that was heard of them is that they went to a breakout room."""
    joins = [event for event in case.attendance.told if event.at == case.arrived_at and event.kind is _JOINED]
    return bool(joins) and all(event.bound_connection for event in joins)


def _let_in_unseen(case: Case) -> bool:
    """Whether they were let in, and not seen inside within the time that joining takes."""
    let_in = [event.at for event in case.told_here() if event.kind is EventKind.ADMITTED]
    present = case.attendance.present
    return any(not any(begin <= at + JOINING and end >= at for begin, end in present) for at in let_in)


def _first_heard(case: Case) -> list[EventKind]:
    return [event.kind for event in case.attendance.told if event.at == case.arrived_at]


def _shown_unseen(case: Case) -> bool:
    """Whether there was a sign of who was present long before they are known to have been there or waited."""
    spans = case.mine((*case.attendance.present, *case.attendance.waiting))
    return case.arrived_at + JOINING < min(begin for begin, _ in spans)
