"""The line between an adapter and a help desk: what is sent passes through it, and it may be disturbed.

`responses` takes the calls of the adapter's own HTTP stack; behind the line is a desk in memory, or a real one.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

import requests
import responses
import urllib3

BASE = "https://desk.invalid"
CANARY = "Alice Appleyard wrote this into the answer"

Answer = tuple[int, dict, str]
Remote = Callable[[requests.PreparedRequest], Answer]


class Line:
    """Passes calls on to a remote; `disturb` answers in its place, `lose_answer` cuts the line after the next POST."""

    def __init__(self, remote: Remote):
        self.remote = remote
        self.sent: list[requests.PreparedRequest] = []
        self._disturbance: Answer | Exception | None = None
        self._lose = False

    def disturb(self, status: int, body: str = CANARY, **headers: str) -> None:
        """From now on everything is answered like this; header names with _ for -."""
        self._disturbance = (status, {name.replace("_", "-"): value for name, value in headers.items()}, body)

    def cut(self, error: Exception) -> None:
        """From now on nothing gets through."""
        self._disturbance = error

    def mend(self) -> None:
        """As it was."""
        self._disturbance = None

    def lose_answer(self) -> None:
        """The next POST arrives and is carried out, and its answer does not come back."""
        self._lose = True

    def posted(self) -> list[requests.PreparedRequest]:
        """What was sent to make something."""
        return [call for call in self.sent if call.method == "POST"]

    def carry(self, request: requests.PreparedRequest) -> Answer | Exception:
        """One call."""
        self.sent.append(request)
        if self._disturbance is not None:
            return self._disturbance
        answer = self.remote(request)
        if self._lose and request.method == "POST":
            self._lose = False
            return requests.ConnectionError(f"reset by peer after {CANARY}")
        return answer

    @contextmanager
    def open(self) -> Iterator[Line]:
        """Take every call to the desk's address as long as this lasts."""
        with responses.RequestsMock(assert_all_requests_are_fired=False) as edge:
            for method in ("GET", "POST", "PUT"):
                edge.add_callback(method, re.compile(rf"{BASE}/.*"), callback=self.carry)
            yield self


def carried_to(url: str) -> Remote:
    """A remote that is real and listens at this address."""

    def carry(request: requests.PreparedRequest) -> Answer:
        there = urlsplit(request.url)
        headers = {name: value for name, value in request.headers.items() if name != "Content-Length"}
        target = f"{url}{there.path}?{there.query}"
        with urllib3.PoolManager() as pool:
            more = {"headers": headers, "redirect": False, "timeout": 20}
            answer = pool.request(request.method, target, body=request.body, **more)
        return answer.status, {"Content-Type": answer.headers.get("Content-Type", "")}, answer.data.decode()

    return carry
