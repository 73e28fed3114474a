"""What a receiver sees of the feed's health: counted in memory, written every few seconds, never in the request.

A process that is killed loses the counts of its last seconds and no delivery: those stand in the inbox. Each start of a
process has rows of its own, so that several of them never write over one another.
"""

from __future__ import annotations

import secrets
import threading
from collections import deque
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import structlog

from plugin.ports.clock import Clock
from plugin.storage import feed
from plugin.storage.database import Database
from plugin.storage.feed import Sign

log = structlog.get_logger()

FLUSH_SECONDS = 5.0
SAMPLES = 200
# What became of a delivery, and which sign that is.
_GOOD = {"stored": feed.DELIVERY, "duplicate": feed.DELIVERY, "validated": feed.VALIDATED}
_BAD = {"forged": feed.FORGED, "bad-challenge": feed.REFUSED_VALIDATION}
_SIGNED = frozenset({"stored", "duplicate", "validated", "bad-challenge", "stale"})
"""The secret was right, so the time in the header is Zoom's."""


class Tally:
    """Counts for one process; may be called from many threads at once.

    Our clock is measured by the deliveries of the last `skew_window`.
    """

    def __init__(self, db: Database, clock: Clock, skew_window: timedelta, flush_seconds: float = FLUSH_SECONDS):
        self._db, self._clock = db, clock
        self._skew_window = skew_window
        self._source = secrets.token_hex(8)
        self._flush_seconds = flush_seconds
        self._lock = threading.Lock()
        self._signs: dict[str, Sign] = {}
        self._changed: set[str] = set()
        self._samples: deque[tuple[datetime, str]] = deque(maxlen=SAMPLES)
        self._end = threading.Event()
        self._writer: threading.Thread | None = None

    def count(self, result: str, timestamps: Sequence[str | None], looks_like_zoom: bool = True) -> None:
        """Deliveries of this moment became this; of each the `timestamp` of its header, in seconds since 1970.

        A stranger's request that does not even look like one of Zoom's says nothing about the feed.
        """
        kind = _GOOD.get(result) or _BAD.get(result)
        if (kind is None and result not in _SIGNED) or (kind == feed.FORGED and not looks_like_zoom):
            return
        now = self._clock.now()
        with self._lock:
            if result in _SIGNED:
                self._samples.extend([(now, timestamp) for timestamp in timestamps if timestamp])
                self._changed.add(feed.SKEW)
            if kind is not None:
                known = None if result in _GOOD else self._signs.get(kind)
                times, first = (known.times, known.first_at) if known and known.times else (0, now)
                self._put(Sign(kind, 1 if result in _GOOD else times + len(timestamps), first, now))
                if result in _GOOD:
                    self._start_again(feed.FORGED)
                if kind == feed.VALIDATED:
                    self._start_again(feed.REFUSED_VALIDATION)
            if self._writer is None and not self._end.is_set():
                self._writer = threading.Thread(target=self._write, name="feed-tally", daemon=True)
                self._writer.start()

    def flush(self) -> None:
        """Write what changed since the last time; when the database is busy, the next round does it."""
        with self._lock:
            changed, self._changed = self._changed, set()
            signs = [self._signs[kind] for kind in changed if kind in self._signs]
            if feed.SKEW in changed and (skew := self._skew()):
                signs.append(skew)
        if not signs:
            return
        try:
            with self._db.begin() as tx:
                feed.note(tx, self._source, sorted(signs, key=lambda sign: sign.kind))
        except Exception as error:
            log.warning("feed-tally-not-written", error=type(error).__name__)
            with self._lock:
                self._changed |= changed

    def close(self) -> None:
        """Write what is left; calling it again is harmless."""
        self._end.set()
        if self._writer is not None:
            self._writer.join(self._flush_seconds)
        self.flush()

    def _write(self) -> None:
        while not self._end.wait(self._flush_seconds):
            self.flush()

    def _put(self, sign: Sign) -> None:
        self._signs[sign.kind] = sign
        self._changed.add(sign.kind)

    def _start_again(self, kind: str) -> None:
        known = self._signs.get(kind)
        if known and known.times:
            self._put(Sign(kind, 0, known.first_at, known.last_at))

    def _skew(self) -> Sign | None:
        newest = self._samples[-1][0] if self._samples else None
        lately = [
            (at, at - datetime.fromtimestamp(int(timestamp), UTC))
            for at, timestamp in self._samples
            if abs(newest - at) <= self._skew_window  # later are those that a clock measured which was put back since
        ]
        if not lately:
            return None
        ahead = min((ahead for _, ahead in lately), key=abs)
        return Sign(feed.SKEW, len(lately), min(at for at, _ in lately), max(at for at, _ in lately), ahead)
