"""The clocks: the machine's, and a faster one for a demonstration."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path


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
    """A clock for a demonstration: it showed its origin at the real Unix time `epoch` and runs faster since.

    An epoch may also be a file: the clock stands at its origin until the file is there, and began when it was written.
    `paces` are the moments from which it runs so many times faster than real time, the first of them its origin.
    Processes that are given the same values agree with each other.
    """

    epoch: float | Path
    paces: tuple[tuple[datetime, float], ...]

    def now(self) -> datetime:
        """The moment of the demonstration."""
        return self._read()[0]

    @property
    def speed(self) -> float:
        """How many times faster than real time it runs just now."""
        return self._read()[1]

    def _read(self) -> tuple[datetime, float]:
        left = self._runs_for()
        for (begins_at, speed), (ends_at, _) in pairwise(self.paces):
            lasts = (ends_at - begins_at).total_seconds() / speed
            if left < lasts:
                return begins_at + timedelta(seconds=left * speed), speed
            left -= lasts
        begins_at, speed = self.paces[-1]
        return begins_at + timedelta(seconds=left * speed), speed

    def _runs_for(self) -> float:
        if not isinstance(self.epoch, Path):
            return time.time() - self.epoch
        try:
            return max(time.time() - self.epoch.stat().st_mtime, 0.0)
        except FileNotFoundError:
            return 0.0


def read_clock(text: str) -> SystemClock | AcceleratedClock:
    """Make the clock that the setting asks for: `system`, `FROM@SPEED` or `FROM@SPEED@EPOCH`, then `;FROM@SPEED` …

    FROM is an ISO 8601 moment with an offset, SPEED how many times faster, EPOCH the real Unix time in seconds at
    which it was FROM (left out: now), or the absolute path of a file that is written then. Every further `;FROM@SPEED`
    changes the pace from that moment on. Raises ClockProblem.
    """
    if text.strip() in ("", "system"):
        return SystemClock()
    first, *others = text.split(";")
    origin, _, rest = first.partition("@")
    speed, _, epoch = rest.partition("@")
    try:
        paces = [_pace(origin, speed), *(_pace(*other.split("@")) for other in others)]
        began = Path(epoch) if epoch.startswith("/") else float(epoch) if epoch else time.time()
    except (ValueError, TypeError):
        paces, began = [], 0.0
    if not paces or any(later <= earlier for (earlier, _), (later, _) in pairwise(paces)):
        raise ClockProblem(
            "REJOIN_CLOCK is neither `system` nor `FROM@SPEED` with an ISO 8601 moment that has an offset and a "
            "positive number, such as 2026-11-23T08:55:00-05:00@60"
        )
    return AcceleratedClock(began, tuple(paces))


def _pace(moment: str, speed: str) -> tuple[datetime, float]:
    at, times = datetime.fromisoformat(moment.strip()), float(speed)
    if at.tzinfo is None or not 0 < times < 1e6:
        raise ValueError
    return at.astimezone(UTC), times
