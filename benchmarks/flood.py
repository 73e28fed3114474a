"""Strangers flood one meeting while another session is to be judged: time and memory of a process that works alone."""

from __future__ import annotations

import json
import logging
import multiprocessing
import resource
import tempfile
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import islice
from pathlib import Path

import structlog
from rich.console import Console
from rich.table import Table

from benchmarks.judge import body_of, iso
from benchmarks.scale import KEY
from config.settings import Settings
from plugin.adapters.clock import SystemClock
from plugin.composition import assemble, working
from plugin.core.appointment import Appointment, Kind, Participant, Role
from plugin.service.docket import Docket
from plugin.service.roster import put_appointment
from plugin.storage import assessment, delivery
from plugin.storage.arrival import Arrival, Arrivals
from plugin.storage.database import Database
from plugin.storage.delivery import BODY
from plugin.storage.encryption import Vault
from plugin.storage.identity import identify
from plugin.storage.migration import migrate

MOST_MB = 400
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)


def run(console: Console, deliveries: int = 100_000) -> bool:
    """Let one process on SQLite read and judge them; print a row. True when it ends with less memory than allowed, and
    the session beside them has its verdict."""
    with multiprocessing.get_context("spawn").Pool(1) as alone:  # so that nobody else's memory is counted
        seconds, beside, look, read, peak_mb = alone.apply(_measure, (deliveries,))
    table = Table(title=f"{deliveries} deliveries of strangers in one meeting, on SQLite")
    for column in ("all read, s", "verdict beside, s", "one look, s", "kept for it", "peak MB"):
        table.add_column(column, justify="right")
    table.add_row(f"{seconds:.0f}", f"{beside:.1f}", f"{look:.2f}", str(read), f"{peak_mb:.0f}")
    console.print(table)
    return peak_mb < MOST_MB and beside < seconds


def _measure(deliveries: int) -> tuple[float, float, float, int, float]:
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    with tempfile.TemporaryDirectory(prefix="rejoin-bench-") as folder:
        url = f"sqlite:///{Path(folder) / 'flood.db'}"
        db = Database(url, Vault((("bench", bytes(32)),)))
        migrate(db)
        settings = Settings(_env_file=None, database_url=url, data_keys=KEY, zoom_webhook_secrets="bench")
        rejoin = assemble(settings, db, SystemClock())
        now = rejoin.clock.now().replace(microsecond=0)
        with db.begin() as tx:
            put_appointment(tx, rejoin, _session("flooded", "81000000001", now - HOUR / 2), now)
            put_appointment(tx, rejoin, _session("beside", "82000000002", now - 3 * HOUR), now)
        _fill(db, now, deliveries)
        work, began, beside = working(rejoin), time.monotonic(), None
        work.start()
        while True:
            time.sleep(0.2)
            with db.read() as tx:
                beside = beside or (assessment.current(tx, "beside") and time.monotonic() - began)
                if not delivery.backlog(tx).unread:
                    break
        seconds = time.monotonic() - began
        work.stop(60)
        began = time.monotonic()
        found = Docket(rejoin).look("flooded", rejoin.clock.now())
        look = time.monotonic() - began
        db.close()
        peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        return seconds, beside or seconds, look, len(found.rows), peak_mb


def _session(number: str, meeting_id: str, starts_at: datetime) -> Appointment:
    people = (Participant(f"C-{number}", Role.CLIENT, registrant_id="reg-0"),
              Participant("S-1", Role.CLINICIAN, registrant_id="reg-1"))  # fmt: skip
    return Appointment(number, Kind.INDIVIDUAL, starts_at, starts_at + HOUR, meeting_id, people)


def _strangers(now: datetime) -> Iterator[bytes]:
    number = 0
    while True:
        number += 1
        at = now - 25 * MINUTE + timedelta(seconds=number % 1400)
        who = {"user_id": str(number), "participant_uuid": f"stay-{number}", "user_name": f"Somebody {number}"}
        for what, field, when in (("joined", "join_time", at), ("left", "leave_time", at + MINUTE / 2)):
            yield json.dumps(body_of(f"participant_{what}", {"participant": who | {field: iso(when)}})).encode()


def _fill(db: Database, now: datetime, deliveries: int) -> None:
    arrivals, told = Arrivals(db), _strangers(now)
    for start in range(0, deliveries, 256):
        bodies = list(islice(told, min(256, deliveries - start)))
        sealed = db.vault.seal_all(BODY, bodies)
        arrivals.store([Arrival(*identify(one, None), now, body) for one, body in zip(bodies, sealed, strict=True)])
    arrivals.close()
