"""A door on a real socket, in an event loop of its own, and who knocks at it."""

from __future__ import annotations

import asyncio
import http.client
import json
import threading
from collections.abc import Callable

import uvicorn
from uvicorn.server import ServerState

from webhooks.door import Door
from webhooks.doorkeeper import Doorkeeper
from webhooks.inbox import Inbox
from webhooks.receiver import Receiver


class Doorway:
    """Listens until `close`; whatever is no delivery is answered with 404."""

    def __init__(self, receiver: Receiver, inbox: Inbox):
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self.state = ServerState()
        self.keeper, self._server = asyncio.run_coroutine_threadsafe(self._open(receiver, inbox), self._loop).result()
        self.port = self._server.sockets[0].getsockname()[1]

    async def _open(self, receiver: Receiver, inbox: Inbox):
        keeper = Doorkeeper(receiver, inbox)
        config = uvicorn.Config(_Nothing(keeper), http=Door, ws="none", log_config=None, access_log=False)
        config.proxy_headers = False
        config.load()

        def door() -> Door:
            return Door(config=config, server_state=self.state, app_state={})

        return keeper, await asyncio.get_running_loop().create_server(door, "127.0.0.1", 0)

    def call(self, what: Callable[[], None]) -> None:
        """Do this in the event loop."""
        done = threading.Event()
        self._loop.call_soon_threadsafe(lambda: (what(), done.set()))
        assert done.wait(10)

    def close(self) -> None:
        asyncio.run_coroutine_threadsafe(self._end(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _end(self) -> None:
        self._server.close()
        self.keeper.close()
        for connection in list(self.state.connections):
            connection.transport.abort()
        await asyncio.sleep(0)
        await asyncio.sleep(0)

    def post(self, path: str, data: bytes = b"", headers: dict[str, str] | None = None) -> Heard:
        """One request on a connection of its own, as a test client of Flask makes it."""
        wire = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            wire.request("POST", path, data, headers or {})
            answer = wire.getresponse()
            return Heard(answer.status, answer.read(), answer.headers)
        finally:
            wire.close()


class Heard:
    """An answer in the words of Flask's test client."""

    def __init__(self, status_code: int, data: bytes, headers):
        self.status_code, self.data, self.headers = status_code, data, headers

    @property
    def json(self) -> object:
        return json.loads(self.data)

    def get_data(self, as_text: bool = False) -> bytes | str:
        return self.data.decode() if as_text else self.data


class _Nothing:
    """An application without a page."""

    def __init__(self, doorkeeper: Doorkeeper):
        self.doorkeeper = doorkeeper

    async def __call__(self, scope, receive, send) -> None:
        await send({"type": "http.response.start", "status": 404, "headers": [(b"content-length", b"0")]})
        await send({"type": "http.response.body", "body": b""})
