"""The default engine: threads of one process that claim due rows by compare-and-set."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from functools import partial
from types import MappingProxyType

import structlog

from plugin.adapters.attempt import attempt
from plugin.adapters.clock import SystemClock
from plugin.adapters.heartbeat import Heartbeat
from plugin.ports.clock import Clock
from plugin.ports.queue import ANYWHERE, Claim, Lane, Perform, Remote, WorkKind
from plugin.ports.retry import trouble
from plugin.storage import outbound, work
from plugin.storage.database import Database, Transaction

POLL_SECONDS = 0.2
UNCALLED_SECONDS = 5.0
"""So long nobody looks who was not called; the lookout calls within POLL_SECONDS of what is due."""
# What waits for others has threads of its own, and so has each remote: a slow one holds up nothing for another.
WAITING_KINDS = tuple(kind for kind in WorkKind if kind not in (WorkKind.JUDGE, WorkKind.ACT))
ACTING_THREADS = {Remote.HERE: 1, Remote.CORRESPONDENCE: 2, Remote.MEETINGS: 1, Remote.HELPDESK: 2}
BURY_SECONDS = 5.0
MOMENT_SECONDS = 1.0
# Between two rounds of little work: a round for every delivery would leave the processor to nobody else.
GATHER_SECONDS = 0.04
JUDGED_AT_ONCE = 20
TOGETHER = 5
"""So many are written in one transaction: on SQLite whoever delivers waits until it is over."""

log = structlog.get_logger(__name__)


class EmbeddedQueue:
    """Reads the inbox and judges in one thread and acts in others, so that a slow mail server delays no verdict.

    `lease_clock` measures leases: always the machine's time, unless a test says otherwise. `paces` tells how many
    actions a second each remote bears; one that it does not name bears any number.
    """

    def __init__(
        self,
        db: Database,
        clock: Clock,
        lease_clock: Clock | None = None,
        paces: Mapping[Remote, float] = MappingProxyType({}),
    ):
        self.db = db
        self.paces = paces
        self.clock = clock
        self.lease_clock = lease_clock or SystemClock()
        self._wake = {whose: threading.Event() for whose in (WorkKind.JUDGE, *WAITING_KINDS, *ACTING_THREADS)}
        self._look = threading.Event()
        self._heartbeat = Heartbeat(db, self.lease_clock)

    def request(self, tx: Transaction, kind: WorkKind, subject: str, due_at: datetime, lane: Lane = ANYWHERE) -> None:
        """Write the row in the caller's transaction; the next round finds it."""
        outbound.request(tx, kind, subject, due_at, lane)

    def request_all(self, tx: Transaction, kind: WorkKind, subjects: Iterable[str], due_at: datetime) -> None:
        """The same for several subjects that go to nobody outside."""
        work.request_all(tx, kind, subjects, due_at)

    def wake(self) -> None:
        """Look at once."""
        for event in self._wake.values():
            event.set()

    def run(self, read: Callable[[], int], perform: Perform, stop: threading.Event) -> None:
        """Work until `stop` is set; then drain the inbox, finish what is claimed, and return."""
        with Heartbeat(self.db, self.lease_clock) as self._heartbeat:
            self._run(read, perform, stop)

    def _run(self, read: Callable[[], int], perform: Perform, stop: threading.Event) -> None:
        rounds = [(kind.value, kind, kind, self._claim_one) for kind in WAITING_KINDS]
        rounds += [
            (f"{remote.value}-{number}", remote, WorkKind.ACT, partial(self._claim_for, remote))
            for remote, threads in ACTING_THREADS.items()
            for number in range(1, threads + 1)
        ]
        beside = [
            threading.Thread(
                target=self._rounds, args=(whose, kind, None, claim, perform, stop), name=f"rejoin-{name}", daemon=True
            )
            for name, whose, kind, claim in rounds
        ]
        beside.append(threading.Thread(target=self._look_out, args=(stop,), name="rejoin-lookout", daemon=True))
        for thread in beside:
            thread.start()
        self._rounds(WorkKind.JUDGE, WorkKind.JUDGE, read, self._claim_many, perform, stop)
        for thread in beside:
            thread.join()

    def _look_out(self, stop: threading.Event) -> None:
        """Look in one thread for all that wait, instead of each for itself, and call those who have something to do.

        Whoever did something asks for a look, since it may have given work to others; many of them ask for one.
        """
        while not stop.is_set():
            pause = POLL_SECONDS
            self._look.clear()
            try:
                now, lease_now = self.clock.now(), self.lease_clock.now()
                with self.db.read() as tx:
                    called = [*work.kinds_due(tx, (WorkKind.JUDGE, *WAITING_KINDS), now, lease_now)]
                    called += [remote for remote in ACTING_THREADS if outbound.ready(tx, remote, now, lease_now)]
                for whose in called:
                    self._wake[whose].set()
            except Exception as error:
                log.error("lookout-failed", error=trouble(error))
                pause = 1.0
            if not stop.wait(GATHER_SECONDS):
                self._look.wait(pause)
        self.wake()

    def _rounds(
        self,
        whose: WorkKind | Remote,
        kind: WorkKind,
        read: Callable[[], int] | None,
        claim: Callable[[WorkKind], list[Claim]],
        perform: Perform,
        stop: threading.Event,
    ) -> None:
        wake = self._wake[whose]
        bury_after = time.monotonic()
        while True:
            ending = stop.is_set()
            wake.clear()
            did = performed = 0
            try:
                if read is not None:
                    did += read()
                if not ending:
                    performed = self._perform_due(kind, claim, perform)
                    did += performed
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
            if performed:
                self._look.set()  # what was only read is judged here
            elif not did and ending:
                return
            elif not did:
                wake.wait(UNCALLED_SECONDS if read is None else POLL_SECONDS)
            if not ending and did < JUDGED_AT_ONCE and (read is not None or not did):
                stop.wait(GATHER_SECONDS)

    def _perform_due(self, kind: WorkKind, claim: Callable[[WorkKind], list[Claim]], perform: Perform) -> int:
        claims = claim(kind)
        for begin in range(0, len(claims), TOGETHER):
            attempt(self.db, self.clock, perform, claims[begin : begin + TOGETHER])
        return len(claims)

    def _claim_many(self, kind: WorkKind) -> list[Claim]:
        return self._claim_due(kind, JUDGED_AT_ONCE)

    def _claim_one(self, kind: WorkKind) -> list[Claim]:
        """A remote may be slow: what asks one is claimed alone, so that nothing waits longer than its lease."""
        return self._claim_due(kind, 1)

    def _claim_due(self, kind: WorkKind, limit: int) -> list[Claim]:
        with self.db.read() as tx:
            if not work.kinds_due(tx, (kind,), self.clock.now(), self.lease_clock.now()):
                return []
        with self.db.begin() as tx:
            return work.claim_due(
                tx, (kind,), self.clock.now(), self.lease_clock.now(), limit, worker=self._heartbeat.worker_id
            )

    def _claim_for(self, remote: Remote, kind: WorkKind) -> list[Claim]:
        """The next action for this remote; a moment that its pace asks for is waited for here."""
        pace, patience = self.paces.get(remote, 0.0), time.monotonic() + MOMENT_SECONDS
        while True:
            with self.db.read() as tx:
                if not outbound.ready(tx, remote, self.clock.now(), self.lease_clock.now()):
                    return []
            with self.db.begin() as tx:
                found = outbound.claim_next(
                    tx, remote, pace, self.clock.now(), self.lease_clock.now(), self._heartbeat.worker_id
                )
            if not isinstance(found, outbound.Later):
                return [found] if found else []
            seconds = found.wait.total_seconds()
            if time.monotonic() + seconds > patience:
                return []
            time.sleep(seconds)
