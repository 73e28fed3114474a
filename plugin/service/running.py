"""The work of one process: reading, judging and acting until it is told to stop."""

from __future__ import annotations

import threading
from collections.abc import Mapping

from plugin.ports.queue import Claim, WorkKind
from plugin.service.acting import Actor, Performer
from plugin.service.judging import Judge
from plugin.service.reading import read_inbox
from plugin.service.rejoin import Rejoin

# A small portion, so that the receiver never waits long for the only writer of an SQLite file.
READ_AT_ONCE = 100


class Work:
    """Runs the queue of one process, in a thread of its own or in the caller's."""

    def __init__(self, rejoin: Rejoin, performers: Mapping[str, Performer]):
        self.rejoin = rejoin
        self._by_kind = {WorkKind.JUDGE: Judge(rejoin).perform, WorkKind.ACT: Actor(rejoin, performers).perform}
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    def run(self) -> None:
        """Work in this thread until `stop` is called from another one or from a signal."""
        self.rejoin.queue.run(self.read, self.perform, self._stop)

    def start(self) -> None:
        """Work in a thread of its own."""
        self._thread = threading.Thread(target=self.run, name="rejoin-work", daemon=True)
        self._thread.start()

    def stop(self, patience_seconds: float = 25.0) -> None:
        """Read the inbox to its end, finish what is claimed, and end; calling it again is harmless."""
        self._stop.set()
        self.rejoin.queue.wake()
        if self._thread is not None and self._thread is not threading.current_thread():
            self._thread.join(patience_seconds)

    def read(self) -> int:
        """Read one portion of the inbox."""
        return read_inbox(self.rejoin, READ_AT_ONCE)

    def perform(self, claim: Claim) -> None:
        """Do what was claimed."""
        self._by_kind[claim.kind](claim)
