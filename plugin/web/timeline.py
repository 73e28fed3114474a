"""An appointment as a picture: the scheduled time as an axis, one row per person, drawn by the server as SVG."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from plugin.core.appointment import Role
from plugin.core.assessment import Presence
from plugin.storage.board import Booking, Person
from plugin.web import moment

LABEL, WIDTH, RIGHT = 150, 820, 20
TOP, ROW, BOTTOM = 46, 40, 14
MARGIN = timedelta(minutes=4)
FARTHEST = timedelta(minutes=60)
"""How far before the start and after the end the axis may reach; what is beyond is cut off."""
STEPS = (5, 10, 15, 30, 60, 120)
SHORTEST_GONE = timedelta(minutes=1)
"""Who goes this little before the clinician does, goes at the end."""


@dataclass(frozen=True, slots=True)
class Bar:
    """One stretch of presence or waiting, or a time in which they were gone; `told` is the same in words."""

    state: str
    x: float
    width: float
    inferred: bool
    told: str


@dataclass(frozen=True, slots=True)
class Row:
    """One person's row: `y` is the middle of it."""

    code: str
    role: str
    y: float
    bars: tuple[Bar, ...]


@dataclass(frozen=True, slots=True)
class Tick:
    """A moment on the axis with its time of day."""

    x: float
    label: str


@dataclass(frozen=True, slots=True)
class Picture:
    """Everything the template needs to draw; lengths in the units of the view box."""

    width: float
    height: float
    axis_left: float
    axis_right: float
    rows: tuple[Row, ...]
    ticks: tuple[Tick, ...]
    start: Tick
    end: Tick
    now: Tick | None


def picture(booking: Booking, now: datetime, zone: ZoneInfo) -> Picture:
    """Draw this appointment as its standing verdicts tell it, times in `zone`."""
    begin, end = _reach(booking)
    scale = (WIDTH - LABEL - RIGHT) / (end - begin).total_seconds()

    def x(at: datetime) -> float:
        return round(LABEL + (min(max(at, begin), end) - begin).total_seconds() * scale, 1)

    rows = []
    held_until = _held_until(booking)
    for number, person in enumerate(booking.people):
        bars = tuple(_bars(_stretches(person), x, zone, begin, end, held_until))
        rows.append(Row(person.participant_id, person.role, TOP + ROW * number + ROW / 2, bars))
    return Picture(
        width=WIDTH,
        height=TOP + ROW * len(rows) + BOTTOM,
        axis_left=LABEL,
        axis_right=WIDTH - RIGHT,
        rows=tuple(rows),
        ticks=tuple(_ticks(begin, end, x, zone)),
        start=Tick(x(booking.starts_at), moment.clock_time(booking.starts_at, zone)),
        end=Tick(x(booking.ends_at), moment.clock_time(booking.ends_at, zone)),
        now=Tick(x(now), moment.clock_time(now, zone)) if begin < now < end else None,
    )


def _reach(booking: Booking) -> tuple[datetime, datetime]:
    moments = [booking.starts_at, booking.ends_at]
    for person in booking.people:
        for stretch in _stretches(person):
            moments += [moment.read(stretch["from"]), moment.read(stretch["to"])]
    begin = max(min(moments), booking.starts_at - FARTHEST) - MARGIN
    end = min(max(moments), booking.ends_at + FARTHEST) + MARGIN
    return begin, end


def _stretches(person: Person) -> list[dict]:
    return person.verdict.result.get("intervals", []) if person.verdict else []


def _held_until(booking: Booking) -> datetime:
    """Until when a clinician was in the session; who was gone before that missed something."""
    ends = [
        moment.read(stretch["to"])
        for person in booking.people
        if person.role == Role.CLINICIAN
        for stretch in _stretches(person)
        if stretch["state"] == Presence.PRESENT
    ]
    return min(max(ends, default=booking.starts_at), booking.ends_at)


def _bars(stretches: list[dict], x, zone: ZoneInfo, begin: datetime, end: datetime, held_until: datetime):
    last_seen: datetime | None = None
    spans = [(moment.read(s["from"]), moment.read(s["to"]), s) for s in stretches]
    for since, until, stretch in sorted(spans, key=lambda span: span[:2]):
        if until < begin or since > end:
            continue
        if last_seen is not None and since - last_seen > timedelta(seconds=1):
            yield _gone(last_seen, since, x, zone)
        words = "waiting to be let in" if stretch["state"] == "waiting" else "in the session"
        told = f"{words} from {moment.clock_time(since, zone)} to {moment.clock_time(until, zone)}"
        inferred = bool(stretch.get("inferred"))
        yield Bar(
            stretch["state"], x(since), max(x(until) - x(since), 2), inferred, told + (" (worked out)" * inferred)
        )
        last_seen = max(until, last_seen or until)
    if last_seen is not None and held_until - last_seen >= SHORTEST_GONE:
        yield _gone(last_seen, held_until, x, zone)


def _gone(since: datetime, until: datetime, x, zone: ZoneInfo) -> Bar:
    told = f"gone from {moment.clock_time(since, zone)} to {moment.clock_time(until, zone)}"
    return Bar("gap", x(since), max(x(until) - x(since), 1), False, told)


def _ticks(begin: datetime, end: datetime, x, zone: ZoneInfo):
    minutes = (end - begin).total_seconds() / 60
    step = timedelta(minutes=next((s for s in STEPS if minutes / s <= 11), 180))
    local = begin.astimezone(zone)
    midnight = local.replace(hour=0, minute=0, second=0, microsecond=0)
    at = begin + (step - (local - midnight) % step) % step
    while at <= end:
        yield Tick(x(at), moment.clock_time(at, zone))
        at += step
