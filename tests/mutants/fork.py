"""What is tried on a mutant is tried in a fork: nothing of it stays."""

from __future__ import annotations

import os
import pickle
import resource
import signal
import tempfile
import traceback
from collections.abc import Callable, Sequence
from typing import TypeVar

import pytest

MEMORY = 3 << 30
"""The bytes that a mutant may take."""
SURVIVED, KILLED, TIMEOUT, AFRESH = "survived", "killed", "timeout", "afresh"
NOT_PUT = 3
Told = TypeVar("Told")


def told_by_a_fork(ask: Callable[[], Told]) -> Told:
    """What a function says in a fork; only what it says stays. RuntimeError if the fork ends before it says it."""
    with tempfile.TemporaryFile() as told:
        if not (child := os.fork()):
            try:
                pickle.dump(ask(), told)
                told.flush()
            except BaseException:
                traceback.print_exc()  # nobody else is left to tell it
            finally:
                os._exit(0)
        os.waitpid(child, 0)
        told.seek(0)
        try:
            return pickle.load(told)
        except EOFError:
            raise RuntimeError("The tests came to no end, though nothing was broken.") from None


def notice(
    session: pytest.Session,
    order: Sequence[int],
    seconds: Callable[[int], float],
    put: Callable[[], bool] = lambda: True,
) -> tuple[str, int | None]:
    """What becomes of a mutant, and the test that notices it.

    That one has to notice it by itself as well: what fails only after others may fail without any mutant.
    """
    asked = list(order)
    while True:
        fate, place = _in_a_fork(session, asked, seconds, put)
        if fate in (SURVIVED, AFRESH):
            return fate, None
        alone, _ = (fate, 0) if not place else _in_a_fork(session, [asked[place]], seconds, put)
        if alone != SURVIVED:
            return alone, asked[place]
        asked = asked[place + 1 :]


def _in_a_fork(
    session: pytest.Session, asked: Sequence[int], seconds: Callable[[int], float], put: Callable[[], bool]
) -> tuple[str, int]:
    """The first of the tests to fail on a mutant that is put into a fork of this process."""
    told, tell = os.pipe()
    if not (child := os.fork()):
        status = NOT_PUT
        try:
            status = _run(session, asked, seconds, put, tell)
        finally:
            os._exit(status)
    os.close(tell)
    with os.fdopen(told) as lines:
        place = len(lines.read().split()) - 1
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    if status in (-signal.SIGXCPU, -signal.SIGKILL):
        return TIMEOUT, place
    return {0: SURVIVED, NOT_PUT: AFRESH}.get(status, KILLED), place


def _run(
    session: pytest.Session,
    asked: Sequence[int],
    seconds: Callable[[int], float],
    put: Callable[[], bool],
    tell: int,
) -> int:
    """The exit status: 0 if all tests pass, 1 at the first that does not."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if not put():
        return NOT_PUT
    for place, number in enumerate(asked):
        os.write(tell, b"%d\n" % number)
        # Computing time instead of time on the wall: on a busy machine a slow run is no mutant that never ends.
        used = resource.getrusage(resource.RUSAGE_SELF)
        limit = int(used.ru_utime + used.ru_stime + seconds(number)) + 1
        resource.setrlimit(resource.RLIMIT_CPU, (limit, resource.RLIM_INFINITY))
        item, after = session.items[number], asked[place + 1 : place + 2]
        try:
            item.config.hook.pytest_runtest_protocol(item=item, nextitem=session.items[after[0]] if after else None)
        except BaseException:
            return 1  # a mutant that ends pytest itself is noticed
        if session.testsfailed:
            return 1
    return 0
