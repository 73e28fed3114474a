"""Anything at all on the wire: the door answers or hangs up, goes on, keeps only what is signed, and quotes nothing."""

from __future__ import annotations

import socket
from contextlib import suppress

import pytest
import structlog
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.conftest import make_settings
from tests.hostile.specimens import ABSURD, NO_EVENTS, _bytes, joined
from tests.webhooks.doorway import Doorway
from tests.webhooks.sender import SECRET, stored_bodies
from webhooks.inbox import Inbox
from webhooks.receiver import Receiver
from webhooks.signature import sign
from webhooks.wire import read_event
from webhooks.wire_problem import UnknownEvent, Unreadable

CANARY = "canary-of-the-fuzz"
BODY = _bytes(joined({"user_name": CANARY}))
SEEDS = [*NO_EVENTS.values(), *map(_bytes, ABSURD.values()), BODY]
ONCE = settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture
def doorway(sqlite_database, moving_clock):
    inbox = Inbox(sqlite_database, moving_clock)
    doorway = Doorway(Receiver(make_settings(), moving_clock), inbox)
    yield doorway
    doorway.close()
    inbox.close()


def request(clock, body: bytes = BODY) -> bytes:
    stamp = str(int(clock.now().timestamp()))
    head = f"POST /webhooks/zoom HTTP/1.1\r\nHost: x\r\nx-zm-request-timestamp: {stamp}\r\nConnection: close\r\n"
    head += f"x-zm-signature: {sign(SECRET, stamp, body)}\r\nContent-Length: {len(body)}\r\n\r\n"
    return head.encode() + body


def status(doorway: Doorway, sent: bytes) -> bytes:
    """The first answer; nothing when the door hung up without one."""
    with socket.create_connection(("127.0.0.1", doorway.port), timeout=10) as wire:
        with suppress(ConnectionError):
            wire.sendall(sent)
            wire.shutdown(socket.SHUT_WR)
        got = b""
        with suppress(ConnectionError):
            while more := wire.recv(65536):
                got += more
    return got[9:12]


@st.composite
def cuts(draw) -> tuple[int, int, bytes]:
    """From where to where what is put instead."""
    at = draw(st.integers(0, 700))
    junk = st.sampled_from(
        [b"", b"\r\n", b"\n", b"\x00", b":", b" ", b"\xff", b"Content-Length: 1\r\n", b"Transfer-Encoding: chunked\r\n",
         b"\r\n ", b"9" * 5000, b"x-zm-signature: v0=\r\n", b"[" * 500, b"Host: [\r\n", b"Expect: 100-continue\r\n"]
    )  # fmt: skip
    return at, at + draw(st.integers(0, 40)), draw(junk | st.binary(max_size=30))


@ONCE
@given(st.lists(cuts(), min_size=1, max_size=4))
def test_mutated_request_is_never_kept_as_something_else(doorway, moving_clock, sqlite_database, changes):
    sent = request(moving_clock)
    for begin, end, junk in changes:
        sent = sent[:begin] + junk + sent[end:]
    with structlog.testing.capture_logs() as said:
        heard = status(doorway, sent)
    assert heard in (b"", b"100", b"204", b"400", b"401", b"404", b"408", b"413", b"431")
    assert {*stored_bodies(sqlite_database)} <= {BODY}
    assert not [line for line in said if line["event"] == "request-failed"]
    assert CANARY not in str(said)
    assert status(doorway, request(moving_clock)) == b"204"


@ONCE
@given(st.sampled_from(SEEDS), st.lists(cuts(), max_size=3))
def test_signed_body_of_any_shape_is_kept_byte_for_byte_or_refused_and_never_our_fault(
    doorway, moving_clock, sqlite_database, seed, changes
):
    for begin, end, junk in changes:
        seed = seed[:begin] + junk + seed[end:]
    heard = status(doorway, request(moving_clock, seed))
    assert heard in (b"200", b"204", b"400", b"413")
    assert (seed in stored_bodies(sqlite_database)) == (heard == b"204")


@settings(deadline=None, max_examples=300)
@given(st.sampled_from(SEEDS), st.lists(cuts(), max_size=4))
def test_reader_says_what_is_wrong_with_any_body_and_quotes_nothing(seed, changes):
    for begin, end, junk in changes:
        seed = seed[:begin] + junk + seed[end:]
    said = ""
    try:
        read_event(seed, delivery=1)
    except Unreadable as problem:
        said = str(problem)
    except UnknownEvent:
        pass  # its message is the event's name, which is what the operator needs
    assert CANARY not in said
