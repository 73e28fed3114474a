"""Slows down guessing: a few wrong passwords per login and address, then a pause."""

from __future__ import annotations

import hashlib
import math
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass
class Throttle:
    """Counts wrong tries per (login, address) in this process and forgets them after `window_seconds`.

    The table holds at most `size` pairs, as digests; when it is full the one that was quiet longest goes first, so
    that a flood of invented logins cannot fill the memory. `seconds` is a monotonic clock.
    """

    tries: int = 5
    window_seconds: float = 300.0
    size: int = 10_000
    seconds: Callable[[], float] = time.monotonic
    _failed: OrderedDict[bytes, tuple[int, float]] = field(default_factory=OrderedDict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def wait(self, login: str, address: str) -> int:
        """How many whole seconds this pair must wait before the next try; 0 when it need not."""
        with self._lock:
            count, since = self._failed.get(_key(login, address), (0, 0.0))
            left = since + self.window_seconds - self.seconds()
            return math.ceil(left) if count >= self.tries and left > 0 else 0

    def failed(self, login: str, address: str) -> None:
        """A password was wrong; once too often, and the pause begins with this try."""
        key, now = _key(login, address), self.seconds()
        with self._lock:
            count, since = self._failed.pop(key, (0, now))
            if now - since >= self.window_seconds:
                count, since = 0, now
            count += 1
            self._failed[key] = (count, now if count >= self.tries else since)
            while len(self._failed) > self.size:
                self._failed.popitem(last=False)

    def succeeded(self, login: str, address: str) -> None:
        """The password was right: earlier slips are forgotten."""
        with self._lock:
            self._failed.pop(_key(login, address), None)


def _key(login: str, address: str) -> bytes:
    return hashlib.blake2b(f"{login.strip().casefold()}\0{address}".encode(), digest_size=16).digest()
