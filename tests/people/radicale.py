"""A real CalDAV server of the tests' own: Radicale on a free port, with one account and one calendar."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
from pathlib import Path

from caldav.davclient import DAVClient

USER, PASSWORD = "dora", "a-password-of-the-tests"
PATIENCE_SECONDS = 60.0


class Radicale:
    """The server while it runs; use it as a context."""

    def __init__(self, folder: Path):
        self.folder = folder
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}/"
        (folder / "users").write_text(f"{USER}:{PASSWORD}\n")
        (folder / "config").write_text(
            f"[server]\nhosts = 127.0.0.1:{self.port}\n"
            f"[auth]\ntype = htpasswd\nhtpasswd_filename = {folder / 'users'}\nhtpasswd_encryption = plain\ndelay = 0\n"
            f"[storage]\nfilesystem_folder = {folder / 'data'}\n[logging]\nlevel = error\n"
        )

    def __enter__(self) -> Radicale:
        self.start()
        with DAVClient(url=self.url, username=USER, password=PASSWORD, enable_rfc6764=False) as client:
            self.calendar = client.principal().make_calendar(name="Work")
            self.address = str(self.calendar.url)
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> None:
        command = [sys.executable, "-m", "radicale", "--config", str(self.folder / "config")]
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        give_up_at = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < give_up_at:
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
            except OSError:
                assert self.process.poll() is None, "Radicale did not start"
                time.sleep(0.05)
            else:
                return
        raise AssertionError("Radicale does not listen")

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(PATIENCE_SECONDS)

    def put(self, text: str) -> None:
        with DAVClient(url=self.url, username=USER, password=PASSWORD, enable_rfc6764=False) as client:
            client.calendar(url=self.address).save_event(text)
