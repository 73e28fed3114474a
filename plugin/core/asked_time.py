"""An exact day and time that a client asked for: how it is read, and what stands against it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from plugin.core.interval import Span
from plugin.core.slot import BookableHours, Slot, Wish, awake

FARTHEST = timedelta(days=366)


class TimeProblem(StrEnum):
    """Why a day and a time cannot be asked for."""

    UNREADABLE = "time-unread"
    PAST = "time-past"
    SKIPPED = "time-skipped"  # the clocks are put forward over it
    TWICE = "time-twice"  # the clocks are put back over it
    FAR = "time-far"


class NoSuchTime(ValueError):
    """A day and a time that cannot be asked for."""

    def __init__(self, problem: TimeProblem):
        super().__init__(problem.value)
        self.problem = problem


def read_time(day: str, clock: str, zone: ZoneInfo, now: datetime) -> datetime:
    """The moment that a wall clock of the zone shows as `2026-11-27` and `14:30`, aware UTC; raises NoSuchTime.

    In the two nights in which clocks change, an hour does not exist and another comes twice: neither says when.
    """
    try:
        wall = datetime.combine(date.fromisoformat(day), time.fromisoformat(clock).replace(tzinfo=None))
        first, second = (wall.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1))
    except (ValueError, OverflowError):
        raise NoSuchTime(TimeProblem.UNREADABLE) from None
    if first.astimezone(zone).replace(tzinfo=None) != wall:
        raise NoSuchTime(TimeProblem.SKIPPED)
    if first != second:
        raise NoSuchTime(TimeProblem.TWICE)
    if first <= now:
        raise NoSuchTime(TimeProblem.PAST)
    if first > now + FARTHEST:
        raise NoSuchTime(TimeProblem.FAR)
    return first


def asked_slot(at: datetime, hours: Iterable[BookableHours], busy: Iterable[Span], wish: Wish) -> Slot | None:
    """The time that a client asked for as a slot, with what a coordinator should know; None when it is not free."""
    ends_at = at + wish.length
    if any(begin < ends_at and end > at for begin, end in busy):
        return None
    told = ["The time that the client asked for."]
    if not any(_within(at, ends_at, part) for part in hours):
        told.append("Outside the clinician's bookable hours: please ask them first.")
    if not wish.earliest <= at <= wish.latest:
        told.append("Sooner than usual." if at < wish.earliest else "Later than usual.")
    if not awake(at, ends_at, wish):
        told.append("Outside the usual hours of a client's day.")
    return Slot(at, ends_at, " ".join(told))


def _within(starts_at: datetime, ends_at: datetime, part: BookableHours) -> bool:
    begin, end = (at.astimezone(ZoneInfo(part.timezone)).replace(tzinfo=None) for at in (starts_at, ends_at))
    opens, closes = (datetime.combine(begin.date(), clock) for clock in (part.opens, part.closes))
    return begin.weekday() == part.weekday and opens <= begin and end <= closes
