"""Offers of another time; what can happen to one in which state is a table in `plugin/core/offer.py`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import Row, select, update

from plugin.core.offer import OfferState, OfferStep, next_state
from plugin.core.slot import Slot
from plugin.storage.database import Transaction
from plugin.storage.insertion import insert_once
from plugin.storage.tables import offer as table

PROPOSED, APPROVED, SENT = OfferState.PROPOSED.value, OfferState.APPROVED.value, OfferState.SENT.value
ACCEPTED, DECLINED, REFUSED = OfferState.ACCEPTED.value, OfferState.DECLINED.value, OfferState.REFUSED.value
EXPIRED, WITHDRAWN = OfferState.EXPIRED.value, OfferState.WITHDRAWN.value


def add(
    tx: Transaction, action_key: str, appointment_id: str, participant_id: str, clinician_id: str, now: datetime,
    seat: bool = False,
) -> tuple[Row, bool]:  # fmt: skip
    """The offer that an action is about, locked, and whether it is new: proposed, without any times yet.

    `seat`: it is of seats in other groups, and no clinician's time.
    """
    new = tx.execute(
        insert_once(tx, table, "action_key").returning(table.c.id),
        {
            "action_key": action_key, "appointment_id": appointment_id, "participant_id": participant_id,
            "clinician_id": clinician_id, "seat": seat, "state": PROPOSED, "slots": [], "version": 1,
            "created_at": now, "updated_at": now,
        },
    ).first()  # fmt: skip
    mine = select(table).where(table.c.action_key == action_key).with_for_update()
    return tx.execute(mine).one(), new is not None


def load(tx: Transaction, offer_id: int) -> Row | None:
    """The offer with this number, or None."""
    return tx.execute(select(table).where(table.c.id == offer_id)).first()


def by_action(tx: Transaction, action_key: str) -> Row | None:
    """The offer that an action is about, or None."""
    return tx.execute(select(table).where(table.c.action_key == action_key)).first()


def listed(tx: Transaction, states: Sequence[str]) -> Sequence[Row]:
    """The offers in these states, the oldest first."""
    return tx.execute(select(table).where(table.c.state.in_(states)).order_by(table.c.created_at, table.c.id)).all()


def lock(tx: Transaction, offer_id: int) -> Row | None:
    """The offer with this number, which nobody else changes until the transaction ends.

    Whoever changes an offer and times together locks the offer first, so that nobody waits in a circle.
    """
    return tx.execute(select(table).where(table.c.id == offer_id).with_for_update()).first()


def lock_of_action(tx: Transaction, action_key: str) -> Row | None:
    """The offer that an action is about, which nobody else changes until the transaction ends, or None."""
    return tx.execute(select(table).where(table.c.action_key == action_key).with_for_update()).first()


def step(tx: Transaction, offer: Row, what: OfferStep, now: datetime, version: int | None = None, **values) -> bool:
    """Take an offer one step on, by compare-and-set on the version that was read (or the `version` a person saw).

    False when the step cannot happen in its state, or somebody else was quicker; then nothing is changed.
    """
    state = next_state(offer.state, what)
    seen = offer.version if version is None else version
    return state is not None and change(tx, offer.id, seen, now, state=state.value, **values)


def change(tx: Transaction, offer_id: int, version: int, now: datetime, **values) -> bool:
    """Change an offer by compare-and-set on its version; False when somebody else was quicker."""
    return bool(
        tx.execute(
            update(table)
            .where(table.c.id == offer_id, table.c.version == version)
            .values(version=version + 1, updated_at=now, **values)
        ).rowcount
    )


def of_clinician(tx: Transaction, clinician_id: str, states: Sequence[str]) -> Sequence[Row]:
    """A clinician's offers in these states, whoever waited longest first."""
    mine = select(table).where(table.c.clinician_id == clinician_id, table.c.state.in_(states))
    return tx.execute(mine.order_by(table.c.created_at, table.c.id)).all()


def of_seats(tx: Transaction) -> Sequence[Row]:
    """Every offer of seats in other groups that may still be picked from, whoever waited longest first."""
    query = select(table).where(table.c.seat, table.c.state.in_((PROPOSED, APPROVED, SENT)))
    return tx.execute(query.order_by(table.c.created_at, table.c.id)).all()


def offered_last_at(tx: Transaction, participant_id: str, but: int) -> datetime | None:
    """When this client was made another offer last that a person or the policy agreed to; None: never."""
    agreed = table.c.state.in_((APPROVED, SENT, ACCEPTED, REFUSED, EXPIRED))
    theirs = (table.c.participant_id == participant_id) & (table.c.id != but) & agreed
    return tx.execute(select(table.c.created_at).where(theirs).order_by(table.c.created_at.desc())).scalars().first()


def written(slots: Iterable[Slot]) -> list[dict]:
    """Slots as they are stored: ISO 8601 UTC."""
    return [
        {"starts_at": s.starts_at.isoformat(), "ends_at": s.ends_at.isoformat(), "because": s.because}
        | ({"appointment_id": s.appointment_id} if s.appointment_id else {})
        for s in slots
    ]


def slots_of(offer: Row) -> tuple[Slot, ...]:
    """The slots of a stored offer."""
    return tuple(
        Slot(
            datetime.fromisoformat(s["starts_at"]), datetime.fromisoformat(s["ends_at"]), s["because"],
            s.get("appointment_id", ""),
        )
        for s in offer.slots
    )  # fmt: skip
