"""Zoom's signature over the raw bytes of a delivery, without any input or output.

`x-zm-signature` is `v0=` and the hex HMAC-SHA256 of `v0:{timestamp}:{body}` under the app's secret token;
`x-zm-request-timestamp` is in seconds. Source: Zoom, "Using webhooks", verify webhook events.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Sequence
from datetime import datetime, timedelta

_SECONDS = re.compile(r"[0-9]{9,11}", re.ASCII)


class Refused(Exception):
    """The delivery does not prove that Zoom sent it now; answered with 401."""


class Forged(Refused):
    """No accepted secret gives this signature, or there is none."""


class Stale(Refused):
    """The signature is right and too old, or from the future."""


def sign(secret: bytes, timestamp: str, body: bytes) -> str:
    """The signature Zoom would send."""
    return "v0=" + hmac.digest(secret, b"v0:" + timestamp.encode() + b":" + body, hashlib.sha256).hex()


class Verifier:
    """Knows the accepted secrets and how old a signature may be."""

    def __init__(self, secrets: Sequence[bytes], max_age: timedelta):
        # Each keyed and begun once; a delivery goes on with a copy.
        self._begun = [(secret, hmac.new(secret, b"v0:", hashlib.sha256)) for secret in secrets]
        self._max_age_seconds = max_age.total_seconds()

    def verify(self, body: bytes, signature: str | None, timestamp: str | None, now: datetime) -> bytes:
        """The secret that signed this delivery; raises Forged or Stale.

        Every secret is tried in constant time, so that neither the time nor the order tells which one was close. The
        age counts in both directions: clocks differ, and Zoom's may be ahead.
        """
        if signature is None or timestamp is None or not _SECONDS.fullmatch(timestamp) or not signature.isascii():
            raise Forged("the signature headers are missing or have another form")
        found = None
        signed = timestamp.encode() + b":" + body
        for secret, begun in self._begun:
            wanted = begun.copy()
            wanted.update(signed)
            if hmac.compare_digest("v0=" + wanted.hexdigest(), signature):
                found = secret
        if found is None:
            raise Forged("no accepted secret gives this signature")
        if abs(now.timestamp() - int(timestamp)) > self._max_age_seconds:
            raise Stale(f"the signature is further than {self._max_age_seconds:.0f} s from now")
        return found
