"""From a queued action to its place before the remote it goes to."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Row

from plugin.core.action import Purpose
from plugin.ports.helpdesk import BUILT_IN
from plugin.ports.queue import Lane, Remote, WorkKind
from plugin.service.rejoin import Rejoin
from plugin.storage import appointment as appointments
from plugin.storage.database import Transaction

GOES_TO = {
    "message": Remote.CORRESPONDENCE,
    "reschedule": Remote.CORRESPONDENCE,
    "makeup": Remote.CORRESPONDENCE,
    "invitation": Remote.CORRESPONDENCE,
    "link": Remote.CORRESPONDENCE,
    "cancellation": Remote.CORRESPONDENCE,
    "clinician-notice": Remote.CORRESPONDENCE,
    "correction": Remote.CORRESPONDENCE,
    "moving": Remote.MEETINGS,
    "calling-off": Remote.MEETINGS,
    "makeup-returned": Remote.CORRESPONDENCE,
    "booking": Remote.MEETINGS,
    "ticket": Remote.HELPDESK,
    "ticket-note": Remote.HELPDESK,
    "checkin": Remote.HERE,
    "review": Remote.HERE,
}
"""Whom each kind of action goes to."""
NOW, SOON, AFTERWARDS = 0, 1, 2
# What helps only while the session runs goes before everything; a note on a ticket helps nobody to get in.
RANKS = {Purpose.NUDGE: NOW, Purpose.REJOIN: NOW}


def dispatch(tx: Transaction, rejoin: Rejoin, action: Row, due_at: datetime, program_id: str | None = None) -> None:
    """Have a queued action carried out, in the line of its program before the remote it goes to.

    Whoever knows the program of its appointment says so.
    """
    goes_to = GOES_TO[action.kind]
    if goes_to is Remote.HELPDESK and rejoin.helpdesk.desk == BUILT_IN:
        goes_to = Remote.HERE
    rank = AFTERWARDS if action.kind == "ticket-note" else RANKS.get(action.purpose, SOON)
    program = appointments.program_of(tx, action.appointment_id) if program_id is None else program_id
    lane = Lane(goes_to, program, rank)
    rejoin.queue.request(tx, WorkKind.ACT, str(action.id), due_at, lane)
