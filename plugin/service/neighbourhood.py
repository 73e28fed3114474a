"""What the rest of the account said around an appointment, read once for all appointments of the same hours."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime, timedelta

from plugin.core.appointment import Appointment
from plugin.core.policy import Thresholds
from plugin.core.surroundings import Surroundings
from plugin.service.memory import Memory
from plugin.storage import appointment as appointments
from plugin.storage import delivery, feed
from plugin.storage.database import Transaction

HOUR = timedelta(hours=1)
KEPT = 16
# A large account never stops talking. There, what it said in the last half second may wait for the next look: a
# hundred judgements at the full hour then read it once and not a hundred times.
LARGE = 1000
FRESH_SECONDS = 0.5


@dataclass(frozen=True)
class _Seen:
    surroundings: Surroundings
    marker: tuple
    size: int
    now: datetime
    read_at: float


class Neighbourhood:
    """Keeps the surroundings of the last few hours, and reads them again when something was received or changed."""

    def __init__(self, memory: Memory):
        self._memory = memory
        self._kept: OrderedDict[tuple[datetime, datetime], _Seen] = OrderedDict()
        self._lock = threading.Lock()

    def around(self, tx: Transaction, appointment: Appointment, numbers: Thresholds, now: datetime) -> Surroundings:
        """The surroundings as they had arrived by `now`; `numbers` are those of this kind of session."""
        begin = _whole_hour(appointment.starts_at - numbers.early_window)
        end = _whole_hour(appointment.ends_at + numbers.early_window + HOUR)
        marker = (delivery.marker(tx), appointments.marker(tx, begin, end), feed.marker(tx))
        with self._lock:
            kept = self._kept.get((begin, end))
        if kept is not None and _holds(kept, marker, now):
            return kept.surroundings
        read_at = time.monotonic()
        rows = delivery.around(tx, begin, end, now)
        events = self._memory.events(tx, rows)
        registered = appointments.registered(tx, [event.meeting_id for event in events if event.registrant_id])
        surroundings = Surroundings(
            events,
            appointments.expected_between(tx, begin, end),
            delivery.first_heard(tx, now),
            blind=feed.blind_between(tx, begin, end, now),
            registered=lambda meeting_id, registrant_id: registered.get((meeting_id, registrant_id), ()),
        )
        with self._lock:
            self._kept[begin, end] = _Seen(surroundings, marker, len(rows), now, read_at)
            self._kept.move_to_end((begin, end))
            while len(self._kept) > KEPT:
                self._kept.popitem(last=False)
        return surroundings


def _holds(kept: _Seen, marker: tuple, now: datetime) -> bool:
    if kept.now > now:
        return False  # somebody looks at an earlier moment
    if kept.marker == marker:
        return True
    fresh = time.monotonic() - kept.read_at < FRESH_SECONDS and now - kept.now < timedelta(seconds=FRESH_SECONDS)
    return kept.size >= LARGE and fresh


def _whole_hour(at: datetime) -> datetime:
    return at.replace(minute=0, second=0, microsecond=0)
