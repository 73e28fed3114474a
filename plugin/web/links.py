"""Links as staff see them: what was made about an appointment, taking one back, and telling in advance."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime

from flask import Blueprint, abort, flash, redirect, url_for

from plugin.service import linking
from plugin.service.refusal import Conflict, Refused
from plugin.storage import board
from plugin.storage import grant as grants
from plugin.storage.database import Transaction
from plugin.web.current import change, member, now, own_clinician_id, rejoin, said

pages = Blueprint("link", __name__, url_prefix="/links")

PURPOSES = {
    "answer": "client's page", "join": "way into the meeting", "notice": "tell us in advance",
    "makeup": "make-up material", "preferences": "what they get from us",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class LinkTold:
    """A link without what opens it: for whom, what for, and whether it works."""

    id: str
    participant_id: str
    purpose: str
    created_at: datetime
    expires_at: datetime
    state: str


def links_of(tx: Transaction, appointment_id: str, present: datetime) -> list[LinkTold]:
    """The links about one appointment, the newest first."""
    return list(_told(tx, appointment_id, present))


def _told(tx: Transaction, appointment_id: str, present: datetime) -> Iterator[LinkTold]:
    for row in grants.of_appointment(tx, appointment_id):
        if row.revoked_at is not None:
            state = "taken back"
        elif row.used_at is not None:
            state = "used"
        else:
            state = "works" if present < row.expires_at else "expired"
        purpose = PURPOSES.get(row.purpose, row.purpose)
        yield LinkTold(row.id, row.participant_id, purpose, row.created_at, row.expires_at, state)


@pages.post("/revoke/<grant_id>")
def revoke(grant_id: str):
    """Take one link back."""
    with rejoin().db.read() as tx:
        row = grants.load(tx, grant_id)
    if row is None:
        abort(404)

    def take_back(tx):
        linking.revoke(tx, grant_id, member().login, now())

    return _do(row.appointment_id, take_back, "Taken back: the link leads to a page that says so.")


@pages.post("/notice/<path:appointment_id>")
def send_notice(appointment_id: str):
    """Have a link sent by which a client can tell us in advance."""

    def send(tx):
        linking.offer_notice(tx, rejoin(), appointment_id, said("participant", 200), member().login, now())

    return _do(appointment_id, send, "On its way to the address of the roster.")


@pages.post("/noted/<path:appointment_id>")
def note_notice(appointment_id: str):
    """Note for a client that they told us in advance."""

    def note(tx):
        linking.note_notice(tx, rejoin(), appointment_id, said("participant", 200), member().login, now())

    return _do(appointment_id, note, "Noted. It does not count as a missed session.")


def _do(appointment_id: str, decide: Callable[[Transaction], None], done: str):
    try:
        with change() as tx:
            # A clinician decides about sessions of their own alone.
            if board.booking(tx, appointment_id, False, own_clinician_id()) is None:
                abort(404)
            decide(tx)
        flash(done)
    except Conflict:
        flash("Somebody else did that a moment ago.", "problem")
    except Refused as refusal:
        flash(str(refusal), "problem")
    return redirect(url_for("appointment.show", appointment_id=appointment_id), 303)
