"""How long Zoom waits for its 204, and whether everything that was acknowledged is really stored.

A real server process gets signed deliveries over HTTP at a fixed rate, whether or not it keeps up (an open loop): each
latency counts from the moment at which the delivery was due, so a pause of the server is felt by all that were due in
it. The same is done to the same server with an inbox that stores nothing.
"""

from __future__ import annotations

import base64
import http.client
import os
import random
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console
from rich.progress import Progress
from rich.table import Table
from sqlalchemy import select

from benchmarks.engine import engines
from plugin.demo.delivery import Guest, Room, as_body, connection, joined, left
from plugin.storage.database import Database
from plugin.storage.encryption import Vault
from plugin.storage.identity import request_id_of
from plugin.storage.tables import delivery
from webhooks.signature import sign

RATE = 200
BOUND_MS = 100.0
SENDERS = 64
ROOT = Path(__file__).parents[1]
SECRET = b"bench"
KEY = "bench:" + base64.b64encode(bytes(32)).decode()
SERVE = ("-c", "from plugin.cli.main import main; main(['serve'])")
WITHOUT_STORING = ("-m", "benchmarks.without_storing")


@dataclass
class Measured:
    """What the senders saw: seconds from due to answered, and the ids of what was acknowledged."""

    latencies: list[float] = field(default_factory=list)
    acknowledged: set[str] = field(default_factory=set)
    refused: int = 0

    def milliseconds(self, share: float) -> float:
        """The latency that this share of all deliveries did not exceed."""
        ordered = sorted(self.latencies)
        return ordered[min(len(ordered) - 1, int(len(ordered) * share))] * 1000 if ordered else float("inf")


def run(console: Console | None = None, seconds: int = 60, rate: int = RATE) -> bool:
    """Measure the service on each engine and without storing; print a table. True when the promise holds on all.

    The promise: everything acknowledged, everything acknowledged stored, p99 under 100 ms.
    """
    console = console or Console()
    title = f"Acknowledgement at {rate} deliveries a second for {seconds} s (to stay under {BOUND_MS:g} ms at p99)"
    table = Table(title=title, caption="x baseline: p50 against the same server storing nothing, in the same run")
    for column in (
        "receiver",
        "sent",
        "204",
        "stored",
        "p50 ms",
        "p99 ms",
        "p99.9 ms",
        "max ms",
        "x baseline",
        "holds",
    ):
        table.add_column(column, justify="left" if column == "receiver" else "right")
    holds = True
    with tempfile.TemporaryDirectory(prefix="rejoin-bench-") as folder, engines(Path(folder)) as each:
        floor = _measure(console, "stores nothing", WITHOUT_STORING, "sqlite://", Path(folder), seconds, rate)
        _add(table, "stores nothing", floor, None, floor, None)
        for engine, new_database in each.items():
            url = new_database("acknowledge")
            got = _measure(console, engine, SERVE, url, Path(folder), seconds, rate)
            stored = len(got.acknowledged & _stored(url))
            well = not got.refused and stored == len(got.acknowledged) and got.milliseconds(0.99) < BOUND_MS
            holds = holds and well
            _add(table, engine, got, stored, floor, well)
    console.print(table)
    return holds


def _add(table: Table, name: str, got: Measured, stored: int | None, floor: Measured, well: bool | None) -> None:
    table.add_row(
        name,
        str(len(got.latencies)),
        str(len(got.acknowledged)),
        "-" if stored is None else str(stored),
        *(f"{got.milliseconds(share):.2f}" for share in (0.5, 0.99, 0.999, 1.0)),
        f"{got.milliseconds(0.5) / floor.milliseconds(0.5):.2f}",
        {None: "", True: "yes", False: "NO"}[well],
    )


def _measure(
    console: Console, name: str, command: tuple[str, ...], url: str, folder: Path, seconds: int, rate: int
) -> Measured:
    with _server(command, url, folder) as port:
        _send(port, _schedule(1, rate), Measured(), None)  # what is loaded at the first request is not measured
        due = _schedule(seconds, rate)
        got = Measured()
        with Progress(console=console, transient=True) as progress:
            bar = progress.add_task(name, total=len(due))
            _send(port, due, got, lambda: progress.advance(bar))
        return got


def _schedule(seconds: float, rate: int) -> list[float]:
    """Moments that come as by chance, so many a second: deliveries do not come in step."""
    luck = random.Random(7)
    moments, at = [], 0.0
    while (at := at + luck.expovariate(rate)) < seconds:
        moments.append(at)
    return moments


def _send(port: int, due: list[float], got: Measured, progressed) -> None:
    """Send a delivery at each of these moments, from as many connections as it takes; Zoom's time-out is 3 s."""
    begins, run_id = time.monotonic() + 0.2, os.urandom(4).hex()
    numbers, lock = iter(range(len(due))), threading.Lock()

    def sender() -> None:
        wire = http.client.HTTPConnection("127.0.0.1", port, timeout=3)
        while True:
            with lock:
                number = next(numbers, None)
            if number is None:
                break
            request_id, at = f"{run_id}_{number}", begins + due[number]
            body = _body(run_id, number)
            time.sleep(max(0.0, at - time.monotonic()))
            status = _post(wire, body, request_id)
            took = time.monotonic() - at
            with lock:
                got.latencies.append(took)
                if status == 204:
                    got.acknowledged.add(request_id)
                else:
                    got.refused += 1
                if progressed:
                    progressed()
        wire.close()

    threads = [threading.Thread(target=sender) for _ in range(SENDERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def _post(wire: http.client.HTTPConnection, body: bytes, request_id: str) -> int:
    stamp = str(int(time.time()))
    headers = {
        "content-type": "application/json; charset=utf-8",
        "x-zm-request-timestamp": stamp,
        "x-zm-signature": sign(SECRET, stamp, body),
        "x-zm-request-id": request_id,
    }
    try:
        wire.request("POST", "/webhooks/zoom", body, headers)
        response = wire.getresponse()
        response.read()
        return response.status
    except (OSError, http.client.HTTPException):
        wire.close()
        return 0


def _body(run_id: str, number: int) -> bytes:
    """Somebody of a group of twelve comes or goes."""
    at = datetime.now(UTC)
    room = Room(str(84_000_000_000 + number // 24), f"{run_id}{number // 24}==", "uHost", at, topic="Séance — matin")
    guest = Guest(f"Invented Person {number % 12}", registrant_id=f"reg-{number % 12}")
    line = connection(f"{run_id}{number // 24}", number % 24)
    return as_body((joined if number % 24 < 12 else left)(room, guest, line, at))


def _stored(url: str) -> set[str]:
    db = Database(url, Vault.from_settings((KEY,)))
    with db.read() as tx:
        found = set(map(request_id_of, tx.execute(select(delivery.c.request_id)).scalars()))
    db.close()
    return found


@contextmanager
def _server(command: tuple[str, ...], url: str, folder: Path) -> Iterator[int]:
    """A server process with this database; yields its port once it answers."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("REJOIN_")} | {
        "REJOIN_DATABASE_URL": url,
        "REJOIN_DATA_KEYS": KEY,
        "REJOIN_ZOOM_WEBHOOK_SECRETS": SECRET.decode(),
        "REJOIN_LISTEN": f"127.0.0.1:{port}",
        "PYTHONPATH": str(ROOT),
    }
    if command is WITHOUT_STORING:
        command = (*command, str(port))
    said = folder / "server.log"
    with said.open("ab") as log:
        process = subprocess.Popen([sys.executable, *command], cwd=folder, env=environment, stdout=log, stderr=log)
    try:
        patience = time.monotonic() + 30
        while not _answers(port):
            if process.poll() is not None or time.monotonic() > patience:
                raise SystemExit("the server did not start:\n" + said.read_text()[-2000:])
            time.sleep(0.1)
        yield port
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=60)


def _answers(port: int) -> bool:
    wire = http.client.HTTPConnection("127.0.0.1", port, timeout=1)
    try:
        wire.request("GET", "/healthz")
        return wire.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        wire.close()
