"""The coordinator's approvals: held offers of another time and held make-up material, with the evidence beside them."""

from __future__ import annotations

from calendar import day_name
from collections.abc import Callable

from flask import Blueprint, abort, flash, redirect, render_template, url_for

from plugin.service import offering
from plugin.service.refusal import Conflict, Refused
from plugin.storage import action as outbox
from plugin.storage import board
from plugin.storage import offer as offers
from plugin.storage import task as tasks
from plugin.storage.staff import StaffRole
from plugin.web.client_view import client_zone
from plugin.web.current import change, member, now, rejoin, said, said_number, staff_zone
from plugin.web.evidence import evidence
from plugin.web.slot_form import wanted_slots

pages = Blueprint("approval", __name__, url_prefix="/approvals")

LONGEST_REASON = 500
DECIDED = (offers.APPROVED, offers.SENT, offers.ACCEPTED, offers.DECLINED, offers.REFUSED)
TOO_LATE = "Somebody else decided or changed this a moment ago. Please look at how it stands now."


@pages.get("")
def queue():
    """Everything that waits for a coordinator, the oldest first."""
    with rejoin().db.read() as tx:
        waiting = offers.listed(tx, (offers.PROPOSED,))
        makeups = outbox.in_state(tx, outbox.HELD, ("makeup",))
        decided = sorted(offers.listed(tx, DECIDED), key=lambda row: row.updated_at, reverse=True)[:10]
        reviews = tasks.listed(tx, tasks.OPEN, StaffRole.COORDINATOR)
        bookings = board.bookings(tx, {row.appointment_id for row in (*waiting, *makeups)}, names=True)
    return render_template(
        "approvals.html",
        offers=[(row, bookings.get(row.appointment_id)) for row in waiting],
        makeups=[(row, bookings.get(row.appointment_id)) for row in makeups],
        decided=decided,
        tasks=len(reviews),
    )


@pages.get("/offers/<number:offer_id>")
def show_offer(offer_id: int, drafted: str = "", draft: str = ""):
    """One offer with its times here and where the client is, and the evidence beside it."""
    with rejoin().db.read() as tx:
        offer = offers.load(tx, offer_id)
        if offer is None:
            abort(404)
        shown = evidence(tx, offer.appointment_id, offer.participant_id)
        is_open = offer.state == offers.PROPOSED
        free = offering.free_times(tx, rejoin(), offer, now()) if is_open else ()
    slots = offers.slots_of(offer)
    return render_template(
        "offer.html",
        offer=offer,
        open=is_open,
        slots=slots,
        free=free,
        chosen={slot.starts_at for slot in slots},
        most=rejoin().policy.offer_slots,
        client_zone=client_zone(shown["booking"], shown["person"]) if shown["booking"] else staff_zone(),
        asked_for=_asked_for(offer.wish),
        drafted=drafted,
        draft=draft,
        **shown,
    )


def _asked_for(wish: dict | None) -> str:
    """The days and parts of the day that a client asked for, as people read them."""
    if not wish:
        return ""
    days = ", ".join(day_name[day] for day in wish["days"])
    return "; ".join(part for part in (days, ", ".join(wish["parts"])) if part)


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
