"""The stage of the demonstration: a temporary folder, random secrets, and the real service in a process of its own."""

from __future__ import annotations

import base64
import os
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import requests

from config.settings import Settings
from plugin.demo.zoom_stand_in import ZoomStandIn

# The service ends with us even when we are killed: Linux sends it SIGTERM (15) when its parent is gone.
RUN = """
import ctypes, sys
try:
    ctypes.CDLL(None).prctl(1, 15)
except (OSError, AttributeError):
    pass
from plugin.cli.main import main
main(sys.argv[1:])
"""


class StageProblem(Exception):
    """The service of the demonstration did not start; the message says why and where its log stands."""


class Stage:
    """Everything the demonstration needs around the service; use it as a context, so that nothing stays behind.

    `pause` waits for some seconds.
    """

    def __init__(self, port: int, zone: str, pause: Callable[[float], None]):
        self.port = port
        self.pause = pause
        self.folder = Path(tempfile.mkdtemp(prefix="rejoin-demo-"))
        self.secret = secrets.token_urlsafe(24)
        self.zoom = ZoomStandIn("demo-account", "demo-client", secrets.token_urlsafe(16))
        self._zone = zone
        self._data_key = "demo:" + base64.b64encode(os.urandom(32)).decode()
        self._service: subprocess.Popen | None = None

    def __enter__(self) -> Stage:
        self.zoom.start()
        return self

    def __exit__(self, *_: object) -> None:
        try:
            self.stop()
        finally:
            self.zoom.stop()
            shutil.rmtree(self.folder, ignore_errors=True)

    @property
    def url(self) -> str:
        """Where the pages are."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def log(self) -> Path:
        """What the service says."""
        return self.folder / "rejoin.log"

    @property
    def started(self) -> Path:
        """The file that is there as soon as the clock runs."""
        return self.folder / "started"

    def settings(self, clock: str) -> Settings:
        """The settings of the service, with the clock of the demonstration."""
        return Settings(_env_file=None, **self._values(clock))

    def open(self, clock: str, patience_seconds: float = 60.0) -> None:
        """Start `rejoin serve` and wait until it is ready; raises StageProblem."""
        values = {f"REJOIN_{name.upper()}": value for name, value in self._values(clock).items()}
        environment = {name: value for name, value in os.environ.items() if not name.startswith("REJOIN_")}
        with self.log.open("ab") as log:
            # A session of its own: Ctrl-C is for us, and we end the service in order.
            self._service = subprocess.Popen(
                [sys.executable, "-c", RUN, "serve"],
                cwd=self.folder,
                env=environment | values,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        give_up_at = time.monotonic() + patience_seconds
        while not self._is_ready():
            if self._service.poll() is not None or time.monotonic() > give_up_at:
                raise StageProblem("The service did not start. It said:\n" + self.last_words())
            self.pause(0.05)

    def begin(self) -> None:
        """Let the clock run, which stood at its beginning until everything was ready."""
        self.started.touch()

    def last_words(self) -> str:
        """The last lines of the service's log."""
        lines = self.log.read_text(errors="replace").strip().splitlines() if self.log.exists() else []
        return "\n".join(lines[-12:])

    def is_open(self) -> bool:
        """Whether the service still runs."""
        return self._service is not None and self._service.poll() is None

    def stop(self, patience_seconds: float = 45.0) -> None:
        """End the service in order (it finishes what it claimed); after the patience by force."""
        if self._service is None:
            return
        self._service.terminate()
        try:
            self._service.wait(patience_seconds)
        except subprocess.TimeoutExpired:
            os.killpg(self._service.pid, 9)
            self._service.wait()
        self._service = None

    def _is_ready(self) -> bool:
        try:
            return requests.get(f"{self.url}/readyz", timeout=2).ok
        except requests.RequestException:
            return False

    def _values(self, clock: str) -> dict[str, str]:
        return {
            "database_url": f"sqlite:///{self.folder / 'rejoin.db'}",
            "data_keys": self._data_key,
            "zoom_webhook_secrets": self.secret,
            "zoom_account_id": self.zoom.account_id,
            "zoom_client_id": self.zoom.credentials.partition(":")[0],
            "zoom_client_secret": self.zoom.credentials.partition(":")[2],
            "zoom_api_url": f"{self.zoom.url}/v2",
            "zoom_oauth_url": f"{self.zoom.url}/oauth/token",
            "mail_from": "sessions@clinic.example",
            "public_url": self.url,
            "listen": f"127.0.0.1:{self.port}",
            "timezone": self._zone,
            "clock": clock,
        }


def free_port(wanted: int) -> int:
    """The wanted port of 127.0.0.1 if nobody listens there, else any free one."""
    for port in (wanted, 0):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return probe.getsockname()[1]
    raise StageProblem("no port of 127.0.0.1 is free")


def clock_setting(begins_at: datetime, over_at: datetime, final_at: datetime, speed: float, started: Path) -> str:
    """The clock of a morning: fast while sessions run, faster until the verdicts are final, then the usual pace."""
    return f"{begins_at.isoformat()}@{speed}@{started};{over_at.isoformat()}@{speed * 6};{final_at.isoformat()}@1"
