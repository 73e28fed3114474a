"""What a stranger can write on the wire: the running service answers, quickly and once, and stays alive."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from plugin.storage.database import Database
from tests.conftest import KEY, WEBHOOK_SECRET
from tests.webhooks.sender import SECRET, as_body, joined, stored_bodies
from webhooks.signature import sign

pytestmark = pytest.mark.alone

ROOT = Path(__file__).parents[2]
SERVE = "from plugin.cli.main import main; main(['serve'])"
PATH = "POST /webhooks/zoom HTTP/1.1\r\n"
HOST = "Host: rejoin.invalid\r\n"
NGINX = "/usr/sbin/nginx"
SLOW = 200


@dataclass
class Service:
    """A running `rejoin serve` and its database."""

    port: int
    db: Database
    process: subprocess.Popen

    def write(self, *parts: bytes | str, patience: float = 5.0) -> bytes:
        """Write these bytes on a new connection and read until it is closed or nothing more comes."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=patience) as wire:
            got = b""
            with suppress(ConnectionError):
                for part in parts:
                    wire.sendall(part.encode("latin-1") if isinstance(part, str) else part)
            with suppress(ConnectionError, TimeoutError):
                while more := wire.recv(65536):
                    got += more
                    wire.settimeout(0.2)
        return got

    def deliver(self, number: int) -> bytes:
        """A real delivery; the first line of the answer."""
        return self.write(proven(as_body(joined(number)))).partition(b"\r\n")[0]


def proven(raw: bytes, *more: str, path: str = PATH, end: str = "Connection: close\r\n") -> bytes:
    """A signed request as Zoom writes it."""
    stamp = str(int(time.time()))
    head = f"x-zm-request-timestamp: {stamp}\r\nx-zm-signature: {sign(SECRET, stamp, raw)}\r\n"
    length = "" if "Transfer-Encoding: chunked\r\n" in more else f"Content-Length: {len(raw)}\r\n"
    return (path + HOST + head + length + "".join(more) + end + "\r\n").encode("latin-1") + raw


@pytest.fixture(scope="module")
def service(empty_sqlite, vault, tmp_path_factory) -> Iterator[Service]:
    folder = tmp_path_factory.mktemp("over-http")
    shutil.copy(empty_sqlite, folder / "rejoin.db")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    url = f"sqlite:///{folder / 'rejoin.db'}"
    environment = {name: value for name, value in os.environ.items() if not name.startswith("REJOIN_")}
    environment |= {
        "REJOIN_DATABASE_URL": url,
        "REJOIN_DATA_KEYS": KEY,
        "REJOIN_ZOOM_WEBHOOK_SECRETS": WEBHOOK_SECRET,
        "REJOIN_LISTEN": f"127.0.0.1:{port}",
        "PYTHONPATH": str(ROOT),
    }
    db = Database(url, vault)
    with (folder / "serve.log").open("wb") as log:
        process = subprocess.Popen([sys.executable, "-c", SERVE], cwd=folder, env=environment, stdout=log, stderr=log)
    service = Service(port, db, process)
    patience = time.monotonic() + 90
    while True:
        with suppress(OSError):
            if b" 200 " in service.write("GET /healthz HTTP/1.0\r\n\r\n").partition(b"\r\n")[0]:
                break
        assert process.poll() is None, (folder / "serve.log").read_text()
        assert time.monotonic() < patience, "it does not answer"
        time.sleep(0.1)
    yield service
    process.terminate()
    process.wait(timeout=45)
    db.close()
    assert "Traceback" not in (folder / "serve.log").read_text()


@pytest.fixture(scope="module")
def nginx(service, tmp_path_factory) -> Iterator[Service]:
    """The shipped configuration in front of the service; without TLS, and on a port of its own."""
    if not Path(NGINX).exists():
        pytest.skip("no nginx here: THE SHIPPED CONFIGURATION IS NOT TESTED")
    folder = tmp_path_factory.mktemp("nginx")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    shipped = (ROOT / "docs" / "nginx.conf").read_text()
    kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    temporary = " ".join(f"{kind}_temp_path {folder};" for kind in kinds)
    for ours, here in (
        ("listen 443 ssl;", f"listen 127.0.0.1:{port};"),
        ("127.0.0.1:8000", f"127.0.0.1:{service.port}"),
        ("/run/nginx.pid", f"{folder}/nginx.pid"),
        ("/var/log/nginx/error.log", f"{folder}/error.log"),
        ("http {", f"http {{ {temporary}"),
    ):
        assert ours in shipped
        shipped = shipped.replace(ours, here)
    shipped = "\n".join(line for line in shipped.splitlines() if "ssl_certificate" not in line)
    (folder / "nginx.conf").write_text(shipped)
    command = [NGINX, "-e", f"{folder}/error.log", "-c", f"{folder}/nginx.conf", "-g", "daemon off;"]
    process = subprocess.Popen(command)
    proxy = Service(port, service.db, process)
    patience = time.monotonic() + 30
    while True:
        with suppress(OSError):
            proxy.write("GET /healthz HTTP/1.0\r\n\r\n")
            break
        assert time.monotonic() < patience, (folder / "error.log").read_text()
        time.sleep(0.05)
    yield proxy
    process.terminate()
    process.wait(10)


def status(answer: bytes) -> str:
    return answer.partition(b"\r\n")[0].decode("latin-1").partition(" ")[2][:3]


def test_chunked_delivery_is_taken_like_any_other(service):
    raw = as_body(joined(1))
    head, _, _ = proven(raw, "Transfer-Encoding: chunked\r\n").partition(b"\r\n\r\n")
    halves = (raw[:100], raw[100:])
    chunks = b"".join(b"%x\r\n%s\r\n" % (len(half), half) for half in halves) + b"0\r\n\r\n"
    assert status(service.write(head + b"\r\n\r\n" + chunks)) == "204"
    assert raw in stored_bodies(service.db)


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("says ten gigabytes", [PATH + HOST + "Content-Length: 10000000000\r\n\r\n", b"x" * 1000]),
        ("sends ten megabytes", [PATH + HOST + "Content-Length: 10485760\r\n\r\n", b"x" * 10_485_760]),
        (
            "chunks without an end",
            [PATH + HOST + "Transfer-Encoding: chunked\r\n\r\n"] + [b"4000\r\n" + b"x" * 0x4000 + b"\r\n"] * 400,
        ),
    ],
)
def test_too_much_is_refused_quickly(service, name, parts):
    began = time.monotonic()
    answer = service.write(*parts)
    # The server may close the connection under the sender's feet; what it never does is take it.
    assert status(answer) in ("413", ""), name
    assert time.monotonic() - began < 3
    assert service.deliver(2).split()[1] == b"204"


@pytest.mark.parametrize(
    ("name", "request_"),
    [
        ("host that is none", PATH + "Host: [\r\nContent-Length: 0\r\n\r\n"),
        ("no host", PATH + "Content-Length: 0\r\n\r\n"),
        ("length and chunks", PATH + HOST + "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
        ("two lengths", PATH + HOST + "Content-Length: 5\r\nContent-Length: 6\r\n\r\nabcdef"),
        ("length below zero", PATH + HOST + "Content-Length: -1\r\n\r\n"),
        ("length in Arabic digits", PATH + HOST + "Content-Length: \xd9\xa3\r\n\r\n"),
        ("folded header", PATH + HOST + "x-zm-signature: v0=\r\n 00\r\nContent-Length: 0\r\n\r\n"),
        ("header of 100 KB", PATH + HOST + "x-zm-request-id: " + "x" * 100_000 + "\r\nContent-Length: 0\r\n\r\n"),
        ("absolute form", "POST http://other.invalid/webhooks/zoom HTTP/1.1\r\n" + HOST + "Content-Length: 0\r\n\r\n"),
        ("no HTTP at all", "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + "\r\n\r\n"),
        ("GET", "GET /webhooks/zoom HTTP/1.1\r\n" + HOST + "\r\n"),
        ("TRACE", "TRACE /webhooks/zoom HTTP/1.1\r\n" + HOST + "\r\n"),
        ("unsigned", PATH + HOST + "Content-Length: 2\r\n\r\n{}"),
    ],
)
def test_strange_request_is_refused_and_the_service_goes_on(service, name, request_):
    before = len(stored_bodies(service.db))
    answer = service.write(request_)
    assert status(answer)[:1] in ("4", ""), f"{name}: {answer[:200]!r}"
    assert len(stored_bodies(service.db)) == before
    assert service.process.poll() is None
    assert service.deliver(3).split()[1] == b"204"


def test_delivery_cut_off_in_the_middle_is_not_kept(service):
    request = proven(as_body(joined(4)))
    before = len(stored_bodies(service.db))
    with socket.create_connection(("127.0.0.1", service.port)) as wire:
        wire.sendall(request[:-20])
    assert service.deliver(5).split()[1] == b"204"
    assert len(stored_bodies(service.db)) == before + 1


def test_old_protocol_and_pipelining_get_one_answer_each(service):
    old = proven(as_body(joined(6)), path="POST /webhooks/zoom/ HTTP/1.0\r\n")
    assert status(service.write(old)) == "204"
    two = proven(as_body(joined(7)), end="") + proven(as_body(joined(8)))
    assert service.write(two).count(b"HTTP/1.1 204") == 2
    kept = stored_bodies(service.db)
    assert all(kept.count(as_body(joined(number))) == 1 for number in (6, 7, 8))


# Senders that are slow, and what is in the way of them


@contextmanager
def slow_senders(port: int, number: int = SLOW) -> Iterator[list[socket.socket]]:
    """So many connections on which a request begins and does not go on: half stop in a header, half in the body."""
    wires = []
    begun = [(PATH + HOST + "x-slow: ").encode(), proven(as_body(joined(9)))[:-200]]
    try:
        for at in range(number):
            wires.append(socket.create_connection(("127.0.0.1", port), timeout=5))
            wires[-1].sendall(begun[at % 2])
        yield wires
    finally:
        for wire in wires:
            wire.close()


def answered_beside_slow_senders(service: Service) -> bool:
    """Whether a good delivery is taken while they hold their connections."""
    with slow_senders(service.port):
        return status(service.write(proven(as_body(joined(10))), patience=5)) == "204"


def test_two_hundred_slow_senders_stop_no_delivery(service):
    assert answered_beside_slow_senders(service)


def test_two_hundred_slow_senders_stop_no_delivery_behind_the_shipped_proxy(nginx):
    assert answered_beside_slow_senders(nginx)


def test_control_a_server_with_few_threads_is_stopped_by_them(service):
    """What the two tests above would see if each request held a thread."""
    httpd = ThreadingHTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler)
    httpd.socket.listen(SLOW)  # its own queue is of five: the kernel would have the others knock again, a second later
    few = ThreadPoolExecutor(4)
    httpd.process_request = lambda request, address: few.submit(httpd.process_request_thread, request, address)
    thread = threading.Thread(target=httpd.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    stopped = Service(httpd.server_address[1], service.db, service.process)
    assert not answered_beside_slow_senders(stopped)
    httpd.shutdown()
    thread.join()
    httpd.server_close()
    few.shutdown()


def test_shipped_proxy_is_valid_as_it_stands_but_for_the_certificate(tmp_path):
    if not Path(NGINX).exists() or not shutil.which("openssl"):
        pytest.skip("no nginx or openssl here")
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
         "-subj", "/CN=rejoin.invalid", "-keyout", "key.pem", "-out", "fullchain.pem"],
        cwd=tmp_path, check=True, capture_output=True,
    )  # fmt: skip
    shipped = (ROOT / "docs" / "nginx.conf").read_text().replace("/etc/ssl/rejoin", str(tmp_path))
    shipped = shipped.replace("/run/nginx.pid", f"{tmp_path}/pid").replace("/var/log/nginx", str(tmp_path))
    (tmp_path / "nginx.conf").write_text(shipped)
    command = [NGINX, "-t", "-e", f"{tmp_path}/error.log", "-c", f"{tmp_path}/nginx.conf"]
    said = subprocess.run(command, capture_output=True)
    assert said.returncode == 0, said.stderr.decode()
    assert b"warn" not in said.stderr
