"""Who does the due work now, and in which line it waits. The truth is rows of our own (table `work`)."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol

from plugin.ports.clock import Clock


class WorkKind(StrEnum):
    """What is to be done: judge an appointment, carry out an action, watch the feed, ask for a report, ask how
    tickets stand at another help desk, look at an offer or at a calendar, or delete what was kept long enough."""

    JUDGE = "judge"
    ACT = "act"
    WATCH = "watch"
    REPORT = "report"
    DESK = "desk"
    OFFER = "offer"
    PRUNE = "prune"
    CALENDAR = "calendar"


class Remote(StrEnum):
    """Whom an action goes to, each with a pace and with workers of its own: `here` is ourselves."""

    HERE = "here"
    CORRESPONDENCE = "correspondence"
    MEETINGS = "meetings"
    HELPDESK = "helpdesk"


@dataclass(frozen=True, slots=True)
class Lane:
    """Where an action queues: before one remote, in its program's line; of a lower `rank` goes first."""

    remote: Remote = Remote.HERE
    program_id: str = ""
    rank: int = 1


ANYWHERE = Lane()
"""Where work stands that goes to nobody outside."""


@dataclass(frozen=True, slots=True)
class Claim:
    """Work that this worker holds until `claimed_until`; `generation` tells whether it was asked for again since."""

    work_id: int
    kind: WorkKind
    subject: str
    generation: int
    due_at: datetime
    attempts: int
    claimed_until: datetime
    remote: Remote = Remote.HERE


Perform = Callable[[Sequence[Claim]], None]
"""Does what was claimed. Several claims are of one kind, and raising says of none of them that it was done."""


class WorkQueue(Protocol):
    """Asks for work inside the caller's transaction and finds somebody who does it."""

    lease_clock: Clock
    """By it workers are measured: how long one may be silent, and how long it may hold what it claimed."""

    def request(self, tx: Any, kind: WorkKind, subject: str, due_at: datetime, lane: Lane = ANYWHERE) -> None:
        """Write the row (the earlier of two due times stands) in the caller's transaction; `lane` is for actions."""
        ...

    def request_all(self, tx: Any, kind: WorkKind, subjects: Iterable[str], due_at: datetime) -> None:
        """The same for several subjects that go to nobody outside."""
        ...

    def wake(self) -> None:
        """Something was stored just now: look without waiting for the next round."""
        ...

    def run(self, read: Callable[[], int], perform: Perform, stop: threading.Event) -> None:
        """Read the inbox and perform due work until `stop` is set; returns when what was claimed is finished."""
        ...
