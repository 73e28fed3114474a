"""`POST /webhooks/zoom` at the socket: uvicorn's HTTP protocol, with a short way for deliveries.

Everything else goes the usual way, to the application. A delivery needs no application: its headers and its body are
looked at as soon as they are there, it waits at the inbox, and it is answered with all that were committed with it. No
thread waits for it, so a sender that is slow, or a thousand of them, holds up nobody.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Sequence
from http import HTTPStatus
from math import inf

import httptools
import structlog
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from webhooks.inbox import PATIENCE_SECONDS, Inbox, NotStored, Receipt, Waiting
from webhooks.receiver import Answer, Given, Receiver, plausible_id

log = structlog.get_logger()

PATHS = (b"/webhooks/zoom", b"/webhooks/zoom/")
MOST_CONNECTIONS = 1000
MOST_HEADER_BYTES = 32 * 1024
REQUEST_SECONDS = 15.0
"""A request that is not complete by then is given up."""
IDLE_SECONDS = 75.0
LINGER_SECONDS = 1.0
"""How long a sender that was refused may go on talking, so that it hears the answer."""
SWEEP_SECONDS = 0.1
LAST_WORD_SECONDS = 0.5
"""How long a connection on which nothing has begun stays open when the service stops: a request may be on its way."""
LAST_REQUEST_SECONDS = 3.0
"""How long a request that has begun may still take then; Zoom does not wait longer either."""
TOO_LATE_SECONDS = 2.5
"""Zoom does not hear a 204 after three seconds; it comes back, and is told so."""
_OF_ZOOM = frozenset((b"x-zm-request-timestamp", b"x-zm-request-id", b"x-zm-trackingid"))
_STATUS = {status.value: f"HTTP/1.1 {status.value} {status.phrase}\r\n".encode() for status in HTTPStatus}


class Delivery(Waiting):
    """A delivery on its way through the inbox, and the connection it came on."""

    __slots__ = ("answer", "began", "given", "keep_alive", "on")

    def __init__(self, body: bytes, given: Given, on: Door, keep_alive: bool):
        super().__init__(body, given.request_id, on.keeper.tell)
        self.given, self.on, self.keep_alive = given, on, keep_alive
        self.began = time.monotonic()
        self.answer: Answer | None = None


class Doorkeeper:
    """Takes the deliveries of one process to its inbox, and back to their connections; lives in the event loop."""

    def __init__(self, receiver: Receiver, inbox: Inbox):
        self.receiver, self.inbox = receiver, inbox
        self.doors: set[Door] = set()
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


class Door(HttpToolsProtocol):
    """One connection. The application must have a `doorkeeper`."""

    def __init__(self, *args, **named) -> None:
        super().__init__(*args, **named)
        self.keeper: Doorkeeper = self.app.doorkeeper
        self.until = inf
        """When this connection has to have done what we wait for; monotonic seconds."""
        self.url = b""
        self._turns: deque[Delivery] = deque()
        self._refused = self._is_delivery = self._stopping = False
        self._header_bytes = 0
        self._body: list[bytes] = []
        self._body_bytes = 0

    # From the transport

    def connection_made(self, transport: asyncio.Transport) -> None:
        super().connection_made(transport)
        if len(self.keeper.doors) >= MOST_CONNECTIONS:
            self.keeper.make_room()
        self.keeper.doors.add(self)
        self.until = time.monotonic() + REQUEST_SECONDS

    def connection_lost(self, exc: Exception | None) -> None:
        self.keeper.doors.discard(self)
        super().connection_lost(exc)

    def eof_received(self) -> bool:
        """The sender says no more; whether it still is to hear something."""
        if self._turns:
            self._turns[-1].keep_alive = False
        return bool(self._turns) or self._refused

    def data_received(self, data: bytes) -> None:
        self._unset_keepalive_if_required()
        if self._refused:
            return
        self._header_bytes += len(data)
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            pass  # no other protocol is spoken here; it is answered as what it is
        except httptools.HttpParserCallbackError as error:
            self._own_fault(error.__context__)
        except httptools.HttpParserError:
            self._refuse(400)
        if self._header_bytes > MOST_HEADER_BYTES and not self._refused:
            self._refuse(431)

    # From the parser

    def on_message_begin(self) -> None:
        self.url = b""
        self.headers = []
        self._is_delivery = False
        self.until = time.monotonic() + REQUEST_SECONDS

    def on_header(self, name: bytes, value: bytes) -> None:
        self.headers.append((name.lower(), value))

    def on_headers_complete(self) -> None:
        self._header_bytes = -inf  # what comes now is body
        if self._refused:
            return
        if self.url.partition(b"?")[0] in PATHS and self.parser.get_method() == b"POST":
            self._expect_delivery()
            return
        if self._turns:  # a page asked for while a delivery waits: no sender does that, and it keeps answers in order
            self._refuse(400)
            return
        url, headers = self.url, self.headers
        super().on_message_begin()
        self.url, self.headers[:] = url, headers
        self.expect_100_continue = (b"expect", b"100-continue") in headers
        super().on_headers_complete()
        if self._stopping:
            self.cycle.keep_alive = False

    def on_body(self, body: bytes) -> None:
        if self._refused:
            return
        if not self._is_delivery:
            super().on_body(body)
            return
        self._body.append(body)
        self._body_bytes += len(body)
        if self._body_bytes > self.keeper.receiver.largest:
            self._too_large()

    def on_message_complete(self) -> None:
        self.until, self._header_bytes, self.url = inf, 0, b""
        if self._refused:
            return
        if not self._is_delivery:
            super().on_message_complete()
            return
        keep_alive = self.parser.should_keep_alive() and not self._stopping
        delivery = Delivery(b"".join(self._body), self._given, self, keep_alive)
        self._turns.append(delivery)
        self.keeper.take(delivery)

    @property
    def _answers_page(self) -> bool:
        return self.cycle is not None and not self.cycle.response_complete

    def _expect_delivery(self) -> None:
        if self._answers_page:
            self._refuse(400)  # the other way round: a page is being answered
            return
        self._is_delivery = True
        self._body, self._body_bytes = [], 0
        told = dict(self.headers)
        if len(told) < len(self.headers):
            told = _joined(self.headers)
        self._given = Given(
            _text(told.get(b"x-zm-signature")),
            _text(told.get(b"x-zm-request-timestamp")),
            plausible_id(_text(told.get(b"x-zm-request-id"))),
            not _OF_ZOOM.isdisjoint(told),
        )
        if int(told.get(b"content-length", b"0")) > self.keeper.receiver.largest:
            self._too_large()
        elif told.get(b"expect", b"").lower() == b"100-continue":
            self.transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")

    # To the sender

    def answer_in_turn(self) -> None:
        """Write the answers that are due, in the order in which the deliveries came."""
        turns = self._turns
        while turns and turns[0].answer is not None:
            delivery = turns.popleft()
            if self.transport.is_closing():
                continue
            last = not delivery.keep_alive or (self._refused and not turns)
            self.transport.write(self.keeper.bytes_of(delivery.answer, last, self.server_state.default_headers))
            if last:
                self.transport.close()
            elif not turns and not self._refused:
                self.until = min(self.until, time.monotonic() + IDLE_SECONDS)

    def give_up(self) -> None:
        """The request did not come, or not to its end."""
        self.until = inf
        if self.url and not self._refused and not self._answers_page:
            self._refuse(503 if self._stopping else 408)
        else:
            self.transport.close()

    def shutdown(self) -> None:
        """The service stops: what waits, has begun or is on its way is answered, and then the connection ends."""
        self._stopping = True
        if self._turns:
            self._turns[-1].keep_alive = False
        elif self._answers_page:
            self.cycle.keep_alive = False
        else:
            patience = LAST_REQUEST_SECONDS if self.url else LAST_WORD_SECONDS
            self.until = min(self.until, time.monotonic() + patience)

    def _too_large(self) -> None:
        answer = self.keeper.receiver.done("too-large", self._given)
        self._body = []
        self._refuse(answer.status)

    def _own_fault(self, error: BaseException | None) -> None:
        if isinstance(error, httptools.HttpParserInvalidURLError | UnicodeDecodeError):
            self._refuse(400)
            return
        log.error("request-failed", error=type(error).__name__)
        self._refuse(500)

    def _refuse(self, status: int) -> None:
        """Answer, listen no more, and close once the sender had time to hear it."""
        self._refused, self.until = True, inf
        if self._turns:
            return  # answered and closed after those that wait
        if not self.transport.is_closing():
            self.transport.write(self.keeper.bytes_of(Answer(status), True, self.server_state.default_headers))
            if self.transport.can_write_eof():
                self.transport.write_eof()
            self.loop.call_later(LINGER_SECONDS, self.transport.close)


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


def _joined(headers: list[tuple[bytes, bytes]]) -> dict[bytes, bytes]:
    """A header that was sent several times is one with all values."""
    told: dict[bytes, bytes] = {}
    for name, value in headers:
        told[name] = value if name not in told else told[name] + b"," + value
    return told


def _text(value: bytes | None) -> str | None:
    return None if value is None else value.decode("latin-1")
