"""The coordinator's approvals: held offers of another time and held make-up material, with the evidence beside them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from flask import Blueprint, abort, flash, render_template, request

from plugin.service import offering
from plugin.storage import action as outbox
from plugin.storage import board
from plugin.storage import offer as offers
from plugin.storage import task as tasks
from plugin.web import moment
from plugin.web.current import now, rejoin, staff_zone

pages = Blueprint("approval", __name__, url_prefix="/approvals")

LONGEST_REASON, LONGEST_TEXT = 500, 4000
CONFLICT = "Somebody else decided or changed this a moment ago. Please look at how it stands now."


@dataclass(frozen=True, slots=True)
class Shown:
    """A slot as the pages show it, aware UTC."""

    index: int
    starts_at: datetime
    ends_at: datetime
    because: str


def read_slots(slots: list[dict]) -> list[Shown]:
    """The slots of an offer as they are stored."""
    return [
        Shown(number, moment.read(slot["starts_at"]), moment.read(slot["ends_at"]), slot.get("because", ""))
        for number, slot in enumerate(slots)
    ]


@pages.get("")
def queue():
    """Everything that waits for a coordinator, the oldest first."""
    with rejoin().db.read() as tx:
        waiting = offers.in_state(tx, "proposed")
        makeups = outbox.in_state(tx, outbox.HELD, ("makeup",))
        decided = offers.decided(tx, 10)
        reviews = tasks.in_state(tx, "open", role="coordinator")
        bookings = board.bookings(tx, {row.appointment_id for row in (*waiting, *makeups)}, names=True)
    return render_template(
        "approvals.html",
        offers=[(row, bookings.get(row.appointment_id)) for row in waiting],
        makeups=[(row, bookings.get(row.appointment_id)) for row in makeups],
        decided=decided,
        tasks=len(reviews),
    )


@pages.get("/offers/<int:offer_id>")
def show_offer(offer_id: int, drafted: str = "", draft: str = ""):
    """One offer with its times here and where the client is, and the evidence beside it."""
    with rejoin().db.read() as tx:
        offer = offers.load(tx, offer_id)
        if offer is None:
            abort(404)
        shown = _evidence(tx, offer.appointment_id, offer.participant_id)
        is_open = offer.state == "proposed"
        free = offering.free_slots(tx, rejoin(), offer, now()) if is_open else ()
    zone = moment.client_zone(shown["booking"], shown["person"])
    slots = read_slots(offer.slots)
    return render_template(
        "offer.html",
        offer=offer,
        open=is_open,
        slots=slots,
        chosen={slot.starts_at for slot in slots},
        free=free,
        most=rejoin().policy.offer_slots,
        client_zone=zone,
        client_place=moment.place(zone),
        drafted=drafted,
        draft=draft,
        **shown,
    )


@pages.post("/offers/<int:offer_id>/approve")
def approve_offer(offer_id: int):
    """Let the offer go out as it stands."""
    return _decide_offer(offer_id, offering.approve, "Approved. The client gets the offer now.")


@pages.post("/offers/<int:offer_id>/slots")
def change_slots(offer_id: int):
    """Put other times into the offer: chosen among the free ones, or entered."""
    try:
        starts = [datetime.fromisoformat(text).astimezone(UTC) for text in request.form.getlist("slot")]
        if other := request.form.get("other", ""):
            starts.append(datetime.fromisoformat(other).replace(tzinfo=staff_zone()).astimezone(UTC))
    except ValueError:
        flash("One of the times could not be read. Please choose again.", "problem")
        return show_offer(offer_id, drafted="slots"), 422
    return _decide_offer(offer_id, offering.change_slots, "The times are changed.", starts, drafted="slots")


@pages.post("/offers/<int:offer_id>/decline")
def decline_offer(offer_id: int):
    """Decline the offer with a reason."""
    reason = request.form.get("reason", "").strip()[:LONGEST_REASON]
    return _decide_offer(offer_id, offering.decline, "Declined.", reason, drafted="decline", draft=reason)


@pages.get("/makeups/<int:action_id>")
def show_makeup(action_id: int, drafted: str = "", draft: str = ""):
    """One held make-up with the evidence beside it."""
    with rejoin().db.read() as tx:
        row = outbox.load(tx, action_id)
        if row is None or row.kind != "makeup":
            abort(404)
        shown = _evidence(tx, row.appointment_id, row.participant_id)
    return render_template("makeup.html", action=row, drafted=drafted, draft=draft, **shown)
