"""What becomes of a delivery, whatever door it came through: prove, store, acknowledge; nothing else.

Zoom retries only 5xx (after 5, 25 and 85 minutes), never 3xx or 4xx: so 4xx is for what proves nothing, and our own
trouble is 503. What is proven is stored whatever it is: only the reader asks what it says, and names what it cannot
read. The doors are `door` (the service) and `route` (any other WSGI server); both ask here.
"""

from __future__ import annotations

import json
import re
import threading
import time
from collections.abc import Sequence
from typing import NamedTuple

import msgspec
import structlog
from prometheus_client import Counter

from config.settings import Settings
from plugin.ports.clock import Clock
from webhooks import challenge
from webhooks.inbox import Receipt
from webhooks.signature import Forged, Stale, Verifier
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
    "bad-challenge": 400,
    "not-stored": 503,
}
GOOD = ("stored", "duplicate", "validated")
COMPLAIN_EVERY_SECONDS = 10.0
_REQUEST_ID = re.compile(r"[A-Za-z0-9_.-]{1,128}", re.ASCII)
_QUESTION = challenge.EVENT.encode()

received_total = Counter("rejoin_deliveries_received", "Deliveries by what became of them", ["result"], registry=None)
# Each shows from the start, so that an alarm can tell 0 from unknown.
_received = {result: received_total.labels(result) for result in ANSWERS}


class Given(NamedTuple):
    """What a request says beside its body."""

    signature: str | None
    timestamp: str | None
    request_id: str | None
    looks_like_zoom: bool


class Answer(NamedTuple):
    """What the sender hears."""

    status: int
    body: bytes = b""


class Receiver:
    """Decides about deliveries; what becomes of them is counted in `received_total` and in the tally."""

    def __init__(self, settings: Settings, clock: Clock, tally: Tally | None = None):
        """Raises ValueError when there is no secret to prove a delivery with."""
        secrets = tuple(secret.get_secret_value().encode() for secret in settings.zoom_webhook_secrets)
        if not secrets or not all(secrets):
            raise ValueError("REJOIN_ZOOM_WEBHOOK_SECRETS has no secret, or an empty one: anyone could sign with that")
        self.largest = settings.webhook_max_bytes
        self._verifier = Verifier(secrets, settings.webhook_max_age)
        self._clock, self._tally = clock, tally
        self._complaint = _Complaint()

    def examine(self, raw: bytes, given: Given) -> Answer | None:
        """The answer to a whole request; nothing when it is a delivery of Zoom's that has to be stored first."""
        try:
            secret = self._verifier.verify(raw, given.signature, given.timestamp, self._clock.now())
            question = _question(raw)
            if question is None:
                return None
            return self.done("validated", given, challenge.answer(question, secret))
        except Forged as refused:
            return self.done("forged", given, because=str(refused))
        except Stale as refused:
            return self.done("stale", given, because=str(refused))
        except challenge.BadChallenge as refused:
            return self.done("bad-challenge", given, because=str(refused))

    def stored(self, receipt: Receipt, given: Sequence[Given]) -> Answer:
        """The answer to deliveries that are committed, the same for each of them."""
        result = receipt.value
        _received[result].inc(len(given))
        if self._tally is not None:
            self._tally.count(result, [one.timestamp for one in given])
        return Answer(ANSWERS[result])

    def done(self, result: str, given: Given, body: dict | None = None, because: str | None = None) -> Answer:
        """This became of it; `because` is one of our own sentences, never anything that was sent."""
        _received[result].inc()
        if self._tally is not None:
            self._tally.count(result, (given.timestamp,), looks_like_zoom=given.looks_like_zoom)
        if result not in GOOD:
            self._complaint.make(result, because)
        return Answer(ANSWERS[result], b"" if body is None else msgspec.json.encode(body))


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


def _question(raw: bytes) -> dict | None:
    """The body of Zoom's own question about this address; nothing when it is a delivery.

    Whether it could be the question shows in its bytes: in the event's name, or in an escape that might hide it. What
    a delivery says is not looked at.
    """
    if _QUESTION not in raw and b"\\u" not in raw:
        return None
    try:
        body = json.loads(raw.decode("utf-8-sig"), parse_int=str, parse_float=str)
    except (ValueError, RecursionError):
        return None
    return body if isinstance(body, dict) and body.get("event") == challenge.EVENT else None


def plausible_id(given: str | None) -> str | None:
    """Zoom's id of this delivery, the same in every retry; None when it is missing or implausible."""
    return given if given and _REQUEST_ID.fullmatch(given) else None
