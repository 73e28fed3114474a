"""`POST /webhooks/zoom`: prove, store, acknowledge; nothing else happens in the request.

Zoom retries only 5xx (after 5, 25 and 85 minutes), never 3xx or 4xx: so 4xx is for forgeries and nonsense alone, our
own trouble is 503, and a trailing slash is no redirect.
"""

from __future__ import annotations

import json
import re

import structlog
from flask import Blueprint, Response, jsonify, request
from prometheus_client import Counter
from werkzeug.exceptions import ClientDisconnected, RequestEntityTooLarge

from config.settings import Settings
from plugin.ports.clock import Clock
from webhooks import challenge
from webhooks.inbox import Inbox, NotStored, Receipt
from webhooks.signature import Forged, Stale, verify

log = structlog.get_logger()
_REQUEST_ID = re.compile(r"[A-Za-z0-9_.-]{1,128}", re.ASCII)


received_total = Counter("rejoin_deliveries_received", "Deliveries by what became of them", ["result"], registry=None)


def receiver(settings: Settings, inbox: Inbox, clock: Clock) -> Blueprint:
    """The receiver as a blueprint; what becomes of deliveries is counted in `received_total`."""
    secrets = tuple(secret.get_secret_value().encode() for secret in settings.zoom_webhook_secrets)
    blueprint = Blueprint("receiver", __name__)

    def done(status: int, result: str, body: dict | None = None) -> Response:
        received_total.labels(result).inc()
        if result not in ("stored", "duplicate", "validated"):
            log.warning("delivery-not-stored", result=result, status=status)
        response = jsonify(body) if body is not None else Response(status=status)
        response.status_code = status
        return response

    @blueprint.post("/webhooks/zoom", strict_slashes=False)
    def receive() -> Response:
        """Take one delivery: size, signature, shape, inbox; then 204."""
        try:
            raw = _read(settings.webhook_max_bytes)
        except RequestEntityTooLarge:
            return done(413, "too-large")
        except ClientDisconnected:
            return done(400, "cut-off")
        try:
            secret = verify(
                raw,
                request.headers.get("x-zm-signature"),
                request.headers.get("x-zm-request-timestamp"),
                secrets,
                clock.now(),
                settings.webhook_max_age,
            )
        except Forged:
            return done(401, "forged")
        except Stale:
            return done(401, "stale")
        try:
            body = json.loads(raw)
        except (ValueError, RecursionError):
            return done(400, "not-json")
        if isinstance(body, dict) and body.get("event") == challenge.EVENT:
            try:
                return done(200, "validated", challenge.answer(body, secret))
            except challenge.BadChallenge:
                return done(400, "bad-challenge")
        try:
            receipt = inbox.put(raw, _request_id())
        except NotStored:
            return done(503, "not-stored")
        return done(204, "stored" if receipt is Receipt.STORED else "duplicate")

    return blueprint


def _read(most: int) -> bytes:
    """The raw body, never more than `most` bytes of it in memory; raises RequestEntityTooLarge."""
    if request.content_length is not None and request.content_length > most:
        raise RequestEntityTooLarge
    request.max_content_length = most
    return request.get_data(cache=False)


def _request_id() -> str | None:
    """Zoom's id of this delivery, the same in every retry; None when it is missing or implausible."""
    given = request.headers.get("x-zm-request-id", "")
    return given if _REQUEST_ID.fullmatch(given) else None
