"""Deliveries are deleted when they were kept long enough and no open verdict needs them; verdicts stay."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import timedelta

import structlog

from plugin.ports.queue import Claim, WorkKind
from plugin.service import metrics
from plugin.service.rejoin import Rejoin
from plugin.storage import retention, work

log = structlog.get_logger(__name__)

DELIVERIES = "deliveries"
"""What there is to do."""
AT_ONCE = 500
BREATH_SECONDS = 0.05
"""Between two portions: the receiver waits for the same writer."""
ROUND_SECONDS = 20.0
"""A round ends by then, well within the lease of its work."""


@dataclass(frozen=True, slots=True)
class Pruned:
    """What one round did: appointments closed, deliveries deleted, and whether nothing old is left."""

    appointments: int
    deliveries: int
    complete: bool


class Pruner:
    """Does the work of the kind `prune`."""

    def __init__(self, rejoin: Rejoin):
        self.rejoin = rejoin

    def begin(self) -> None:
        """Ask for the first round; one that somebody asked for already stands."""
        with self.rejoin.db.begin() as tx:
            if work.due_at(tx, WorkKind.PRUNE, DELIVERIES) is None:
                self.rejoin.queue.request(tx, WorkKind.PRUNE, DELIVERIES, self.rejoin.clock.now())

    def perform(self, claim: Claim) -> None:
        """One round; the next comes at once while there is more, else after the time that the policy says."""
        limits = self.rejoin.policy.retention
        found = prune(self.rejoin, limits.deliveries) if limits.deliveries else None
        if found and (found.deliveries or found.appointments):
            log.info("deliveries-pruned", deliveries=found.deliveries, appointments=found.appointments)
        wait = limits.every if found is None or found.complete else timedelta(seconds=1)
        with self.rejoin.db.begin() as tx:
            work.finish(tx, claim, self.rejoin.clock.now() + wait)


def prune(rejoin: Rejoin, keep: timedelta, seconds: float = ROUND_SECONDS) -> Pruned:
    """Delete deliveries that arrived longer ago than `keep`, for so many seconds at most:

    1. Close appointments that ended longer ago and are settled. Only then may their deliveries go, so that nobody
       judges them from what is left; interrupted here, they are closed and everything is still there.
    2. Delete in small portions, each in a transaction of its own. What an open appointment needs stays, however old.
    """
    now = rejoin.clock.now()
    before = now - keep
    with rejoin.db.begin() as tx:
        closed = retention.close(tx, before, now)
        stays = retention.needed(tx, before)
    began, deleted = time.monotonic(), 0
    while time.monotonic() - began < seconds:
        with rejoin.db.begin() as tx:
            portion = retention.prune(tx, before, stays, AT_ONCE)
        deleted += portion
        metrics.pruned_total.inc(portion)
        if portion < AT_ONCE:
            return Pruned(closed, deleted, complete=True)
        time.sleep(BREATH_SECONDS)
    return Pruned(closed, deleted, complete=False)
