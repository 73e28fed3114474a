"""Large work shared by several processes: each takes parts of it, and nobody can tell from what comes out."""

from __future__ import annotations

import multiprocessing
import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import contextmanager
from itertools import islice
from multiprocessing.sharedctypes import Synchronized
from typing import TypeVar

Part = TypeVar("Part")
Made = TypeVar("Made")

AHEAD = 3
"""So many parts for each process are handed out before the first of them is back: what waits takes memory."""

SHIFT = 25
"""So many parts a process works at, and then another takes its place: whatever a process touches of the memory that it
was forked with becomes a copy of its own, which it never gives back."""

_work: Callable | None = None
"""What the processes work at: they are forked with it, so that nothing that it holds is sent."""


def processes() -> int:
    """As many as there are cores for us; one where processes cannot be forked."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 1
    return cores if "fork" in multiprocessing.get_all_start_methods() else 1


def shared(work: Callable[[Part], Made], parts: Iterable[Part]) -> Iterator[Made]:
    """What the work makes of each part, in their order, made by several processes; parts and what is made are sent."""
    global _work
    _work = work
    rest, workers = iter(parts), processes()
    while shift := list(islice(rest, SHIFT * workers)):
        with ProcessPoolExecutor(workers, multiprocessing.get_context("fork")) as pool:
            pending: deque[Future[Made]] = deque()
            for part in shift:
                pending.append(pool.submit(_at_work, part))
                if len(pending) > AHEAD * workers:
                    yield pending.popleft().result()
            while pending:
                yield pending.popleft().result()


def _at_work(part: Part) -> Made:
    assert _work is not None
    return _work(part)


class Turns:
    """Processes that write to one file one after the other, so that their parts stand in it in order.

    When a part fails, those after it fail as well instead of waiting for it; those before it are written.
    """

    def __init__(self) -> None:
        context = multiprocessing.get_context("fork")
        self._changed = context.Condition()
        self._next = context.Value("q", 0, lock=False)
        self._failed = context.Value("q", _NEVER, lock=False)

    @contextmanager
    def part(self, number: int) -> Iterator[Callable[[], None]]:
        """Work at a part: what is given waits until everything before it is written; the end lets the next one write.

        Parts must be begun in order, so that one that is waited for is always at work.
        """
        try:
            yield lambda: self._wait_for(number)
        except BaseException:
            self._tell(self._failed, min(number, self._failed.value))
            raise
        self._tell(self._next, number + 1)

    def _wait_for(self, number: int) -> None:
        with self._changed:
            self._changed.wait_for(lambda: self._next.value == number or self._failed.value < number)
            if self._next.value != number:
                raise RuntimeError("an earlier part failed, so this one cannot be written")

    def _tell(self, told: Synchronized[int], number: int) -> None:
        with self._changed:
            told.value = number
            self._changed.notify_all()


_NEVER = 1 << 62
