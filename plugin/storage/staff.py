"""Staff accounts: who may sign in, with which role; passwords are kept as argon2 hashes only."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import insert, select, update

from plugin.storage.database import Transaction
from plugin.storage.tables import staff

MIN_PASSWORD = 10
MAX_PASSWORD = 200
MAX_LOGIN = 80

_hasher = PasswordHasher()
# One hash takes 64 MiB; more than two at once would let a crowd at the sign-in page take the memory of the machine.
_hashing = threading.BoundedSemaphore(2)
_nobody = ""


class StaffRole(StrEnum):
    """What a member of staff is here to do; each page says which of them may open it."""

    TECH_SUPPORT = "tech-support"
    COORDINATOR = "coordinator"
    CLINICIAN = "clinician"
    ADMIN = "admin"


class StaffProblem(ValueError):
    """An account cannot be made or changed as asked; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class Member:
    """One member of staff; `clinician_id` is their participant code when they are a clinician."""

    id: int
    login: str
    role: StaffRole
    clinician_id: str | None
    active: bool
    session_epoch: int
    created_at: datetime


def add(tx: Transaction, login: str, password: str, role: str, now: datetime, clinician_id: str | None = None) -> int:
    """Add an account that may sign in; raises StaffProblem when the login is taken or something is out of bounds."""
    login = login.strip().casefold()
    if not login or len(login) > MAX_LOGIN or any(not c.isprintable() or c.isspace() for c in login):
        raise StaffProblem(f"a login is 1 to {MAX_LOGIN} characters without spaces")
    if role not in list(StaffRole):
        raise StaffProblem(f"there is no role {role!r}; it is one of {', '.join(StaffRole)}")
    if by_login(tx, login):
        raise StaffProblem(f"the login {login!r} is taken; choose another one")
    values = {
        "login": login,
        "password_hash": hash_password(password),
        "role": str(role),
        "clinician_id": clinician_id or None,
        "active": True,
        "session_epoch": 1,
        "created_at": now,
    }
    return tx.execute(insert(staff).values(**values).returning(staff.c.id)).scalar_one()


def by_login(tx: Transaction, login: str) -> Member | None:
    """The account with this login, upper and lower case aside."""
    return _member(tx.execute(select(staff).where(staff.c.login == login.strip().casefold())).first())


def by_id(tx: Transaction, staff_id: int) -> Member | None:
    """The account with this id."""
    return _member(tx.execute(select(staff).where(staff.c.id == staff_id)).first())


def everyone(tx: Transaction) -> list[Member]:
    """Every account, in the order of their logins."""
    return [_member(row) for row in tx.execute(select(staff).order_by(staff.c.login))]


def set_password(tx: Transaction, staff_id: int, password: str) -> None:
    """Give the account a new password and end every session that was begun with the old one."""
    _change(tx, staff_id, password_hash=hash_password(password))


def set_active(tx: Transaction, staff_id: int, active: bool) -> None:
    """Let the account in, or lock it; either way its open sessions end."""
    _change(tx, staff_id, active=active)


def end_sessions(tx: Transaction, staff_id: int) -> None:
    """Sign the account out everywhere."""
    _change(tx, staff_id)


def password_hash(tx: Transaction, login: str) -> str | None:
    """The stored hash of an account that may sign in, None when there is none."""
    matches = (staff.c.login == login.strip().casefold()) & staff.c.active
    return tx.execute(select(staff.c.password_hash).where(matches)).scalar_one_or_none()


def hash_password(password: str) -> str:
    """An argon2id hash; raises StaffProblem when the password is too short or too long."""
    if not MIN_PASSWORD <= len(password) <= MAX_PASSWORD:
        raise StaffProblem(f"a password has {MIN_PASSWORD} to {MAX_PASSWORD} characters")
    with _hashing:
        return _hasher.hash(password)


def password_is_right(stored: str | None, password: str) -> bool:
    """Whether the password belongs to this hash.

    With None for the hash the same work is done and the answer is no, so that the time does not tell which logins
    exist. Call it outside a transaction: it takes about a tenth of a second.
    """
    global _nobody
    password = password[:MAX_PASSWORD]
    with _hashing:
        if stored is None and not _nobody:
            _nobody = _hasher.hash("nobody signs in with this")
        try:
            return _hasher.verify(stored or _nobody, password) and stored is not None
        except (VerificationError, InvalidHashError):
            return False


def _change(tx: Transaction, staff_id: int, **values) -> None:
    changed = update(staff).where(staff.c.id == staff_id).values(session_epoch=staff.c.session_epoch + 1, **values)
    tx.execute(changed)


def _member(row) -> Member | None:
    if row is None:
        return None
    return Member(
        row.id, row.login, StaffRole(row.role), row.clinician_id, row.active, row.session_epoch, row.created_at
    )
