"""Offers: proposed from free times, approved by a coordinator, sent to the client, answered by one tap."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

from sqlalchemy import Row

from plugin.core.slot import PARTS, Slot, best_slots
from plugin.ports.queue import WorkKind
from plugin.service import grants, letter
from plugin.service.availability import busy, clinician_of, free, wish_of
from plugin.service.grants import Grant, GrantProblem
from plugin.service.messaging import recipient, send, zone_of
from plugin.service.refusal import Conflict, Refused
from plugin.service.rejoin import Rejoin
from plugin.storage import action as outbox
from plugin.storage import appointment as appointments
from plugin.storage import audit
from plugin.storage import grant as grant_rows
from plugin.storage import offer as offers
from plugin.storage import task as tasks
from plugin.storage.database import Transaction

BOOKING = "booking"


def propose(tx: Transaction, rejoin: Rejoin, action: Row, now: datetime) -> None:
    """Propose up to so many free times as the policy says; none found is a proposal too, for a person to fill."""
    appointment = appointments.load(tx, action.appointment_id)
    clinician = clinician_of(appointment) if appointment else ""
    slots: Sequence[Slot] = ()
    if appointment is not None and clinician:
        wish = wish_of(rejoin, appointment, action.participant_id, now)
        slots = best_slots(free(tx, wish, clinician, action.participant_id), wish, rejoin.policy.offer_slots)
    offers.add(tx, action.key, action.appointment_id, action.participant_id, clinician, slots, now)


def withdraw(tx: Transaction, rejoin: Rejoin, action: Row, now: datetime) -> None:
    """Withdraw what hangs on an action that was withdrawn: the offer that was not sent yet, and its links."""
    offer = offers.by_action(tx, action.key)
    if offer is not None and offer.state in (offers.PROPOSED, offers.APPROVED):
        offers.change(tx, offer.id, offer.version, now, state=offers.WITHDRAWN)
        grant_rows.revoke_of_offer(tx, offer.id, now)


def free_times(tx: Transaction, rejoin: Rejoin, offer: Row, now: datetime) -> tuple[Slot, ...]:
    """Every free time of the clinician that would fit this client, for a coordinator to choose from."""
    appointment = appointments.load(tx, offer.appointment_id)
    if appointment is None or not offer.clinician_id:
        return ()
    wish = wish_of(rejoin, appointment, offer.participant_id, now, offer.wish)
    return free(tx, wish, offer.clinician_id, offer.participant_id)


def approve(
    tx: Transaction,
    rejoin: Rejoin,
    offer_id: int,
    version: int,
    slots: Sequence[Slot] | None,
    login: str,
    now: datetime,
) -> None:
    """Approve an offer, perhaps with other slots, and have it sent; raises Conflict or Refused."""
    offer = _proposed(tx, offer_id)
    slots = tuple(slots) if slots is not None else offers.slots_of(offer)
    _check(tx, offer, slots, now)
    appointment = appointments.load(tx, offer.appointment_id)
    if appointment is None or not appointment.host_id:
        raise Refused("The roster names no host_id for this appointment, so no new meeting could be made. Add it.")
    _change(tx, offer, version, now, state=offers.APPROVED, slots=offers.written(slots))
    action = outbox.by_key(tx, offer.action_key)
    if action is None or not outbox.move(tx, action.id, (outbox.HELD,), outbox.QUEUED, now):
        raise Conflict(f"offer {offer_id} waits for nobody any more")
    rejoin.queue.request(tx, WorkKind.ACT, str(action.id), now)
    audit.record(tx, now, login, "approved-offer", f"offer/{offer_id}", {"times": len(slots)})


def change_slots(
    tx: Transaction, rejoin: Rejoin, offer_id: int, version: int, slots: Sequence[Slot], login: str, now: datetime
) -> None:
    """Put other times into a proposal; raises Conflict or Refused."""
    offer = _proposed(tx, offer_id)
    _check(tx, offer, slots, now)
    _change(tx, offer, version, now, slots=offers.written(slots))
    audit.record(tx, now, login, "changed-offer", f"offer/{offer_id}", {"times": len(slots)})


def decline(
    tx: Transaction, rejoin: Rejoin, offer_id: int, version: int, reason: str, login: str, now: datetime
) -> None:
    """Decline to offer another time, with a reason that stays in the house; raises Conflict or Refused."""
    offer = _proposed(tx, offer_id)
    if not reason.strip():
        raise Refused("Please say why.")
    _change(tx, offer, version, now, state=offers.DECLINED, reason=reason)
    action = outbox.by_key(tx, offer.action_key)
    if action is not None:
        outbox.move(tx, action.id, (outbox.HELD,), outbox.DECLINED, now, note=reason)
    audit.record(tx, now, login, "declined-offer", f"offer/{offer_id}")


def approve_makeup(tx: Transaction, rejoin: Rejoin, action_id: int, login: str, text: str, now: datetime) -> None:
    """Approve make-up material with the text that the client gets; raises Conflict or Refused."""
    if not text.strip():
        raise Refused("Please write what the client should look at.")
    sealed = tx.vault.seal("action.details", text).hex()
    if not outbox.move(tx, action_id, (outbox.HELD,), outbox.QUEUED, now, details={"text_sealed": sealed}):
        raise Conflict(f"make-up {action_id} was decided by somebody else")
    rejoin.queue.request(tx, WorkKind.ACT, str(action_id), now)
    audit.record(tx, now, login, "approved-makeup", f"action/{action_id}")


def decline_action(tx: Transaction, rejoin: Rejoin, action_id: int, reason: str, login: str, now: datetime) -> None:
    """Decline a held action, with a reason that stays in the house; raises Conflict or Refused."""
    if not reason.strip():
        raise Refused("Please say why.")
    if not outbox.move(tx, action_id, (outbox.HELD,), outbox.DECLINED, now, note=reason):
        raise Conflict(f"action {action_id} was decided by somebody else")
    audit.record(tx, now, login, "declined-action", f"action/{action_id}")


def send_offer(rejoin: Rejoin, action: Row) -> str | None:
    """Carry out an approved reschedule action: one letter with the times and the link, then the offer is `sent`.

    A crash between letter and note repeats the letter under the same key and with the same link.
    """
    now = rejoin.clock.now()
    with rejoin.db.begin() as tx:
        offer = offers.by_action(tx, action.key)
        appointment = appointments.load(tx, action.appointment_id)
        if offer is None or appointment is None or offer.state != offers.APPROVED:
            return None
        person = recipient(appointment, action.participant_id)
        expires_at = now + rejoin.policy.offer_expires
        token = grants.issue(
            tx, rejoin, grants.ANSWER, f"{action.key}/{offer.version}", action.appointment_id, action.participant_id,
            expires_at, now, offer.id,
        )  # fmt: skip
    zone = zone_of(rejoin, appointment, person)
    body = letter.offer(sorted(slot.starts_at for slot in offers.slots_of(offer)), zone, grants.link(rejoin, token))
    reference = send(rejoin, action, person, letter.SUBJECTS["offer"], body, key=f"{action.key}/{offer.version}")
    with rejoin.db.begin() as tx:
        offers.change(tx, offer.id, offer.version, rejoin.clock.now(), state=offers.SENT, expires_at=expires_at)
    return reference


def send_makeup(rejoin: Rejoin, action: Row) -> str | None:
    """Carry out an approved make-up action: the coordinator's text in one letter."""
    with rejoin.db.read() as tx:
        appointment = appointments.load(tx, action.appointment_id)
        if appointment is None:
            return None
        text = tx.vault.open_text("action.details", bytes.fromhex(action.details["text_sealed"]))
    person = recipient(appointment, action.participant_id)
    return send(rejoin, action, person, letter.SUBJECTS["makeup"], letter.makeup(text))


def pick(tx: Transaction, rejoin: Rejoin, grant: Grant, index: int, now: datetime) -> None:
    """The client picks one of the times; raises Conflict when somebody else has it, Refused when it cannot be.

    1. Whoever picks a time of the same clinician waits here; nothing else of the two may lie in that time.
       The database itself gives the clinician's time to one client only.
    2. The offer is accepted by compare-and-set, and the link is used up.
    3. The booking is queued in the same transaction.
    """
    offer = _open_to_client(tx, grant)
    slots = offers.slots_of(offer)
    if not 0 <= index < len(slots) or slots[index].starts_at <= now:
        raise Refused("That time is not among those offered any more.")
    slot, people = slots[index], _people(offer)
    offers.in_turn(tx, people)
    if busy(tx, people, slot.starts_at, slot.ends_at):
        raise Conflict("that time was taken meanwhile")
    if offer.clinician_id and not offers.take_slot(tx, offer.clinician_id, slot.starts_at, offer.id):
        raise Conflict("that time was taken meanwhile")
    _change(tx, offer, offer.version, now, state=offers.ACCEPTED, chosen=index)
    _use(tx, grant, now)
    booking = outbox.add_row(
        tx, key=f"{BOOKING}/{offer.action_key}", kind=BOOKING, appointment_id=offer.appointment_id,
        participant_id=offer.participant_id, because="The client picked another time.", state=outbox.QUEUED, now=now,
        details={"offer_id": offer.id},
    )  # fmt: skip
    if booking is not None:
        rejoin.queue.request(tx, WorkKind.ACT, str(booking.id), now)
    audit.record(tx, now, "client", "picked-time", f"offer/{offer.id}", {"choice": index})


def refuse(tx: Transaction, rejoin: Rejoin, grant: Grant, now: datetime) -> None:
    """The client wants none of the times, so a coordinator looks for others; raises Conflict or Refused."""
    offer = _open_to_client(tx, grant)
    _change(tx, offer, offer.version, now, state=offers.REFUSED)
    _use(tx, grant, now)
    tasks.open_once(
        tx, f"refused/{offer.action_key}", "review", "coordinator", offer.appointment_id, offer.participant_id,
        "None of the times that were offered suits them. Please find another one with them.", now,
    )  # fmt: skip
    audit.record(tx, now, "client", "refused-offer", f"offer/{offer.id}")


def ask_for(
    tx: Transaction, rejoin: Rejoin, grant: Grant, days: Iterable[int], parts: Iterable[str], now: datetime
) -> None:
    """The client asks for other days or times of day: new times are proposed to a coordinator, the link is used up.

    Raises Conflict or Refused.
    """
    offer = _open_to_client(tx, grant)
    asked = {"days": sorted({d for d in days if 0 <= d <= 6}), "parts": [p for p in PARTS if p in set(parts)]}
    appointment = appointments.load(tx, offer.appointment_id)
    action = outbox.by_key(tx, offer.action_key)
    if not (asked["days"] or asked["parts"]):
        raise Refused("Please choose a day or a time of day.")
    if appointment is None or action is None:
        raise Refused("There is no such appointment any more.")
    wish = wish_of(rejoin, appointment, offer.participant_id, now, asked)
    slots = best_slots(free(tx, wish, offer.clinician_id, offer.participant_id), wish, rejoin.policy.offer_slots)
    _change(tx, offer, offer.version, now, state=offers.PROPOSED, slots=offers.written(slots), wish=asked)
    outbox.move(tx, action.id, (outbox.DONE,), outbox.HELD, now)
    _use(tx, grant, now)
    audit.record(tx, now, "client", "asked-for-other-times", f"offer/{offer.id}", asked)


def _proposed(tx: Transaction, offer_id: int) -> Row:
    offer = offers.load(tx, offer_id)
    if offer is None:
        raise Refused("There is no such offer.")
    if offer.state != offers.PROPOSED:
        raise Conflict(f"offer {offer_id} was decided already")
    return offer


def _check(tx: Transaction, offer: Row, slots: Sequence[Slot], now: datetime) -> None:
    if not slots:
        raise Refused("An offer needs at least one time.")
    if any(slot.starts_at.astimezone(UTC) <= now for slot in slots):
        raise Refused("One of the times is in the past.")
    if any(busy(tx, _people(offer), slot.starts_at, slot.ends_at) for slot in slots):
        raise Refused("At one of the times the clinician or the client has another appointment.")


def _people(offer: Row) -> tuple[str, ...]:
    return tuple(code for code in (offer.clinician_id, offer.participant_id) if code)


def _change(tx: Transaction, offer: Row, version: int, now: datetime, **values) -> None:
    if not offers.change(tx, offer.id, version, now, **values):
        raise Conflict(f"offer {offer.id} was changed by somebody else")


def _open_to_client(tx: Transaction, grant: Grant) -> Row:
    offer = offers.load(tx, grant.offer_id) if grant.offer_id is not None else None
    if offer is None or offer.state != offers.SENT:
        raise Refused("There is no choice of times behind this link any more.")
    return offer


def _use(tx: Transaction, grant: Grant, now: datetime) -> None:
    if not grant_rows.use(tx, grant.id, now):
        raise GrantProblem("used")


__all__ = [
    "Conflict", "Refused", "approve", "approve_makeup", "ask_for", "change_slots", "decline", "decline_action",
    "free_times", "pick", "propose", "refuse", "send_makeup", "send_offer", "withdraw",
]  # fmt: skip
