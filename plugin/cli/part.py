"""A large replay judged by several processes: each takes parts of the appointments, and parts come back in order."""

from __future__ import annotations

import multiprocessing
import os
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ProcessPoolExecutor

import msgspec

from plugin.replay import Replay

PART = 50
"""Appointments in a part: some ten milliseconds of work and up to a few megabytes of results."""
WORTH_SHARING = 40 * PART
AHEAD = 3

_replay: Replay | None = None
"""What the processes work at: they are forked with it, so that nothing of the recording is copied or sent."""


def in_parts(replay: Replay) -> Iterator[bytes]:
    """The results as JSON lines, a part at a time, in the same order whoever judged them.

    One process does it alone when the replay is small, or where processes cannot be forked.
    """
    global _replay
    count = len(replay.appointments)
    parts = [slice(begin, begin + PART) for begin in range(0, count, PART)]
    processes = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 1
    _replay = replay
    if count < WORTH_SHARING or processes == 1 or "fork" not in multiprocessing.get_all_start_methods():
        yield from map(_lines, parts)
        return
    with ProcessPoolExecutor(processes, multiprocessing.get_context("fork")) as pool:
        pending: deque[Future[bytes]] = deque()
        for part in parts:
            pending.append(pool.submit(_lines, part))
            if len(pending) > AHEAD * processes:  # what nobody has written yet takes memory
                yield pending.popleft().result()
        while pending:
            yield pending.popleft().result()


def _lines(part: slice) -> bytes:
    encode = msgspec.json.Encoder().encode
    return b"".join([encode(result) + b"\n" for result in _replay.results(part)])
