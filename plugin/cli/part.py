"""Large work shared by several processes: each takes parts of it, and nobody can tell from what comes out."""

from __future__ import annotations

import multiprocessing
import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from itertools import islice
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
