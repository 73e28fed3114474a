"""The client's side of an offer: picking one of its times, refusing them all, asking for others."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import Row

from plugin.core.offer import OfferStep
from plugin.core.slot import PARTS, Slot
from plugin.ports.queue import WorkKind
from plugin.service import seating
from plugin.service.availability import busy, is_busy, people_of
from plugin.service.grants import Grant, GrantProblem
from plugin.service.lane import dispatch
from plugin.service.refusal import Conflict, Refused
from plugin.service.rejoin import Rejoin
from plugin.service.sharing import (
    find_times,
    give_back,
    let_others_look,
    look_later,
    material_instead,
    take_step,
)
from plugin.storage import action as outbox
from plugin.storage import appointment as appointments
from plugin.storage import audit
from plugin.storage import grant as grant_rows
from plugin.storage import hold as holds
from plugin.storage import offer as offers
from plugin.storage import seat as seats
from plugin.storage import task as tasks
from plugin.storage.database import Transaction

BOOKING = "booking"


def pick(tx: Transaction, rejoin: Rejoin, grant: Grant, index: int, now: datetime) -> None:
    """The client picks one of the times; raises Conflict when somebody else has it, Refused when it cannot be.

    1. The offer is locked: of two taps on it the second one waits, and finds it answered.
    2. Nothing else of the two may lie in that time. The database itself gives the time of clinician and client to one
       offer only (`plugin/storage/hold.py`), and a seat in another group too (`plugin/storage/seat.py`); the other
       times of this offer are given back.
    3. The offer is accepted by compare-and-set, and the link is used up.
    4. The booking is queued in the same transaction.
    """
    offer = _open_to_client(tx, grant)
    slots = offers.slots_of(offer)
    if not 0 <= index < len(slots) or slots[index].starts_at <= now:
        raise Refused("That time is not among those offered any more.")
    slot, people = slots[index], people_of(offer)
    span = (slot.starts_at, slot.ends_at)
    if is_busy(busy(tx, people, *span, now, offer.id), slot) or not _take(tx, rejoin, offer, slot, now):
        rejoin.queue.request(tx, WorkKind.OFFER, str(offer.id), now)  # it may have been the last one
        raise Conflict("that time was taken meanwhile")
    holds.release(tx, offer.id, but_picked=True)
    seats.release(tx, offer.id, but_picked=True)
    take_step(tx, offer, OfferStep.PICK, now, chosen=index)
    _use(tx, grant, now)
    let_others_look(tx, rejoin, offer.clinician_id, now)
    booking = outbox.add_row(
        tx, key=f"{BOOKING}/{offer.action_key}", kind=BOOKING, appointment_id=offer.appointment_id,
        participant_id=offer.participant_id, because="The client picked another time.", state=outbox.QUEUED, now=now,
        details={"offer_id": offer.id},
    )  # fmt: skip
    if booking is not None:
        dispatch(tx, rejoin, booking, now)
    audit.record(tx, now, "client", "picked-time", f"offer/{offer.id}", {"choice": index})


def _take(tx: Transaction, rejoin: Rejoin, offer: Row, slot: Slot, now: datetime) -> bool:
    """Give the time of both, or the client's time and a seat, to this offer for good; False leaves all as it was."""
    with tx.connection.begin_nested() as point:
        seated = not offer.seat or seating.take(tx, rejoin, offer, slot, now)
        if seated and holds.take(tx, people_of(offer), (slot.starts_at, slot.ends_at), offer.id, now):
            return True
        point.rollback()
    return False


def refuse(tx: Transaction, rejoin: Rejoin, grant: Grant, now: datetime) -> None:
    """The client wants none of the times, so a coordinator looks for others; raises Conflict or Refused."""
    offer = _open_to_client(tx, grant)
    take_step(tx, offer, OfferStep.REFUSE, now)
    _use(tx, grant, now)
    give_back(tx, rejoin, offer, now)
    material_instead(tx, offer, now)
    tasks.open_once(
        tx, f"refused/{offer.action_key}", "review", "coordinator", offer.appointment_id, offer.participant_id,
        "None of the seats in other groups suits them. Please assign material, or find another way with them."
        if offer.seat
        else "None of the times that were offered suits them. Please find another one with them.",
        now,
    )  # fmt: skip
    audit.record(tx, now, "client", "refused-offer", f"offer/{offer.id}")


def ask_for(
    tx: Transaction, rejoin: Rejoin, grant: Grant, days: Iterable[int], parts: Iterable[str], now: datetime,
    at: datetime | None = None,
) -> None:  # fmt: skip
    """The client asks for other days or times of day: new times are proposed to a coordinator, the link is used up.

    So may who finds all times gone, also when others are looked for already. `at` is an exact time that they ask for;
    it is proposed first if both are free then. Raises Conflict or Refused.
    """
    offer = _open_to_client(tx, grant, offers.SENT, offers.PROPOSED)
    asked = {"days": sorted({d for d in days if 0 <= d <= 6}), "parts": [p for p in PARTS if p in set(parts)]}
    if at is not None and not offer.seat:
        asked["at"] = at.isoformat()
    appointment = appointments.load(tx, offer.appointment_id)
    action = outbox.by_key(tx, offer.action_key)
    if not (asked["days"] or asked["parts"] or asked.get("at")):
        raise Refused("Please choose a day or a time of day.")
    if appointment is None or action is None:
        raise Refused("There is no such appointment any more.")
    if not find_times(tx, rejoin, offer, OfferStep.ASK, now, asked):
        raise Conflict(f"offer {offer.id} was changed by somebody else")
    look_later(tx, rejoin, offer.id, now)
    # It may still be queued: the letter went, and whoever sent it ended before it was noted.
    outbox.move(tx, action.id, (outbox.DONE, outbox.QUEUED), outbox.HELD, now)
    _use(tx, grant, now)
    audit.record(tx, now, "client", "asked-for-other-times", f"offer/{offer.id}", asked)


def _open_to_client(tx: Transaction, grant: Grant, *states: str) -> Row:
    offer = offers.lock(tx, grant.offer_id) if grant.offer_id is not None else None
    if offer is None or offer.state not in (states or (offers.SENT,)):
        raise Refused("There is no choice of times behind this link any more.")
    return offer


def _use(tx: Transaction, grant: Grant, now: datetime) -> None:
    if not grant_rows.use(tx, grant.id, now):
        raise GrantProblem("used")
