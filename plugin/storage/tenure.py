"""Who serves an SQLite file: one process, and no second one beside it.

Two services would be two writers that only wait for each other, and would do the same work twice. Short commands
(`rejoin import-roster`, `rejoin user add`) need no tenure: they write for a moment, as people do.
"""

from __future__ import annotations

import os
from pathlib import Path

from plugin.storage.database import Database


class Taken(Exception):
    """Another process serves this file; the message says which."""


class Tenure:
    """Holds the file until `end`, or until the process is gone, however it went.

    A file of its own carries the lock: SQLite forgets its locks when a process closes the database file somewhere else.
    On PostgreSQL, where many may serve, there is nothing to hold.
    """

    def __init__(self, db: Database):
        """Raises Taken."""
        self._file = None
        path = db.engine.url.database
        if db.is_postgresql or not path or path == ":memory:":
            return
        import fcntl  # not there on Windows; PostgreSQL serves there

        self._file = os.open(Path(f"{path}.serving"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            holder = os.pread(self._file, 20, 0).decode("ascii", "replace")
            self.end()
            raise Taken(f"process {holder}" if holder else "it is just starting") from None
        os.ftruncate(self._file, 0)
        os.pwrite(self._file, str(os.getpid()).encode(), 0)

    def end(self) -> None:
        """Let it go; calling it again is harmless."""
        if self._file is not None:
            os.close(self._file)
            self._file = None
