"""The events read last, kept in memory as they were read."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Sequence
from datetime import datetime

import structlog

from plugin.core.event import Event
from plugin.storage import delivery
from plugin.storage.database import Transaction
from plugin.storage.encryption import Unopenable
from webhooks.wire import read_event
from webhooks.wire_problem import UnknownEvent, Unreadable

log = structlog.get_logger(__name__)
REMEMBERED = 50_000


class Memory:
    """The events read last, so that the many judgements of one morning do not read the same bodies again.

    Bounded; keyed by the body's hash with the number and time of its arrival, so it holds for any database.
    """

    def __init__(self, size: int = REMEMBERED):
        self._events: OrderedDict[tuple[bytes, int, datetime], Event] = OrderedDict()
        self._size = size
        self._lock = threading.Lock()

    def events(self, tx: Transaction, rows: Sequence) -> list[Event]:
        """The events that these rows of the inbox hold, in their order."""
        keys = [(bytes(row.body_hash), row.id, row.received_at) for row in rows]
        with self._lock:
            found = {key: self._events[key] for key in keys if key in self._events}
        missing = [key for key in keys if key not in found]
        if missing:
            bodies = delivery.bodies(tx, [number for _, number, _ in missing])
            for key in missing:
                found[key] = read_event(bodies[key[1]], delivery=key[1], received_at=key[2])
        with self._lock:
            for key in missing:
                self._events[key] = found[key]
            while len(self._events) > self._size:
                self._events.popitem(last=False)
        return [found[key] for key in keys]

    def readable(self, tx: Transaction, rows: Sequence) -> list[Event]:
        """The same without those that cannot be opened, or read, any more: of what others said one that is spoilt must
        stop nobody's judgement. Whose meeting it is, is not judged without it: that one fails, for people to see."""
        try:
            return self.events(tx, rows)
        except (Unopenable, Unreadable, UnknownEvent) as problem:
            if len(rows) == 1:
                log.error("delivery-spoilt", delivery=rows[0].id, problem=type(problem).__name__)
                return []
        middle = len(rows) // 2
        return [*self.readable(tx, rows[:middle]), *self.readable(tx, rows[middle:])]
