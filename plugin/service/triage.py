"""What people of tech support do at a ticket: take, hand over, note, resolve with a code, correct it, reopen.

Every step is a compare-and-set on the version that the person saw. A resolution code is evidence about each person of
the ticket: it is stored beside what clients and Zoom told, and a rule weighs it, so that the verdict is corrected the
way every verdict is, with history. It is no decision about the verdict; that is `plugin/service/override.py`.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import Row

from plugin.core.resolution import EVENTS, OF_ONE, WORDS, Resolution, said
from plugin.service import evidence
from plugin.service.refusal import Conflict, Refused
from plugin.service.rejoin import Rejoin
from plugin.storage import affected, audit, staff
from plugin.storage import ticket as tickets
from plugin.storage.database import Transaction
from plugin.storage.staff import StaffRole

WORKS_ON_TICKETS = frozenset({StaffRole.TECH_SUPPORT, StaffRole.ADMIN})


def take(tx: Transaction, rejoin: Rejoin, ticket_id: int, version: int, login: str, now: datetime) -> None:
    """Take a ticket, or take it over; raises Conflict."""
    _open(tx, ticket_id)
    _change(tx, ticket_id, version, now, state=tickets.TAKEN, assignee=login)
    audit.record(tx, now, login, "took-ticket", f"ticket/{ticket_id}")


def assign(tx: Transaction, rejoin: Rejoin, ticket_id: int, version: int, login: str, to: str, now: datetime) -> None:
    """Give a ticket to a colleague; raises Conflict, and Refused when they cannot work on it."""
    _open(tx, ticket_id)
    if to not in {member.login for member in colleagues(tx)}:
        raise Refused("This account does not work on tickets. Please choose somebody from the list.")
    _change(tx, ticket_id, version, now, state=tickets.TAKEN, assignee=to)
    audit.record(tx, now, login, "assigned-ticket", f"ticket/{ticket_id}", {"to": to})


def colleagues(tx: Transaction) -> list[staff.Member]:
    """Who can be given a ticket."""
    return [member for member in staff.everyone(tx) if member.active and member.role in WORKS_ON_TICKETS]


def note(tx: Transaction, rejoin: Rejoin, ticket_id: int, version: int, login: str, text: str, now: datetime) -> None:
    """Add a note; two people's notes do not stand in each other's way. At an attached ticket the incident gets it."""
    row = _ours(tx, ticket_id)
    if not text.strip():
        raise Refused("Please write what the note should say.")
    number = row.part_of if row.state == tickets.ATTACHED and row.part_of else ticket_id
    tickets.add_note(tx, number, now, login, text)
    audit.record(tx, now, login, "noted-ticket", f"ticket/{number}")


def resolve(
    tx: Transaction, rejoin: Rejoin, ticket_id: int, version: int, login: str, text: str, code: str, now: datetime
) -> None:
    """Resolve a ticket, saying what solved it and what was found; raises Conflict."""
    row = _open(tx, ticket_id)
    if not text.strip():
        raise Refused("Please say what solved it.")
    found = _found(row, code)
    _change(
        tx, ticket_id, version, now, state=tickets.RESOLVED, assignee=row.assignee or login, resolution=text,
        code=found.value,
    )  # fmt: skip
    audit.record(tx, now, login, "resolved-ticket", f"ticket/{ticket_id}", {"code": found.value})
    _tell(tx, rejoin, row, found, login, now)


def classify(
    tx: Transaction, rejoin: Rejoin, ticket_id: int, version: int, login: str, code: str, now: datetime
) -> None:
    """Say what was found at a resolved ticket, or correct what was said of it; raises Conflict.

    A ticket that was resolved by itself, or at another desk, has no code yet. Another code in place of one that stands
    leaves a note of that one. What the other desk says is corrected there.
    """
    row = tickets.load(tx, ticket_id)
    if row is None:
        raise Refused("There is no such ticket.")
    if row.state != tickets.RESOLVED:
        raise Refused("This ticket is not resolved; say what was found when you resolve it.")
    if row.code and row.code == row.told_code:
        raise Refused("This was chosen at the other help desk. Please correct it there; it is fetched within minutes.")
    found = _found(row, code)
    if row.code == found:
        raise Refused("That stands there already.")
    _change(tx, ticket_id, version, now, code=found.value)
    _learn(tx, rejoin, row, found, login, now)


def found_elsewhere(tx: Transaction, rejoin: Rejoin, row: Row, words: Iterable[str], desk: str, now: datetime) -> bool:
    """What people chose at another desk counts as if it were chosen here; False when it says nothing new that we know.

    Each choice counts once. One that differs from what the desk said before is a correction: it takes the place of the
    code that stands, with a note of what stood there. What staff said here before the desk said anything stands.
    """
    found = said(words)
    if found is None or row.state != tickets.RESOLVED or (row.incident and found in OF_ONE) or row.told_code == found:
        return False
    counts = row.code != found and (row.code is None or row.told_code is not None)
    values = {"told_code": found.value} | ({"code": found.value} if counts else {})
    if not tickets.change(tx, row.id, row.version, now, **values):
        return False  # somebody was quicker: it is looked at in the next round
    if counts:
        _learn(tx, rejoin, row, found, desk, now)
    return counts


def reopen(tx: Transaction, rejoin: Rejoin, ticket_id: int, version: int, login: str, now: datetime) -> None:
    """Open a resolved ticket again; raises Conflict."""
    row = _ours(tx, ticket_id)
    if row.state != tickets.RESOLVED:
        raise Refused("This ticket is not resolved.")
    other = tickets.another_waiting(tx, ticket_id, row.appointment_id, row.participants)
    if other is not None:
        raise Refused(f"Their trouble has an open ticket already: no. {other}. Please go on there.")
    values = {"assignee": None, "resolution": None, "code": None, "part_of": None}
    _change(tx, ticket_id, version, now, state=tickets.OPEN, **values)
    tickets.add_note(tx, ticket_id, now, login, f"Reopened. It had been resolved with: {row.resolution}")
    audit.record(tx, now, login, "reopened-ticket", f"ticket/{ticket_id}")


def _found(row: Row, code: str) -> Resolution:
    if code not in set(Resolution):
        raise Refused("Please choose what was found: the rules learn from it.")
    found = Resolution(code)
    if row.incident and found in OF_ONE:
        raise Refused("An incident stands for several people; say of each on their own page that it was absence.")
    return found


def _learn(tx: Transaction, rejoin: Rejoin, row: Row, found: Resolution, who: str, now: datetime) -> None:
    """What was found is in the audit log and is evidence; of a correction a note says what stood there before."""
    subject, details = f"ticket/{row.id}", {"code": found.value}
    if row.code:
        was = WORDS[Resolution(row.code)]
        tickets.add_note(tx, row.id, now, who, f"Found, corrected: “{WORDS[found]}” in place of “{was}”.")
        audit.record(tx, now, who, "corrected-ticket", subject, details | {"was": row.code})
    else:
        audit.record(tx, now, who, "classified-ticket", subject, details)
    _tell(tx, rejoin, row, found, who, now)


def _tell(tx: Transaction, rejoin: Rejoin, row: Row, found: Resolution, login: str, now: datetime) -> None:
    """What was found becomes evidence about each person of the ticket, and each is judged again."""
    people = [(one.appointment_id, one.participant_id) for one in affected.of_ticket(tx, row.key)]
    people = people if row.incident and people else [(row.appointment_id, code) for code in row.participants]
    more = {"code": found.value, "by": login, "ticket": str(row.id)}
    for appointment_id, participant_id in sorted(set(people)):
        evidence.record(tx, rejoin, EVENTS[found], appointment_id, participant_id, now, **more)


def _ours(tx: Transaction, ticket_id: int) -> Row:
    row = tickets.load(tx, ticket_id)
    if row is None:
        raise Refused("There is no such ticket.")
    if row.desk:
        raise Refused("This ticket is worked on at another help desk; what is done there shows here.")
    return row


def _open(tx: Transaction, ticket_id: int) -> Row:
    row = _ours(tx, ticket_id)
    if row.state == tickets.RESOLVED:
        raise Refused("This ticket is resolved. Reopen it first.")
    if row.state == tickets.ATTACHED:
        raise Refused("This ticket is part of an incident. Please work on that one.")
    return row


def _change(tx: Transaction, ticket_id: int, version: int, now: datetime, **values) -> None:
    if not tickets.change(tx, ticket_id, version, now, **values):
        raise Conflict(f"ticket {ticket_id} was changed by somebody else")


__all__ = [
    "Conflict", "Refused", "assign", "classify", "colleagues", "found_elsewhere", "note", "reopen", "resolve", "take"
]  # fmt: skip
