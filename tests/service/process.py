"""A service as it is really run: its commands as processes, and what a test does to them."""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import requests

from plugin.storage import assessment, delivery
from plugin.storage.database import Database
from tests.conftest import KEY, WEBHOOK_SECRET
from tests.service.clinic import ALICE

ROOT = Path(__file__).parents[2]
COMMAND = "import sys; from plugin.cli.main import main; main(sys.argv[1:])"


class Service:
    """A running service, and what the test does to it."""

    def __init__(self, url: str, folder: Path, db: Database):
        self.database_url = url
        self.folder = folder
        self.db = db
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self.by: tuple[str, ...] = ()
        """What starts its commands, instead of the test itself."""
        self.keeps: tuple[int, ...] = ()
        """Open files that are passed on to it."""

    @contextmanager
    def running(self, *command: str) -> Iterator[subprocess.Popen]:
        """Run one command with the settings of the tests; end it with SIGTERM unless the test did."""
        environment = {name: value for name, value in os.environ.items() if not name.startswith("REJOIN_")}
        environment |= {
            "REJOIN_DATABASE_URL": self.database_url,
            "REJOIN_DATA_KEYS": KEY,
            "REJOIN_ZOOM_WEBHOOK_SECRETS": WEBHOOK_SECRET,
            "REJOIN_LISTEN": f"127.0.0.1:{self.port}",
            "PYTHONPATH": str(ROOT),
        }
        said = self.folder / f"{command[0]}.log"
        with said.open("ab") as log:
            process = subprocess.Popen(
                [*self.by, sys.executable, "-c", COMMAND, *command],
                cwd=self.folder, env=environment, stdout=log, stderr=log, start_new_session=True, pass_fds=self.keeps,
            )  # fmt: skip
        try:
            if command[0] == "serve":
                until(lambda: self._answers(process), said.read_text)
            yield process
        finally:
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
            try:
                process.wait(timeout=45)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
                pytest.fail("it did not stop in time: " + said.read_text())

    def deliver(self, body: dict) -> int:
        raw = json.dumps(body).encode()
        stamp = str(int(time.time()))
        proof = hmac.new(WEBHOOK_SECRET.encode(), f"v0:{stamp}:".encode() + raw, hashlib.sha256).hexdigest()
        headers = {"x-zm-signature": f"v0={proof}", "x-zm-request-timestamp": stamp, "content-type": "application/json"}
        return requests.post(f"{self.url}/webhooks/zoom", data=raw, headers=headers, timeout=5).status_code

    def verdict(self) -> dict | None:
        with self.db.read() as tx:
            row = assessment.current(tx, "A1").get(ALICE.participant_id)
        return row and row.result

    def told(self) -> str:
        """What stands, and what the processes said."""
        return f"{self.verdict()} " + " ".join(log.read_text() for log in self.folder.glob("*.log"))

    def unread(self) -> int:
        with self.db.read() as tx:
            return delivery.backlog(tx).unread

    def _answers(self, process: subprocess.Popen) -> bool:
        assert process.poll() is None, "it ended: " + (self.folder / "serve.log").read_text()
        try:
            return requests.get(f"{self.url}/readyz", timeout=1).ok
        except requests.RequestException:
            return False


def until(what, told=lambda: "", seconds: float = 90) -> None:
    patience = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < patience, f"it did not happen. {told()}"
        time.sleep(0.05)
