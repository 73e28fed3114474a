"""Signed deliveries at full speed (wrk, a closed loop) or at a fixed rate (an open loop), and what that costs.

The server runs on the first core and the sender on the last one, so that one does not slow down the other.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import multiprocessing
import os
import random
import subprocess
import time
from collections import deque
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import suppress
from copy import copy
from dataclasses import dataclass
from pathlib import Path

SECRET = b"bench"
CONNECTIONS = 32
LAST_SECONDS = 8
"""How long after the last request of an open loop answers are waited for."""
LUA = Path(__file__).parent / "peers" / "post.lua"
SERVER_CORE, SENDER_CORE = "0", str((os.cpu_count() or 1) - 1)
ON_THE_SERVERS_CORE = ("taskset", "-c", SERVER_CORE)


@dataclass(frozen=True)
class Measured:
    """What a run came to; latencies in milliseconds."""

    requests: int
    seconds: float
    p50: float
    p99: float
    p999: float
    refused: int
    errors: int
    cpu_us: float = 0.0
    megabytes: float = 0.0

    @property
    def rate(self) -> float:
        """Answers a second."""
        return self.requests / self.seconds


class Requests:
    """So many unique signed requests of about a kilobyte, as Zoom sends them, in a file; each is taken once.

    Signed when they are written, and good for two hours.
    """

    def __init__(self, path: Path, number: int):
        self.path = path
        self._begins = _write(path, number)
        self._next = 0

    def afresh(self) -> Requests:
        """The same ones, for another receiver: it has seen none of them."""
        other = copy(self)
        other._next = 0
        return other

    @property
    def begins(self) -> int:
        """The byte at which the next one begins."""
        return self._begins[self._next]

    def sent(self, number: int) -> None:
        """So many were sent; raises SystemExit when there were not so many, and some were sent twice."""
        self._next += number
        if self._next >= len(self._begins):
            raise SystemExit(f"{len(self._begins):,} signed requests were too few for a machine as fast as this one")

    def take(self, number: int) -> list[bytes]:
        """The next ones."""
        with self.path.open("rb") as lines:
            lines.seek(self.begins)
            self.sent(number)
            return [lines.read(int(lines.read(8))) for _ in range(number)]


def _write(path: Path, number: int) -> list[int]:
    luck, run = random.Random(7), os.urandom(4).hex()
    stamp, begins = str(int(time.time())).encode(), []
    with path.open("wb") as out:
        for at in range(number):
            body = _body(run, at)
            signature = hmac.digest(SECRET, b"v0:" + stamp + b":" + body, hashlib.sha256).hex().encode()
            of_body = hmac.digest(SECRET, body, hashlib.sha256).hex().encode()
            name = b"%032x" % luck.getrandbits(128)
            request_id = b"_".join((name[:8], name[8:12], name[12:16], name[16:20], name[20:]))
            request = b"\r\n".join(
                (
                    b"POST /webhooks/zoom HTTP/1.1",
                    b"Host: localhost",
                    b"User-Agent: Zoom Marketplace/1.0a",
                    b"Content-Type: application/json; charset=utf-8",
                    b"x-zm-request-timestamp: " + stamp,
                    b"x-zm-signature: v0=" + signature,
                    b"x-zm-request-id: " + request_id,
                    b"x-body-signature: sha256=" + of_body,  # for those who know no other scheme
                    b"Content-Length: %d" % len(body),
                    b"",
                    body,
                )
            )
            begins.append(out.tell())
            out.write(b"%08d" % len(request) + request)
    return begins


def _body(run: str, at: int) -> bytes:
    person = {"user_id": str(16_778_240 + at), "user_name": "Invented Person", "id": "", "email": ""}
    person |= {"participant_uuid": f"0BADF00D-{run}-{at:012d}", "registrant_id": f"reg-{at % 12}"}
    person |= {"join_time": "2026-11-23T14:00:00Z", "public_ip": "", "customer_key": ""}
    thing = {"id": str(84_000_000_000 + at // 24), "uuid": f"{run}{at // 24}==", "host_id": "uHost", "type": 2}
    thing |= {"topic": "Group " + "x" * 460, "start_time": "2026-11-23T14:00:00Z", "timezone": "America/New_York"}
    payload = {"account_id": "AbCdEfGhIjKlMnOp", "object": thing | {"duration": 50, "participant": person}}
    body = {"event": "meeting.participant_joined", "payload": payload, "event_ts": 1_795_615_200_000 + at}
    return json.dumps(body, separators=(",", ":")).encode()


def at_full_speed(port: int, path: str, requests: Requests, seconds: float) -> Measured:
    """A closed loop of 32 connections: each sends its next request when the last one is answered."""
    command = ("taskset", "-c", SENDER_CORE, "wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds:g}s", "--timeout", "5s")
    said = subprocess.run(
        (*command, "-s", str(LUA), f"http://127.0.0.1:{port}{path}"),
        env=os.environ | {"REQUESTS": str(requests.path), "FROM": str(requests.begins), "AT": path},
        capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    line = next(line for line in said.splitlines() if line.startswith("RESULT"))
    number, took, p50, p99, p999, refused, errors = map(float, line.split()[1:])
    requests.sent(int(number) + CONNECTIONS)
    return Measured(int(number), took / 1e6, p50, p99, p999, int(refused), int(errors))


def at_a_rate(port: int, path: str, requests: list[bytes], rate: float) -> Measured:
    """An open loop: each request is due at its moment, whether or not the server keeps up; latency counts from then."""
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as apart:
        return apart.submit(_send_all, port, path, requests, rate).result()


def _send_all(port: int, path: str, requests: list[bytes], rate: float) -> Measured:
    os.sched_setaffinity(0, {int(SENDER_CORE)})
    return asyncio.run(_OpenLoop(port, path, requests, rate).run())


class _OpenLoop:
    """Sends each request at its moment on a connection that is free, or as soon as one is."""

    LINES = 64

    def __init__(self, port: int, path: str, requests: list[bytes], rate: float):
        luck = random.Random(7)
        self.port = port
        self.requests = [one.replace(b"POST /webhooks/zoom ", b"POST " + path.encode() + b" ", 1) for one in requests]
        self.due, at = [], 0.0
        for _ in requests:
            at += luck.expovariate(rate)
            self.due.append(at)
        self.free: deque[_Line] = deque()
        self.waiting: deque[int] = deque()
        self.took: dict[int, float] = {}
        self.refused = self.errors = 0
        self.over = asyncio.Event()

    async def run(self) -> Measured:
        loop = asyncio.get_running_loop()
        for _ in range(self.LINES):
            await loop.create_connection(lambda: _Line(self), "127.0.0.1", self.port)
        self.begins = time.monotonic() + 0.1
        for number, due in enumerate(self.due):
            while (ahead := self.begins + due - time.monotonic()) > 0:
                await asyncio.sleep(ahead if ahead > 0.0005 else 0)
            if self.free:
                self.free.popleft().send(number)
            else:
                self.waiting.append(number)
        with suppress(TimeoutError):
            await asyncio.wait_for(self.over.wait(), LAST_SECONDS)
        seconds = time.monotonic() - self.begins
        # What was never answered took at least until now.
        never = sorted(seconds - due for number, due in enumerate(self.due) if number not in self.took)
        ordered = sorted([*self.took.values(), *never])
        p50, p99, p999 = (ordered[int((len(ordered) - 1) * share)] * 1000 for share in (0.5, 0.99, 0.999))
        return Measured(len(self.took), seconds, p50, p99, p999, self.refused, len(never))

    def answered(self, line: _Line, number: int, status: bytes) -> None:
        self.took[number] = time.monotonic() - self.begins - self.due[number]
        self.refused += not status.startswith(b"2")
        if self.waiting:
            line.send(self.waiting.popleft())
        else:
            self.free.append(line)
        if len(self.took) == len(self.requests):
            self.over.set()


class _Line(asyncio.Protocol):
    """One connection with one request under way; every answer here fits one packet."""

    def __init__(self, loop: _OpenLoop):
        self.loop = loop

    def connection_made(self, transport) -> None:
        self.transport = transport
        self.loop.free.append(self)

    def send(self, number: int) -> None:
        self.number = number
        self.transport.write(self.loop.requests[number])

    def data_received(self, data: bytes) -> None:
        self.loop.answered(self, self.number, data[9:12])


def processes(root: int) -> Iterator[int]:
    """A process and all that came from it."""
    yield root
    try:
        tasks = list(Path(f"/proc/{root}/task").glob("*/children"))
    except OSError:
        return  # it came and went, as the command of a hook does
    for task in tasks:
        try:
            children = task.read_text().split()
        except OSError:
            continue
        for child in children:
            yield from processes(int(child))


def cpu_seconds(root: int) -> float:
    """The processor time that these processes took so far, with those of theirs that are gone."""
    ticks = 0
    for process in processes(root):
        try:
            fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue  # gone by now
        ticks += sum(map(int, fields[11:15]))
    return ticks / os.sysconf("SC_CLK_TCK")


def megabytes(root: int) -> float:
    """The memory that these processes hold."""
    kilobytes = 0
    for one in processes(root):
        try:
            lines = Path(f"/proc/{one}/status").read_text().splitlines()
        except OSError:
            continue
        kilobytes += sum(int(line.split()[1]) for line in lines if line.startswith("VmRSS"))
    return kilobytes / 1024
