"""How long to wait before trying again, and how to say what went wrong without saying with whom."""

from __future__ import annotations

import random
from datetime import timedelta

FIRST_RETRY = timedelta(seconds=2)
LONGEST_RETRY = timedelta(minutes=10)
LONGEST_PAUSE = timedelta(seconds=60)
"""A remote that is away is tried with one action at least this often."""
LONGEST_OUTAGE = timedelta(days=7)
"""For so long an action waits for a remote that is away; then staff see that it was given up."""


def backoff(attempts: int) -> timedelta:
    """How long to wait after so many attempts: doubled each time, bounded, and spread so that crowds disperse."""
    length = min(FIRST_RETRY * 2 ** max(0, min(attempts, 16) - 1), LONGEST_RETRY)
    return length * random.uniform(0.75, 1.25)


def pause(failures: int) -> timedelta:
    """How long a remote is left alone that was away so many times in a row."""
    return min(backoff(failures), LONGEST_PAUSE)


def patience(waited: timedelta) -> timedelta:
    """How long an action steps aside that has waited so long for a remote: an eighth of it, bounded.

    It is told from its age, not from a count: whoever waits behind a remote that is away has done nothing wrong.
    """
    return min(max(waited / 8, FIRST_RETRY), LONGEST_RETRY)


def trouble(error: BaseException) -> str:
    """What went wrong without what it went wrong with: the type, and the line of our code where it did."""
    where = ""
    trace = error.__traceback__
    while trace is not None:
        path = trace.tb_frame.f_code.co_filename
        for part in ("/plugin/", "/webhooks/", "/config/"):
            if part in path:
                where = f" in {part.strip('/')}/{path.rpartition(part)[2]}:{trace.tb_lineno}"
        trace = trace.tb_next
    return f"{type(error).__name__}{where}"
