"""What waits how long when a thousand clinics end their sessions on the same hour and the help desk takes ten a second.

A simulation on the real tables and the real choice of what goes out next; only the clock is moved. The baseline in the
same run is one line for everybody, in order of due time.
"""

from __future__ import annotations

import random
import statistics
import tempfile
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from rich.console import Console
from rich.progress import track
from rich.table import Table

from plugin.ports.queue import Claim, Lane, Remote, WorkKind
from plugin.storage import outbound, work
from plugin.storage.database import Database
from plugin.storage.encryption import Vault
from plugin.storage.migration import migrate

HOUR = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)
ACTIONS_EACH = 36
"""Of a clinic in such an hour, on average. Fewer actions are played with fewer clinics, or all would be small ones."""
PER_SECOND = 10.0
URGENT_SHARE = 0.02
"""Of the actions so many help only while a session runs; they come up at any moment of the hour."""
PATIENCE_SECONDS = 5.0
"""Within this time each of those has gone out: a person waits before a closed door."""


@dataclass(frozen=True)
class Due:
    """One action that comes up: when, of which program, and whether it helps only now."""

    at: datetime
    program: str
    urgent: bool


def run(console: Console, actions: int) -> bool:
    """Play the hour in both orders and print the table; True when what is urgent never waits longer than promised and
    a small program is served long before the large ones are."""
    asked = sorted(hour(actions), key=lambda one: one.at)
    programs = actions // ACTIONS_EACH
    title = f"{actions:,} actions of {programs:,} programs before a help desk that takes {PER_SECOND:g} a second"
    table = Table(title=title)
    for name in ("order", "urgent p99", "small program: last, p50", "small program: last, p99", "everything"):
        table.add_column(name, justify="left" if name == "order" else "right")
    small = [program for program, number in sizes(asked).items() if number <= 5]
    figures = {}
    for name, fair in (("one line, by due time", False), ("by urgency and turns", True)):
        waits = play(asked, fair, console)
        urgent = [wait for one, wait in waits if one.urgent]
        last: dict[str, float] = defaultdict(float)
        for one, wait in waits:
            if not one.urgent:
                last[one.program] = max(last[one.program], wait)
        ends = [last[program] for program in small]
        figures[name] = percentile(urgent, 0.99), percentile(ends, 0.5), percentile(ends, 0.99)
        longest = max((one.at - HOUR).total_seconds() + wait for one, wait in waits)
        table.add_row(name, *(f"{seconds:,.1f} s" for seconds in figures[name]), f"{longest / 60:,.1f} min")
    console.print(table)
    before, now = figures.values()
    return now[0] <= PATIENCE_SECONDS and now[2] * 2 < before[1]


def hour(actions: int, seed: int = 20261123) -> Iterator[Due]:
    """What comes up in one hour: nearly all within a minute of the full hour, a few large programs and many small."""
    chance = random.Random(seed)
    clinics = actions // ACTIONS_EACH
    weights = [1 / (rank + clinics / 100) for rank in range(clinics)]
    for program in chance.choices(range(clinics), weights, k=actions):
        urgent = chance.random() < URGENT_SHARE
        seconds = chance.uniform(0, 3600 if urgent else 60)
        yield Due(HOUR + timedelta(seconds=seconds), f"P{program:04}", urgent)


def sizes(asked: list[Due]) -> dict[str, int]:
    """How many actions each program has that are not urgent."""
    numbers: dict[str, int] = defaultdict(int)
    for one in asked:
        numbers[one.program] += not one.urgent
    return numbers


def play(asked: list[Due], fair: bool, console: Console) -> list[tuple[Due, float]]:
    """Let everything go out at the pace of the remote, and tell how long each waited, in seconds."""
    with tempfile.TemporaryDirectory(prefix="rejoin-outbound-") as folder:
        db = Database(f"sqlite:///{Path(folder) / 'outbound.db'}", Vault((("k", bytes(32)),)))
        migrate(db)
        with db.begin() as tx:
            for number, one in enumerate(asked):
                lane = Lane(Remote.HELPDESK, one.program, 0 if one.urgent else 1) if fair else Lane(Remote.HELPDESK)
                outbound.request(tx, WorkKind.ACT, str(number), one.at, lane)
        waits = []
        now = asked[0].at
        for _ in track(asked, "fair" if fair else "one line", console=console, transient=True):
            claim, now = _next(db, now, asked)
            waits.append((asked[int(claim.subject)], (now - claim.due_at).total_seconds()))
        db.close()
        return waits


def _next(db: Database, now: datetime, asked: list[Due]) -> tuple[Claim, datetime]:
    while True:
        with db.begin() as tx:
            found = outbound.claim_next(tx, Remote.HELPDESK, PER_SECOND, now, now)
            if isinstance(found, Claim):
                work.finish(tx, found)
                return found, now
        # The pace asks for a rest, or nothing is due: the clock moves to when something can go.
        now = now + found.wait if found else asked[bisect_right(asked, now, key=lambda one: one.at)].at


def percentile(values: list[float], share: float) -> float:
    """The value that this share of them does not exceed, interpolated."""
    return statistics.quantiles(values, n=100, method="inclusive")[round(share * 100) - 1]
