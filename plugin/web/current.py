"""What a view needs to know of the request at hand: the parts of the service, the present moment, who asks."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from zoneinfo import ZoneInfo

from flask import current_app, request
from flask_login import current_user

from plugin.service.rejoin import Rejoin
from plugin.storage.database import Transaction
from plugin.storage.staff import Member, StaffRole
from plugin.web.access import SEES_NAMES

LARGEST_ID = 2**63


def rejoin() -> Rejoin:
    """The parts that every use case gets."""
    return current_app.extensions["rejoin"]


def now() -> datetime:
    """The present moment by the service's clock, aware UTC."""
    return rejoin().clock.now()


def staff_zone() -> ZoneInfo:
    """The zone in which the staff pages tell the time."""
    return ZoneInfo(rejoin().settings.timezone)


def member() -> Member:
    """Who is signed in; only for pages behind the sign-in."""
    return current_user.member


def sees_names() -> bool:
    """Whether this member of staff works with the person and so sees names and titles."""
    return member().role in SEES_NAMES


def own_clinician_id() -> str | None:
    """The code whose sessions alone a clinician may see; None for everybody else.

    A clinician whose account is not linked with a code gets "", which is nobody's.
    """
    who = member()
    return (who.clinician_id or "") if who.role is StaffRole.CLINICIAN else None


@contextmanager
def change() -> Iterator[Transaction]:
    """A transaction for somebody's decision; once it stands, whoever does the due work is told to look."""
    with rejoin().db.begin() as tx:
        yield tx
    rejoin().queue.wake()


def said(name: str, longest: int) -> str:
    """What was written into a field of the form, bounded; PostgreSQL keeps no NUL in a text."""
    return request.form.get(name, "").replace("\0", "").strip()[:longest]


def said_number(name: str) -> int:
    """A number of the form; -1, which fits nothing, when it is none or too large for the database."""
    number = request.form.get(name, -1, type=int)
    return number if 0 <= number < LARGEST_ID else -1
