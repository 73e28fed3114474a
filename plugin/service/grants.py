"""Signed links for clients: single-purpose, expiring, revocable, with nothing personal in them."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime

import jwt

from plugin.service.rejoin import Rejoin
from plugin.storage import grant as grants
from plugin.storage.database import Transaction

ANSWER = "answer"
JOIN = "join"
_ALGORITHM = "HS256"


@dataclass(frozen=True, slots=True)
class Grant:
    """What an open link allows: to answer for one person about one appointment, and perhaps about one offer."""

    id: str
    purpose: str
    appointment_id: str
    participant_id: str
    offer_id: int | None
    expires_at: datetime


class GrantProblem(Exception):
    """A link that does not work (any more); `kind` is `invalid`, `expired`, `used` or `revoked`.

    `grant` is what it allowed once, unless it is invalid: the page can still say what became of it.
    """

    def __init__(self, kind: str, grant: Grant | None = None):
        super().__init__(f"the link is {kind}")
        self.kind = kind
        self.grant = grant


def issue(
    tx: Transaction, rejoin: Rejoin, purpose: str, key: str, appointment_id: str, participant_id: str,
    expires_at: datetime, now: datetime, offer_id: int | None = None,
) -> str:  # fmt: skip
    """A link's token; the same key gives the same link again, so that a message sent twice holds one link."""
    grant_id = hashlib.sha256(f"{purpose}/{key}".encode()).hexdigest()[:32]
    row = grants.put(tx, grant_id, purpose, appointment_id, participant_id, offer_id, expires_at, now)
    claims = {"jti": grant_id, "aud": purpose, "exp": int(row.expires_at.timestamp())}
    return jwt.encode(claims, rejoin.db.vault.derive("grant"), _ALGORITHM)


def link(rejoin: Rejoin, token: str) -> str:
    """The address of the client's page behind a token."""
    return f"{rejoin.settings.public_url.rstrip('/')}/a/{token}"


def join_link(rejoin: Rejoin, token: str) -> str:
    """The address of our own way into the meeting behind a token."""
    return f"{rejoin.settings.public_url.rstrip('/')}/j/{token}"


def open_grant(tx: Transaction, rejoin: Rejoin, token: str, purpose: str, now: datetime) -> Grant:
    """What a token allows now, without using it up; raises GrantProblem."""
    try:
        # The expiry is judged by the injected clock below, not by the machine's.
        options = {"require": ["jti", "exp", "aud"], "verify_exp": False}
        claims = jwt.decode(
            token, rejoin.db.vault.derive("grant"), algorithms=[_ALGORITHM], audience=purpose, options=options
        )
    except jwt.InvalidTokenError:
        raise GrantProblem("invalid") from None
    row = grants.load(tx, claims["jti"]) if isinstance(claims["jti"], str) else None
    if row is None or row.purpose != purpose:
        raise GrantProblem("invalid")
    grant = Grant(row.id, row.purpose, row.appointment_id, row.participant_id, row.offer_id, row.expires_at)
    if row.used_at is not None:
        raise GrantProblem("used", grant)
    if row.revoked_at is not None:
        raise GrantProblem("revoked", grant)
    if now >= row.expires_at:
        raise GrantProblem("expired", grant)
    return grant
