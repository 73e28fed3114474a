"""Zoom's log of webhook deliveries: what it tried to bring us and could not.

Source: Zoom, Marketplace API, `GET /marketplace/apps/{appId}/webhook_logs` (the last seven days; scope
`marketplace_app:read`, of the account `marketplace_app:read:admin`).
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from urllib.parse import quote

from config.settings import Settings
from plugin.adapters.zoom_rest import ZoomRest
from plugin.ports.delivery_log import LoggedDelivery

FAILED = 2
PAGE = 300
MOST = 100_000
"""More than this is not read at once: what is left is found by the next try."""


class ZoomLog:
    """Reads the log of the app `REJOIN_ZOOM_APP_ID`."""

    def __init__(self, settings: Settings, rest: ZoomRest | None = None):
        self._path = f"/marketplace/apps/{quote(settings.zoom_app_id, safe='')}/webhook_logs"
        self._rest = rest or ZoomRest(settings)

    def failed(self, from_at: datetime, to_at: datetime) -> Iterator[LoggedDelivery]:
        """What Zoom could not deliver between two moments; each repetition is an entry of its own."""
        entries = self._rest.pages(
            self._page, "webhook_logs", type=FAILED, page_size=PAGE, **{"from": _text(from_at), "to": _text(to_at)}
        )  # fmt: skip
        for number, entry in enumerate(entries):
            if number == MOST:
                return
            request_id = entry.get("request_id")
            yield LoggedDelivery(
                request_id if isinstance(request_id, str) and 0 < len(request_id) <= 128 else None,
                _body(entry.get("request_body")),
            )

    def _page(self, **query: object):
        return self._rest.get_request(self._path, params=query)


def _text(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _body(told: object) -> bytes:
    """The body as it was sent, as far as the log has it; nothing when it is no JSON object."""
    if isinstance(told, dict):
        return json.dumps(told, separators=(",", ":"), ensure_ascii=False).encode()
    if not isinstance(told, str):
        return b""
    try:
        known = isinstance(json.loads(told), dict)
    except (ValueError, RecursionError):
        known = False
    return told.encode("utf-8", "surrogatepass") if known else b""
