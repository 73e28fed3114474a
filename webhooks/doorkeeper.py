"""The doorkeeper of one process: takes deliveries to the inbox, and what became of them back to their connections."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable, Sequence
from http import HTTPStatus
from math import inf
from typing import Protocol

from webhooks.inbox import PATIENCE_SECONDS, Inbox, NotStored, Receipt, Waiting
from webhooks.receiver import Answer, Given, Receiver

SWEEP_SECONDS = 0.1
TOO_LATE_SECONDS = 2.5
"""Zoom does not hear a 204 after three seconds; it comes back, and is told so."""
_STATUS = {status.value: f"HTTP/1.1 {status.value} {status.phrase}\r\n".encode() for status in HTTPStatus}


class Connection(Protocol):
    """Where a delivery came from, and its answer goes; `until` is how long it may owe us something."""

    until: float

    def answer_in_turn(self) -> None:
        """Send the answers that are there."""

    def give_up(self) -> None:
        """What was owed did not come."""


class Delivery(Waiting):
    """A delivery on its way through the inbox, and the connection it came on."""

    __slots__ = ("answer", "began", "given", "keep_alive", "on")

    def __init__(self, body: bytes, given: Given, on: Connection, keep_alive: bool, tell: Callable):
        super().__init__(body, given.request_id, tell)
        self.given, self.on, self.keep_alive = given, on, keep_alive
        self.began = time.monotonic()
        self.answer: Answer | None = None


class Doorkeeper:
    """Takes the deliveries of one process to its inbox, and back to their connections; lives in the event loop."""

    def __init__(self, receiver: Receiver, inbox: Inbox):
        self.receiver, self.inbox = receiver, inbox
        self.doors: set[Connection] = set()
        self._loop = asyncio.get_running_loop()
        self._arrived: list[Delivery] = []
        self._at_the_inbox: deque[Delivery] = deque()
        self.tell = self._committed
        self._written: tuple[list, dict[tuple[int, bool], bytes]] = [], {}
        self._sweeping = self._loop.call_later(SWEEP_SECONDS, self._sweep)

    def take(self, delivery: Delivery) -> None:
        """Examine a whole delivery; answer it, or let it wait for its commit.

        What comes at once goes to the inbox at once: each delivery by itself would wake the writer for itself.
        """
        delivery.answer = self.receiver.examine(delivery.body, delivery.given)
        if delivery.answer is not None:
            delivery.on.answer_in_turn()
            return
        if not self._arrived:
            self._loop.call_soon(self._hand_over)
        self._arrived.append(delivery)

    def close(self) -> None:
        """Look after nothing any more."""
        self._sweeping.cancel()

    def _hand_over(self) -> None:
        arrived, self._arrived = self._arrived, []
        for delivery in arrived:
            try:
                self.inbox.submit(delivery)
                self._at_the_inbox.append(delivery)
            except NotStored as trouble:
                self._refuse(delivery, str(trouble))

    def _committed(self, group: Sequence[Delivery]) -> None:
        self._loop.call_soon_threadsafe(self._answer, group)

    def _answer(self, group: Sequence[Delivery]) -> None:
        latest = time.monotonic() - TOO_LATE_SECONDS
        standing: dict[Receipt, list[Delivery]] = {}
        for delivery in group:
            if delivery.answer is not None:
                continue  # it lost patience
            if delivery.receipt is None:
                self._refuse(delivery, "the database refused")
            elif delivery.began < latest:
                self._refuse(delivery, "it was stored too late for Zoom to hear of it")
            else:
                standing.setdefault(delivery.receipt, []).append(delivery)
        for receipt, deliveries in standing.items():
            answer = self.receiver.stored(receipt, [delivery.given for delivery in deliveries])
            for delivery in deliveries:
                delivery.answer = answer
                delivery.on.answer_in_turn()
        waiting = self._at_the_inbox
        while waiting and waiting[0].answer is not None:
            waiting.popleft()

    def _refuse(self, delivery: Delivery, because: str) -> None:
        delivery.answer = self.receiver.done("not-stored", delivery.given, because=because)
        delivery.on.answer_in_turn()

    def _sweep(self) -> None:
        """Ten times a second: who waited too long is answered, who is too slow is sent away."""
        self._sweeping = self._loop.call_later(SWEEP_SECONDS, self._sweep)
        now = time.monotonic()
        waiting = self._at_the_inbox
        while waiting and (waiting[0].answer is not None or waiting[0].began < now - PATIENCE_SECONDS):
            delivery = waiting.popleft()
            if delivery.answer is None:
                self._refuse(delivery, "the database did not commit in time")
        for door in [door for door in self.doors if door.until < now]:
            door.give_up()

    def bytes_of(self, answer: Answer, last: bool, headers: list[tuple[bytes, bytes]]) -> bytes:
        """The answer as it is sent; one without a body is put together once for as long as the headers are the same,
        which the server renews each second."""
        if answer.body:
            return _bytes_of(answer, last, headers)
        if self._written[0] is not headers:
            self._written = headers, {}
        written, kind = self._written[1], (answer.status, last)
        if kind not in written:
            written[kind] = _bytes_of(answer, last, headers)
        return written[kind]

    def make_room(self) -> None:
        """Of too many connections the one goes that has owed us the rest of its request for the longest time."""
        slowest = min(self.doors, key=lambda door: door.until)
        if slowest.until < inf:
            slowest.give_up()


def _bytes_of(answer: Answer, last: bool, headers: list[tuple[bytes, bytes]]) -> bytes:
    parts = [_STATUS[answer.status]]
    parts += [b"%s: %s\r\n" % header for header in headers]
    if answer.body:
        parts.append(b"content-type: application/json\r\n")
    if answer.status != 204:
        parts.append(b"content-length: %d\r\n" % len(answer.body))
    if last:
        parts.append(b"connection: close\r\n")
    return b"".join((*parts, b"\r\n", answer.body))
