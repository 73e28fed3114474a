"""Triage: the tickets that wait, live ones first; take, assign, note, resolve, reopen; two people at one ticket."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for

from plugin.core.resolution import OF_ONE, WORDS, hit_rates
from plugin.service import triage
from plugin.service.acting import retry_dead
from plugin.service.refusal import Conflict, Refused
from plugin.storage import action as outbox
from plugin.storage import affected, audit, board
from plugin.storage import ticket as tickets
from plugin.storage.board import Booking
from plugin.web.current import change, member, now, rejoin, said, said_number

pages = Blueprint("ticket", __name__)

LONGEST_TEXT = 4000
NEWEST = 200
"""So many resolved tickets are listed."""
DESK_PATIENCE = timedelta(minutes=2)
"""What waits longer than this for the help desk is shown."""
STATES = {
    "waiting": (tickets.OPEN, tickets.TAKEN),
    "open": (tickets.OPEN,),
    "taken": (tickets.TAKEN,),
    "resolved": (tickets.RESOLVED,),
}
KINDS = {"": None, "single": False, "incident": True}


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which tickets the address asks for; what makes no sense in it asks for nothing."""

    state: str = "waiting"
    live: bool = False
    mine: bool = False
    kind: str = ""
    symptom: str = ""

    @classmethod
    def from_address(cls) -> Wanted:
        """As the query of the address says."""
        asked = request.args
        state, kind = asked.get("state", ""), asked.get("kind", "")
        return cls(
            state if state in STATES else "waiting", asked.get("live") == "1", asked.get("mine") == "1",
            kind if kind in KINDS else "", asked.get("symptom", "")[:40].replace("\0", ""),
        )  # fmt: skip


@pages.get("/tickets")
def queue():
    """The tickets that the filters in the address ask for, those of sessions still running first."""
    wanted, present = Wanted.from_address(), now()
    with rejoin().db.read() as tx:
        found = tickets.listed(
            tx, STATES[wanted.state], member().login if wanted.mine else None, KINDS[wanted.kind],
            wanted.symptom or None, NEWEST if wanted.state == "resolved" else None,
        )  # fmt: skip
        people = {row.id: affected.of_ticket(tx, row.key) for row in found if row.incident}
        hit = {one.appointment_id for some in people.values() for one in some}
        bookings = board.bookings(tx, hit | {row.appointment_id for row in found}, names=False)
        attached: dict[int, list] = {}
        for row in tickets.attached_to(tx, [row.id for row in found if row.incident]):
            attached.setdefault(row.part_of, []).append(row)
        symptoms = tickets.symptoms(tx)
        rates = hit_rates(tickets.resolved_with(tx))
        stuck = outbox.not_at_desk(tx, present - DESK_PATIENCE)
    ends = {key: booking.ends_at for key, booking in bookings.items() if booking.starts_at <= present < booking.ends_at}
    if wanted.live:
        found = [row for row in found if row.appointment_id in ends]
    if wanted.state != "resolved":
        found = sorted(found, key=lambda row: (row.appointment_id not in ends, row.state != "open", row.opened_at))
    return render_template(
        "tickets.html", tickets=found, ends=ends, wanted=wanted, attached=attached, people=people, symptoms=symptoms,
        rates=rates, stuck=stuck, desk=rejoin().helpdesk.name, over=_over(bookings),
    )  # fmt: skip


def _over(bookings: Mapping[str, Booking]) -> dict[str, datetime]:
    """When those sessions ended that are over: nobody is in trouble in them any more, and nobody comes back."""
    return {key: booking.ends_at for key, booking in bookings.items() if booking.ends_at <= now()}


@pages.get("/tickets/<number:ticket_id>")
def show(ticket_id: int, draft: str = "", drafted: str = "", code: str = ""):
    """One ticket with what was seen, what was tried and what may be done."""
    with rejoin().db.read() as tx:
        ticket = tickets.load(tx, ticket_id)
        if ticket is None:
            abort(404)
        notes = tickets.notes(tx, ticket_id)
        people = affected.of_ticket(tx, ticket.key) if ticket.incident else ()
        attached = tickets.attached_to(tx, [ticket_id]) if ticket.incident else ()
        theirs = board.bookings(tx, {one.appointment_id for one in people}, names=False)
        colleagues = triage.colleagues(tx)
    codes = {code: words for code, words in WORDS.items() if not ticket.incident or code not in OF_ONE}
    return render_template(
        "ticket.html", ticket=ticket, notes=notes, draft=draft, drafted=drafted, code=code, people=people,
        attached=attached, colleagues=colleagues, codes=codes, over=_over(theirs),
    )  # fmt: skip


@pages.post("/tickets/<number:ticket_id>/take")
def take(ticket_id: int):
    """Take the ticket, or take it over."""
    return _decide(ticket_id, triage.take, "It is yours now.")


@pages.post("/tickets/<number:ticket_id>/assign")
def assign(ticket_id: int):
    """Give the ticket to a colleague."""
    return _decide(ticket_id, triage.assign, "It is theirs now.", said("to", 80))


@pages.post("/tickets/<number:ticket_id>/note")
def note(ticket_id: int):
    """Add a note."""
    return _decide(ticket_id, triage.note, "The note was added.", said("text", LONGEST_TEXT), drafted="note")


@pages.post("/tickets/<number:ticket_id>/resolve")
def resolve(ticket_id: int):
    """Resolve the ticket, saying what solved it and what was found."""
    words = said("text", LONGEST_TEXT), said("code", 40)
    return _decide(ticket_id, triage.resolve, "Resolved. Thank you.", *words, drafted="resolve")


@pages.post("/tickets/<number:ticket_id>/classify")
def classify(ticket_id: int):
    """Say afterwards what was found, or correct it."""
    return _decide(ticket_id, triage.classify, "Thank you: the rules learn from it.", said("code", 40), drafted="found")


@pages.post("/tickets/<number:ticket_id>/reopen")
def reopen(ticket_id: int):
    """Open a resolved ticket again."""
    return _decide(ticket_id, triage.reopen, "The ticket is open again.")


@pages.post("/tickets/try-again")
def try_again():
    """Bring what the help desk refused to it once more, when the setting that was named has been put right."""
    present = now()
    with change() as tx:
        dead = [row for row in outbox.not_at_desk(tx, present - DESK_PATIENCE) if row.state == outbox.DEAD]
        for row in dead:
            if retry_dead(tx, rejoin(), row.id, present):
                audit.record(tx, present, member().login, "tried-again", f"action/{row.id}")
    flash("They are on their way again." if dead else "Nothing waits for that.")
    return redirect(url_for("ticket.queue"), 303)


def _decide(ticket_id: int, use_case: Callable, done: str, *words: str, drafted: str = ""):
    """Do what was asked on the version that the person saw; what they wrote is not lost when somebody was quicker."""
    version = said_number("version")
    kept = {"draft": words[0], "drafted": drafted, "code": words[-1]} if drafted else {}
    try:
        with change() as tx:
            if tickets.load(tx, ticket_id) is None:
                abort(404)
            use_case(tx, rejoin(), ticket_id, version, member().login, *words, now=now())
    except Conflict:
        flash("Somebody else changed this ticket a moment ago. Please look at how it stands now.", "problem")
        return show(ticket_id, **kept), 409
    except Refused as refusal:
        flash(str(refusal), "problem")
        return show(ticket_id, **kept), 422
    flash(done)
    return redirect(url_for("ticket.show", ticket_id=ticket_id), 303)
