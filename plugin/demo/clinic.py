"""The clinic before its morning begins: roster, bookable hours and staff accounts in a fresh database."""

from __future__ import annotations

from datetime import time

from config.settings import Settings
from plugin.composition import build
from plugin.core.slot import BookableHours
from plugin.demo.cast import CLINIC_ZONE, CLINICIANS, OMAR, roster_csv
from plugin.demo.morning import Morning
from plugin.roster import read_roster
from plugin.service.rejoin import Rejoin
from plugin.service.roster import put_appointment
from plugin.storage import bookable_hours, staff
from plugin.storage.migration import migrate

HOURS = tuple(BookableHours(weekday, time(9), time(17), CLINIC_ZONE.key) for weekday in range(5))
STAFF = (
    # login, role, participant code, what there is to do
    ("ada", "coordinator", None, "Approvals: approve an offer, then open the Mailbox and follow the client's link"),
    ("theo", "tech-support", None, "Tickets: take one, add a note, resolve it"),
    ("omar", "clinician", OMAR.code, "Tasks: the check-in after a no-show"),
    ("root", "admin", None, "everything, and the audit log"),
)


def furnish(settings: Settings, morning: Morning, password: str) -> Rejoin:
    """Make the database of these settings and put the clinic into it; every account has this password."""
    rejoin = build(settings)
    migrate(rejoin.db)
    reading = read_roster(roster_csv(morning.sessions).encode())
    if reading.problems:
        raise ValueError(f"the demonstration's own roster is wrong: {reading.problems[0]}")
    now = rejoin.clock.now()
    with rejoin.db.begin() as tx:
        for appointment in reading.appointments:
            put_appointment(tx, rejoin, appointment, now)
        for clinician in CLINICIANS:
            bookable_hours.put(tx, clinician.code, HOURS)
        for login, role, clinician_code, _ in STAFF:
            staff.add(tx, login, password, role, now, clinician_code)
    return rejoin
