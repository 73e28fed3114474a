"""The answer to Zoom's `endpoint.url_validation`, asked when an endpoint is added and every 72 hours after.

The answer is an HMAC under the same secret that signs deliveries, so it is given only to a signed question and only
for a plain token: a token like `v0:…` would make this service sign forgeries.
"""

from __future__ import annotations

import hashlib
import hmac
import re

EVENT = "endpoint.url_validation"
_TOKEN = re.compile(r"[A-Za-z0-9_-]{1,128}", re.ASCII)


class BadChallenge(Exception):
    """The question has no plain token; answered with 400."""


def answer(body: object, secret: bytes) -> dict[str, str]:
    """What Zoom expects back for this body; raises BadChallenge."""
    payload = body.get("payload") if isinstance(body, dict) else None
    token = payload.get("plainToken") if isinstance(payload, dict) else None
    if not isinstance(token, str) or not _TOKEN.fullmatch(token):
        raise BadChallenge("plainToken is not a plain token of at most 128 characters")
    return {"plainToken": token, "encryptedToken": hmac.digest(secret, token.encode(), hashlib.sha256).hex()}
