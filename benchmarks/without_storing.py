"""The same service with an inbox that stores nothing: what acknowledging costs before anything is kept.

Not for use: it acknowledges what it forgets. The benchmark `acknowledge` measures the real service against it.
"""

from __future__ import annotations

import sys

from config.settings import Settings
from plugin.adapters.clock import SystemClock
from plugin.composition import Started, assemble, open_database
from plugin.listener import listen
from plugin.serving import Service, serve
from plugin.web import health
from plugin.web.app import create_app
from webhooks.inbox import Receipt, Waiting
from webhooks.receiver import Receiver


class ForgetfulInbox:
    """Says `stored` at once."""

    def submit(self, waiting: Waiting) -> None:
        """Store nothing."""
        waiting.receipt = Receipt.STORED
        waiting.tell([waiting])


if __name__ == "__main__":
    settings = Settings()
    clock = SystemClock()
    app = create_app(assemble(settings, open_database(settings), clock), (health.pages,))
    serve(
        Service(Started(app, Receiver(settings, clock), ForgetfulInbox(), lambda: None)),
        listen("127.0.0.1", int(sys.argv[1])),
    )
