"""The receiver beside others, in one run: requests a second as ratios to an Express sample that stores nothing.

Each server runs alone on the first core, PostgreSQL included; the sample is measured before and after each of them,
because no machine is quiet. What we acknowledged is counted in the database afterwards.
"""

from __future__ import annotations

import base64
import os
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path

from rich.console import Console
from rich.table import Table
from sqlalchemy import func, select

from benchmarks import load
from benchmarks.engine import engines
from benchmarks.load import Measured
from plugin.storage.database import Database
from plugin.storage.encryption import Vault
from plugin.storage.tables import delivery

ROOT = Path(__file__).parents[1]
PEERS = Path(__file__).parent / "peers"
UV = ROOT / ".tools" / "bin" / "uv"
KEY = "bench:" + base64.b64encode(bytes(32)).decode()
RATES = (10, 1_000, 4_000)
WARMING_SECONDS = 1.0
MOST_A_SECOND = 20_000
"""More than any receiver here answers on the average; so many requests are signed for each second at full speed."""
SAMPLE = "Express sample"


@dataclass(frozen=True)
class Server:
    """One receiver: how it is started on a port, where it listens, and whether 2xx means stored."""

    name: str
    stores: str
    command: Callable[[int], tuple[tuple[str, ...], dict[str, str]]]
    path: str = "/webhooks/zoom"
    beside: Callable[[], int | None] = lambda: None
    """The process of a database of its own."""
    stored: Callable[[], int] | None = None


def run(console: Console, seconds: float = 3, rounds: int = 3, rates: tuple[int, ...] = RATES) -> bool:
    """Measure all, print two tables. True when ours on SQLite has 2.5 times the sample's rate and no worse p99, on
    PostgreSQL 1.0 times, and all that was acknowledged stands in the database."""
    lacking = [tool for tool in ("wrk", "npm", "node", "taskset") if not shutil.which(tool)]
    if lacking:
        raise SystemExit(f"this benchmark needs {', '.join(lacking)}")
    with tempfile.TemporaryDirectory(prefix="rejoin-bench-") as name, engines(Path(name)) as databases:
        folder = Path(name)
        sample, *others = _servers(folder, databases)
        at_full_speed = int(rounds * (WARMING_SECONDS + seconds) * MOST_A_SECOND)
        requests = load.Requests(folder / "requests", at_full_speed + sum(map(_number, rates)) + MOST_A_SECOND)
        unsent = {server.name: requests.afresh() for server in others}
        unsent[sample.name] = requests  # it keeps nothing, so it may see them again
        closed = {server.name: [] for server in (sample, *others)}
        ratios: dict[str, list[tuple[float, float]]] = {server.name: [] for server in others}
        for _ in range(rounds):
            before = _at_full_speed(sample, requests.afresh(), seconds)
            for server in others:
                got = _at_full_speed(server, unsent[server.name], seconds)
                after = _at_full_speed(sample, requests.afresh(), seconds)
                closed[server.name].append(got)
                closed[sample.name].append(after)
                ratios[server.name].append(
                    (got.rate * 2 / (before.rate + after.rate), (before.cpu_us + after.cpu_us) / 2 / got.cpu_us)
                )
                before = after
                console.print(f"{server.name}: {ratios[server.name][-1][0]:.2f} × the sample", style="dim")
        console.print(_closed_table([sample, *others], closed, ratios, seconds, rounds))
        if rates:
            console.print(_open_table([sample, *others], unsent, rates))
    ours = {name: [each[0] for each in found] for name, found in ratios.items()}
    p99 = {name: statistics.median(one.p99 for one in found) for name, found in closed.items()}
    return (
        statistics.median(ours["Rejoin, SQLite"]) >= 2.5
        and p99["Rejoin, SQLite"] < p99[SAMPLE]
        and statistics.median(ours.get("Rejoin, PostgreSQL", [1.0])) >= 1.0
    )


def _servers(folder: Path, databases: dict[str, Callable[[str], str]]) -> list[Server]:
    express = folder / "express"
    express.mkdir()
    shutil.copy(PEERS / "express.js", express)
    _quietly("npm", "install", "--silent", "--no-audit", "--no-fund", "express@5", cwd=express)
    secret = {"SECRET": load.SECRET.decode()}
    found = [
        Server(SAMPLE, "nothing", lambda port: (("node", str(express / "express.js")), secret | {"PORT": str(port)}))
    ]
    for engine, new_database in databases.items():
        kind = "PostgreSQL" if "PostgreSQL" in engine else "SQLite"
        found.append(_ours(kind, new_database("receiver"), folder))
    if UV.exists():
        there = folder / "gunicorn"
        _quietly(str(UV), "pip", "install", "--python", sys.executable, "--target", str(there), "gunicorn")
        environment = secret | {
            "DATABASE": str(folder / "plain.db"),
            "PYTHONPATH": os.pathsep.join((str(there), str(ROOT))),
        }
        gunicorn = (sys.executable, "-m", "gunicorn", "--threads", "16", "--log-level", "critical")
        found.append(
            Server(
                "Flask + gunicorn", "each",
                lambda port: ((*gunicorn, "--bind", f"127.0.0.1:{port}", _PLAIN), environment),
            )
        )  # fmt: skip
    if shutil.which("webhook"):
        hooks = folder / "hooks.json"
        hooks.write_text(_HOOKS)
        found.append(
            Server(
                "Debian webhook", "nothing",
                lambda port: (("webhook", "-hooks", str(hooks), "-ip", "127.0.0.1", "-port", str(port)), {}),
                path="/hooks/zoom",
            )
        )  # fmt: skip
    return found


def _ours(kind: str, url: str, folder: Path) -> Server:
    db = Database(url, Vault.from_settings((KEY,)))

    def command(port: int) -> tuple[tuple[str, ...], dict[str, str]]:
        return (sys.executable, "-c", "from plugin.cli.main import main; main(['serve'])"), {
            "REJOIN_DATABASE_URL": url,
            "REJOIN_DATA_KEYS": KEY,
            "REJOIN_ZOOM_WEBHOOK_SECRETS": load.SECRET.decode(),
            "REJOIN_LISTEN": f"127.0.0.1:{port}",
            "PYTHONPATH": str(ROOT),
        }

    def stored() -> int:
        with db.read() as tx:
            return tx.execute(select(func.count()).select_from(delivery)).scalar_one()

    def postmaster() -> int | None:
        return int((folder / "postgres" / "postmaster.pid").read_text().split()[0])

    beside = postmaster if kind == "PostgreSQL" else lambda: None
    return Server(f"Rejoin, {kind}", "each, in groups", command, beside=beside, stored=stored)


_HOOKS = """[{"id": "zoom", "execute-command": "/bin/true", "http-methods": ["POST"],
  "trigger-rule-mismatch-http-response-code": 401,
  "trigger-rule": {"match": {"type": "payload-hmac-sha256", "secret": "bench",
                             "parameter": {"source": "header", "name": "X-Body-Signature"}}}}]"""
_PLAIN = "benchmarks.peers.plain_flask:app"


def _at_full_speed(server: Server, requests: load.Requests, seconds: float) -> Measured:
    with _running(server) as (port, cost):
        load.at_full_speed(port, server.path, requests, WARMING_SECONDS)
        before, cpu = server.stored() if server.stored else 0, cost()[0]
        got = load.at_full_speed(port, server.path, requests, seconds)
        after, memory = cost()
        _all_stand(server, before, got)
    return replace(got, cpu_us=(after - cpu) / max(1, got.requests) * 1e6, megabytes=memory)


def _all_stand(server: Server, before: int, got: Measured) -> None:
    if server.stored and (stands := server.stored() - before) < got.requests - got.refused:
        raise SystemExit(f"{server.name}: {got.requests - got.refused} acknowledged, {stands} stored. That is a bug.")


def _number(rate: int) -> int:
    return max(50, rate * 3)


def _open_table(servers: list[Server], unsent: dict[str, load.Requests], rates: tuple[int, ...]) -> Table:
    table = Table(
        title="At a fixed rate (open loop; milliseconds from the moment at which each was due)",
        caption=f"never answered within {load.LAST_SECONDS} s of the last one: counted as if answered then",
    )
    for column in ("receiver", "a second", "answered", "not 2xx", "p50", "p99", "p99.9", "CPU %"):
        table.add_column(column, justify="left" if column == "receiver" else "right")
    for server in servers:
        with _running(server) as (port, cost):
            load.at_full_speed(port, server.path, unsent[server.name], WARMING_SECONDS)
            for rate in rates:
                chosen = unsent[server.name].take(_number(rate))
                cpu = cost()[0]
                got = load.at_a_rate(port, server.path, chosen, rate)
                share = (cost()[0] - cpu) / got.seconds * 100
                table.add_row(
                    server.name, f"{rate:,}", f"{got.requests:,} of {len(chosen):,}", str(got.refused),
                    f"{got.p50:.1f}", f"{got.p99:.1f}", f"{got.p999:.1f}", f"{share:.0f}",
                )  # fmt: skip
    return table


def _closed_table(servers: list[Server], closed: dict, ratios: dict, seconds: float, rounds: int) -> Table:
    table = Table(
        title=f"At full speed: one core, {load.CONNECTIONS} connections, {rounds} times {seconds:g} s, medians",
        caption="ratio: answers a second beside the sample's just before and after (lowest to highest); "
        "p50 to p99.9: milliseconds; CPU: microseconds of the core for each request, the database included",
    )
    for column in (
        "receiver", "stored first", "a second", "not 2xx", "ratio", "of CPU", "p50", "p99", "p99.9", "CPU", "MB",
    ):  # fmt: skip
        table.add_column(column, justify="left" if column in ("receiver", "stored first") else "right")
    for server in servers:
        found = closed[server.name]

        def middle(what: Callable[[Measured], float], found: list[Measured] = found) -> float:
            return statistics.median(map(what, found))

        rate, cpu = zip(*ratios.get(server.name, [(1.0, 1.0)]), strict=True)
        spread = f" ({min(rate):.1f}–{max(rate):.1f})" if len(rate) > 1 else ""
        table.add_row(
            server.name, server.stores, f"{middle(lambda one: one.rate):,.0f}", str(sum(one.refused for one in found)),
            f"{statistics.median(rate):.2f}{spread}", f"{statistics.median(cpu):.2f}",
            f"{middle(lambda one: one.p50):.1f}", f"{middle(lambda one: one.p99):.1f}",
            f"{middle(lambda one: one.p999):.1f}", f"{middle(lambda one: one.cpu_us):.0f}",
            f"{middle(lambda one: one.megabytes):.0f}",
        )  # fmt: skip
    return table


@contextmanager
def _running(server: Server) -> Iterator[tuple[int, Callable[[], tuple[float, float]]]]:
    """The server on the first core, and what it and its database took so far (seconds, megabytes)."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command, environment = server.command(port)
    own = {name: value for name, value in os.environ.items() if not name.startswith("REJOIN_")}
    process = subprocess.Popen(
        (*load.ON_THE_SERVERS_CORE, *command), env=own | environment,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        _until_it_listens(port, process)
        beside = server.beside()
        if beside:
            for one in load.processes(beside):
                os.sched_setaffinity(one, {int(load.SERVER_CORE)})
        roots = [process.pid, *([beside] if beside else [])]
        yield port, lambda: (sum(map(load.cpu_seconds, roots)), sum(map(load.megabytes, roots)))
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(45)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _until_it_listens(port: int, process: subprocess.Popen) -> None:
    patience = time.monotonic() + 120
    while time.monotonic() < patience and process.poll() is None:
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.1)
    raise SystemExit(f"{process.args} did not start")


def _quietly(*command: str, cwd: Path | None = None) -> None:
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"{' '.join(command)}:\n{done.stderr[-1000:]}")
