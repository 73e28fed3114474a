"""Signed links for clients: single-purpose, expiring, revocable, with nothing personal in them."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime

import jwt
from sqlalchemy import Row

from plugin.service.rejoin import Rejoin
from plugin.storage import grant as grants
from plugin.storage.database import Transaction

ANSWER, JOIN, NOTICE, MAKEUP, PREFERENCES = "answer", "join", "notice", "makeup", "preferences"
PATHS = {ANSWER: "a", JOIN: "j", NOTICE: "n", MAKEUP: "m", PREFERENCES: "p"}
"""What a link is for, and where it leads."""
TAPS = ("trouble", "there", "cannot", "none")
"""The answers that a message may ask for by a link of their own."""
_ALGORITHM = "HS256"


@dataclass(frozen=True, slots=True)
class Grant:
    """What an open link allows: one purpose, for one person about one appointment, and perhaps about one offer."""

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
    row = grants.put(tx, _id(purpose, key), purpose, appointment_id, participant_id, offer_id, expires_at, now)
    return _token(rejoin, row)


def issued(tx: Transaction, rejoin: Rejoin, purpose: str, key: str, now: datetime) -> str | None:
    """The token of a link that was made before under this key, while it works; None when there is none."""
    row = grants.load(tx, _id(purpose, key))
    if row is None or row.used_at is not None or row.revoked_at is not None or now >= row.expires_at:
        return None
    return _token(rejoin, row)


def link(rejoin: Rejoin, token: str, purpose: str = ANSWER, tap: str = "") -> str:
    """The address behind a token: the client's page, or with one of TAPS a page with a button for that answer."""
    address = f"{rejoin.settings.public_url.rstrip('/')}/{PATHS[purpose]}/{token}"
    return f"{address}/{tap}" if tap else address


def open_grant(tx: Transaction, rejoin: Rejoin, token: str, purpose: str, now: datetime) -> Grant:
    """What a token allows now, without using it up; raises GrantProblem."""
    grant, problem = identify(tx, rejoin, token, now)
    if grant.purpose != purpose:
        raise GrantProblem("invalid")
    if problem:
        raise GrantProblem(problem, grant)
    return grant


def identify(tx: Transaction, rejoin: Rejoin, token: str, now: datetime) -> tuple[Grant, str]:
    """What a token was made for, and why it does not work any more ("" while it does).

    Raises GrantProblem `invalid` for one that nobody here signed: nothing can be said about it to anybody.
    """
    try:
        # The expiry is judged by the injected clock below, not by the machine's; a purpose is checked by the row.
        options = {"require": ["jti", "exp", "aud"], "verify_exp": False}
        key = rejoin.db.vault.derive("grant")
        claims = jwt.decode(token, key, algorithms=[_ALGORITHM], audience=list(PATHS), options=options)
    except jwt.InvalidTokenError:
        raise GrantProblem("invalid") from None
    row = grants.load(tx, claims["jti"]) if isinstance(claims["jti"], str) else None
    if row is None or row.purpose != claims["aud"]:
        raise GrantProblem("invalid")
    grant = Grant(row.id, row.purpose, row.appointment_id, row.participant_id, row.offer_id, row.expires_at)
    if row.revoked_at is not None:
        return grant, "revoked"
    if row.used_at is not None:
        return grant, "used"
    return grant, "expired" if now >= row.expires_at else ""


def _id(purpose: str, key: str) -> str:
    return hashlib.sha256(f"{purpose}/{key}".encode()).hexdigest()[:32]


def _token(rejoin: Rejoin, row: Row) -> str:
    claims = {"jti": row.id, "aud": row.purpose, "exp": int(row.expires_at.timestamp())}
    return jwt.encode(claims, rejoin.db.vault.derive("grant"), _ALGORITHM)
