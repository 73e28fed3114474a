"""The engine for many machines: procrastinate on PostgreSQL finds the worker, our rows say what there is to do.

A job is only a hint. It is deferred in the same transaction as the row it points at, carries the row's kind and
subject, and its lock keeps two workers from the same subject. The handler claims the row by compare-and-set like the
embedded engine; so a job too many does nothing, and the sweep makes up for a job too few.
"""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections.abc import Callable
from datetime import datetime

import procrastinate
import structlog
from sqlalchemy import text
from sqlalchemy.engine import URL

from plugin.adapters.attempt import attempt
from plugin.adapters.clock import SystemClock
from plugin.ports.clock import Clock
from plugin.ports.queue import Claim, WorkKind
from plugin.ports.retry import trouble
from plugin.storage import work
from plugin.storage.database import Database, Transaction

SWEEP_SECONDS = 1.0
READ_SECONDS = 0.2
BETWEEN_LOOKS = 0.25
HEARTBEATS_MISSED = 4
TAKEN_ALONG = 50
# Judging computes, and two threads of one process do not compute faster than one; acting waits for others.
AT_ONCE = {
    WorkKind.JUDGE: 1, WorkKind.ACT: 4, WorkKind.WATCH: 1, WorkKind.REPORT: 1, WorkKind.DESK: 1, WorkKind.OFFER: 1,
}  # fmt: skip

log = structlog.get_logger(__name__)
logging.getLogger("procrastinate").setLevel(logging.WARNING)

# procrastinate's own function, on the caller's connection; one waiting job for each subject, moved if it must be
# earlier. The row in `work` was written just before and is locked, so two callers cannot both find no job.
_SOONER = text(
    "UPDATE procrastinate_jobs SET scheduled_at = least(scheduled_at,"
    " now() + make_interval(secs => :wait))"
    " WHERE queueing_lock = :lock AND status = 'todo' RETURNING id"
)
_DEFER = text(
    "SELECT procrastinate_defer_jobs_v1(ARRAY[ROW("
    "CAST(:kind AS varchar), CAST(:task AS varchar), 0, CAST(:lock AS text), CAST(:lock AS text),"
    " jsonb_build_object('kind', CAST(:kind AS text), 'subject', CAST(:subject AS text)),"
    " now() + make_interval(secs => :wait))]::procrastinate_job_to_defer_v1[])"
)
_WITHOUT_JOB = text(
    "SELECT kind, subject FROM work w WHERE dead_at IS NULL AND due_at <= :now"
    " AND (claimed_until IS NULL OR claimed_until < :lease_now)"
    " AND NOT EXISTS (SELECT FROM procrastinate_jobs j WHERE j.queueing_lock = w.kind || ':' || w.subject"
    " AND j.status = 'todo' AND j.scheduled_at <= now()) ORDER BY due_at LIMIT 500"
)
TASK = "rejoin.work"


class ProcrastinateQueue:
    """Judging and acting have workers of their own, so that a slow mail server delays no verdict.

    Every process that runs this queue reads the inbox and sweeps: due rows without a job get one, jobs of a worker
    that was killed (procrastinate leaves them `doing` for ever) are dropped, since their rows stand. A worker that
    missed four heartbeats counts as killed.
    """

    def __init__(self, db: Database, clock: Clock, lease_clock: Clock | None = None, heartbeat_seconds: float = 5.0):
        self.db = db
        self.heartbeat_seconds = heartbeat_seconds
        self.clock = clock
        self.lease_clock = lease_clock or SystemClock()
        self._wake = threading.Event()

    def request(self, tx: Transaction, kind: WorkKind, subject: str, due_at: datetime) -> None:
        """Write the row and defer the job in the caller's transaction: both stand, or neither."""
        work.request(tx, kind, subject, due_at)
        self._defer(tx, kind, subject, due_at)

    def wake(self) -> None:
        """Read the inbox at once; jobs are announced by PostgreSQL itself."""
        self._wake.set()

    def run(self, read: Callable[[], int], perform: Callable[[Claim], None], stop: threading.Event) -> None:
        """Work until `stop` is set; then drain the inbox, finish what is claimed, and return."""
        ended = threading.Event()
        workers = threading.Thread(
            target=self._work_until, args=(perform, stop, ended), name="rejoin-working", daemon=True
        )
        workers.start()
        sweep_after = time.monotonic()
        while True:
            ending = stop.is_set()
            self._wake.clear()
            did = 0
            try:
                did = read()
                if not ending and time.monotonic() >= sweep_after:
                    sweep_after = time.monotonic() + SWEEP_SECONDS
                    self.sweep()
            except Exception as error:
                log.error("round-failed", error=trouble(error))
                if ending or stop.wait(1.0):
                    break
                continue
            if not did:
                if ending:
                    break
                self._wake.wait(READ_SECONDS)
        ended.wait()
        workers.join()

    def sweep(self) -> int:
        """Give each due row that nobody holds a job that can run now; returns how many had none."""
        with self.db.begin() as tx:
            now, lease_now = self.clock.now(), self.lease_clock.now()
            work.bury(tx, now, lease_now)
            tx.execute(
                text(
                    "WITH lost AS (SELECT j.id FROM procrastinate_jobs j LEFT JOIN procrastinate_workers w"
                    " ON w.id = j.worker_id WHERE j.status = 'doing' AND j.task_name = :task"
                    " AND (w.id IS NULL OR w.last_heartbeat < now() - make_interval(secs => :secs))"
                    " FOR UPDATE OF j SKIP LOCKED)"
                    " DELETE FROM procrastinate_jobs WHERE id IN (SELECT id FROM lost)"
                ),
                {"task": TASK, "secs": self.heartbeat_seconds * HEARTBEATS_MISSED},
            )
            due = tx.execute(_WITHOUT_JOB, {"now": now, "lease_now": lease_now}).all()
        for name, subject in due:
            kind = WorkKind(name)
            with self.db.begin() as tx:
                # The row is locked first, as in `request`; whoever holds it is just writing to it.
                if work.lock_due(tx, kind, subject, self.clock.now(), self.lease_clock.now()):
                    self._defer(tx, kind, subject, self.clock.now())
        return len(due)

    def _defer(self, tx: Transaction, kind: WorkKind, subject: str, due_at: datetime) -> None:
        lock = f"{kind.value}:{subject}"
        # procrastinate looks at the database's clock, so it is told how long to wait, not until when.
        ahead = (due_at - self.clock.now()).total_seconds() / getattr(self.clock, "speed", 1.0)
        wait = max(0.0, ahead)
        if tx.execute(_SOONER, {"lock": lock, "wait": wait}).first() is None:
            tx.execute(_DEFER, {"lock": lock, "wait": wait, "kind": kind.value, "subject": subject, "task": TASK})

    def _work_until(self, perform: Callable[[Claim], None], stop: threading.Event, ended: threading.Event) -> None:
        while not stop.is_set():
            try:
                asyncio.run(self._workers(perform, stop))
            except Exception as error:
                log.error("workers-failed", error=trouble(error))
                stop.wait(1.0)
        ended.set()

    async def _workers(self, perform: Callable[[Claim], None], stop: threading.Event) -> None:
        connector = procrastinate.PsycopgConnector(conninfo=_conninfo(self.db.engine.url), min_size=1, max_size=6)
        app = procrastinate.App(connector=connector)

        @app.task(name=TASK)
        def do(kind: str, subject: str) -> None:
            self._perform_one(WorkKind(kind), subject, perform)

        async with app.open_async():
            workers = [
                asyncio.create_task(
                    app.run_worker_async(
                        queues=[kind.value],
                        name=f"rejoin-{kind.value}",
                        concurrency=AT_ONCE[kind],
                        fetch_job_polling_interval=BETWEEN_LOOKS,
                        abort_job_polling_interval=3600.0,
                        update_heartbeat_interval=self.heartbeat_seconds,
                        stalled_worker_timeout=self.heartbeat_seconds * HEARTBEATS_MISSED,
                        install_signal_handlers=False,
                        delete_jobs="always",
                    )
                )
                for kind in WorkKind
            ]
            try:
                while not stop.is_set() and not any(worker.done() for worker in workers):
                    await asyncio.sleep(0.1)
            finally:
                for worker in workers:
                    worker.cancel()  # it finishes the jobs it has
                results = await asyncio.gather(*workers, return_exceptions=True)
        for result in results:
            if isinstance(result, Exception):
                raise result

    def _perform_one(self, kind: WorkKind, subject: str, perform: Callable[[Claim], None]) -> None:
        """Do what the job points at; a judge takes along what else is due, for at the full hour much is at once."""
        now, lease_now = self.clock.now(), self.lease_clock.now()
        with self.db.begin() as tx:
            claims = work.claim_due(tx, (kind,), now, lease_now, limit=1, subject=subject)
            if claims and kind is WorkKind.JUDGE:
                claims += work.claim_due(tx, (kind,), now, lease_now, limit=TAKEN_ALONG)
        for claim in claims:
            attempt(self.db, self.clock, perform, claim)
        with self.db.begin() as tx:
            # The rows may be due again: their next look, a retry, or asked for again while they were done.
            for one, next_at in work.due_times(tx, kind, [claim.subject for claim in claims] or [subject]):
                if claims or next_at > self.clock.now():
                    self._defer(tx, kind, one, next_at)


def _conninfo(url: URL) -> str:
    return url.set(drivername="postgresql").render_as_string(hide_password=False)
