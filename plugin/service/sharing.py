"""How times are shared out among the offers of a clinician.

- A time belongs to one client at a time. From the proposal on, and again from the approval, the times of an offer are
  kept for its client for the policy's `hold_hours`; the database refuses them to everybody else.
- Afterwards the client still sees them, and others may be offered them too: whoever picks first gets it. Times that
  others were offered as well come last in a proposal, and say so.
- When times come free (declined, refused, picked another, expired, withdrawn), who waited longest without any gets
  them first (`plugin/service/offer_watch.py`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import Row

from plugin.core.offer import OfferStep, next_offer_look
from plugin.core.slot import Slot, best_slots
from plugin.ports.queue import WorkKind
from plugin.service import seating
from plugin.service.availability import asked_for, fitting_slots, is_busy, open_slots
from plugin.service.calendar_watch import unseen
from plugin.service.refusal import Conflict
from plugin.service.rejoin import Rejoin
from plugin.storage import action as outbox
from plugin.storage import appointment as appointments
from plugin.storage import audit
from plugin.storage import grant as grant_rows
from plugin.storage import hold as holds
from plugin.storage import offer as offers
from plugin.storage import seat as seats
from plugin.storage import task as tasks
from plugin.storage.database import Transaction


def find_times(
    tx: Transaction, rejoin: Rejoin, offer: Row, step: OfferStep, now: datetime, wish: Mapping | None = None, **values
) -> bool:
    """Find times for an offer, keep them for its client, and take the offer this step on; False when it cannot be.

    Of an offer of seats, seats in other groups are found. `wish` is what the client asked for, if they ask just now.
    """
    wish = wish if wish is not None else offer.wish
    appointment = appointments.load(tx, offer.appointment_id)
    slots: Sequence[Slot] = ()
    if appointment is not None and not unseen(tx, rejoin, offer.clinician_id, now):
        found, fit, others = fitting_slots(tx, rejoin, appointment, offer, now, wish)
        first = asked_for(tx, offer, fit, now, wish)
        found = [slot for slot in found if not any(is_busy([(a.starts_at, a.ends_at)], slot) for a in first)]
        slots = (*first, *best_slots(found, fit, rejoin.policy.offer_slots - len(first), others))
    slots = keep(tx, rejoin, offer, slots, now)
    if slots or offer.slots or step is not OfferStep.CHANGE:  # nothing instead of nothing is no change
        return offers.step(tx, offer, step, now, slots=offers.written(slots), wish=wish, expires_at=None, **values)
    return True


def run_out(tx: Transaction, rejoin: Rejoin, offer: Row, now: datetime) -> bool:
    """None of its times can be had any more: an offer goes back to the coordinator with new ones, its age kept.

    False when a time is still open, or the offer waits for no answer.
    """
    if open_slots(tx, rejoin, offer, now) or not find_times(tx, rejoin, offer, OfferStep.RUN_OUT, now):
        return False
    action = outbox.by_key(tx, offer.action_key)
    if action is not None:
        outbox.move(tx, action.id, (outbox.DONE, outbox.QUEUED), outbox.HELD, now)
    audit.record(tx, now, "rejoin", "offer-ran-out", f"offer/{offer.id}")
    return True


def expire(tx: Transaction, rejoin: Rejoin, offer: Row, now: datetime) -> None:
    """No answer came in time: the times are given back, and a coordinator gets in touch with the client."""
    if not offers.step(tx, offer, OfferStep.EXPIRE, now):
        return
    give_back(tx, rejoin, offer, now)
    material_instead(tx, offer, now)
    tasks.open_once(
        tx, f"expired/{offer.action_key}/{offer.version}", "review", "coordinator", offer.appointment_id,
        offer.participant_id, "The times that were offered found no answer in time. Please get in touch.", now,
    )  # fmt: skip
    audit.record(tx, now, "rejoin", "expired-offer", f"offer/{offer.id}")


def look_later(tx: Transaction, rejoin: Rejoin, offer_id: int, now: datetime) -> None:
    """Have an offer looked at when something can have happened to it by itself."""
    offer = offers.load(tx, offer_id)
    due_at = next_offer_look(offer.state, offer.expires_at, offers.slots_of(offer), now, rejoin.policy.offer_look)
    if due_at is not None:
        rejoin.queue.request(tx, WorkKind.OFFER, str(offer_id), due_at)


def let_others_look(tx: Transaction, rejoin: Rejoin, clinician_id: str, now: datetime) -> None:
    """Times of this clinician came free: have those looked at who wait without any."""
    waiting = [row.id for row in offers.of_clinician(tx, clinician_id, (offers.PROPOSED,)) if not row.slots]
    if waiting:
        rejoin.queue.request(tx, WorkKind.OFFER, str(waiting[0]), now)


def keep(tx: Transaction, rejoin: Rejoin, offer: Row, slots: Sequence[Slot], now: datetime) -> tuple[Slot, ...]:
    """Keep these times of the clinician, or these seats, for an offer in place of those it kept.

    Returns those that could be had.
    """
    holds.release(tx, offer.id)
    until, kept = now + rejoin.policy.offer_hold, set()
    if offer.seat:
        return seating.keep(tx, rejoin, offer, slots, now, until)
    for slot in sorted(slots, key=lambda slot: slot.starts_at):
        span = (slot.starts_at, slot.ends_at)
        if not offer.clinician_id or holds.take(tx, (offer.clinician_id,), span, offer.id, now, until):
            kept.add(slot)
    return tuple(slot for slot in slots if slot in kept)


def give_back(tx: Transaction, rejoin: Rejoin, offer: Row, now: datetime) -> None:
    """Nothing is kept for an offer any more, and its links stop working."""
    holds.release(tx, offer.id)
    seats.release(tx, offer.id)
    grant_rows.revoke_of_offer(tx, offer.id, now)
    let_others_look(tx, rejoin, offer.clinician_id, now)


def material_instead(tx: Transaction, offer: Row, now: datetime) -> None:
    """Nothing came of seats that were offered: the make-up waits for a coordinator again, who may assign material."""
    action = outbox.by_key(tx, offer.action_key) if offer.seat else None
    if action is not None:
        outbox.move(tx, action.id, (outbox.DONE, outbox.QUEUED), outbox.HELD, now)


def take_step(
    tx: Transaction, offer: Row, step: OfferStep, now: datetime, version: int | None = None, **values
) -> None:
    """Take an offer a step on; raises Conflict when somebody else was quicker, or it cannot happen any more."""
    if not offers.step(tx, offer, step, now, version, **values):
        raise Conflict(f"offer {offer.id} was changed by somebody else")
