"""The coordinator's approvals: held offers of another time and held make-up material, with the evidence beside them."""

from __future__ import annotations

from calendar import day_name
from collections.abc import Callable
from datetime import datetime

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from sqlalchemy import Row

from plugin.core.offer import OfferState, OfferStep, next_state
from plugin.service import approving, offering
from plugin.service.availability import open_slots
from plugin.service.calendar_watch import unseen
from plugin.service.refusal import Conflict, Refused
from plugin.storage import action as outbox
from plugin.storage import board
from plugin.storage import offer as offers
from plugin.storage import task as tasks
from plugin.storage.board import Booking
from plugin.storage.database import Transaction
from plugin.storage.staff import StaffRole
from plugin.web.client_view import client_zone
from plugin.web.current import LARGEST_ID, change, member, now, rejoin, said, said_number, staff_zone
from plugin.web.evidence import evidence
from plugin.web.slot_form import wanted_slots

pages = Blueprint("approval", __name__, url_prefix="/approvals")

LONGEST_REASON = 500
DECIDED = tuple(state.value for state in OfferState if state is not OfferState.PROPOSED)
MOST_AT_ONCE = 40
"""So many proposals stand on one page, the oldest first; what is decided makes room for the others."""
EARLIER = 3
TOO_LATE = "Somebody else decided or changed this a moment ago. Please look at how it stands now."


@pages.get("")
def queue():
    """Everything that waits for a coordinator, the oldest first."""
    with rejoin().db.read() as tx:
        present = now()
        # Where no other group has a free seat, there is material to assign and nothing else to decide.
        waiting = [row for row in offers.listed(tx, (offers.PROPOSED,)) if row.slots or not row.seat]
        shown, seated = waiting[:MOST_AT_ONCE], {row.action_key for row in waiting if row.seat}
        makeups = [row for row in outbox.in_state(tx, outbox.HELD, ("makeup",)) if row.key not in seated]
        decided = sorted(offers.listed(tx, DECIDED), key=lambda row: row.updated_at, reverse=True)[:10]
        reviews = tasks.listed(tx, tasks.OPEN, StaffRole.COORDINATOR)
        bookings = board.bookings(tx, {row.appointment_id for row in (*shown, *makeups)}, names=True)
        cards = [_card(tx, row, bookings.get(row.appointment_id), present) for row in shown]
        limits, gone = rejoin().policy.approval, approving.gone_today(tx, present)
    return render_template(
        "approvals.html",
        cards=cards,
        more=len(waiting) - len(shown),
        limits=limits,
        gone=gone,
        makeups=[(row, bookings.get(row.appointment_id)) for row in makeups],
        decided=decided,
        tasks=len(reviews),
    )


def _card(tx: Transaction, offer: Row, booking: Booking | None, present: datetime) -> dict:
    """A proposal, its evidence and the client's history, side by side."""
    person = booking.person(offer.participant_id) if booking else None
    earlier = [one for one in board.verdicts_of_person(tx, offer.participant_id) if one[0] != offer.appointment_id]
    return {
        "offer": offer,
        "booking": booking,
        "person": person,
        "slots": offers.slots_of(offer),
        "open": {slot for _, slot in open_slots(tx, rejoin(), offer, present)},
        "zone": client_zone(booking, person) if booking else staff_zone(),
        "unseen": unseen(tx, rejoin(), offer.clinician_id, present),
        "asked_for": _asked_for(offer.wish),
        "asked_at": _asked_at(offer.wish),
        "earlier": earlier[:EARLIER],
        "why_a_person": approving.say(tx, rejoin(), offer, present)[1]
        if rejoin().policy.approval.automatic_causes
        else "",
    }


@pages.post("/many")
def approve_many():
    """Approve the ticked proposals, or the one whose own button was pressed; each that cannot be is named."""
    wanted = request.form.getlist("only")[:1] or request.form.getlist("offer")[:MOST_AT_ONCE]
    chosen = [one for one in map(_numbered, wanted) if one]
    if not chosen:
        flash("Please tick the proposals that you agree to.", "problem")
        return redirect(url_for("approval.queue"), 303)
    told = approving.approve_many(rejoin(), chosen, member().login)
    done = [number for number, problem in told.items() if not problem]
    if done:
        flash(
            "Approved. The client gets the times now." if len(done) == 1 else f"{len(done)} approved. They go out now."
        )
    for number, problem in told.items():
        if problem:
            flash(f"Offer {number} was not approved. {problem}", "problem")
    return redirect(url_for("approval.queue"), 303)


def _numbered(text: str) -> tuple[int, int] | None:
    """The number and the version of an offer as a form holds them, `7:2`."""
    number, _, version = text.partition(":")
    if not (number.isdecimal() and version.isdecimal() and number.isascii() and version.isascii()):
        return None
    both = int(number[:20]), int(version[:20])
    return both if max(both) < LARGEST_ID else None


@pages.get("/offers/<number:offer_id>")
def show_offer(offer_id: int, drafted: str = "", draft: str = ""):
    """One offer with its times here and where the client is, and the evidence beside it."""
    with rejoin().db.read() as tx:
        offer = offers.load(tx, offer_id)
        if offer is None:
            abort(404)
        shown = evidence(tx, offer.appointment_id, offer.participant_id)
        is_open = offer.state == offers.PROPOSED
        unseen_now = unseen(tx, rejoin(), offer.clinician_id, now()) if is_open else ""
        open_now = {slot for _, slot in open_slots(tx, rejoin(), offer, now())}
        free = offering.free_times(tx, rejoin(), offer, now()) if is_open else ()
    slots = offers.slots_of(offer)
    return render_template(
        "offer.html",
        offer=offer,
        open=is_open,
        slots=slots,
        free=free,
        chosen={(slot.starts_at, slot.appointment_id) for slot in slots},
        makeup=_makeup_of(offer),
        most=rejoin().policy.offer_slots,
        client_zone=client_zone(shown["booking"], shown["person"]) if shown["booking"] else staff_zone(),
        asked_for=_asked_for(offer.wish),
        asked_at=_asked_at(offer.wish),
        open_now=open_now,
        unseen=unseen_now,
        may={step.value for step in (OfferStep.RENEW, OfferStep.TAKE_BACK) if next_state(offer.state, step)},
        drafted=drafted,
        draft=draft,
        **shown,
    )


def _makeup_of(offer: Row) -> int | None:
    """The number of the make-up that seats were proposed for; None when the offer is of times."""
    if not offer.seat:
        return None
    with rejoin().db.read() as tx:
        return outbox.by_key(tx, offer.action_key).id


def _asked_for(wish: dict | None) -> str:
    """The days and parts of the day that a client asked for, as people read them."""
    if not wish:
        return ""
    days = ", ".join(day_name[day] for day in wish["days"])
    return "; ".join(part for part in (days, ", ".join(wish["parts"])) if part)


def _asked_at(wish: dict | None) -> datetime | None:
    """The exact time that a client asked for."""
    return datetime.fromisoformat(wish["at"]) if wish and wish.get("at") else None


@pages.post("/offers/<number:offer_id>/approve")
def approve_offer(offer_id: int):
    """Let the offer go out as it stands."""

    def approve(tx, version, login):
        offering.approve(tx, rejoin(), offer_id, version, None, login, now())

    return _decide_offer(offer_id, approve, "Approved. The client gets the times now.", "approval.queue")


@pages.post("/offers/<number:offer_id>/slots")
def change_slots(offer_id: int):
    """Put other times into the offer: chosen among the free ones, or entered."""

    def change_them(tx, version, login):
        offering.change_slots(
            tx, rejoin(), offer_id, version, wanted_slots(tx, offers.load(tx, offer_id)), login, now()
        )

    return _decide_offer(offer_id, change_them, "The times are changed. Nothing was sent yet.", drafted="slots")


@pages.post("/offers/<number:offer_id>/decline")
def decline_offer(offer_id: int):
    """Decline the offer with a reason."""
    reason = said("reason", LONGEST_REASON)

    def decline(tx, version, login):
        offering.decline(tx, rejoin(), offer_id, version, reason, login, now())

    return _decide_offer(offer_id, decline, "Declined.", "approval.queue", drafted="decline", draft=reason)


@pages.post("/offers/<number:offer_id>/take-back")
def take_back_offer(offer_id: int):
    """Take back an offer that was sent and not answered yet."""
    reason = said("reason", LONGEST_REASON)

    def take_back(tx, version, login):
        offering.take_back(tx, rejoin(), offer_id, version, reason, login, now())

    return _decide_offer(
        offer_id, take_back, "Taken back: its link does not work any more.", drafted="back", draft=reason
    )


@pages.post("/offers/<number:offer_id>/renew")
def renew_offer(offer_id: int):
    """Look for times once more."""

    def renew(tx, version, login):
        offering.renew(tx, rejoin(), offer_id, version, login, now())

    return _decide_offer(offer_id, renew, "Looked for times once more. Nothing was sent yet.")


def _decide_offer(
    offer_id: int, decide: Callable, done: str, then: str = "approval.show_offer", drafted: str = "", draft: str = ""
):
    """Carry out a decision on the version that the person saw; what they wrote is not lost when it cannot be."""
    version = said_number("version")
    try:
        with change() as tx:
            if offers.load(tx, offer_id) is None:
                abort(404)
            decide(tx, version, member().login)
    except Conflict:
        flash(TOO_LATE, "problem")
        return show_offer(offer_id, drafted, draft), 409
    except Refused as refusal:
        flash(str(refusal), "problem")
        return show_offer(offer_id, drafted, draft), 422
    flash(done)
    where = {"offer_id": offer_id} if then == "approval.show_offer" else {}
    return redirect(url_for(then, **where), 303)
