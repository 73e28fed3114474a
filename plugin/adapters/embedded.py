"""The default engine: threads of one process that claim due rows by compare-and-set."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import datetime

import structlog

from plugin.adapters.attempt import attempt
from plugin.adapters.clock import SystemClock
from plugin.ports.clock import Clock
from plugin.ports.queue import Claim, WorkKind
from plugin.ports.retry import trouble
from plugin.storage import work
from plugin.storage.database import Database, Transaction

POLL_SECONDS = 0.2
# What waits for others has threads of its own.
WAITING_THREADS = {WorkKind.WATCH: 1, WorkKind.REPORT: 1, WorkKind.DESK: 1, WorkKind.OFFER: 1, WorkKind.ACT: 3}
BURY_SECONDS = 5.0
# Between two rounds of little work: a round for every delivery would leave the processor to nobody else.
GATHER_SECONDS = 0.04
JUDGED_AT_ONCE = 20

log = structlog.get_logger(__name__)


class EmbeddedQueue:
    """Reads the inbox and judges in one thread and acts in others, so that a slow mail server delays no verdict.

    `lease_clock` measures leases: always the machine's time, unless a test says otherwise.
    """

    def __init__(self, db: Database, clock: Clock, lease_clock: Clock | None = None):
        self.db = db
        self.clock = clock
        self.lease_clock = lease_clock or SystemClock()
        self._wake = {kind: threading.Event() for kind in WorkKind}

    def request(self, tx: Transaction, kind: WorkKind, subject: str, due_at: datetime) -> None:
        """Write the row in the caller's transaction; the next round finds it."""
        work.request(tx, kind, subject, due_at)

    def wake(self) -> None:
        """Look at once."""
        for event in self._wake.values():
            event.set()

    def run(self, read: Callable[[], int], perform: Callable[[Claim], None], stop: threading.Event) -> None:
        """Work until `stop` is set; then drain the inbox, finish what is claimed, and return."""
        acting = [
            threading.Thread(
                target=self._rounds,
                args=(kind, None, perform, stop),
                name=f"rejoin-{kind.value}-{number}",
                daemon=True,
            )
            for kind, threads in WAITING_THREADS.items()
            for number in range(1, threads + 1)
        ]
        for thread in acting:
            thread.start()
        self._rounds(WorkKind.JUDGE, read, perform, stop)
        for thread in acting:
            thread.join()

    def _rounds(
        self,
        kind: WorkKind,
        read: Callable[[], int] | None,
        perform: Callable[[Claim], None],
        stop: threading.Event,
    ) -> None:
        wake = self._wake[kind]
        bury_after = time.monotonic()
        while True:
            ending = stop.is_set()
            wake.clear()
            did = 0
            try:
                if read is not None:
                    did += read()
                if not ending:
                    did += self._perform_due(kind, perform, stop)
                    if read is not None and time.monotonic() >= bury_after:
                        bury_after = time.monotonic() + BURY_SECONDS
                        with self.db.begin() as tx:
                            work.bury(tx, self.clock.now(), self.lease_clock.now())
            except Exception as error:
                # The database is away or busy: nothing is lost, the rows stand. Look again, not in a tight circle.
                log.error("round-failed", kind=kind, error=trouble(error))
                if ending or stop.wait(1.0):
                    return
                continue
            if did:
                self.wake()
            elif ending:
                return
            else:
                wake.wait(POLL_SECONDS)
            if not ending and did < JUDGED_AT_ONCE and (read is not None or not did):
                stop.wait(GATHER_SECONDS)

    def _perform_due(self, kind: WorkKind, perform: Callable[[Claim], None], stop: threading.Event) -> int:
        with self.db.read() as tx:
            if not work.due(tx, (kind,), self.clock.now(), self.lease_clock.now(), limit=1):
                return 0
        with self.db.begin() as tx:
            # A remote may be slow: an action is claimed alone, so that none waits longer than its lease.
            limit = JUDGED_AT_ONCE if kind is WorkKind.JUDGE else 1
            claims = work.claim_due(tx, (kind,), self.clock.now(), self.lease_clock.now(), limit)
        for claim in claims:
            attempt(self.db, self.clock, perform, claim)
        return len(claims)
