"""Tokens of programs that use the API: each has a name and scopes, and only a hash of it is kept."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import insert, select, update

from plugin.storage.database import Transaction
from plugin.storage.tables import api_token as table

PREFIX = "rejoin_"  # so that a token that leaked into a repository is found by its looks
MAX_NAME = 80


class Scope(StrEnum):
    """What a token lets a program do."""

    ROSTER_WRITE = "roster:write"
    ROSTER_READ = "roster:read"
    ASSESSMENTS_READ = "assessments:read"
    TICKETS_READ = "tickets:read"
    INCIDENTS_WRITE = "incidents:write"
    OFFERS_READ = "offers:read"


class TokenProblem(ValueError):
    """A token cannot be made or revoked as asked; the message says why."""


@dataclass(frozen=True, slots=True)
class ApiToken:
    """What is kept of a token: never the token itself."""

    name: str
    scopes: frozenset[Scope]
    created_at: datetime
    revoked_at: datetime | None = None


def issue(tx: Transaction, name: str, scopes: Iterable[Scope], now: datetime) -> str:
    """Make a token and return it, which happens only this once; raises TokenProblem.

    It is 256 random bits, so a plain SHA-256 of it is enough: there is nothing to guess. A name is used once, also
    after its token was revoked, so that the audit log stays clear about who did what.
    """
    name, scopes = name.strip(), sorted(set(scopes))
    if not name or len(name) > MAX_NAME or not name.isprintable():
        raise TokenProblem(f"a token's name is 1 to {MAX_NAME} visible characters")
    if not scopes:
        raise TokenProblem("a token needs at least one scope")
    if tx.execute(select(table.c.id).where(table.c.name == name)).first():
        raise TokenProblem(f"the name {name!r} is taken, maybe by a revoked token; choose another one")
    token = PREFIX + secrets.token_urlsafe(32)
    values = {"name": name, "hash": _hash(token), "scopes": scopes, "created_at": now}
    tx.execute(insert(table).values(**values))
    return token


def find(tx: Transaction, token: str) -> ApiToken | None:
    """What this token may do; None when it was never issued or is revoked."""
    row = tx.execute(select(table).where(table.c.hash == _hash(token), table.c.revoked_at.is_(None))).first()
    return _api_token(row) if row else None


def everyone(tx: Transaction) -> list[ApiToken]:
    """Every token that was ever issued, in the order of their names."""
    return [_api_token(row) for row in tx.execute(select(table).order_by(table.c.name))]


def revoke(tx: Transaction, name: str, now: datetime) -> None:
    """Refuse this token from now on; raises TokenProblem when there is none of this name that still works."""
    works = (table.c.name == name) & table.c.revoked_at.is_(None)
    if not tx.execute(update(table).where(works).values(revoked_at=now)).rowcount:
        raise TokenProblem(f"there is no token {name!r} that still works")


def _hash(token: str) -> bytes:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()


def _api_token(row) -> ApiToken:
    # A scope that this version no longer knows lets nobody do anything.
    scopes = frozenset(Scope(scope) for scope in row.scopes if scope in list(Scope))
    return ApiToken(row.name, scopes, row.created_at, row.revoked_at)
