"""`POST /webhooks/zoom`: prove, store, acknowledge; nothing else happens in the request.

Zoom retries only 5xx (after 5, 25 and 85 minutes), never 3xx or 4xx: so 4xx is for forgeries and nonsense alone, our
own trouble is 503, and a trailing slash is no redirect.
"""

from __future__ import annotations

import json
import re
import threading
import time

import structlog
from flask import Blueprint, Response, jsonify, request
from prometheus_client import Counter
from werkzeug.exceptions import ClientDisconnected, RequestEntityTooLarge

from config.settings import Settings
from plugin.ports.clock import Clock
from webhooks import challenge
from webhooks.inbox import Inbox, NotStored, Receipt
from webhooks.signature import Forged, Stale, verify
from webhooks.tally import Tally

log = structlog.get_logger()

# What may become of a delivery, and what Zoom is answered.
ANSWERS = {
    "stored": 204,
    "duplicate": 204,
    "validated": 200,
    "too-large": 413,
    "cut-off": 400,
    "forged": 401,
    "stale": 401,
    "not-json": 400,
    "bad-challenge": 400,
    "not-stored": 503,
}
GOOD = ("stored", "duplicate", "validated")
COMPLAIN_EVERY_SECONDS = 10.0
_OF_ZOOM = ("x-zm-request-timestamp", "x-zm-request-id", "x-zm-trackingid")
_REQUEST_ID = re.compile(r"[A-Za-z0-9_.-]{1,128}", re.ASCII)

received_total = Counter("rejoin_deliveries_received", "Deliveries by what became of them", ["result"], registry=None)
for _result in ANSWERS:
    received_total.labels(_result)  # each shows from the start, so that an alarm can tell 0 from unknown


def receiver(settings: Settings, inbox: Inbox, clock: Clock, tally: Tally | None = None) -> Blueprint:
    """The receiver as a blueprint; what becomes of deliveries is counted in `received_total` and in the tally.

    Raises ValueError when there is no secret to prove a delivery with.
    """
    secrets = tuple(secret.get_secret_value().encode() for secret in settings.zoom_webhook_secrets)
    if not secrets or not all(secrets):
        raise ValueError("REJOIN_ZOOM_WEBHOOK_SECRETS has no secret, or an empty one: anyone could sign with that")
    blueprint = Blueprint("receiver", __name__)
    complaint = _Complaint()

    def done(result: str, body: dict | None = None, because: str | None = None) -> Response:
        received_total.labels(result).inc()
        if tally is not None:
            given = request.headers
            told = any(name in given for name in _OF_ZOOM)
            tally.count(result, given.get("x-zm-request-timestamp"), looks_like_zoom=told)
        if result not in GOOD:
            complaint.make(result, because)
        response = Response() if body is None else jsonify(body)
        response.status_code = ANSWERS[result]
        return response

    @blueprint.post("/webhooks/zoom", strict_slashes=False)
    def receive() -> Response:
        """Take one delivery: size, signature, shape, inbox; then 204."""
        try:
            raw = _read(settings.webhook_max_bytes)
        except RequestEntityTooLarge:
            return done("too-large")
        except (ClientDisconnected, OSError):
            return done("cut-off")
        given = request.headers
        try:
            secret = verify(
                raw,
                given.get("x-zm-signature"),
                given.get("x-zm-request-timestamp"),
                secrets,
                clock.now(),
                settings.webhook_max_age,
            )
            body = _parse(raw)
            if isinstance(body, dict) and body.get("event") == challenge.EVENT:
                return done("validated", challenge.answer(body, secret))
            receipt = inbox.put(raw, _request_id(given.get("x-zm-request-id", "")))
        except Forged as refused:
            return done("forged", because=str(refused))
        except Stale as refused:
            return done("stale", because=str(refused))
        except _NotJson:
            return done("not-json")
        except challenge.BadChallenge as refused:
            return done("bad-challenge", because=str(refused))
        except NotStored as trouble:
            return done("not-stored", because=str(trouble))
        return done("stored" if receipt is Receipt.STORED else "duplicate")

    return blueprint


class _NotJson(Exception):
    pass


class _Complaint:
    """Says in the log what was not taken: each kind at once, then at most once in ten seconds, and how often it was.

    A flood of forgeries fills the counters and not the disk.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kinds: dict[str, tuple[float, int]] = {}

    def make(self, result: str, because: str | None) -> None:
        """Complain; `because` is one of our own sentences, never anything that was sent."""
        now = time.monotonic()
        with self._lock:
            silent_until, times = self._kinds.get(result, (0.0, 0))
            times += 1
            speaks = now >= silent_until
            self._kinds[result] = (now + COMPLAIN_EVERY_SECONDS, 0) if speaks else (silent_until, times)
        if speaks:
            log.warning("delivery-not-taken", result=result, status=ANSWERS[result], because=because, times=times)


def _read(most: int) -> bytes:
    """The raw body, never more than a byte above `most` of it in memory; raises RequestEntityTooLarge."""
    if request.content_length is not None and request.content_length > most:
        raise RequestEntityTooLarge
    # Without a Content-Length werkzeug cuts the body off at its limit and says nothing: hence the one byte more.
    request.max_content_length = most + 1
    raw = request.get_data(cache=False)
    if len(raw) > most:
        raise RequestEntityTooLarge
    return raw


def _parse(raw: bytes) -> object:
    """The JSON of a proven body, as far as the receiver cares; raises _NotJson.

    Numbers stay text: one of 5,000 digits is JSON as well, and a signed delivery must not be lost for it.
    """
    try:
        return json.loads(raw.decode("utf-8-sig"), parse_int=str, parse_float=str, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        raise _NotJson from None


def _no_constant(_name: str) -> None:
    raise ValueError("NaN and Infinity are not JSON")


def _request_id(given: str) -> str | None:
    """Zoom's id of this delivery, the same in every retry; None when it is missing or implausible."""
    return given if _REQUEST_ID.fullmatch(given) else None
