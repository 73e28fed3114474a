"""Deciding about a verdict, and taking that back: for those who answer for the record."""

from __future__ import annotations

from flask import Blueprint, abort, flash, redirect, url_for

from plugin.core.assessment import Cause, Outcome
from plugin.service import override as service
from plugin.service.refusal import Conflict, Refused
from plugin.storage import board
from plugin.storage import override as overrides
from plugin.web.current import change, member, now, own_clinician_id, rejoin, said, said_number

pages = Blueprint("override", __name__)

LONGEST_REASON = 2000


@pages.post("/decisions/<path:appointment_id>")
def decide(appointment_id: str):
    """Decide what happened, in place of the rules; the person and why are in the form."""
    outcome, _, cause = said("verdict", 40).partition("/")
    standing = said_number("instead_of")
    try:
        with change() as tx:
            _own(tx, appointment_id)
            service.decide(
                tx, rejoin(), appointment_id, said("participant", 200), _outcome(outcome), _cause(cause),
                said("reason", LONGEST_REASON), member().login, now(), standing if standing > 0 else None,
            )  # fmt: skip
        flash("Your decision stands. What follows from it is done in a moment.")
    except Conflict:
        flash("Somebody else decided about this person a moment ago. Please look at how it stands now.", "problem")
    except Refused as refusal:
        flash(str(refusal), "problem")
    return redirect(url_for("appointment.show", appointment_id=appointment_id), 303)


@pages.post("/decisions/take-back/<number:override_id>")
def take_back(override_id: int):
    """Let the rules decide again."""
    with rejoin().db.read() as tx:
        row = overrides.load(tx, override_id)
    if row is None:
        abort(404)
    try:
        with change() as tx:
            _own(tx, row.appointment_id)
            service.take_back(tx, rejoin(), override_id, member().login, now())
        flash("Taken back: the rules decide again, in a moment.")
    except Conflict:
        flash("Somebody else took this decision back a moment ago.", "problem")
    except Refused as refusal:
        flash(str(refusal), "problem")
    return redirect(url_for("appointment.show", appointment_id=row.appointment_id), 303)


def _own(tx, appointment_id: str) -> None:
    """A clinician decides about sessions of their own alone."""
    if board.booking(tx, appointment_id, False, own_clinician_id()) is None:
        abort(404)


def _outcome(word: str) -> Outcome:
    try:
        return Outcome(word)
    except ValueError:
        raise Refused("Please choose what happened.") from None


def _cause(word: str) -> Cause:
    try:
        return Cause(word)
    except ValueError:
        raise Refused("Please choose what happened.") from None
