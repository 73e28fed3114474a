"""What only the door at the socket has to do: answers in order, patience in both directions, bounds."""

from __future__ import annotations

import socket
from contextlib import suppress

import pytest
import structlog

from tests.conftest import make_settings
from tests.webhooks.doorway import Doorway
from tests.webhooks.sender import SECRET, as_body, counted, joined, stored_bodies
from tests.webhooks.test_inbox import locked, until
from webhooks import door, doorkeeper
from webhooks.inbox import Inbox
from webhooks.receiver import Receiver
from webhooks.signature import sign


@pytest.fixture
def doorway(sqlite_database, moving_clock):
    inbox = Inbox(sqlite_database, moving_clock)
    doorway = Doorway(Receiver(make_settings(), moving_clock), inbox)
    yield doorway
    doorway.close()
    inbox.close()


@pytest.fixture
def signed(moving_clock):
    """A signed request; `head` is put before its own headers."""

    def make(number: int, secret: bytes = SECRET, head: str = "") -> bytes:
        raw, stamp = as_body(joined(number)), str(int(moving_clock.now().timestamp()))
        return (
            f"POST /webhooks/zoom HTTP/1.1\r\nHost: x\r\n{head}x-zm-request-timestamp: {stamp}\r\n"
            f"x-zm-signature: {sign(secret, stamp, raw)}\r\nContent-Length: {len(raw)}\r\n\r\n"
        ).encode() + raw

    return make


def knock(doorway: Doorway) -> socket.socket:
    return socket.create_connection(("127.0.0.1", doorway.port), timeout=10)


def hear(wire: socket.socket, answers: int | None = None) -> list[bytes]:
    """The statuses of so many answers, or of all until the connection ends."""
    got = b""
    with suppress(ConnectionError):
        while (answers is None or got.count(b"HTTP/1.1 ") < answers) and (more := wire.recv(65536)):
            got += more
    return [part[:3] for part in got.split(b"HTTP/1.1 ")[1:]]


def test_answers_keep_the_order_of_their_requests_even_when_one_needs_no_commit(doorway, signed, sqlite_database):
    with knock(doorway) as wire:
        wire.sendall(signed(1) + signed(2, secret=b"guessed") + signed(3))
        assert hear(wire, 3) == [b"204", b"401", b"204"]
    assert stored_bodies(sqlite_database) == [as_body(joined(1)), as_body(joined(3))]


def test_connection_is_used_again_and_closed_when_the_sender_asks_for_it(doorway, signed):
    with knock(doorway) as wire:
        for number in range(3):
            wire.sendall(signed(number))
            assert hear(wire, 1) == [b"204"]
        wire.sendall(signed(4, head="Connection: close\r\n"))
        assert hear(wire) == [b"204"]


def test_sender_that_asks_first_is_told_to_go_on(doorway, signed):
    head, _, body = signed(1, head="Expect: 100-continue\r\n").partition(b"\r\n\r\n")
    with knock(doorway) as wire:
        wire.sendall(head + b"\r\n\r\n")
        assert hear(wire, 1) == [b"100"]
        wire.sendall(body)
        assert hear(wire, 1) == [b"204"]


def test_page_asked_for_while_a_delivery_waits_is_refused_after_the_delivery_was_answered(doorway, signed):
    with knock(doorway) as wire:
        wire.sendall(signed(1) + b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        assert hear(wire) == [b"204"]


def test_whoever_is_not_committed_in_time_hears_503_and_never_a_late_204(doorway, signed, sqlite_database):
    before = counted("not-stored")
    with locked(sqlite_database), knock(doorway) as wire:
        wire.sendall(signed(1))
        assert hear(wire, 1) == [b"503"]
        wire.settimeout(1.0)
        with pytest.raises(TimeoutError):
            wire.recv(1)
    assert counted("not-stored") == before + 1


def test_commit_that_returns_after_zoom_has_hung_up_is_503(doorway, signed, monkeypatch):
    monkeypatch.setattr(doorkeeper, "TOO_LATE_SECONDS", -1.0)
    with knock(doorway) as wire:
        wire.sendall(signed(1))
        assert hear(wire, 1) == [b"503"]


def test_full_inbox_is_503_at_once(doorway, signed, monkeypatch):
    monkeypatch.setattr("webhooks.inbox.LONGEST_QUEUE", 0)
    with knock(doorway) as wire:
        wire.sendall(signed(1))
        assert hear(wire, 1) == [b"503"]


@pytest.mark.parametrize("begun", [b"", b"POST /webhooks/zoom HTTP/1.1\r\nx-zm", "all but the end"])
def test_request_that_does_not_come_is_given_up(doorway, signed, monkeypatch, begun):
    monkeypatch.setattr(door, "REQUEST_SECONDS", 0.2)
    with knock(doorway) as wire:
        wire.sendall(signed(1)[:-1] if isinstance(begun, str) else begun)
        assert hear(wire) == ([b"408"] if begun else [])


def test_of_too_many_connections_the_slowest_goes_and_deliveries_go_on(doorway, signed, monkeypatch):
    monkeypatch.setattr(door, "MOST_CONNECTIONS", 20)
    slow = [knock(doorway) for _ in range(40)]
    with knock(doorway) as wire:
        wire.sendall(signed(1))
        assert hear(wire, 1) == [b"204"]
    until(lambda: len(doorway.keeper.doors) <= 21)
    for one in slow:
        one.close()


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (b"POST /webhooks/zoom HTTP/1.1\r\nContent-Length: 262145\r\n\r\n", b"413"),
        (b"POST /webhooks/zoom HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n41000\r\n" + b"x" * 270_000, b"413"),
        (b"POST /webhooks/zoom HTTP/1.1\r\nx-much: " + b"x" * 40_000, b"431"),
        (b"no HTTP at all\r\n\r\n", b"400"),
        (b"POST /webhooks/zoom HTTP/1.1\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n", b"400"),
        (b"POST /webhooks/zoom HTTP/1.1\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n", b"400"),
    ],
    ids=["says too much", "chunks of too much", "much header", "no HTTP", "two lengths", "length and chunks"],
)
def test_nonsense_is_refused_before_its_end_and_said_nothing_about(doorway, sqlite_database, sent, status):
    with structlog.testing.capture_logs() as said, knock(doorway) as wire:
        wire.sendall(sent)
        assert hear(wire) == [status]
    assert [line for line in said if line["event"] != "delivery-not-taken"] == []
    assert stored_bodies(sqlite_database) == []


# The service stops


def stop(doorway: Doorway) -> None:
    """Tell every connection, as the server does when it stops."""
    until(lambda: doorway.state.connections)
    for connection in list(doorway.state.connections):
        doorway.call(connection.shutdown)


def raw_answer(wire: socket.socket) -> bytes:
    got = b""
    while more := wire.recv(65536):
        got += more
    return got


@pytest.mark.parametrize("said_before", ["nothing", "a request", "half a request"])
def test_what_is_asked_while_the_service_stops_is_answered_and_told_that_it_was_the_last(doorway, signed, said_before):
    with knock(doorway) as wire:
        if said_before == "a request":
            wire.sendall(signed(1))
            assert hear(wire, 1) == [b"204"]
        wire.sendall(signed(2)[:-9] if said_before == "half a request" else b"")
        stop(doorway)
        wire.sendall(signed(2)[-9:] if said_before == "half a request" else signed(2))
        assert b"\r\nconnection: close\r\n" in raw_answer(wire)


def test_page_asked_for_while_the_service_stops_is_the_last_too(doorway):
    with knock(doorway) as wire:
        stop(doorway)
        wire.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        assert b"\r\nconnection: close\r\n" in raw_answer(wire)


@pytest.mark.parametrize(("sent", "answers"), [(0, []), (-9, [b"503"])], ids=["nothing", "half a delivery"])
def test_who_says_nothing_more_does_not_hold_up_the_stop(doorway, signed, monkeypatch, sent, answers):
    monkeypatch.setattr(door, "LAST_REQUEST_SECONDS", 0.1)
    with knock(doorway) as wire:
        wire.sendall(signed(1)[:sent])
        until(lambda: all(connection.url for connection in doorway.state.connections) or not sent)
        stop(doorway)
        assert hear(wire) == answers
