"""Many clients pick among few times (or seats in groups) at once, from several processes.

All have been offered the same. Nothing is kept for anybody any more. Each client opens the page, takes one of what is
left, and when it was taken a moment ago looks again, until they have one or none is left: through the service, and on
phones with the real page of the real server.
"""

from __future__ import annotations

import multiprocessing
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path

import requests
from rich.console import Console
from rich.table import Table

from benchmarks.engine import engines
from benchmarks.rush_client import BUSY, LOST, NONE_LEFT, PATIENCE_SECONDS, TAKEN, AtService, OnPhones, crowd
from benchmarks.rush_stage import KEY, Ending, ending, migrate_at, offer_seats, offer_times, open_service
from plugin.demo.zoom_stand_in import ZoomStandIn
from plugin.service.rejoin import Rejoin
from plugin.storage import offer as offers

STARTING_SECONDS = 120.0
ROOT = Path(__file__).parents[1]
ZOOM = ("account-1", "client-1", "secret-1")
COMMAND = "import sys; from plugin.cli.main import main; main(sys.argv[1:])"


@dataclass(frozen=True)
class Rush:
    """What became of everybody."""

    clients: int
    ending: Ending
    taps: Counter
    seconds: float
    waits: list[float] = field(default_factory=list)
    """Seconds for which phones waited for each page."""
    booked: int | None = None
    """Of those who picked: who stands in an appointment that was made for it."""

    @property
    def told_none_is_left(self) -> int:
        """How many clients were told so."""
        return self.taps[NONE_LEFT]

    @property
    def lost(self) -> int:
        """Clients who neither have a time nor wait at a coordinator's desk, or saw a page that says neither."""
        return self.clients - self.ending.accepted - self.ending.waiting_again + self.taps[LOST]

    @property
    def holds(self) -> bool:
        """Nothing given twice, nobody lost: everybody has a time, or was told and waits at a coordinator's desk."""
        end = self.ending
        told = self.told_none_is_left
        everybody = end.accepted + told == self.clients and end.waiting_again == told
        made = self.booked in (None, end.accepted)
        return everybody and made and not (end.beyond or end.turned_away or self.lost)


def rush(
    url: str, clients: int, slots: int, processes: int, seats: bool = False, on_phones: bool = False
) -> Rush:  # fmt: skip
    """Let everybody pick at once, and look in the database what became of them."""
    rejoin = open_service(url)
    tokens = (offer_seats if seats else offer_times)(rejoin, clients, slots)
    kind, booked = (OnPhones if on_phones else AtService), None
    try:
        with _served(url) if on_phones else nullcontext(url) as address:
            taps, waits, seconds = _let_in(kind, address, tokens, processes)
            if on_phones:
                booked = _booked(rejoin)
        return Rush(clients, ending(rejoin), taps, seconds, waits, booked)
    finally:
        rejoin.db.close()


def _let_in(
    kind: type, address: str, tokens: list[str], processes: int
) -> tuple[Counter, list[float], float]:  # fmt: skip
    """All clients, in so many processes, from one gate on; what came of their taps and how long that took."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["benchmarks.rush_client"])
    gate, told = context.Barrier(processes + 1), context.Queue()
    running = [
        context.Process(target=crowd, args=(kind, address, tokens[number::processes], number, gate, told), daemon=True)
        for number in range(processes)
    ]
    for process in running:
        process.start()
    gate.wait(PATIENCE_SECONDS)
    started = time.monotonic()
    said = [told.get(timeout=PATIENCE_SECONDS) for _ in running]
    seconds = time.monotonic() - started
    for process in running:
        process.join(PATIENCE_SECONDS)
    return sum((taps for taps, _ in said), Counter()), [wait for _, waits in said for wait in waits], seconds


@contextmanager
def _served(url: str) -> Iterator[str]:
    """The service as it is shipped, with a worker where it wants one, and a stand-in of Zoom; its address."""
    with ZoomStandIn(*ZOOM) as zoom, socket.socket() as free, ExitStack() as stack:
        free.bind(("127.0.0.1", 0))
        place = f"127.0.0.1:{free.getsockname()[1]}"
        free.close()
        settings = {
            "DATABASE_URL": url, "DATA_KEYS": KEY, "ZOOM_WEBHOOK_SECRETS": "bench", "LISTEN": place,
            "PUBLIC_URL": f"http://{place}", "ZOOM_ACCOUNT_ID": ZOOM[0], "ZOOM_CLIENT_ID": ZOOM[1],
            "ZOOM_CLIENT_SECRET": ZOOM[2], "ZOOM_API_URL": f"{zoom.url}/v2",
            "ZOOM_OAUTH_URL": f"{zoom.url}/oauth/token", "ZOOM_PER_SECOND": "0", "LOG_LEVEL": "ERROR",
        }  # fmt: skip
        mine = {name: value for name, value in os.environ.items() if not name.startswith("REJOIN_")}
        mine |= {f"REJOIN_{name}": value for name, value in settings.items()} | {"PYTHONPATH": str(ROOT)}
        for command in ("serve",) if url.startswith("sqlite") else ("serve", "worker"):
            process = subprocess.Popen([sys.executable, "-c", COMMAND, command], env=mine, cwd=ROOT)
            stack.callback(process.wait, 30)
            stack.callback(process.terminate)
        _wait_for(f"http://{place}/healthz")
        yield f"http://{place}"


def _wait_for(page: str) -> None:
    give_up_at = time.monotonic() + STARTING_SECONDS
    while time.monotonic() < give_up_at:
        try:
            if requests.get(page, timeout=5).ok:
                return
        except requests.RequestException:
            time.sleep(0.1)
    raise SystemExit(f"{page} does not answer")


def _booked(rejoin: Rejoin) -> int:
    """Wait until the service has made an appointment of every pick; how many it made."""
    give_up_at = time.monotonic() + PATIENCE_SECONDS / 10
    while True:
        with rejoin.db.read() as tx:
            made = [row.new_appointment_id for row in offers.listed(tx, (offers.ACCEPTED,))]
        if all(made) or time.monotonic() > give_up_at:
            return len(set(filter(None, made)))
        time.sleep(0.2)


WAYS = {
    "times, through the service": {},
    "seats in groups, through the service": {"seats": True},
    "times, on phones": {"on_phones": True},
}


def run(console: Console, clients: int, slots: int, processes: int = 6) -> bool:
    """Rush on both databases in every way and print what became of everybody; whether the promise held."""
    held = True
    with tempfile.TemporaryDirectory(prefix="rejoin-rush-") as folder, engines(Path(folder)) as found:
        for way, how in WAYS.items():
            table = Table(title=f"{clients} clients pick among {slots} {way}, from {processes} processes at once")
            headings = "database", "picked", "none is left", "lost", "given twice", TAKEN, BUSY, "seconds"
            headings += ("booked", "p50 of a page, ms", "p99") if "on_phones" in how else ()
            for heading in headings:
                table.add_column(heading, justify="left" if heading == "database" else "right")
            for name, make in found.items():
                url = make(f"rush{list(WAYS).index(way)}")
                migrate_at(url)
                one = rush(url, clients, slots, processes, **how)
                held &= one.holds
                table.add_row(name.rpartition(" ")[2], *_told(one))
            console.print(table)
    return held


def _told(one: Rush) -> list[str]:
    numbers = [one.ending.accepted, one.told_none_is_left, one.lost, one.ending.beyond, one.taps[TAKEN], one.taps[BUSY]]
    told = [*map(str, numbers), f"{one.seconds:.1f}"]
    if one.waits:
        percentiles = statistics.quantiles(one.waits, n=100)
        told += [str(one.booked), f"{percentiles[49] * 1000:.0f}", f"{percentiles[98] * 1000:.0f}"]
    return told
