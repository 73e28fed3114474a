"""The same service with an inbox that stores nothing: what acknowledging costs before anything is kept.

Not for use: it acknowledges what it forgets. The benchmark `acknowledge` measures the real service against it.
"""

from __future__ import annotations

from config.settings import Settings
from plugin.adapters.clock import SystemClock
from plugin.composition import assemble, open_database
from plugin.web import health
from plugin.web.app import create_app
from webhooks.inbox import Receipt
from webhooks.receiver import receiver


class ForgetfulInbox:
    """Says `stored` at once."""

    def put(self, body: bytes, request_id: str | None = None) -> Receipt:
        """Store nothing."""
        return Receipt.STORED


settings = Settings()
clock = SystemClock()
app = create_app(
    assemble(settings, open_database(settings), clock), (receiver(settings, ForgetfulInbox(), clock), health.pages)
)
