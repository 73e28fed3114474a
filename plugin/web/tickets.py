"""The tech-support queue: take, note, resolve, reopen; two people at one ticket are told kindly."""

from __future__ import annotations

from collections.abc import Callable

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for

from plugin.service import ticketing
from plugin.service.refusal import Conflict, Refused
from plugin.storage import board
from plugin.storage import ticket as tickets
from plugin.web.current import change, member, now, rejoin, said, said_number

pages = Blueprint("ticket", __name__)

LONGEST_TEXT = 4000


@pages.get("/tickets")
def queue():
    """Tickets that wait, those of sessions still running first; or one's own; or what was resolved."""
    show = request.args.get("show", "waiting")
    show = show if show in ("waiting", "mine", "resolved") else "waiting"
    present = now()
    with rejoin().db.read() as tx:
        found = tickets.listed(tx, ("resolved",) if show == "resolved" else ("open", "taken"))
        bookings = board.bookings(tx, {row.appointment_id for row in found}, names=False)
    if show == "mine":
        found = [row for row in found if row.assignee == member().login]
    running = {key: booking.starts_at <= present < booking.ends_at for key, booking in bookings.items()}
    if show != "resolved":
        found = sorted(found, key=lambda row: (not running.get(row.appointment_id), row.state != "open", row.opened_at))
    return render_template("tickets.html", tickets=found, running=running, show=show)


@pages.get("/tickets/<number:ticket_id>")
def show(ticket_id: int, draft: str = "", drafted: str = ""):
    """One ticket with what was seen, what was tried and what may be done."""
    with rejoin().db.read() as tx:
        ticket = tickets.load(tx, ticket_id)
        if ticket is None:
            abort(404)
        notes = tickets.notes(tx, ticket_id)
    return render_template("ticket.html", ticket=ticket, notes=notes, draft=draft, drafted=drafted)


@pages.post("/tickets/<number:ticket_id>/take")
def take(ticket_id: int):
    """Take the ticket, or take it over."""
    return _decide(ticket_id, ticketing.take, "It is yours now.")


@pages.post("/tickets/<number:ticket_id>/note")
def note(ticket_id: int):
    """Add a note."""
    text = said("text", LONGEST_TEXT)
    return _decide(ticket_id, ticketing.note, "The note was added.", text, drafted="note")


@pages.post("/tickets/<number:ticket_id>/resolve")
def resolve(ticket_id: int):
    """Resolve the ticket, saying what solved it."""
    text = said("text", LONGEST_TEXT)
    return _decide(ticket_id, ticketing.resolve, "Resolved. Thank you.", text, drafted="resolve")


@pages.post("/tickets/<number:ticket_id>/reopen")
def reopen(ticket_id: int):
    """Open a resolved ticket again."""
    return _decide(ticket_id, ticketing.reopen, "The ticket is open again.")


def _decide(ticket_id: int, use_case: Callable, done: str, text: str | None = None, drafted: str = ""):
    """Do what was asked on the version that the person saw; what they wrote is not lost when somebody was quicker."""
    version = said_number("version")
    said = () if text is None else (text,)
    try:
        with change() as tx:
            if tickets.load(tx, ticket_id) is None:
                abort(404)
            use_case(tx, rejoin(), ticket_id, version, member().login, *said, now=now())
    except Conflict:
        flash("Somebody else changed this ticket a moment ago. Please look at how it stands now.", "problem")
        return show(ticket_id, draft=text or "", drafted=drafted), 409
    except Refused as refusal:
        flash(str(refusal), "problem")
        return show(ticket_id, draft=text or "", drafted=drafted), 422
    flash(done)
    return redirect(url_for("ticket.show", ticket_id=ticket_id), 303)
