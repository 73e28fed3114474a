"""The inbox: deliveries stored once and durably before they are acknowledged.

One thread writes for all requests of the process: whatever waits is stored in one commit, and each request returns
when its own commit did. On SQLite that is the difference between one fsync a delivery and one for many.
"""

from __future__ import annotations

import hashlib
import queue
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass, field
from enum import StrEnum
from operator import itemgetter

import structlog
from sqlalchemy import or_, select

from plugin.ports.clock import Clock
from plugin.storage.database import Database, Transaction
from plugin.storage.insertion import insert
from plugin.storage.tables import delivery

log = structlog.get_logger()

LARGEST_BATCH = 256
LONGEST_QUEUE = 2048
PATIENCE_SECONDS = 2.0
"""Zoom waits three seconds; an answer of our own must come before."""
CLOSING_SECONDS = 10.0


class Receipt(StrEnum):
    """What became of a delivery; both are acknowledged."""

    STORED = "stored"
    DUPLICATE = "duplicate"


class NotStored(Exception):
    """The delivery could not be stored in time; answered with 503, and Zoom comes back in five minutes."""


@dataclass(slots=True)
class _Waiting:
    request_id: str | None
    body_hash: bytes
    row: dict
    receipt: Future = field(default_factory=Future)


class Inbox:
    """Stores deliveries; `put` may be called from many threads at once."""

    def __init__(self, db: Database, clock: Clock, on_stored: Callable[[], None] = lambda: None):
        self._db = db
        self._clock = clock
        self._on_stored = on_stored
        # None only wakes the writer, so that it sees that the inbox was closed.
        self._waiting: queue.Queue[_Waiting | None] = queue.Queue(LONGEST_QUEUE)
        self._closed = False
        self._writer = threading.Thread(target=self._write, name="inbox-writer", daemon=True)
        self._writer.start()

    def put(self, body: bytes, request_id: str | None = None) -> Receipt:
        """Store a delivery once and return when it is committed.

        A delivery is the same one when its request id or its raw body was stored before. Raises NotStored when the
        queue is full, the database refuses, or the commit takes too long; the row may then still be stored, and
        Zoom's repetition is a duplicate.
        """
        digest = hashlib.sha256(body).digest()
        row = {
            "request_id": request_id,
            "body_hash": digest,
            "received_at": self._clock.now(),
            "body_sealed": self._db.vault.seal("delivery.body_sealed", body),
        }
        waiting = _Waiting(request_id, digest, row)
        if self._closed:
            raise NotStored("the service is stopping")
        try:
            self._waiting.put_nowait(waiting)
        except queue.Full:
            raise NotStored("too many deliveries are waiting to be stored") from None
        try:
            return waiting.receipt.result(timeout=PATIENCE_SECONDS)
        except TimeoutError:
            raise NotStored("the database did not commit in time") from None

    def close(self) -> None:
        """Store what is waiting and stop the writer; calling it again is harmless."""
        self._closed = True
        with suppress(queue.Full):  # a full queue keeps the writer awake as well
            self._waiting.put_nowait(None)
        self._writer.join(CLOSING_SECONDS)

    def _write(self) -> None:
        while not self._closed or not self._waiting.empty():
            batch = self._batch()
            if batch:
                self._store(batch)

    def _batch(self) -> list[_Waiting]:
        """Whatever waits by now, at least one and not too many for one commit."""
        batch = [self._waiting.get()]
        with suppress(queue.Empty):
            while len(batch) < LARGEST_BATCH:
                batch.append(self._waiting.get_nowait())
        return [waiting for waiting in batch if waiting is not None]

    def _store(self, batch: list[_Waiting]) -> None:
        """Write a batch in one transaction and tell everybody.

        1. Insert and commit. On any trouble nothing of the batch stands, every request of it hears of that, and the
           writer goes on: it must outlive whatever happens to one batch.
        2. Only now the requests learn that they are stored. One that lost patience is no longer there; its delivery
           stands all the same, and Zoom's repetition of it is a duplicate.
        3. The reader is woken. It looks by itself now and then, so a failure here delays and loses nothing.
        """
        began = time.monotonic()
        try:
            with self._db.begin() as tx:
                receipts = _insert(tx, batch)
        except Exception as error:
            log.error("inbox-not-written", deliveries=len(batch), error=type(error).__name__)
            for waiting in batch:
                waiting.receipt.set_exception(NotStored("the database refused"))
            return
        for waiting, receipt in zip(batch, receipts, strict=True):
            waiting.receipt.set_result(receipt)
        log.debug("inbox-written", deliveries=len(batch), seconds=round(time.monotonic() - began, 4))
        if Receipt.STORED in receipts:
            try:
                self._on_stored()
            except Exception as error:
                log.error("reader-not-woken", error=type(error).__name__)


def _insert(tx: Transaction, batch: list[_Waiting]) -> list[Receipt]:
    """Insert what is new: one look at the keys that exist, then one statement; a race is settled by the keys."""
    ids = [w.request_id for w in batch if w.request_id]
    known = tx.execute(
        select(delivery.c.request_id, delivery.c.body_hash).where(
            or_(delivery.c.body_hash.in_([w.body_hash for w in batch]), delivery.c.request_id.in_(ids))
        )
    ).all()
    seen_ids = {row.request_id for row in known if row.request_id is not None}
    seen_hashes = {bytes(row.body_hash) for row in known}
    receipts, rows = [], []
    for waiting in batch:
        again = waiting.body_hash in seen_hashes or waiting.request_id in seen_ids
        receipts.append(Receipt.DUPLICATE if again else Receipt.STORED)
        if not again:
            seen_hashes.add(waiting.body_hash)
            if waiting.request_id is not None:
                seen_ids.add(waiting.request_id)
            rows.append(waiting.row)
    if rows:
        # In one order everywhere: two processes that store the same deliveries must not wait for each other.
        rows.sort(key=itemgetter("body_hash"))
        tx.execute(insert(tx, delivery).on_conflict_do_nothing(), rows)
    return receipts
