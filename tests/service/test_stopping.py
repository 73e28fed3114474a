"""A service that is told to stop under load: whoever is connected is answered, and a restart resets nobody."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import pytest

from plugin.cli.serve import serve
from plugin.listener import Listening, listen
from plugin.storage.database import Database
from tests.conftest import KEY, WEBHOOK_SECRET
from tests.service.process import Service
from tests.webhooks.sender import as_body, joined, stored_bodies
from tests.webhooks.test_over_http import proven

pytestmark = pytest.mark.alone

MANY = 700
"""More than a server takes in before it looks whether it is to stop, fewer than the connections that it keeps."""
PAGE = b"GET /healthz HTTP/1.1\r\nHost: rejoin.invalid\r\n\r\n"


def deliveries(number: int, first: int = 0) -> list[bytes]:
    return [proven(as_body(joined(n)), end="") for n in range(first, first + number)]


def knock(port: int, sent: bytes) -> socket.socket:
    wire = socket.create_connection(("127.0.0.1", port), timeout=20)
    wire.sendall(sent)
    return wire


def heard(wire: socket.socket) -> bytes:
    """The status that is answered, when the connection then ends well."""
    got = b""
    try:
        while more := wire.recv(65536):
            got += more
    except ConnectionError:
        return b"reset"
    finally:
        wire.close()
    return got[9:12]


@contextmanager
def held(process: subprocess.Popen) -> Iterator[None]:
    """The service sleeps; meanwhile it is told to stop. What connects now, the kernel alone knows of."""
    os.killpg(process.pid, signal.SIGSTOP)
    yield
    process.send_signal(signal.SIGTERM)
    os.killpg(process.pid, signal.SIGCONT)


def test_whoever_is_connected_when_the_service_is_told_to_stop_is_answered(service):
    first, second, cut, *others = deliveries(MANY)
    with service.running("serve") as process:
        kept, begun = knock(service.port, first), knock(service.port, cut[:-20])
        assert kept.recv(65536)[9:12] == b"204"
        with held(process):
            kept.sendall(second)
            unknown = [knock(service.port, sent) for sent in (*others, PAGE)]
        assert [heard(wire) for wire in unknown] == [b"204"] * len(others) + [b"200"]
        assert heard(kept) == b"204"
        # Zoom repeats after 5xx only, and that it was not heard to its end is our doing.
        assert heard(begun) == b"503"
        assert process.wait(timeout=45) == 0
    assert len(stored_bodies(service.db)) == MANY - 1
    assert "stopping-took-in" in (service.folder / "serve.log").read_text()


@pytest.mark.postgres
def test_several_processes_leave_nobody_behind_either(fresh_postgres_url, vault, tmp_path):
    service = Service(fresh_postgres_url, tmp_path, Database(fresh_postgres_url, vault))
    with service.running("serve", "--workers", "2") as process:
        with held(process):
            wires = [knock(service.port, sent) for sent in deliveries(MANY)]
        assert {heard(wire) for wire in wires} == {b"204"}
        late = []
        with suppress(ConnectionRefusedError):
            while process.poll() is None:
                late.append(heard(knock(service.port, PAGE)))
        assert set(late) <= {b"200"}
        assert process.wait(timeout=45) == 0
    service.db.close()


# Sockets that somebody else holds


PASS_ON = (
    "import os, sys; os.dup2(int(sys.argv[1]), 3); os.environ |= {'LISTEN_PID': str(os.getpid()), 'LISTEN_FDS': '1'};"
    "os.execv(sys.argv[2], sys.argv[2:])"
)


@pytest.fixture
def activated(service) -> Iterator[Service]:
    """Listens in place of systemd, for one service after the other."""
    with socket.create_server(("127.0.0.1", service.port), backlog=1000) as listener:
        service.by = (sys.executable, "-c", PASS_ON, str(listener.fileno()))
        service.keeps = (listener.fileno(),)
        yield service


def test_restart_of_a_service_whose_socket_systemd_holds_refuses_and_resets_nobody(activated):
    told: list[bytes] = []
    over = threading.Event()

    def send(first: int) -> None:
        for number in range(first, first + 5000):
            if over.is_set():
                return
            told.append(heard(knock(activated.port, proven(as_body(joined(number))))))
            time.sleep(0.005)

    senders = [threading.Thread(target=send, args=(first,)) for first in (0, 10_000, 20_000, 30_000)]
    with activated.running("serve") as process:
        for sender in senders:
            sender.start()
        time.sleep(0.5)
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=45) == 0
        before = len(told)
    with activated.running("serve"):
        time.sleep(0.5)
        over.set()
        for sender in senders:
            sender.join()
        assert len(told) > before
    assert set(told) == {b"204"}
    assert len(stored_bodies(activated.db)) == len(told)


def test_address_that_is_taken_is_said_in_a_sentence(sqlite_url, monkeypatch, capsys):
    for name, value in (("DATABASE_URL", sqlite_url), ("DATA_KEYS", KEY), ("ZOOM_WEBHOOK_SECRETS", WEBHOOK_SECRET)):
        monkeypatch.setenv(f"REJOIN_{name}", value)
    with socket.create_server(("127.0.0.1", 0)) as other:
        address = f"127.0.0.1:{other.getsockname()[1]}"
        with pytest.raises(SystemExit) as ended:
            serve.main(["--listen", address])
    assert ended.value.code == 2
    assert f"REJOIN_LISTEN: {address} cannot be listened on (Address already in use)." in capsys.readouterr().err


@contextmanager
def listening_at(host: str) -> Iterator[Listening]:
    listening = listen(host, 0)
    yield listening
    for listener in listening.sockets:
        listener.close()


def test_address_is_told_as_it_stands():
    with listening_at("127.0.0.1") as here, listening_at("::1") as there:
        ports = [each.sockets[0].getsockname()[1] for each in (here, there)]
        assert (str(here), str(there)) == (f"http://127.0.0.1:{ports[0]}", f"http://[::1]:{ports[1]}")


def test_sockets_that_are_meant_for_another_process_are_left_alone(monkeypatch):
    monkeypatch.setenv("LISTEN_PID", str(os.getpid() + 1))
    monkeypatch.setenv("LISTEN_FDS", "1")
    with listening_at("127.0.0.1") as listening:
        assert not listening.held


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_no_connection_begins_at_the_end_and_one_that_has_begun_goes_on(host):
    with listening_at(host) as listening:
        [listener] = listening.sockets
        listener.listen()
        with socket.create_connection(listener.getsockname()[:2]) as before:
            before.sendall(b"here")
            listening.begin_nothing_new()
            with pytest.raises(TimeoutError):
                socket.create_connection(listener.getsockname()[:2], timeout=0.2)
            with listener.accept()[0] as wire:
                assert wire.recv(9) == b"here"
