"""Zoom's part: signed deliveries from several connections, repeated until they are acknowledged, and which were."""

from __future__ import annotations

import http.client
import json
import queue
import threading
import time
from collections import Counter

from tests.conftest import WEBHOOK_SECRET
from webhooks.signature import sign

PATIENCE_SECONDS = 3.0
CONNECTIONS = 8


class Zoom:
    """Sends what is given to it; an answer that is no 2xx brings the delivery again, as Zoom would, only sooner.

    `acknowledged` holds the request ids of what was answered with 2xx within three seconds, `late` those that were
    answered 2xx after that, `answers` how often each status came (0: no answer), `took` how long each answer did.
    `resets` counts requests whose connection ended without an answer. A connection is kept open between requests,
    or, as a proxy does by default, made anew for each.
    """

    def __init__(
        self, port: int, connections: int = CONNECTIONS, again_after_seconds: float = 0.3, keep_open: bool = True
    ):
        self.port, self.keep_open = port, keep_open
        self.again_after_seconds = again_after_seconds
        self.acknowledged: set[str] = set()
        self.late: set[str] = set()
        self.answers: Counter[int] = Counter()
        self.took: list[float] = []
        self.resets = 0
        self._waiting: queue.Queue[tuple[float, str, bytes]] = queue.Queue()
        self._open = 0
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._threads = [threading.Thread(target=self._send, daemon=True) for _ in range(connections)]
        for thread in self._threads:
            thread.start()

    def give(self, request_id: str, body: dict) -> None:
        """Have one delivery sent."""
        with self._lock:
            self._open += 1
        self._waiting.put((0.0, request_id, json.dumps(body).encode()))

    def unanswered(self) -> int:
        """How many deliveries are not acknowledged yet."""
        with self._lock:
            return self._open

    def acknowledged_so_far(self) -> set[str]:
        """The request ids of what is acknowledged by now."""
        with self._lock:
            return set(self.acknowledged)

    def close(self) -> None:
        """Stop, whatever is open."""
        self._stop.set()
        for thread in self._threads:
            thread.join(10)

    def _send(self) -> None:
        wire = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        while not self._stop.is_set():
            try:
                due, request_id, body = self._waiting.get(timeout=0.05)
            except queue.Empty:
                continue
            if (wait := due - time.monotonic()) > 0:
                self._stop.wait(min(wait, 0.1))
                if due > time.monotonic():
                    self._waiting.put((due, request_id, body))
                    continue
            began = time.monotonic()
            status = self._post(wire, request_id, body)
            self._note(status, time.monotonic() - began, request_id, body)
        wire.close()

    def _post(self, wire: http.client.HTTPConnection, request_id: str, body: bytes) -> int:
        stamp = str(int(time.time()))
        headers = {
            "content-type": "application/json; charset=utf-8",
            "x-zm-request-timestamp": stamp,
            "x-zm-signature": sign(WEBHOOK_SECRET.encode(), stamp, body),
            "x-zm-request-id": request_id,
        } | ({} if self.keep_open else {"connection": "close"})
        try:
            wire.request("POST", "/webhooks/zoom", body, headers)
            response = wire.getresponse()
            response.read()
            if not self.keep_open:
                wire.close()
            return response.status
        except ConnectionRefusedError:
            wire.close()
            return 0
        except (OSError, http.client.HTTPException):
            wire.close()
            with self._lock:
                self.resets += 1
            return 0

    def _note(self, status: int, took: float, request_id: str, body: bytes) -> None:
        with self._lock:
            self.answers[status] += 1
            if status:
                self.took.append(took)
            good = 200 <= status < 300
            if good and took > PATIENCE_SECONDS:
                self.late.add(request_id)
            elif good:
                self.acknowledged.add(request_id)
                self._open -= 1
                return
        self._waiting.put((time.monotonic() + self.again_after_seconds, request_id, body))


def percentile(took: list[float], share: float) -> float:
    """The seconds that this share of the answers did not exceed."""
    ordered = sorted(took)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))] if ordered else float("nan")
