"""The real service as processes: started, stopped, killed and paused, with a remote help desk beside it."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import requests

from config.policy import DEFAULT
from plugin.storage.database import Database
from tests.conftest import KEY, WEBHOOK_SECRET, make_settings
from tests.torture.desk import TOKEN, USER, RemoteDesk
from tests.torture.disk import Disk
from tests.torture.post import Post
from tests.torture.story import Session

ROOT = Path(__file__).parents[2]


class Launcher:
    """Forks the service's commands off a process that has imported everything (launcher.py)."""

    def __init__(self, preload: Path | None = None):
        environment = {name: value for name, value in os.environ.items() if not name.startswith("REJOIN_")}
        environment |= {"PYTHONPATH": str(ROOT)} | ({"LD_PRELOAD": str(preload)} if preload else {})
        self.has_disk = preload is not None
        self._lock = threading.Lock()
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.torture.launcher"],
            cwd=ROOT, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        assert json.loads(self._process.stdout.readline()) == {"ready": True}

    def ask(self, order: dict) -> dict:
        """Give one order and take its answer."""
        with self._lock:
            self._process.stdin.write(json.dumps(order) + "\n")
            self._process.stdin.flush()
            return json.loads(self._process.stdout.readline())

    def close(self) -> None:
        """End it."""
        self._process.stdin.close()
        self._process.wait(timeout=10)
        self._process.stdout.close()


class Running:
    """One command that runs, with its children."""

    def __init__(self, launcher: Launcher, command: tuple[str, ...], pid: int):
        self.launcher, self.command, self.pid = launcher, command, pid
        self._status: int | None = None

    def status(self) -> int | None:
        """Its exit status, or None while it runs."""
        if self._status is None:
            self._status = self.launcher.ask({"ended": self.pid})["status"]
        return self._status

    def signal(self, number: int) -> None:
        """Send a signal to it and its children."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.pid, number)

    def kill(self) -> None:
        """kill -9, and wait until it is gone."""
        self.signal(signal.SIGKILL)
        until(lambda: self.status() is not None)
        # Its children are nobody's now; whoever is killed lets go of files and ports a moment later.
        until(lambda: not _group_lives(self.pid))

    def stop(self, seconds: float = 45) -> int:
        """SIGTERM to the command alone, as systemd and Docker do; returns its exit status."""
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGTERM)
        until(lambda: self.status() is not None, seconds=seconds)
        return self.status()


class House:
    """One installation: a database, commands that run on it, and what they are told by their settings."""

    def __init__(
        self,
        launcher: Launcher,
        folder: Path,
        database_url: str,
        disk: Disk | None = None,
        faults: tuple[str, ...] = ("impatient",),
        desk: RemoteDesk | None = None,
        token: str = "",
        post: Post | None = None,
    ):
        self.launcher, self.folder, self.database_url = launcher, folder, database_url
        self.disk, self.faults, self.desk, self.post = disk, faults, desk, post
        self.running: list[Running] = []
        self.token = token
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"

    def settings(self) -> dict[str, str]:
        """The environment of its commands."""
        told = {
            "REJOIN_DATABASE_URL": self.database_url,
            "REJOIN_DATA_KEYS": KEY,
            "REJOIN_ZOOM_WEBHOOK_SECRETS": WEBHOOK_SECRET,
            "REJOIN_LISTEN": f"127.0.0.1:{self.port}",
            "REJOIN_POLICY_FILE": str(self._policy()),
        }
        if self.desk:
            told |= {"REJOIN_HELPDESK": "zendesk", "REJOIN_HELPDESK_URL": self.desk.url, "REJOIN_HELPDESK_USER": USER}
            told |= {"REJOIN_HELPDESK_TOKEN": TOKEN, "REJOIN_HELPDESK_QUEUE": "Support"}
        if self.post:
            told |= {"REJOIN_SMTP_URL": self.post.url, "REJOIN_MAIL_FROM": "rejoin@clinic.invalid"}
        return told

    def _policy(self) -> Path:
        """The shipped policy, except that nobody asks why Zoom was silent about sessions that are told hours late, and
        that letters go out at any hour, or the end of a round would depend on when it is run."""
        path, text = self.folder / "policy.toml", DEFAULT.read_text()
        for was, becomes in (
            ("silence_meetings = 2 ", "silence_meetings = 1000000 "),
            ("quiet_from_hour = 21 ", "quiet_from_hour = 8 "),
        ):
            assert was in text
            text = text.replace(was, becomes)
        path.write_text(text)
        return path

    def start(self, *command: str, ready: bool = True, faults: tuple[str, ...] = (), **more: str) -> Running:
        """Run one command, with more faults and settings if need be; a server is waited for until it can work."""
        order = {
            "command": list(command),
            "folder": str(self.folder),
            "log": str(self.folder / f"{command[0]}.log"),
            "settings": self.settings() | more,
            "disk": self.disk.arguments if self.disk else None,
            "faults": [*self.faults, *faults],
        }
        started = Running(self.launcher, command, self.launcher.ask(order)["pid"])
        self.running.append(started)
        if ready and command[0] == "serve":
            until(lambda: self.is_ready() or started.status() is not None, self.said)
            assert started.status() is None, f"it ended: {self.said()}"
        return started

    def is_ready(self) -> bool:
        """Whether /readyz says so."""
        try:
            return requests.get(f"{self.url}/readyz", timeout=2).ok
        except requests.RequestException:
            return False

    def book(self, session: Session) -> None:
        """Put a session into the roster through the API; while nobody answers, again."""

        def booked() -> bool:
            try:
                answer = requests.put(
                    f"{self.url}/api/v1/appointments/{session.appointment().appointment_id}",
                    json=session.booking(), headers={"Authorization": f"Bearer {self.token}"}, timeout=5,
                )  # fmt: skip
            except requests.RequestException:
                return False
            assert answer.status_code in (200, 201) or answer.status_code >= 500, answer.text
            return answer.ok

        until(booked, self.said)

    def kill_all(self) -> None:
        """kill -9 to everything that still runs."""
        for one in self.running:
            if one.status() is None:
                one.signal(signal.SIGCONT)
                one.kill()
        self.running = []

    def database(self) -> Database:
        """The database, for the test's own eyes."""
        return Database(self.database_url, self.rejoin_settings_vault(), busy_seconds=10)

    def rejoin_settings_vault(self):
        """The vault that opens what the service sealed."""
        from plugin.composition import open_vault

        return open_vault(make_settings(self.database_url))

    def worker_log(self) -> str:
        """All that its workers logged."""
        return (self.folder / "worker.log").read_text()

    def said(self) -> str:
        """The end of what the commands logged."""
        return "\n".join(log.read_text()[-3000:] for log in self.folder.glob("*.log"))


def until(what: Callable[[], object], told: Callable[[], str] = lambda: "", seconds: float = 60) -> None:
    """Wait until something is so; fails, telling what is known, when it does not come."""
    patience = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < patience, f"it did not happen within {seconds:g} s. {told()}"
        time.sleep(0.02)


def _group_lives(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except (ProcessLookupError, PermissionError):
        return False
    return True
