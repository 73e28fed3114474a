"""Rejoin as a server runs it: deliveries at the door, everything else in threads behind it."""

from __future__ import annotations

import asyncio
import signal
import sys

import uvicorn
from a2wsgi import WSGIMiddleware
from flask import Flask

from plugin.composition import Started, start
from plugin.listener import Listening, run
from webhooks.door import Door
from webhooks.doorkeeper import Doorkeeper

THREADS = 32
"""Pages and calls of the API that are answered at the same time."""
STOPPING_SECONDS = 5
"""How long requests that are under way may take when the service stops."""
STARTING_SECONDS = 60
"""How long one of several processes may say nothing, as it does while it starts, before it is replaced."""
SWITCH_SECONDS = 0.0005
"""A thread that works leaves the processor to the door that often."""


class Service:
    """The ASGI application: the doorkeeper for deliveries, Flask for the rest."""

    def __init__(self, started: Started):
        self._started = started
        self._pages = WSGIMiddleware(_with_its_end(started.app), workers=THREADS)
        self.doorkeeper: Doorkeeper | None = None

    async def __call__(self, scope, receive, send) -> None:
        if scope["type"] != "lifespan":
            await self._pages(scope, receive, send)
            return
        await receive()
        self.doorkeeper = Doorkeeper(self._started.receiver, self._started.inbox)
        await send({"type": "lifespan.startup.complete"})
        await receive()
        self.doorkeeper.close()
        await asyncio.get_running_loop().run_in_executor(None, self._started.end)
        await send({"type": "lifespan.shutdown.complete"})


def _with_its_end(app: Flask):
    """The server knows where a body ends, also when it has no length; werkzeug has to be told."""

    def terminated(environ: dict, start_response):
        environ["wsgi.input_terminated"] = True
        return app(environ, start_response)

    return terminated


def service() -> Service:
    """What each process of the server loads."""
    sys.setswitchinterval(SWITCH_SECONDS)
    return Service(start())


NAME = "plugin.serving:service"
"""Where each of several processes finds what it loads."""


def serve(what: Service | str, listening: Listening, processes: int = 1) -> None:
    """Serve this until SIGTERM or SIGINT; then answer who is connected, finish what was acknowledged and return."""
    config = uvicorn.Config(
        what,
        factory=what == NAME,
        workers=processes,
        http=Door,
        ws="none",
        lifespan="on",
        interface="asgi3",
        proxy_headers=False,
        server_header=False,
        log_config=None,
        access_log=False,
        timeout_graceful_shutdown=STOPPING_SECONDS,
        timeout_keep_alive=75,
        timeout_worker_healthcheck=STARTING_SECONDS,
    )
    for number in (signal.SIGTERM, signal.SIGINT):
        # uvicorn stops at the first one and raises it again at its end, where it would make that look like a crash.
        signal.signal(number, lambda *_: None)
    run(config, listening)
