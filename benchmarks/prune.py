"""How fast old deliveries are deleted, and how long somebody who wants to store one waits meanwhile."""

from __future__ import annotations

import hashlib
import tempfile
import threading
import time
from datetime import timedelta
from pathlib import Path

from rich.console import Console
from rich.table import Table

from benchmarks.engine import engines
from benchmarks.scale import KEY
from config.settings import Settings
from plugin.adapters.clock import SystemClock
from plugin.composition import assemble
from plugin.service.pruning import prune
from plugin.storage.database import Database
from plugin.storage.encryption import Vault
from plugin.storage.migration import migrate
from plugin.storage.tables import delivery
from webhooks.inbox import Inbox

KEEP = timedelta(days=60)


def run(console: Console | None = None, rows: int = 100_000) -> bool:
    """Delete this many old deliveries while others are stored; print a table. True when no store waited for 2 s."""
    console = console or Console()
    table = Table(title=f"{rows} old deliveries are deleted while new ones are stored")
    for column in ("engine", "deleted a second", "stored meanwhile", "p50 ms", "p99 ms", "max ms"):
        table.add_column(column, justify="left" if column == "engine" else "right")
    kept = True
    with tempfile.TemporaryDirectory(prefix="rejoin-bench-") as folder, engines(Path(folder)) as each:
        for engine, new_database in each.items():
            rate, waits = _measure(new_database("prune"), rows)
            kept = kept and waits[-1] < 2.0
            told = [f"{1000 * waits[min(len(waits) - 1, int(len(waits) * share))]:.1f}" for share in (0.5, 0.99, 1.0)]
            table.add_row(engine, f"{rate:.0f}", str(len(waits)), *told)
    console.print(table)
    return kept


def _measure(url: str, rows: int) -> tuple[float, list[float]]:
    db = Database(url, Vault((("bench", bytes(32)),)))
    migrate(db)
    settings = Settings(_env_file=None, database_url=url, data_keys=KEY, zoom_webhook_secrets="bench")
    rejoin = assemble(settings, db, SystemClock())
    _fill(db, rejoin.clock.now() - timedelta(days=90), rows)
    inbox, stop, waits = Inbox(db, rejoin.clock), threading.Event(), []

    def store() -> None:
        number = 0
        while not stop.wait(0.005):
            began = time.monotonic()
            inbox.put(f"new {number}".encode() * 80)
            waits.append(time.monotonic() - began)
            number += 1

    sender = threading.Thread(target=store)
    sender.start()
    began, deleted, complete = time.monotonic(), 0, False
    while not complete:
        found = prune(rejoin, KEEP)
        deleted, complete = deleted + found.deliveries, found.complete
    seconds = time.monotonic() - began
    stop.set()
    sender.join()
    inbox.close()
    db.close()
    assert deleted == rows
    return rows / seconds, sorted(waits)


def _fill(db: Database, at, rows: int) -> None:
    sealed = db.vault.seal("delivery.body_sealed", b"x" * 950)
    for start in range(0, rows, 5000):
        with db.begin() as tx:
            tx.execute(
                delivery.insert(),
                [
                    {
                        "body_hash": hashlib.sha256(f"{n}".encode()).digest(), "received_at": at, "body_sealed": sealed,
                        "state": "read", "at": at, "event": "meeting.participant_joined", "kind": "joined",
                        "meeting_id": str(81_000_000_000 + n // 24), "instance": f"u{n // 24}==",
                    }
                    for n in range(start, min(start + 5000, rows))
                ],
            )  # fmt: skip
