"""The inbox: deliveries stored once and durably before they are acknowledged.

One thread writes for the whole process: whatever waits is stored in one commit, and each request is told when its own
commit returned. On SQLite that is the difference between one fsync a delivery and one for many.
"""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Sequence
from enum import StrEnum

import structlog

from plugin.ports.clock import Clock
from plugin.storage.arrival import Arrival, Arrivals
from plugin.storage.database import Database
from plugin.storage.delivery import BODY
from plugin.storage.identity import identify
from webhooks.flood import Flood

log = structlog.get_logger()

LARGEST_BATCH = 256
LONGEST_QUEUE = 1024
PATIENCE_SECONDS = 1.8
"""Zoom waits three seconds; an answer of our own must come within two."""
CLOSING_SECONDS = 10.0
GIVE_WAY_SECONDS = 1.0
"""The longest that other work stands back in a flood at a time."""


class Receipt(StrEnum):
    """What became of a delivery; both are acknowledged."""

    STORED = "stored"
    DUPLICATE = "duplicate"


class NotStored(Exception):
    """The delivery could not be stored in time; answered with 503, and Zoom comes back in five minutes."""


class Waiting:
    """A delivery that waits to be stored; `tell` is called with all that were written with it and have the same one.

    Afterwards `receipt` says what became of it; it stays empty when the database refused.
    """

    __slots__ = ("body", "receipt", "received_at", "request_id", "tell")

    def __init__(self, body: bytes, request_id: str | None, tell: Callable[[Sequence[Waiting]], None]):
        self.body = body
        self.request_id = request_id
        self.tell = tell
        self.received_at = None
        self.receipt: Receipt | None = None


class Inbox:
    """Stores deliveries; `put` and `submit` may be called from many threads at once."""

    def __init__(self, db: Database, clock: Clock, on_stored: Callable[[], None] = lambda: None):
        self._vault = db.vault
        self._clock = clock
        self._on_stored = on_stored
        self._arrivals = Arrivals(db)
        # None only wakes the writer, so that it sees that the inbox was closed.
        self._waiting: queue.SimpleQueue[Waiting | None] = queue.SimpleQueue()
        self._closed = False
        self._flood = Flood()
        self._writer = threading.Thread(target=self._write, name="inbox-writer", daemon=True)
        self._writer.start()

    def put(self, body: bytes, request_id: str | None = None) -> Receipt:
        """Store a delivery once and return when it is committed.

        A delivery is the same one when its request id (with the moment it tells) or its raw body was stored before.
        Raises NotStored when the queue is full, the database refuses, or the commit takes too long; the row may then
        still be stored, and Zoom's repetition is a duplicate.
        """
        told = threading.Event()
        waiting = Waiting(body, request_id, lambda _group: told.set())
        self.submit(waiting)
        if not told.wait(PATIENCE_SECONDS):
            raise NotStored("the database did not commit in time")
        if waiting.receipt is None:
            raise NotStored("the database refused")
        return waiting.receipt

    def submit(self, waiting: Waiting) -> None:
        """The same without waiting for it: `tell` is called, from the writer's thread, when it is committed or refused.

        Raises NotStored when it is not even taken.
        """
        if self._closed:
            raise NotStored("the service is stopping")
        if self._waiting.qsize() >= LONGEST_QUEUE:
            raise NotStored("too many deliveries are waiting to be stored")
        waiting.received_at = self._clock.now()
        self._waiting.put(waiting)

    def give_way(self) -> None:
        """Wait a moment when deliveries pour in; a portion is read now and then all the same."""
        patience = time.monotonic() + GIVE_WAY_SECONDS
        while self._flood.is_on(now := time.monotonic()) and now < patience:
            time.sleep(GIVE_WAY_SECONDS / 20)

    def close(self) -> None:
        """Store what is waiting and stop the writer; calling it again is harmless."""
        self._closed = True
        self._waiting.put(None)
        self._writer.join(CLOSING_SECONDS)

    def _write(self) -> None:
        while not self._closed or not self._waiting.empty():
            batch = self._batch()
            if batch:
                self._store(batch)
        self._arrivals.close()

    def _batch(self) -> list[Waiting]:
        """Whatever waits by now, at least one and not too many for one commit."""
        batch = [self._waiting.get()]
        try:
            while len(batch) < LARGEST_BATCH:
                batch.append(self._waiting.get_nowait())
        except queue.Empty:
            pass
        return [waiting for waiting in batch if waiting is not None]

    def _store(self, batch: list[Waiting]) -> None:
        """Write a batch in one transaction and tell everybody.

        1. Insert and commit. On any trouble nothing of the batch stands, every request of it hears of that, and the
           writer goes on: it must outlive whatever happens to one batch.
        2. Only now the requests learn that they are stored. One that lost patience is no longer there; its delivery
           stands all the same, and Zoom's repetition of it is a duplicate.
        3. The reader is woken. It looks by itself now and then, so a failure here delays and loses nothing.
        """
        began = time.monotonic()
        try:
            numbers = self._arrivals.store(self._seal(batch))
        except Exception as error:
            log.error("inbox-not-written", deliveries=len(batch), error=type(error).__name__)
            _tell(batch)
            return
        for waiting, number in zip(batch, numbers, strict=True):
            waiting.receipt = Receipt.DUPLICATE if number is None else Receipt.STORED
        _tell(batch)
        new = [number for number in numbers if number is not None]
        # One line for the whole commit: the numbers are those under which reader, judge and actions go on.
        log.info(
            "deliveries-received", deliveries=new, duplicates=len(batch) - len(new),
            seconds=round(time.monotonic() - began, 4),
        )  # fmt: skip
        self._flood.committed(len(batch), time.monotonic())
        # In a flood it is not woken for each commit: it looks by itself, when there is room.
        if new and not self._flood.is_on(time.monotonic()):
            try:
                self._on_stored()
            except Exception as error:
                log.error("reader-not-woken", error=type(error).__name__)

    def _seal(self, batch: list[Waiting]) -> list[Arrival]:
        sealed = self._vault.seal_all(BODY, [waiting.body for waiting in batch])
        return [
            Arrival(*identify(waiting.body, waiting.request_id), waiting.received_at, body)
            for waiting, body in zip(batch, sealed, strict=True)
        ]


def _tell(batch: Sequence[Waiting]) -> None:
    """Tell everybody, those that are told together in one call."""
    groups: dict[Callable, list[Waiting]] = {}
    for waiting in batch:
        groups.setdefault(waiting.tell, []).append(waiting)
    for tell, group in groups.items():
        try:
            tell(group)
        except Exception as error:
            # Nobody is there any more, as when the service ends; what was stored stands.
            log.error("sender-not-told", error=type(error).__name__)
