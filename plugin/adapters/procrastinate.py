"""The engine for many machines: procrastinate on PostgreSQL finds the worker, our rows say what there is to do.

A job is only a hint. It is deferred in the same transaction as the row it points at, carries the row's kind and
subject, and its lock keeps two workers from the same subject. The handler claims the row by compare-and-set like the
embedded engine; so a job too many does nothing, and the sweep makes up for a job too few. The job of an action only
says that something waits before its remote: which action goes next is decided there, by urgency and by turns.
"""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from types import MappingProxyType

import procrastinate
import structlog
from procrastinate.worker import Worker
from sqlalchemy import text
from sqlalchemy.engine import URL

from plugin.adapters.attempt import attempt
from plugin.adapters.clock import SystemClock
from plugin.adapters.heartbeat import Heartbeat
from plugin.ports.clock import Clock
from plugin.ports.queue import ANYWHERE, Claim, Lane, Perform, Remote, WorkKind
from plugin.ports.retry import trouble
from plugin.storage import outbound, work, worker
from plugin.storage.database import Database, Transaction

SWEEP_SECONDS = 1.0
SWEPT_AT_ONCE = 500
READ_SECONDS = 0.2
BETWEEN_LOOKS = {WorkKind.JUDGE: 0.25, WorkKind.ACT: 0.5}
BETWEEN_OTHER_LOOKS = 2.0
"""Seconds. A job that can run at once is announced by the database; one that becomes due is found by looking, and each
look of each process costs the database something, also when there is nothing."""
HEARTBEATS_MISSED = 4  # as long as a claim of ours outlives its worker: worker.SILENT_AFTER
TAKEN_ALONG = 19
"""So many are judged in one transaction beside the one that the job points at."""
ACT_QUEUE = "act-"
# Judging computes, and two threads of one process do not compute faster than one; acting waits for others, and each
# remote has workers of its own, so that a slow one holds up nothing for another.
AT_ONCE = {kind.value: 1 for kind in WorkKind if kind is not WorkKind.ACT} | {
    f"{ACT_QUEUE}{remote}": threads
    for remote, threads in {Remote.HERE: 1, Remote.CORRESPONDENCE: 2, Remote.MEETINGS: 1, Remote.HELPDESK: 2}.items()
}
MOMENT_SECONDS = 1.0

log = structlog.get_logger(__name__)
logging.getLogger("procrastinate").setLevel(logging.WARNING)

# procrastinate's own function, on the caller's connection; one waiting job for each subject, moved if it must be
# earlier. The row in `work` was written just before and is locked, so two callers cannot both find no job.
_DEFER = text(
    "WITH sooner AS (UPDATE procrastinate_jobs SET scheduled_at = least(scheduled_at,"
    " now() + make_interval(secs => :wait)) WHERE queueing_lock = :lock AND status = 'todo' RETURNING id)"
    " SELECT procrastinate_defer_jobs_v1(ARRAY[ROW("
    "CAST(:queue AS varchar), CAST(:task AS varchar), 0, CAST(:lock AS text), CAST(:lock AS text),"
    " jsonb_build_object('kind', CAST(:kind AS text), 'subject', CAST(:subject AS text)),"
    " now() + make_interval(secs => :wait))]::procrastinate_job_to_defer_v1[])"
    " WHERE NOT EXISTS (SELECT FROM sooner)"
)
# Whose job is just being taken by another worker keeps it: that one finds nothing to do.
_DROP = text(
    "DELETE FROM procrastinate_jobs WHERE id IN (SELECT id FROM procrastinate_jobs"
    " WHERE queueing_lock = ANY(:locks) AND status = 'todo' FOR UPDATE SKIP LOCKED)"
)
_WITHOUT_JOB = text(
    "NOT EXISTS (SELECT FROM procrastinate_jobs j WHERE j.queueing_lock = work.kind || ':' || work.subject"
    " AND j.status = 'todo' AND j.scheduled_at <= now())"
)
TASK = "rejoin.work"


class ProcrastinateQueue:
    """Judging and acting have workers of their own, so that a slow mail server delays no verdict.

    Every process that runs this queue reads the inbox and sweeps: due rows without a job get one, jobs of a worker
    that was killed (procrastinate leaves them `doing` for ever) are dropped, since their rows stand. A worker that
    missed four heartbeats counts as killed. `paces` tells how many actions a second each remote bears, all processes
    together; one that it does not name bears any number.
    """

    def __init__(
        self,
        db: Database,
        clock: Clock,
        lease_clock: Clock | None = None,
        heartbeat_seconds: float | None = None,
        paces: Mapping[Remote, float] = MappingProxyType({}),
    ):
        self.db = db
        self.paces = paces
        self.heartbeat_seconds = heartbeat_seconds or worker.HEARTBEAT_SECONDS
        self.clock = clock
        self.lease_clock = lease_clock or SystemClock()
        self._wake = threading.Event()
        self._heartbeat = Heartbeat(db, self.lease_clock)

    def request(self, tx: Transaction, kind: WorkKind, subject: str, due_at: datetime, lane: Lane = ANYWHERE) -> None:
        """Write the row and defer the job in the caller's transaction: both stand, or neither."""
        outbound.request(tx, kind, subject, due_at, lane)
        self._defer(tx, kind, [(subject, due_at, lane.remote)])

    def request_all(self, tx: Transaction, kind: WorkKind, subjects: Iterable[str], due_at: datetime) -> None:
        """The same for several subjects that go to nobody outside."""
        subjects = list(subjects)
        work.request_all(tx, kind, subjects, due_at)
        self._defer(tx, kind, [(subject, due_at, Remote.HERE) for subject in subjects])

    def wake(self) -> None:
        """Read the inbox at once; jobs are announced by PostgreSQL itself."""
        self._wake.set()

    def run(self, read: Callable[[], int], perform: Perform, stop: threading.Event) -> None:
        """Work until `stop` is set; then drain the inbox, finish what is claimed, and return."""
        with Heartbeat(self.db, self.lease_clock) as self._heartbeat:
            self._run(read, perform, stop)

    def _run(self, read: Callable[[], int], perform: Perform, stop: threading.Event) -> None:
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
            # Of the kinds that this program knows: a newer one beside it may have more of them. The rows are locked
            # first, as in `request`; what another process is writing to, or sweeping, is passed by.
            due = work.lock_due(tx, WorkKind, now, lease_now, SWEPT_AT_ONCE, _WITHOUT_JOB)
            for kind in {kind for kind, _, _ in due}:
                self._defer(tx, kind, [(subject, now, remote) for other, subject, remote in due if other is kind])
        return len(due)

    def _defer(self, tx: Transaction, kind: WorkKind, places: Iterable[tuple[str, datetime, Remote]]) -> None:
        """Give each of these subjects a job that runs when it is due, or sooner if it has one."""
        now, speed = self.clock.now(), getattr(self.clock, "speed", 1.0)
        jobs = [
            {
                "lock": _lock(kind, subject),
                # procrastinate looks at the database's clock, so it is told how long to wait, not until when.
                "wait": max(0.0, (due_at - now).total_seconds() / speed),
                "queue": f"{ACT_QUEUE}{remote}" if kind is WorkKind.ACT else kind.value,
                "kind": kind.value,
                "subject": subject,
                "task": TASK,
            }
            for subject, due_at, remote in places
        ]
        if jobs:
            tx.execute(_DEFER, jobs)

    def _work_until(self, perform: Perform, stop: threading.Event, ended: threading.Event) -> None:
        while not stop.is_set():
            try:
                asyncio.run(self._workers(perform, stop))
            except Exception as error:
                log.error("workers-failed", error=trouble(error))
                stop.wait(1.0)
        ended.set()

    async def _workers(self, perform: Perform, stop: threading.Event) -> None:
        connector = procrastinate.PsycopgConnector(conninfo=_conninfo(self.db.engine.url), min_size=1, max_size=6)
        app = procrastinate.App(connector=connector)

        @app.task(name=TASK, pass_context=True)
        def do(context: procrastinate.JobContext, kind: str, subject: str) -> None:
            if kind == WorkKind.ACT:
                self._act(Remote(context.job.queue.removeprefix(ACT_QUEUE)), subject, perform)
            else:
                self._perform_one(WorkKind(kind), subject, perform)

        async with app.open_async():
            workers = [
                Worker(
                    app,
                    queues=[queue],
                    name=f"rejoin-{queue}",
                    concurrency=at_once,
                    fetch_job_polling_interval=_between_looks(queue),
                    abort_job_polling_interval=3600.0,
                    update_heartbeat_interval=self.heartbeat_seconds,
                    stalled_worker_timeout=self.heartbeat_seconds * HEARTBEATS_MISSED,
                    install_signal_handlers=False,
                    delete_jobs="always",
                )
                for queue, at_once in AT_ONCE.items()
            ]
            running = [asyncio.create_task(worker.run()) for worker in workers]
            while True:
                # A moment first, as a worker that begins forgets what it was asked before.
                await asyncio.sleep(0.1)
                if stop.is_set() or any(task.done() for task in running):
                    break
            # They finish the jobs they have. To cancel them would do the same, but whoever is cancelled while it
            # begins, just as the database answers, does not notice and works on for ever.
            for worker in workers:
                worker.stop()
            results = await asyncio.gather(*running, return_exceptions=True)
        for result in results:
            if isinstance(result, Exception):
                raise result

    def _perform_one(self, kind: WorkKind, subject: str, perform: Perform) -> None:
        """Do what the job points at; a judge takes along what else is due, for at the full hour much is at once."""
        now, lease_now = self.clock.now(), self.lease_clock.now()
        with self.db.begin() as tx:
            me = self._heartbeat.worker_id
            claims = work.claim_due(tx, (kind,), now, lease_now, limit=1, subject=subject, worker=me)
            if claims and kind is WorkKind.JUDGE:
                along = work.claim_due(tx, (kind,), now, lease_now, limit=TAKEN_ALONG, worker=me)
                if along:
                    tx.execute(_DROP, {"locks": [_lock(kind, claim.subject) for claim in along]})
                    claims += along
        if claims:
            attempt(self.db, self.clock, perform, claims)
        with self.db.begin() as tx:
            # The rows may be due again: their next look, a retry, or asked for again while they were done.
            places = work.due_times(tx, kind, [claim.subject for claim in claims] or [subject])
            self._defer(tx, kind, [place for place in places if claims or place[1] > self.clock.now()])

    def _act(self, remote: Remote, subject: str, perform: Perform) -> None:
        """Carry out what goes next to the remote of this action; while the remote needs a rest, come again later."""
        claim, rest = self._next_for(remote)
        if claim is not None:
            attempt(self.db, self.clock, perform, [claim])
        with self.db.begin() as tx:
            now = self.clock.now()
            ours = claim.subject if claim else None
            # This job is used up. A row that is due and that somebody else holds gets its next one by the sweep.
            self._defer(
                tx,
                WorkKind.ACT,
                [
                    (one, max(next_at, now + rest), remote)
                    for one, next_at, remote in work.due_times(tx, WorkKind.ACT, {subject, ours} - {None})
                    if one == ours or rest or next_at > now
                ],
            )

    def _next_for(self, remote: Remote) -> tuple[Claim | None, timedelta]:
        """The claim, or how long to come again after; a moment that the pace asks for is waited for here."""
        pace, patience = self.paces.get(remote, 0.0), time.monotonic() + MOMENT_SECONDS
        while True:
            with self.db.begin() as tx:
                found = outbound.claim_next(
                    tx, remote, pace, self.clock.now(), self.lease_clock.now(), self._heartbeat.worker_id
                )
            if not isinstance(found, outbound.Later):
                return found, timedelta()
            seconds = found.wait.total_seconds()
            if time.monotonic() + seconds > patience:
                time.sleep(max(0.0, patience - time.monotonic()))
                return None, found.wait
            time.sleep(seconds)


def _between_looks(queue: str) -> float:
    """How many seconds a worker of this queue waits for an announcement before it looks by itself."""
    kind = WorkKind.ACT if queue.startswith(ACT_QUEUE) else WorkKind(queue)
    return BETWEEN_LOOKS.get(kind, BETWEEN_OTHER_LOOKS)


def _lock(kind: WorkKind, subject: str) -> str:
    return f"{kind.value}:{subject}"


def _conninfo(url: URL) -> str:
    return url.set(drivername="postgresql").render_as_string(hide_password=False)
