"""Offers on the side of staff: proposed from free times, approved by a coordinator, sent, taken back.

What the client answers stands in `plugin/service/picking.py`; what can happen to an offer in which state is a table in
`plugin/core/offer.py`; how times are shared out among clients stands in `plugin/service/sharing.py`.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from sqlalchemy import Row

from plugin.core.action import ActionKind
from plugin.core.makeup import MakeupState
from plugin.core.message import Step
from plugin.core.offer import OfferStep
from plugin.core.slot import Slot
from plugin.service import grants
from plugin.service.availability import busy, clinician_of, fitting_slots, is_busy, open_slots, people_of
from plugin.service.lane import dispatch
from plugin.service.messaging import Message, send
from plugin.service.refusal import Conflict, Refused
from plugin.service.rejoin import Rejoin
from plugin.service.sharing import (
    find_times,
    give_back,
    keep,
    look_later,
    material_instead,
    run_out,
    take_step,
)
from plugin.storage import action as outbox
from plugin.storage import appointment as appointments
from plugin.storage import audit
from plugin.storage import makeup as makeups
from plugin.storage import offer as offers
from plugin.storage import task as tasks
from plugin.storage.database import Transaction

MATERIAL = "Make-up material was assigned instead."
_HELD = "At one of the times the clinician or the client has another appointment, or it is kept for another client."


def propose(tx: Transaction, rejoin: Rejoin, action: Row, now: datetime) -> None:
    """Propose up to so many free times as the policy says; none found is a proposal too, for a person to fill.

    In place of a session that is not repeated for one person, seats in other groups are proposed.
    """
    appointment = appointments.load(tx, action.appointment_id)
    seat = action.kind == ActionKind.MAKEUP
    clinician = clinician_of(appointment) if appointment and not seat else ""
    offer, new = offers.add(tx, action.key, action.appointment_id, action.participant_id, clinician, now, seat)
    if new or offer.state == offers.WITHDRAWN:
        find_times(tx, rejoin, offer, OfferStep.CHANGE if new else OfferStep.PROPOSE, now, reason=None)
        look_later(tx, rejoin, offer.id, now)
    else:
        tasks.reopen_asking(tx, action.key)


def withdraw(tx: Transaction, rejoin: Rejoin, action: Row, now: datetime) -> None:
    """Withdraw the offer that hangs on an action whose reason went, and its links, unless it was answered; and what a
    coordinator was to do about the answer."""
    offer = offers.lock_of_action(tx, action.key)
    if offer is None:
        return
    if offers.step(tx, offer, OfferStep.WITHDRAW, now):
        give_back(tx, rejoin, offer, now)
    tasks.withdraw_asking(tx, action.key)


def free_times(tx: Transaction, rejoin: Rejoin, offer: Row, now: datetime) -> tuple[Slot, ...]:
    """Every free time of the clinician (or seat) that would fit this client, for a coordinator to choose from."""
    appointment = appointments.load(tx, offer.appointment_id)
    return fitting_slots(tx, rejoin, appointment, offer, now, offer.wish)[0] if appointment else ()


def approve(
    tx: Transaction,
    rejoin: Rejoin,
    offer_id: int,
    version: int,
    slots: Sequence[Slot] | None,
    login: str,
    now: datetime,
    because: str = "",
) -> None:
    """Approve an offer, perhaps with other slots, and have it sent; raises Conflict or Refused.

    `because` is kept when it was the policy that approved it.
    """
    offer = _proposed(tx, offer_id)
    slots = tuple(slots) if slots is not None else offers.slots_of(offer)
    appointment = appointments.load(tx, offer.appointment_id)
    if not offer.seat and (appointment is None or not appointment.host_id):
        raise Refused("The roster names no host_id for this appointment, so no new meeting could be made. Add it.")
    _check_and_keep(tx, rejoin, offer, slots, now)
    take_step(tx, offer, OfferStep.APPROVE, now, version, slots=offers.written(slots), reason=None)
    action = outbox.by_key(tx, offer.action_key)
    if action is None or not outbox.move(tx, action.id, (outbox.HELD,), outbox.QUEUED, now):
        raise Conflict(f"offer {offer_id} waits for nobody any more")
    dispatch(tx, rejoin, action, now)
    details = {"times": len(slots)} | ({"because": because} if because else {})
    audit.record(tx, now, login, "approved-offer", f"offer/{offer_id}", details)


def change_slots(
    tx: Transaction, rejoin: Rejoin, offer_id: int, version: int, slots: Sequence[Slot], login: str, now: datetime
) -> None:
    """Put other times into a proposal; raises Conflict or Refused."""
    offer = _proposed(tx, offer_id)
    _check_and_keep(tx, rejoin, offer, slots, now)
    take_step(tx, offer, OfferStep.CHANGE, now, version, slots=offers.written(slots))
    audit.record(tx, now, login, "changed-offer", f"offer/{offer_id}", {"times": len(slots)})


def decline(
    tx: Transaction, rejoin: Rejoin, offer_id: int, version: int, reason: str, login: str, now: datetime
) -> None:
    """Decline to offer another time (or a seat), with a reason that stays in the house; raises Conflict or Refused."""
    offer = _proposed(tx, offer_id)
    if not reason.strip():
        raise Refused("Please say why.")
    take_step(tx, offer, OfferStep.DECLINE, now, version, reason=reason)
    give_back(tx, rejoin, offer, now)
    action = outbox.by_key(tx, offer.action_key)
    if action is not None and not offer.seat:  # of seats only: there is still the material
        outbox.move(tx, action.id, (outbox.HELD,), outbox.DECLINED, now, note=reason)
    audit.record(tx, now, login, "declined-offer", f"offer/{offer_id}")


def take_back(
    tx: Transaction, rejoin: Rejoin, offer_id: int, version: int, reason: str, login: str, now: datetime
) -> None:
    """Take back an offer that was sent and not answered yet: its links stop working; raises Conflict or Refused."""
    offer = _locked(tx, offer_id)
    if not reason.strip():
        raise Refused("Please say why.")
    take_step(tx, offer, OfferStep.TAKE_BACK, now, version, reason=reason)
    give_back(tx, rejoin, offer, now)
    material_instead(tx, offer, now)
    audit.record(tx, now, login, "took-back-offer", f"offer/{offer_id}")


def renew(tx: Transaction, rejoin: Rejoin, offer_id: int, version: int, login: str, now: datetime) -> None:
    """Look for times once more after an offer was declined, refused or expired; raises Conflict or Refused."""
    offer = _locked(tx, offer_id)
    action = outbox.by_key(tx, offer.action_key)
    if offer.version != version or action is None:
        raise Conflict(f"offer {offer_id} was changed by somebody else")
    material = makeups.by_action(tx, offer.action_key)
    if material is not None and material.state != MakeupState.WITHDRAWN:
        raise Refused(MATERIAL)
    decided = (outbox.DONE, outbox.DECLINED, outbox.HELD) if offer.seat else (outbox.DONE, outbox.DECLINED)
    if not outbox.move(tx, action.id, decided, outbox.HELD, now, note=None):
        raise Conflict(f"offer {offer_id} waits for nobody any more")
    if not find_times(tx, rejoin, offer, OfferStep.RENEW, now, reason=None, chosen=None):
        raise Conflict(f"offer {offer_id} was decided already")
    look_later(tx, rejoin, offer_id, now)
    audit.record(tx, now, login, "renewed-offer", f"offer/{offer_id}")


def decline_action(tx: Transaction, rejoin: Rejoin, action_id: int, reason: str, login: str, now: datetime) -> None:
    """Decline a held action, with a reason that stays in the house; raises Conflict or Refused."""
    row = outbox.load(tx, action_id)
    if not reason.strip():
        raise Refused("Please say why.")
    if row is None or not outbox.move(tx, action_id, (outbox.HELD,), outbox.DECLINED, now, note=reason):
        raise Conflict(f"action {action_id} was decided by somebody else")
    let_go(tx, rejoin, row.key, reason, now)
    audit.record(tx, now, login, "declined-action", f"action/{action_id}")


def let_go(tx: Transaction, rejoin: Rejoin, action_key: str, reason: str, now: datetime) -> None:
    """Decline what is still proposed about an action that a coordinator decided in another way; often nothing is."""
    offer = offers.lock_of_action(tx, action_key)
    if offer is not None and offers.step(tx, offer, OfferStep.DECLINE, now, reason=reason):
        give_back(tx, rejoin, offer, now)


def send_offer(rejoin: Rejoin, action: Row) -> str | None:
    """Carry out an approved offer: one letter with the times and the link, then the offer is `sent`.

    A crash between letter and note repeats the letter under the same key and with the same link.
    """
    now = rejoin.clock.now()
    with rejoin.db.begin() as tx:
        offer = offers.lock_of_action(tx, action.key)
        appointment = appointments.load(tx, action.appointment_id)
        if offer is None or appointment is None or offer.state != offers.APPROVED:
            return None
        expires_at = now + rejoin.policy.offer_expires
        token = grants.issue(
            tx, rejoin, grants.ANSWER, f"{action.key}/{offer.version}", action.appointment_id, action.participant_id,
            expires_at, now, offer.id,
        )  # fmt: skip
        slots = [slot for _, slot in open_slots(tx, rejoin, offer, now)]
        if not slots:
            run_out(tx, rejoin, offer, now)
            look_later(tx, rejoin, offer.id, now)
            return None
    values = {"times": [slot.starts_at for slot in slots], "link": grants.link(rejoin, token)}
    reference = send(rejoin, action, appointment, Message(Step.OFFER, values, key=f"{action.key}/{offer.version}"))
    with rejoin.db.begin() as tx:
        now = rejoin.clock.now()
        if offers.step(tx, offer, OfferStep.SEND, now, expires_at=expires_at):
            look_later(tx, rejoin, offer.id, now)
    return reference


def come_back(tx: Transaction, rejoin: Rejoin, action: Row, why: str, now: datetime) -> None:
    """The letter of an approved offer was left out or given up: a coordinator has it again, with the reason.

    Whatever else hangs on the action stays as it is.
    """
    offer = offers.by_action(tx, action.key)
    reason = f"The letter did not go out: {why.removesuffix('.')}."
    if offer is None or not offers.step(tx, offer, OfferStep.COME_BACK, now, reason=reason):
        return
    outbox.move(tx, action.id, (outbox.SKIPPED, outbox.DEAD), outbox.HELD, now, note=why)
    look_later(tx, rejoin, offer.id, now)
    audit.record(tx, now, "rejoin", "offer-came-back", f"offer/{offer.id}")


def _locked(tx: Transaction, offer_id: int) -> Row:
    offer = offers.lock(tx, offer_id)
    if offer is None:
        raise Refused("There is no such offer.")
    return offer


def _proposed(tx: Transaction, offer_id: int) -> Row:
    offer = _locked(tx, offer_id)
    if offer.state != offers.PROPOSED:
        raise Conflict(f"offer {offer_id} was decided already")
    return offer


def _check_and_keep(tx: Transaction, rejoin: Rejoin, offer: Row, slots: Sequence[Slot], now: datetime) -> None:
    if not slots:
        raise Refused("An offer needs at least one time.")
    if any(slot.starts_at.astimezone(UTC) <= now for slot in slots):
        raise Refused("One of the times is in the past.")
    begin, end = min(slot.starts_at for slot in slots), max(slot.ends_at for slot in slots)
    spans = busy(tx, people_of(offer), begin, end, now, offer.id)
    if any(is_busy(spans, slot) for slot in slots) or len(keep(tx, rejoin, offer, slots, now)) < len(slots):
        raise Refused(_HELD)
