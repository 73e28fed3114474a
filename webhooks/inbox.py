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
from dataclasses import dataclass, field
from enum import StrEnum

import structlog
from sqlalchemy import or_, select
from sqlalchemy.exc import SQLAlchemyError

from plugin.ports.clock import Clock
from plugin.storage.database import Database, Transaction
from plugin.storage.insertion import insert
from plugin.storage.tables import delivery

log = structlog.get_logger()

LARGEST_BATCH = 256
LONGEST_QUEUE = 2048
PATIENCE_SECONDS = 2.0
"""Zoom waits three seconds; an answer of our own must come before."""


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
        """Store what is waiting and stop the writer."""
        self._closed = True
        self._waiting.put(None)
        self._writer.join(timeout=10)

    def _write(self) -> None:
        while True:
            batch, last = self._batch()
            if batch:
                self._store(batch)
            if last:
                return

    def _batch(self) -> tuple[list[_Waiting], bool]:
        first = self._waiting.get()
        batch: list[_Waiting] = []
        while first is not None:
            batch.append(first)
            if len(batch) >= LARGEST_BATCH:
                return batch, False
            try:
                first = self._waiting.get_nowait()
            except queue.Empty:
                return batch, False
        return batch, True

    def _store(self, batch: list[_Waiting]) -> None:
        began = time.monotonic()
        try:
            with self._db.begin() as tx:
                receipts = _insert(tx, batch)
        except SQLAlchemyError as error:
            log.error("inbox-not-written", deliveries=len(batch), error=type(error).__name__)
            for waiting in batch:
                waiting.receipt.set_exception(NotStored("the database refused"))
            return
        for waiting, receipt in zip(batch, receipts, strict=True):
            waiting.receipt.set_result(receipt)
        if Receipt.STORED in receipts:
            self._on_stored()
        log.debug("inbox-written", deliveries=len(batch), seconds=round(time.monotonic() - began, 4))


def _insert(tx: Transaction, batch: list[_Waiting]) -> list[Receipt]:
    """Insert what is new: one look at the keys that exist, then one statement; a race is settled by the keys."""
    ids = [w.request_id for w in batch if w.request_id]
    known = tx.execute(
        select(delivery.c.request_id, delivery.c.body_hash).where(
            or_(delivery.c.body_hash.in_([w.body_hash for w in batch]), delivery.c.request_id.in_(ids))
        )
    ).all()
    seen_ids, seen_hashes = {row.request_id for row in known}, {bytes(row.body_hash) for row in known}
    receipts, rows = [], []
    for waiting in batch:
        again = waiting.body_hash in seen_hashes or (waiting.request_id is not None and waiting.request_id in seen_ids)
        receipts.append(Receipt.DUPLICATE if again else Receipt.STORED)
        if not again:
            seen_hashes.add(waiting.body_hash)
            seen_ids.add(waiting.request_id)
            rows.append(waiting.row)
    if rows:
        tx.execute(insert(tx, delivery).on_conflict_do_nothing(), rows)
    return receipts
