"""Another time: free slots in a clinician's bookable hours that fit the client's day, ranked with a reason."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from plugin.core.interval import Span

STEP = timedelta(minutes=30)
"""Slots begin on this grid, counted from the opening of the bookable hours."""
CLINICIAN = "The clinician"


@dataclass(frozen=True, slots=True)
class BookableHours:
    """Hours of one weekday (0 is Monday) in which a clinician may be booked, in their own zone (IANA name)."""

    weekday: int
    opens: time
    closes: time
    timezone: str


@dataclass(frozen=True, slots=True)
class Slot:
    """A time that can be offered, aware UTC, with the reason for its rank.

    `appointment_id` names a group session of the roster with a free seat; blank means a time of the clinician.
    """

    starts_at: datetime
    ends_at: datetime
    because: str
    appointment_id: str = ""


@dataclass(frozen=True, slots=True)
class Wish:
    """What a slot must fit: its length, the window it lies in, and the client's day.

    `usual_at` is when the missed session began; `waking_from` and `waking_until` are hours of the client's zone.
    """

    length: timedelta
    earliest: datetime
    latest: datetime
    usual_at: datetime
    client_zone: str
    waking_from: int
    waking_until: int
    days: frozenset[int] = frozenset()
    """Weekdays (0 is Monday) that the client asked for, in their own zone; none: any."""
    parts: frozenset[str] = frozenset()
    """Parts of the day that the client asked for: see PARTS; none: any."""


PARTS = {"morning": (0, 12), "afternoon": (12, 17), "evening": (17, 24)}
"""Parts of a day, from hour until hour of the client's clock."""


def free_slots(hours: Iterable[BookableHours], busy: Iterable[Span], wish: Wish) -> tuple[Slot, ...]:
    """Every free slot in order of time, each with what speaks for it."""
    taken = tuple(busy)
    found = {}
    for part in hours:
        for starts_at in _starts(part, wish):
            ends_at = starts_at + wish.length
            clashes = any(a < ends_at and b > starts_at for a, b in taken)
            if not clashes and awake(starts_at, ends_at, wish):
                found[starts_at] = Slot(starts_at, ends_at, _reason(starts_at, wish)[1])
    return tuple(found[at] for at in sorted(found))


def best_slots(
    free: Iterable[Slot], wish: Wish, count: int, rivals: Mapping[Slot, int] | None = None
) -> tuple[Slot, ...]:
    """The best `count` of the free slots, each with the reason for its rank.

    The order: a time that fewest other clients may pick too, so that two rarely want the same one (`rivals` says of
    a slot how many offers of others still show it); then what is closest to what the client is used to or asked
    for; then the soonest. Different days go first, so that one bad day does not spoil the choice.
    """
    zone, rivals = ZoneInfo(wish.client_zone), rivals or {}
    ranked = sorted(
        free,
        key=lambda slot: (rivals.get(slot, 0), _reason(slot.starts_at, wish)[0], slot.starts_at, slot.appointment_id),
    )
    chosen: list[Slot] = []
    days: set[date] = set()
    for slot in ranked:
        day = slot.starts_at.astimezone(zone).date()
        if day not in days and len(chosen) < count:
            days.add(day)
            chosen.append(slot)
    for slot in ranked:
        if slot not in chosen and len(chosen) < count:
            chosen.append(slot)
    return tuple(replace(slot, because=f"{slot.because}{_rivalry(rivals.get(slot, 0))}") for slot in chosen)


def _rivalry(others: int) -> str:
    if not others:
        return ""
    return f" {others} other client{'s were' if others > 1 else ' was'} offered it too: the first to pick it gets it."


def _starts(part: BookableHours, wish: Wish) -> Iterator[datetime]:
    zone = ZoneInfo(part.timezone)
    day = wish.earliest.astimezone(zone).date()
    while day <= wish.latest.astimezone(zone).date():
        if day.weekday() == part.weekday:
            closes = _closing(datetime.combine(day, part.closes), zone)
            wall = datetime.combine(day, part.opens)
            while wall.time() < part.closes and wall.date() == day:
                starts_at = _exists(wall, zone)
                if starts_at and wish.earliest <= starts_at <= wish.latest and starts_at + wish.length <= closes:
                    yield starts_at
                wall += STEP
        day += timedelta(days=1)


def _closing(wall: datetime, zone: ZoneInfo) -> datetime:
    """When hours close, as UTC: the earlier reading of a time that the clock skips or shows twice."""
    return min(wall.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1))


def _exists(wall: datetime, zone: ZoneInfo) -> datetime | None:
    """A wall-clock time as UTC; None when the clock skips it. Of an hour that comes twice, the first."""
    at = wall.replace(tzinfo=zone).astimezone(UTC)
    return at if at.astimezone(zone).replace(tzinfo=None) == wall else None


def awake(starts_at: datetime, ends_at: datetime, wish: Wish) -> bool:
    """Whether it lies within the client's waking hours, as a clock on their wall shows them on that day."""
    zone = ZoneInfo(wish.client_zone)
    begin, end = (at.astimezone(zone).replace(tzinfo=None) for at in (starts_at, ends_at))
    midnight = datetime.combine(begin.date(), time())
    return midnight + timedelta(hours=wish.waking_from) <= begin and end <= midnight + timedelta(
        hours=wish.waking_until
    )


def why(starts_at: datetime, wish: Wish, free: str) -> str:
    """What speaks for a time of this client; `free` is who or what is free at that time."""
    return _reason(starts_at, wish, free)[1]


def _reason(starts_at: datetime, wish: Wish, free: str = CLINICIAN) -> tuple[int, str]:
    zone = ZoneInfo(wish.client_zone)
    if wish.days or wish.parts:
        if _asked_for(starts_at.astimezone(zone), wish):
            return 0, "On a day and at a time of day that the client asked for."
        return 4, f"{free} is free; the client asked for other times."
    here, usual = starts_at.astimezone(zone), wish.usual_at.astimezone(zone)
    if here.time() == usual.time() and here.weekday() == usual.weekday():
        return 0, "The usual weekday and time of the client."
    if here.time() == usual.time():
        return 1, "The usual time of day of the client."
    if abs(_minutes(here) - _minutes(usual)) <= 60:
        return 2, "Within an hour of the client's usual time."
    return 3, f"{free} is free, and it is within the client's day."


def _asked_for(here: datetime, wish: Wish) -> bool:
    parts = [PARTS[part] for part in wish.parts if part in PARTS]
    on_a_day = not wish.days or here.weekday() in wish.days
    return on_a_day and (not parts or any(begin <= here.hour < end for begin, end in parts))


def _minutes(at: datetime) -> int:
    return at.hour * 60 + at.minute
