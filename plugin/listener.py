"""Where connections come from, our own sockets or systemd's, and a server that leaves none unanswered at its end.

The kernel completes connections before the server accepts them. Closing the listening socket resets those that wait,
which a proxy makes a 502 of. So a server that stops has no new one begun, takes in whoever was let in, and then closes.
Who comes later is refused, and has lost nothing yet; where systemd holds the socket they wait for the next process.
"""

from __future__ import annotations

import asyncio
import ctypes
import os
import socket
import struct
import sys
from collections.abc import Iterator
from dataclasses import dataclass

import structlog
from uvicorn import Config, Server
from uvicorn.supervisors import multiprocess

log = structlog.get_logger()

FIRST_PASSED = 3
"""The number of the first socket that systemd passes, sd_listen_fds(3)."""
HANDSHAKE_SECONDS = 0.05
"""How long a connection that has begun may take to be complete; the proxy is near."""
_SO_ATTACH_FILTER = 26
# Classic BPF, see the kernel's Documentation/networking/filter.rst. The packet begins with its TCP header.
_NO_SYN = b"".join(
    struct.pack("HBBI", *step)
    for step in (
        (0x30, 0, 0, 13),  # load the flags,
        (0x54, 0, 0, 0x12),  # of which SYN and ACK count;
        (0x15, 0, 1, 0x02),  # if it is SYN alone, which begins a connection,
        (0x06, 0, 0, 0),  # drop the packet,
        (0x06, 0, 0, 0xFFFFFFFF),  # else take it whole
    )
)


@dataclass(frozen=True)
class Listening:
    """The sockets of a service."""

    sockets: tuple[socket.socket, ...]
    held: bool
    """Whether systemd holds them too, and passes them to the next process."""

    def __str__(self) -> str:
        return ", ".join(map(_address, self.sockets))

    def begin_nothing_new(self) -> None:
        """Have the kernel begin no connection any more; those that have begun can be completed."""
        if self.held or sys.platform != "linux":
            return
        steps = ctypes.create_string_buffer(_NO_SYN)
        program = struct.pack("HP", len(_NO_SYN) // 8, ctypes.addressof(steps))
        for listener in self.sockets:
            listener.setsockopt(socket.SOL_SOCKET, _SO_ATTACH_FILTER, program)


def listen(host: str, port: int) -> Listening:
    """The sockets that were passed to this process, or new ones at this address; raises OSError."""
    if os.environ.pop("LISTEN_PID", "") == str(os.getpid()):
        last = FIRST_PASSED + int(os.environ.pop("LISTEN_FDS", "0"))
        return Listening(tuple(socket.socket(fileno=each) for each in range(FIRST_PASSED, last)), held=True)
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    return Listening(tuple(_bound(family, address) for family, _, _, _, address in dict.fromkeys(found)), held=False)


def _bound(family: int, address: tuple) -> socket.socket:
    """A socket at an address that does not listen yet: nobody is let in before the service can answer."""
    listener = socket.socket(family)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if family == socket.AF_INET6:
        listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
    try:
        listener.bind(address)
    except OSError:
        listener.close()
        raise
    return listener


def _address(listener: socket.socket) -> str:
    if listener.family not in (socket.AF_INET, socket.AF_INET6):
        return str(listener.getsockname())
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


class GracefulServer(Server):
    """uvicorn's server, which at its end takes in whoever waits at its sockets.

    Those that it is told to be the only one to serve begin nothing new then.
    """

    def __init__(self, config: Config, alone_at: Listening | None = None):
        super().__init__(config)
        self._alone_at = alone_at

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Stop listening, then stop as uvicorn does: every connection is told, and waited for.

        1. No connection begins any more, and those that have begun become complete.
        2. The event loop lets go of the sockets; copies keep them open, or the kernel would reset who waits there.
        3. Everybody is taken in, and the copies are closed.
        4. Each of them is a connection like any other when uvicorn tells all of them to end.
        """
        listening = sockets or []
        if self._alone_at:
            self._alone_at.begin_nothing_new()
            await asyncio.sleep(HANDSHAKE_SECONDS)
        copies = [listener.dup() for listener in listening]
        for server in self.servers:
            server.close()
        for listener in listening:
            listener.close()
        await asyncio.sleep(0)  # the event loop closes at its next turn
        taken_in = []
        for copy in copies:
            taken_in += _waiting_at(copy)
            copy.close()
        if taken_in:
            log.info("stopping-took-in", connections=len(taken_in))
        loop = asyncio.get_running_loop()
        await asyncio.gather(*(loop.connect_accepted_socket(self._door, wire) for wire in taken_in))
        await super().shutdown()

    def _door(self) -> asyncio.Protocol:
        return self.config.http_protocol_class(
            config=self.config, server_state=self.server_state, app_state=self.lifespan.state
        )


def _waiting_at(listener: socket.socket) -> Iterator[socket.socket]:
    """Accept until nobody waits; the kernel lets in no more than its backlog, so there is an end."""
    listener.setblocking(False)
    try:
        while True:
            yield listener.accept()[0]
    except BlockingIOError:
        return
    except OSError as error:
        log.error("stopping-left-behind", error=type(error).__name__)


class _Process(multiprocess.Process):
    """One of several processes, with a server that is graceful."""

    @property
    def server(self) -> Server:
        if self._server is None:
            self._server = GracefulServer(self.config)
        return self._server


class _Processes(multiprocess.Multiprocess):
    """Several processes at the same sockets, of which any may be replaced while the others serve."""

    def __init__(self, config: Config, listening: Listening):
        super().__init__(config, list(listening.sockets))
        self._listening = listening

    def terminate_all(self) -> None:
        """Tell all of them to stop. The last one that closes the sockets takes in who waits there; this process, which
        answers nobody, lets go of them first."""
        self._listening.begin_nothing_new()
        for listener in self.sockets:
            listener.close()
        super().terminate_all()


def run(config: Config, listening: Listening) -> None:
    """Serve at these sockets, in as many processes as the configuration says, until SIGTERM or SIGINT."""
    if config.workers == 1:
        GracefulServer(config, alone_at=listening).run(list(listening.sockets))
        return
    multiprocess.Process = _Process  # uvicorn's supervisor knows its processes by this name
    _Processes(config, listening).run()
