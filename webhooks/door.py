"""`POST /webhooks/zoom` at the socket: uvicorn's HTTP protocol, with a short way for deliveries.

Everything else goes the usual way, to the application. A delivery needs no application: its headers and its body are
looked at as soon as they are there, it waits at the inbox, and it is answered with all that were committed with it. No
thread waits for it, so a sender that is slow, or a thousand of them, holds up nobody.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from math import inf

import httptools
import structlog
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from webhooks.doorkeeper import Delivery, Doorkeeper
from webhooks.receiver import Answer, Given, plausible_id

log = structlog.get_logger()

PATHS = (b"/webhooks/zoom", b"/webhooks/zoom/")
MOST_CONNECTIONS = 1000
MOST_HEADER_BYTES = 32 * 1024
REQUEST_SECONDS = 15.0
"""A request that is not complete by then is given up."""
IDLE_SECONDS = 75.0
LINGER_SECONDS = 1.0
"""How long a sender that was refused may go on talking, so that it hears the answer."""
LAST_WORD_SECONDS = 0.5
"""How long a connection on which nothing has begun stays open when the service stops: a request may be on its way."""
LAST_REQUEST_SECONDS = 3.0
"""How long a request that has begun may still take then; Zoom does not wait longer either."""
_OF_ZOOM = frozenset((b"x-zm-request-timestamp", b"x-zm-request-id", b"x-zm-trackingid"))


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
        delivery = Delivery(b"".join(self._body), self._given, self, keep_alive, self.keeper.tell)
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


def _joined(headers: list[tuple[bytes, bytes]]) -> dict[bytes, bytes]:
    """A header that was sent several times is one with all values."""
    told: dict[bytes, bytes] = {}
    for name, value in headers:
        told[name] = value if name not in told else told[name] + b"," + value
    return told


def _text(value: bytes | None) -> str | None:
    return None if value is None else value.decode("latin-1")
