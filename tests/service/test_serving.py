"""The service as it is really run: `rejoin serve` (and `rejoin worker`), signed deliveries over HTTP, signals."""

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
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import requests
from msgspec.structs import replace

from plugin.cli.serve import serve
from plugin.composition import build
from plugin.service.roster import put_appointment
from plugin.storage import assessment, delivery
from plugin.storage.database import Database
from tests.conftest import KEY, WEBHOOK_SECRET, make_settings
from tests.service.clinic import ALICE, DORA, appointment, joined, left

pytestmark = pytest.mark.alone

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
                [sys.executable, "-c", COMMAND, *command],
                cwd=self.folder, env=environment, stdout=log, stderr=log, start_new_session=True,
            )  # fmt: skip
        try:
            if command[0] == "serve":
                _until(lambda: self._answers(process), said.read_text)
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


def _until(what, told=lambda: "", seconds: float = 90) -> None:
    patience = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < patience, f"it did not happen. {told()}"
        time.sleep(0.05)


def _an_hour_that_is_over(service: Service) -> datetime:
    """An appointment of this morning whose verdict is final as soon as somebody looks."""
    starts_at = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=4)
    rejoin = build(make_settings(service.database_url))
    one = replace(appointment(), starts_at=starts_at, ends_at=starts_at + timedelta(hours=1))
    with rejoin.db.begin() as tx:
        put_appointment(tx, rejoin, one, starts_at)
    rejoin.db.close()
    return starts_at


def _story(starts_at: datetime) -> list[dict]:
    ends_at = starts_at + timedelta(hours=1)
    return [
        joined(DORA, starts_at, begun=starts_at),
        joined(ALICE, starts_at, begun=starts_at),
        left(ALICE, ends_at, begun=starts_at),
        left(DORA, ends_at, begun=starts_at),
    ]


@pytest.fixture
def service(sqlite_url, sqlite_database, tmp_path) -> Service:
    return Service(sqlite_url, tmp_path, sqlite_database)


def test_delivery_over_http_becomes_a_verdict(service):
    starts_at = _an_hour_that_is_over(service)
    with service.running("serve"):
        assert [service.deliver(body) for body in _story(starts_at)] == [204] * 4
        _until(lambda: (service.verdict() or {}).get("outcome") == "attended", service.told)
        assert service.verdict()["final"] is True
        assert requests.get(f"{service.url}/metrics", timeout=5).text.count("rejoin_verdicts{") == 1
    said = (service.folder / "serve.log").read_text()
    assert "Alice" not in said
    assert "Traceback" not in said


def test_sigterm_reads_the_inbox_to_its_end(service):
    starts_at = _an_hour_that_is_over(service)
    with service.running("serve") as process:
        for minute in range(40):
            assert service.deliver(joined(DORA, starts_at + timedelta(minutes=minute), f"k{minute}")) == 204
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=30)
        assert process.returncode == 0
    assert service.unread() == 0


def test_what_was_acknowledged_before_a_kill_is_judged_after_the_restart(service):
    starts_at = _an_hour_that_is_over(service)
    with service.running("serve") as process:
        for body in _story(starts_at):
            assert service.deliver(body) == 204
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    with service.running("serve"):
        _until(lambda: (service.verdict() or {}).get("outcome") == "attended", service.told)


@pytest.mark.postgres
def test_on_postgresql_two_web_processes_and_a_worker_share_the_work(fresh_postgres_url, vault, tmp_path):
    db = Database(fresh_postgres_url, vault)
    service = Service(fresh_postgres_url, tmp_path, db)
    starts_at = _an_hour_that_is_over(service)
    with service.running("serve", "--workers", "2"), service.running("worker") as worker:
        for body in _story(starts_at):
            assert service.deliver(body) == 204
        _until(lambda: (service.verdict() or {}).get("outcome") == "attended", service.told)
        worker.send_signal(signal.SIGTERM)
        assert worker.wait(timeout=30) == 0
    db.close()


def test_two_processes_on_one_sqlite_file_are_refused(sqlite_url, monkeypatch, capsys):
    for name, value in (("DATABASE_URL", sqlite_url), ("DATA_KEYS", KEY), ("ZOOM_WEBHOOK_SECRETS", WEBHOOK_SECRET)):
        monkeypatch.setenv(f"REJOIN_{name}", value)
    with pytest.raises(SystemExit) as ended:
        serve.main(["--workers", "2"])
    assert ended.value.code == 2
    assert "REJOIN_DATABASE_URL" in capsys.readouterr().err
