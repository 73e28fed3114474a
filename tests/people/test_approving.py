"""Offers that go out without a person, only where the policy says so; and many that one person agrees to at once."""

from __future__ import annotations

import dataclasses

import pytest
from sqlalchemy import select

from plugin.core.approval import ApprovalLimits
from plugin.core.message import Channel
from plugin.service import approving, feedback, offering
from plugin.storage import offer as offers
from plugin.storage.tables import audit
from tests.people.house import ALICE, BOB, CARA
from tests.people.test_hold import missed


@pytest.fixture
def rejoin(rejoin_on_sqlite):
    return rejoin_on_sqlite


def allowing(rejoin, *causes: str, most: int = 10):
    """The same Rejoin under a policy that lets offers for these causes go out by themselves."""
    limits = ApprovalLimits(automatic_causes=causes, automatic_most=most)
    return dataclasses.replace(rejoin, policy=dataclasses.replace(rejoin.policy, approval=limits))


def states(house) -> list[str]:
    return [house.offer(f"A{n}").state for n in (1, 2, 3)]


def test_nothing_goes_out_by_itself_as_shipped(rejoin):
    house = missed(rejoin, ALICE, BOB, CARA)
    house.clock.advance(minutes=30)
    house.look()
    assert states(house) == ["proposed"] * 3


def test_offer_goes_out_by_itself_once_the_verdict_is_final_and_the_reason_is_kept(rejoin):
    house = missed(allowing(rejoin, "absence"), ALICE)
    house.clock.advance(minutes=30)
    house.look()
    assert house.offer().state == "approved"
    with rejoin.db.read() as tx:
        (row,) = tx.execute(select(audit).where(audit.c.did == "approved-offer")).all()
    assert (row.actor, row.subject) == ("rejoin", "offer/1")
    assert row.details["because"] == "By policy: cause absence, individual session, first offer in 30 days."
    house.act()
    assert house.offer().state == "sent"


def test_offer_whose_letter_did_not_go_waits_for_a_person_then(rejoin):
    house = missed(allowing(rejoin, "absence"), ALICE)
    house.do(lambda tx, rejoin, now: feedback.wish(tx, "C-ALICE", Channel.EMAIL, False, now))
    for _ in range(3):
        house.clock.advance(minutes=30)
        house.look()
        house.act()
    assert house.offer().state == "proposed"
    assert house.audit().count(("rejoin", "approved-offer", "offer/1")) == 1


def test_cause_that_the_policy_does_not_name_waits_for_a_person(rejoin):
    house = missed(allowing(rejoin, "technical", "provider"), ALICE)
    house.clock.advance(minutes=30)
    house.look()
    assert house.offer().state == "proposed"


def test_brake_leaves_the_rest_to_a_person_until_the_next_day(rejoin):
    house = missed(allowing(rejoin, "absence", most=2), ALICE, BOB, CARA)
    house.clock.advance(minutes=30)
    house.look()
    assert sorted(states(house)) == ["approved", "approved", "proposed"]
    house.clock.advance(hours=23, minutes=59)
    house.look()
    assert sorted(states(house)) == ["approved", "approved", "proposed"]
    house.clock.advance(hours=1)
    house.look()
    assert states(house) == ["approved"] * 3


def test_of_many_approved_at_once_one_that_cannot_be_stops_nobody(rejoin):
    house = missed(rejoin, ALICE, BOB, CARA)
    seen = [(house.offer(f"A{n}").id, house.offer(f"A{n}").version) for n in (1, 2, 3)]
    row = house.offer("A2")
    house.do(offering.decline, row.id, row.version, "They called us.", "carl")
    told = approving.approve_many(rejoin, [*seen, (99, 1)], "cora")
    assert states(house) == ["approved", "declined", "approved"]
    assert told == {1: "", 2: "Somebody else decided or changed it a moment ago.", 3: "", 99: "There is no such offer."}
    with rejoin.db.read() as tx:
        assert [row.id for row in offers.listed(tx, (offers.APPROVED,))] == [1, 3]
