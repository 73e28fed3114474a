"""`rejoin replay` over a generated month: seconds and peak memory, beside a bare msgspec decode of the same file."""

from __future__ import annotations

import gc
import json
import multiprocessing
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
from rich.table import Table

from plugin.core.appointment import Appointment
from plugin.core.event import Event

FIRST_DAY = datetime(2026, 3, 2, tzinfo=UTC)
GROUP = 12
STAGED = 100_000
"""So many deliveries are enough to see where the time goes: each stage grows with them and with nothing else."""
NETWORK = "got disconnected from the meeting. Reason : Network connection error."
PLAIN = "left the meeting. Reason : left the meeting"
HEADER = "appointment_id,kind,starts_at,ends_at,timezone,meeting_id,host_id,participant_id,role,registrant_id\n"


@dataclass(frozen=True)
class Measured:
    """What a replay took: seconds, how many times the bare decode of the same file that is, and its peak memory."""

    tables: tuple[Table, Table]
    seconds: float
    ratio: float
    peak_mb: float


def run(deliveries: int = 100_000) -> Measured:
    """Replay about that many deliveries in a fresh process each time; the file is made anew in a temporary folder.

    The first table holds the whole command beside a bare decode, the second where its time goes.
    """
    table = Table(title=f"rejoin replay of {deliveries:,} deliveries")
    for column in ("what", "seconds", "ratio", "CPU seconds", "CPU ratio", "peak MB", "MB per 1,000 appointments"):
        table.add_column(column, justify="left" if column == "what" else "right")
    with tempfile.TemporaryDirectory() as folder:
        roster, events = Path(folder, "roster.csv"), Path(folder, "events.jsonl")
        # In a process of its own: a process that is started inherits the peak memory of the one that starts it.
        with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as apart:
            appointments = apart.submit(write_month, roster, events, deliveries).result()
        base, base_cpu, _ = timed([sys.executable, "-c", DECODE, str(events)])
        command = [str(Path(sys.executable).with_name("rejoin")), "replay", "--format", "json"]
        half = _half(events, Path(folder, "half.jsonl"))
        table.add_row("bare msgspec decode", f"{base:.2f}", "1.0", f"{base_cpu:.2f}", "1.0", "", "")
        for name, file in (("half of the file", half), ("the whole file", events)):
            seconds, cpu, peak = timed([*command, "--roster", str(roster), "--events", str(file)])
            share = peak / appointments * 1000
            ratios = f"{seconds / base:.1f}", f"{cpu / base_cpu:.1f}"
            table.add_row(name, f"{seconds:.2f}", ratios[0], f"{cpu:.2f}", ratios[1], f"{peak:.0f}", f"{share:.0f}")
        part = min(deliveries, STAGED)
        with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as apart:
            if part < deliveries:
                apart.submit(write_month, roster, events, part).result()
            where = apart.submit(_stages, roster, events).result()
    decoding = where[0][1]
    stages = Table("stage, in one process", "CPU seconds", "ratio", title=f"where the time goes, of {part:,}")
    for name, cpu in where:
        stages.add_row(name, f"{cpu:.2f}", f"{cpu / decoding:.1f}")
    return Measured((table, stages), seconds, seconds / base, peak)


def _stages(roster: Path, events: Path) -> list[tuple[str, float]]:
    """CPU seconds of each stage by itself and once: beyond the stage before, where it includes that one."""
    from config.policy import load_policy
    from plugin.cli.recorded import mapped
    from plugin.core.judgement import judge
    from plugin.core.timeline import fold
    from plugin.recording import Recording
    from plugin.replay import Replay, everything_final
    from plugin.roster import read_roster

    def lap(work: Callable[[], object]) -> float:
        before = time.process_time()
        work()
        return time.process_time() - before

    def each(work: Callable[[Appointment], object]) -> float:
        return lap(lambda: [work(one) and None for one in appointments])

    def decode() -> None:
        decoder = msgspec.json.Decoder()
        with events.open("rb") as lines:
            for line in lines:
                decoder.decode(line)

    gc.disable()  # as the command does
    policy = load_policy()
    decoding = lap(decode)
    appointments = read_roster(roster).appointments
    reading = lap(lambda: read_roster(roster))
    recording = Recording(mapped(events), appointments)
    looking = lap(lambda: [recording.take(recording.look_through(block)) for block in recording.blocks()])
    now = everything_final(appointments, recording, policy)

    def told(one: Appointment) -> Iterator[Event]:
        return recording.of(one, policy.of(one.kind))

    rereading = each(lambda one: list(told(one)))
    folding = each(lambda one: fold(one, told(one), policy.of(one.kind), now))
    judging = each(lambda one: judge(one, told(one), recording.surroundings, policy, now))
    replay = Replay(appointments, recording, policy)
    whole = lap(lambda: [replay.write(number, bytearray()) for number in replay.in_order_of_time()])
    return [
        ("bare msgspec decode", decoding),
        ("read the roster (not shared)", reading),
        ("look through the deliveries (shared)", looking),
        ("read those of each appointment again (shared)", rereading),
        ("fold them (shared)", folding - rereading),
        ("judge everybody (shared)", judging - folding),
        ("decide and write the results (shared)", whole - judging),
    ]


def write_month(roster: Path, events: Path, deliveries: int, sessions_a_day: int = 240) -> int:
    """Write a roster of groups of twelve and their deliveries in arrival order; returns the number of appointments.

    A group meets every day, under the same meeting number and registered once for all.
    """
    luck = random.Random(7)
    lines: list[tuple[datetime, bytes]] = []
    count = 0
    with roster.open("w") as rows:
        rows.write(HEADER)
        while len(lines) < deliveries:
            day, place = divmod(count, sessions_a_day)
            starts_at = FIRST_DAY + timedelta(days=day, hours=8 + place * 10 // sessions_a_day)
            lines += _session(rows, count, place, starts_at, luck)
            count += 1
    lines.sort(key=lambda line: line[0])
    with events.open("wb") as out:
        out.writelines(line for _, line in lines[:deliveries])
    return count


def _session(rows, number: int, group: int, starts_at: datetime, luck: random.Random) -> list[tuple[datetime, bytes]]:
    ends_at = starts_at + timedelta(minutes=50)
    meeting_id, host = str(90_000_000_000 + group), f"host{group % 40:02d}"
    thing = {"id": meeting_id, "uuid": f"u{number}==", "host_id": host, "start_time": _iso(starts_at), "type": 2}
    people = [("T", "clinician", {"id": host, "participant_user_id": host})]
    people += [(f"C{group}-{n}", "client", {"registrant_id": f"r{group}-{n}"}) for n in range(GROUP)]
    over = thing | {"end_time": _iso(ends_at)}
    out = [_line("meeting.started", thing, None, starts_at), _line("meeting.ended", over, None, ends_at)]
    for position, (code, role, keys) in enumerate(people):
        row = (f"A{number}", "group", _iso(starts_at), _iso(ends_at), "America/New_York", meeting_id, host, code, role)
        rows.write(",".join((*row, keys.get("registrant_id", ""))) + "\n")
        if role == "client" and luck.random() < 0.12:
            continue
        joined = starts_at + timedelta(seconds=luck.randint(-120, 120) if role == "client" else -60)
        user = 16_778_240 + position * 1024
        while joined < ends_at:
            drops = luck.random() < 0.15
            left = joined + timedelta(seconds=luck.randint(300, 2000)) if drops else ends_at
            left = min(left, ends_at)
            seen = {"user_id": str(user), "participant_uuid": f"P{number}-{user}", "user_name": "", "email": "", **keys}
            why = NETWORK if drops else PLAIN
            out.append(_line("meeting.participant_joined", thing, seen | {"join_time": _iso(joined)}, joined))
            gone = seen | {"leave_time": _iso(left), "leave_reason": why}
            out.append(_line("meeting.participant_left", thing, gone, left))
            joined, user = left + timedelta(seconds=luck.randint(10, 60)), user + 1
    return out


def _line(event: str, thing: dict, person: dict | None, at: datetime) -> tuple[datetime, bytes]:
    received = at + timedelta(seconds=2)
    if person is not None:
        thing = thing | {"participant": person}
    body = {"event": event, "event_ts": int(at.timestamp() * 1000), "payload": {"account_id": "acct", "object": thing}}
    return received, json.dumps({"received_at": _iso(received), "body": body}).encode() + b"\n"


def _half(events: Path, half: Path) -> Path:
    size = events.stat().st_size // 2
    with events.open("rb") as lines, half.open("wb") as out:
        for line in lines:
            out.write(line)
            if out.tell() >= size:
                return half
    return half


def timed(command: list[str]) -> tuple[float, float, float]:
    """Seconds, CPU seconds of all its processes, and the most MB that they held together.

    Memory is the proportional share of each process, so that what they share counts once; it is looked at ten times a
    second.
    """
    before, peak = time.monotonic(), 0.0
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as process:
        done, status, usage = os.wait4(process.pid, os.WNOHANG)
        while not done:
            peak = max(peak, sum(map(_held_mb, _family(process.pid))))
            time.sleep(0.1)
            done, status, usage = os.wait4(process.pid, os.WNOHANG)
        process.returncode = os.waitstatus_to_exitcode(status)
    if status:
        raise SystemExit(f"{command[0]} ended with status {status}")
    return time.monotonic() - before, usage.ru_utime + usage.ru_stime, peak


def _family(pid: int) -> list[int]:
    """A process and its children."""
    with suppress(OSError):
        return [pid, *map(int, Path(f"/proc/{pid}/task/{pid}/children").read_text().split())]
    return [pid]


def _held_mb(pid: int) -> float:
    with suppress(OSError):  # it has just ended
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) / 1024
    return 0.0


def _iso(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")


DECODE = "import sys, msgspec\nd = msgspec.json.Decoder()\nfor line in open(sys.argv[1], 'rb'): d.decode(line)\n"
