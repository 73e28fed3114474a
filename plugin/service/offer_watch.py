"""Open offers are looked at from time to time: who did not answer in time, whose times are gone, who still has none."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Row

from plugin.core.offer import OfferStep, next_offer_look
from plugin.ports.queue import Claim
from plugin.service import approving, sharing
from plugin.service.availability import open_slots
from plugin.service.rejoin import Rejoin
from plugin.storage import offer as offers
from plugin.storage import work
from plugin.storage.database import Transaction


class OfferWatch:
    """Does the work of the kind `offer`."""

    def __init__(self, rejoin: Rejoin):
        self.rejoin = rejoin

    def perform(self, claim: Claim) -> None:
        """Look at the claimed offer.

        1. Those who wait for the same clinician without any times are looked at together, whoever waited longest
           first, each in a transaction of its own: a crash in between repeats the rest. The look at the first of them
           does it; a look at another one leaves it to that.
        2. The claim is finished, and the next look is due.
        """
        rejoin, number = self.rejoin, int(claim.subject)
        with rejoin.db.read() as tx:
            offer = offers.load(tx, number)
            numbers = self._row(tx, offer) if offer is not None else []
        for one in numbers:
            with rejoin.db.begin() as tx:
                look(tx, rejoin, one, rejoin.clock.now())
        with rejoin.db.begin() as tx:
            offer, now = offers.load(tx, number), rejoin.clock.now()
            due_at = None
            if offer is not None:
                slots, round_ = offers.slots_of(offer), rejoin.policy.offer_look
                due_at = next_offer_look(offer.state, offer.expires_at, slots, now, round_)
            work.finish(tx, claim, due_at)

    def _row(self, tx: Transaction, offer: Row) -> list[int]:
        if offer.state != offers.PROPOSED:
            return [offer.id]
        now = self.rejoin.clock.now()
        waiting = offers.of_clinician(tx, offer.clinician_id, (offers.PROPOSED,))
        numbers = [row.id for row in waiting if not open_slots(tx, self.rejoin, row, now)]
        if offer.id not in numbers:
            return [offer.id]
        return numbers if numbers[0] == offer.id else []


def look(tx: Transaction, rejoin: Rejoin, offer_id: int, now: datetime) -> None:
    """Look at one offer: a sent one expires, or goes back to the coordinator when all of its times are gone; a proposed
    one without times gets those that are free now, and goes out without a person where the policy says so."""
    offer = offers.lock(tx, offer_id)
    if offer is None:
        return
    if offer.state == offers.SENT:
        if offer.expires_at is not None and now >= offer.expires_at:
            sharing.expire(tx, rejoin, offer, now)
        else:
            sharing.run_out(tx, rejoin, offer, now)
    elif offer.state == offers.PROPOSED:
        if not open_slots(tx, rejoin, offer, now):
            sharing.find_times(tx, rejoin, offer, OfferStep.CHANGE, now)
            offer = offers.load(tx, offer_id)
        approving.approve_by_policy(tx, rejoin, offer, now)
