"""`rejoin replay` over a year of one clinic, as a whole process: how long it takes and what it holds."""

from __future__ import annotations

import multiprocessing
import sys
import tempfile
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from rich.console import Console
from rich.table import Table

from benchmarks import replay


def run(console: Console, deliveries: int) -> bool:
    """Replay a year beside a bare decode of the same file; print a table. True when it came to its end."""
    table = Table(title=f"rejoin replay of a clinic's year: {deliveries:,} deliveries")
    for column in ("what", "seconds", "ratio", "CPU seconds", "peak MB"):
        table.add_column(column, justify="left" if column == "what" else "right")
    with tempfile.TemporaryDirectory() as folder:
        roster, events = Path(folder, "roster.csv"), Path(folder, "events.jsonl")
        # In a process of its own: a process that is started inherits the peak memory of the one that starts it.
        with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as apart:
            apart.submit(replay.write_month, roster, events, deliveries, deliveries // 27 // 365).result()
        base, base_cpu, _ = replay.timed([sys.executable, "-c", replay.DECODE, str(events)])
        command = [str(Path(sys.executable).with_name("rejoin")), "replay", "--format", "json"]
        seconds, cpu, peak = replay.timed([*command, "--roster", str(roster), "--events", str(events)])
    table.add_row("bare msgspec decode", f"{base:.2f}", "1.0", f"{base_cpu:.2f}", "")
    table.add_row("rejoin replay", f"{seconds:.2f}", f"{seconds / base:.1f}", f"{cpu:.2f}", f"{peak:.0f}")
    console.print(table)
    return True
