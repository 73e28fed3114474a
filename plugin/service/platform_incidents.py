"""Staff enter an incident of the platform, say when it is over, correct it, or say that it was none.

Each word is evidence beside what Zoom delivers: whoever met in that time is judged again, before and after.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import Row

from plugin.core.platform import PARTS, Part
from plugin.core.ticket import day_time
from plugin.service import evidence, ticketing
from plugin.service.drafting import ticket_key, zone_of
from plugin.service.refusal import Conflict, Refused
from plugin.service.rejoin import Rejoin
from plugin.storage import action as outbox
from plugin.storage import affected, audit
from plugin.storage import appointment as appointments
from plugin.storage import platform_incident as storage
from plugin.storage import ticket as tickets
from plugin.storage.database import Transaction

EVENT = "rejoin.platform_incident"
LONGEST = timedelta(days=7)
"""A judgement looks so far back for what was told of the whole account."""
LONGEST_SOURCE = 300


def enter(
    tx: Transaction, rejoin: Rejoin, part: str, from_at: datetime, until_at: datetime | None, source: str, login: str,
    now: datetime,
) -> int:  # fmt: skip
    """Let an incident be known; without `until_at` it goes on. Returns its number, of the very same
    the one that stands; raises Refused with a sentence."""
    _check(part, from_at, until_at, source, now)
    same = storage.standing(tx, Part(part), from_at, until_at, source.strip())
    if same is not None:
        return same
    number = storage.add(tx, Part(part), from_at, until_at, source.strip(), login, now)
    _tell(tx, rejoin, number, from_at, until_at, 1, now)
    audit.record(tx, now, login, "entered-platform-incident", f"platform-incident/{number}", {"part": part})
    return number


def correct(
    tx: Transaction, rejoin: Rejoin, number: int, version: int, part: str, from_at: datetime,
    until_at: datetime | None, source: str, login: str, now: datetime,
) -> None:  # fmt: skip
    """Say it better: another part, other times, that it is over or goes on after all; raises Refused, Conflict."""
    row = _standing(tx, number)
    _check(part, from_at, until_at, source, now)
    state = storage.OVER if until_at else storage.ON
    _change(tx, row, version, now, source.strip(), part=part, from_at=from_at, until_at=until_at, state=state)
    if (from_at, until_at) != (row.from_at, row.until_at):
        _tell(tx, rejoin, number, from_at, until_at, version + 1, now)
    details = {"part": part, "version": version + 1}
    audit.record(tx, now, login, "corrected-platform-incident", f"platform-incident/{number}", details)
    _say_at_ticket(tx, rejoin, row, Part(part), from_at, until_at, now)


def end(tx: Transaction, rejoin: Rejoin, number: int, version: int, login: str, now: datetime) -> None:
    """Say that it is over, as of now; raises Refused, Conflict."""
    row = _standing(tx, number)
    if row.until_at is not None:
        raise Refused("This incident is over already.")
    _change(tx, row, version, now, until_at=now, state=storage.OVER)
    _tell(tx, rejoin, number, row.from_at, now, version + 1, now)
    audit.record(tx, now, login, "ended-platform-incident", f"platform-incident/{number}")
    _say_at_ticket(tx, rejoin, row, Part(row.part), row.from_at, now, now)


def withdraw(tx: Transaction, rejoin: Rejoin, number: int, version: int, login: str, now: datetime) -> None:
    """Say that it was none after all: it explains nothing any more; raises Refused, Conflict."""
    row = _standing(tx, number)
    _change(tx, row, version, now, state=storage.WITHDRAWN)
    _tell(tx, rejoin, number, row.from_at, row.from_at, version + 1, now)
    audit.record(tx, now, login, "withdrew-platform-incident", f"platform-incident/{number}")


def _check(part: str, from_at: datetime, until_at: datetime | None, source: str, now: datetime) -> None:
    if part not in set(Part):
        raise Refused("Please choose which part of Zoom is in trouble.")
    if not source.strip():
        raise Refused("Please say where it is known from: a link to Zoom's status page, or the code of a note.")
    if len(source) > LONGEST_SOURCE or not source.strip().isprintable():
        raise Refused(f"The link or code must be one line of at most {LONGEST_SOURCE} characters.")
    if from_at > now or (until_at is not None and until_at > now):
        raise Refused("That time has not come yet: only what has happened is evidence.")
    if until_at is not None and until_at <= from_at:
        raise Refused("It must end after it began.")
    if (until_at or now) - from_at > LONGEST:
        raise Refused(f"An incident longer than {LONGEST.days} days must be entered in pieces.")


def _standing(tx: Transaction, number: int) -> Row:
    row = storage.load(tx, number)
    if row is None:
        raise Refused("There is no such incident.")
    if row.state == storage.WITHDRAWN:
        raise Refused("This incident was withdrawn. Please enter it anew.")
    return row


def _change(tx: Transaction, row: Row, version: int, now: datetime, source: str | None = None, **values) -> None:
    if not storage.change(tx, row.id, version, now, source, **values):
        raise Conflict(f"incident {row.id} was changed by somebody else")


def _tell(
    tx: Transaction, rejoin: Rejoin, number: int, from_at: datetime, until_at: datetime | None, version: int,
    now: datetime,
) -> None:  # fmt: skip
    """Make it evidence; the version keeps apart what is said twice."""
    more = {"incident_id": storage.name_of(number), "version": str(version), "started_at": from_at.isoformat()}
    more |= {"ended_at": until_at.isoformat()} if until_at is not None else {}
    delivery = evidence.record(tx, rejoin, EVENT, "", "", now, **more)
    if delivery is not None:
        storage.told(tx, number, delivery)


def _say_at_ticket(
    tx: Transaction, rejoin: Rejoin, row: Row, part: Part, from_at: datetime, until_at: datetime | None, now: datetime
) -> None:
    """Write at the incident's ticket, where there is one that stands, how the platform stands now."""
    key = f"platform-incident/{row.first_delivery}"
    ticket = tickets.by_key(tx, key)
    if ticket is None or ticket.state in tickets.SETTLED:
        return
    for one in affected.of_ticket(tx, key):
        appointment = appointments.load(tx, one.appointment_id)
        opened = [a for a in outbox.of_appointment(tx, one.appointment_id) if a.incident and ticket_key(a) == key]
        if appointment is not None and opened:
            zone = zone_of(appointment, ticket.participants)
            over = f"until {day_time(until_at, zone)}" if until_at else "not over yet"
            text = f"Zoom status: an incident of the platform ({PARTS[part]}) since {day_time(from_at, zone)}, {over}."
            ticketing.annotate(tx, rejoin, opened[0], text, now)
            return
