"""The clocks: the machine's, and a faster one for a demonstration."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta


class ClockProblem(Exception):
    """The setting REJOIN_CLOCK cannot be read; the message says what is expected."""


class SystemClock:
    """The machine's own time."""

    speed = 1.0

    def now(self) -> datetime:
        """The present moment."""
        return datetime.now(UTC)


@dataclass(frozen=True)
class AcceleratedClock:
    """A clock that showed `origin` at the real Unix time `epoch` and has run `speed` times faster since.

    Processes that are given the same three values agree with each other.
    """

    origin: datetime
    speed: float
    epoch: float

    def now(self) -> datetime:
        """The moment of the demonstration."""
        return self.origin + timedelta(seconds=(time.time() - self.epoch) * self.speed)


def read_clock(text: str) -> SystemClock | AcceleratedClock:
    """Make the clock that the setting asks for: `system`, `FROM@SPEED` or `FROM@SPEED@EPOCH`.

    FROM is an ISO 8601 moment with an offset, SPEED how many times faster, EPOCH the real Unix time in seconds at
    which it was FROM (left out: now). Raises ClockProblem.
    """
    if text.strip() in ("", "system"):
        return SystemClock()
    origin, _, rest = text.partition("@")
    speed, _, epoch = rest.partition("@")
    try:
        moment = datetime.fromisoformat(origin.strip())
        clock = AcceleratedClock(moment.astimezone(UTC), float(speed), float(epoch) if epoch else time.time())
    except ValueError:
        moment, clock = None, None
    if clock is None or moment.tzinfo is None or clock.speed <= 0:
        raise ClockProblem(
            "REJOIN_CLOCK is neither `system` nor `FROM@SPEED` with an ISO 8601 moment that has an offset and a "
            "positive number, such as 2026-11-23T08:55:00-05:00@60"
        )
    return clock
