"""A worker says that it lives, in a thread of its own: whatever it is busy with, its work is not taken from it.

The same thread notices when the machine's clock is put back. What was asked for "at once" while it was wrong would
otherwise wait until the right time has caught up.
"""

from __future__ import annotations

import threading
import time
import uuid
from datetime import datetime, timedelta
from types import TracebackType

import structlog

from plugin.ports.clock import Clock
from plugin.ports.retry import trouble
from plugin.storage import clock_step, worker
from plugin.storage.database import Database, Transaction

log = structlog.get_logger(__name__)

STEP = timedelta(seconds=20)
"""Less than this heals by waiting."""
LINGERS_SECONDS = 10.0
"""Whoever looked at the clock just before it was put back may write what it showed for some seconds yet."""


class Heartbeat:
    """Keeps one worker's row fresh as long as the `with` lasts.

    `worker_id` is None until the row stands: a claim under the name of a worker that nobody has heard of would be
    anybody's. Without it only the lease protects a claim.
    """

    def __init__(self, db: Database, lease_clock: Clock):
        self._db, self._clock = db, lease_clock
        self._id = uuid.uuid4().hex
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._go_on, name="rejoin-heartbeat", daemon=True)
        self._last: tuple[datetime, float] | None = None
        self._put_back: tuple[datetime, float] | None = None
        self.worker_id: str | None = None

    def __enter__(self) -> Heartbeat:
        self._beat()
        self._thread.start()
        return self

    def __exit__(self, kind: type | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._stop.set()
        self._thread.join()
        try:
            with self._db.begin() as tx:
                worker.gone(tx, self._id, self._clock.now())
        except Exception as problem:
            # Nobody misses it: the others see within seconds that it is silent.
            log.warning("worker-not-signed-off", error=trouble(problem))

    def _go_on(self) -> None:
        while not self._stop.wait(worker.HEARTBEAT_SECONDS):
            self._beat()

    def _beat(self) -> None:
        try:
            now, ticks = self._clock.now(), time.monotonic()
            with self._db.begin() as tx:
                self._mend(tx, now, ticks)
                worker.seen(tx, self._id, now)
            self._last = (now, ticks)
            self.worker_id = self._id
        except Exception as problem:
            # The database is away: nobody else can take anything over either.
            log.warning("heartbeat-missed", error=trouble(problem))

    def _mend(self, tx: Transaction, now: datetime, ticks: float) -> None:
        """Put right what was written by a clock that was put back: at once, and a while later once more."""
        should_be = self._last and self._last[0] + timedelta(seconds=ticks - self._last[1])
        # At the start another worker's row may tell of it: it was killed while the clock was wrong.
        should_be = should_be or worker.newest(tx)
        if should_be and should_be - now > STEP:
            clock_step.mend(tx, now, should_be)
            log.warning("clock-was-put-back", seconds=round((should_be - now).total_seconds()))
            self._put_back = (should_be, ticks)
        elif self._put_back and ticks - self._put_back[1] >= LINGERS_SECONDS:
            clock_step.mend(tx, now, self._put_back[0])
            self._put_back = None
