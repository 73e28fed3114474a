"""How times are shared out: kept for one client, given back, and given to who waited longest."""

from __future__ import annotations

from datetime import time, timedelta

import pytest
from msgspec.structs import replace

from plugin.core.offer import OfferStep
from plugin.core.slot import BookableHours, Slot
from plugin.service import grants, offering, picking, sharing
from plugin.service.grants import GrantProblem
from plugin.service.refusal import Conflict, Refused
from plugin.storage import bookable_hours
from plugin.storage import hold as holds
from plugin.storage import offer as offers
from tests.people.house import ALICE, BOB, CARA, NINE, House, appointment
from tests.service.clinic import DORA, ended, joined, left

HOUR = timedelta(hours=1)
HOLD = timedelta(hours=48)
KEY = "reschedule/A1/C-ALICE"


@pytest.fixture
def rejoin(rejoin_on_sqlite):
    """The stories here are not about the database; `test_offering.py` and `test_rush.py` race on both."""
    return rejoin_on_sqlite


def missed(rejoin, *clients, **hours) -> House:
    """Each of them had an hour with Dora, one after the other, and did not come."""
    roster = [
        appointment(
            f"A{n}", replace(who, timezone="America/New_York"), starts_at=NINE + (n - 1) * HOUR,
            ends_at=NINE + n * HOUR, meeting_id=f"8100000000{n}",
        )
        for n, who in enumerate(clients, 1)
    ]  # fmt: skip
    house = House(rejoin, *roster, **hours)
    for n in range(1, len(clients) + 1):
        begin, where = NINE + (n - 1) * HOUR, {"meeting": f"8100000000{n}", "instance": f"u{n}=="}
        for body in (joined(DORA, begin, f"k{n}", **where), left(DORA, begin + HOUR, f"k{n}", **where)):
            house.receive(body)
        house.receive(ended(begin + HOUR, **where))
    house.go_to(NINE + timedelta(hours=2 + len(clients)))
    return house


def spans(house: House, number: str) -> set:
    return {(slot.starts_at, slot.ends_at) for slot in house.slots(number)}


def test_time_that_is_proposed_to_one_client_is_not_proposed_to_the_next(rejoin):
    house = missed(rejoin, ALICE, BOB)
    assert len(house.slots("A1")) == len(house.slots("A2")) == 3
    assert not spans(house, "A1") & spans(house, "A2")


def test_coordinator_cannot_give_away_what_is_kept_for_another_client(rejoin):
    house = missed(rejoin, ALICE, BOB)
    row, wanted = house.offer("A2"), house.slots("A1")[0]
    half = timedelta(minutes=30)
    for shift in (-half, timedelta(), half):
        late = Slot(wanted.starts_at + shift, wanted.ends_at + shift, "")
        with pytest.raises(Refused, match="kept for another client"):
            house.do(offering.change_slots, row.id, row.version, [late], "cora")


@pytest.mark.parametrize(("later", "free"), [(-1, False), (0, True), (1, True)])
def test_what_is_kept_lapses_at_its_moment(rejoin, later, free):
    house = missed(rejoin, ALICE, BOB)
    with rejoin.db.read() as tx:
        until = tx.execute(holds.table.select()).first().held_until
    assert until == house.offer("A1").updated_at + HOLD
    house.clock.set(until + timedelta(seconds=later))
    own = house.slots("A1")[0]
    with rejoin.db.read() as tx:
        taken = holds.taken(tx, ("S-DORA",), own.starts_at, own.ends_at, house.clock.now())
    assert bool(taken) is not free


def test_after_the_hold_the_client_still_picks_unless_somebody_was_quicker(rejoin):
    house = missed(rejoin, ALICE, BOB)
    house.approve("A1")
    house.clock.advance(hours=48)
    row, wanted = house.offer("A2"), house.slots("A1")
    house.do(offering.change_slots, row.id, row.version, wanted[:1], "cora")
    house.approve("A2")
    with pytest.raises(Conflict):
        house.do(picking.pick, house.grant("A1"), 0)
    house.do(picking.pick, house.grant("A1"), 1)
    house.do(picking.pick, house.grant("A2"), 0)
    assert (house.offer("A1").state, house.offer("A2").state) == ("accepted", "accepted")


def test_time_that_others_may_still_pick_comes_last_and_says_so(rejoin):
    house = missed(rejoin, ALICE, BOB, opens=9, closes=10)
    house.approve("A1")
    house.clock.advance(hours=48)
    row = house.offer("A2")
    with rejoin.db.begin() as tx:
        sharing.find_times(tx, rejoin, offers.lock(tx, row.id), OfferStep.CHANGE, house.clock.now())
    told = [slot.because for slot in house.slots("A2")]
    assert told
    shared = [("first to pick it gets it" in one) for one in told]
    assert shared == sorted(shared)
    assert [("first to pick" in slot.because) for slot in house.slots("A2")] == [
        any(a < slot.ends_at and b > slot.starts_at for a, b in spans(house, "A1")) for slot in house.slots("A2")
    ]


def test_who_waited_longest_gets_what_comes_free_first(rejoin):
    house = missed(rejoin, ALICE, BOB, CARA, opens=12, closes=13)
    with rejoin.db.begin() as tx:  # one hour a week is all that Dora has left
        bookable_hours.put(tx, "S-DORA", [BookableHours(2, time(12), time(13), "America/New_York")])
        for number in (1, 2, 3):
            row = offers.lock(tx, number)
            holds.release(tx, number)
            offers.change(tx, number, row.version, house.clock.now(), slots=[])
    with rejoin.db.begin() as tx:
        sharing.find_times(tx, rejoin, offers.lock(tx, 1), OfferStep.CHANGE, house.clock.now())
    assert [len(house.slots(f"A{n}")) for n in (1, 2, 3)] == [2, 0, 0]
    row = house.offer("A1")
    house.do(offering.decline, row.id, row.version, "They called us.", "cora")
    assert house.look()
    assert [len(house.slots(f"A{n}")) for n in (2, 3)] == [2, 0]


class TestExpiry:
    """An offer that nobody answers."""

    @pytest.fixture
    def sent(self, rejoin) -> House:
        house = missed(rejoin, ALICE)
        house.approve()
        return house

    @pytest.mark.parametrize(("later", "state"), [(-1, "sent"), (0, "expired"), (1, "expired")])
    def test_it_expires_when_its_link_does(self, sent, later, state):
        house, at = sent, sent.offer().expires_at
        far = Slot(at + 2 * HOUR, at + 3 * HOUR, "Far away.")
        with house.rejoin.db.begin() as tx:
            offers.change(tx, 1, house.offer().version, house.clock.now(), slots=offers.written([far]))
        house.clock.set(at + timedelta(seconds=later))
        house.look()
        assert house.offer().state == state

    def test_times_are_given_back_and_somebody_gets_in_touch(self, sent):
        token = sent.token()
        at = sent.offer().expires_at
        far = Slot(at + 2 * HOUR, at + 3 * HOUR, "Far away.")
        with sent.rejoin.db.begin() as tx:
            offers.change(tx, 1, sent.offer().version, sent.clock.now(), slots=offers.written([far]))
        sent.clock.set(at)
        sent.look()
        (task,) = [task for task in sent.tasks() if task.key.startswith("expired/")]
        assert (task.kind, task.role, task.participant_id) == ("review", "coordinator", "C-ALICE")
        with sent.rejoin.db.read() as tx:
            assert tx.execute(holds.table.select()).first() is None
        with pytest.raises(GrantProblem):
            sent.do(grants.open_grant, token, grants.ANSWER)
        assert ("rejoin", "expired-offer", "offer/1") in sent.audit()
        assert sent.look() == 0

    def test_offer_whose_last_time_passed_goes_back_with_new_ones(self, sent):
        first = min(sent.slots(), key=lambda slot: slot.starts_at)
        with sent.rejoin.db.begin() as tx:
            offers.change(tx, 1, sent.offer().version, sent.clock.now(), slots=offers.written([first]))
        old = spans(sent, "A1")
        sent.clock.set(first.starts_at)
        sent.look()
        assert (sent.offer().state, sent.action(KEY).state) == ("proposed", "held")
        assert sent.slots()
        assert not spans(sent, "A1") & old
        sent.approve()
        assert sent.offer().state == "sent"
        assert len(sent.letters("Another time")) == 2

    def test_offer_whose_times_others_took_goes_back_at_once(self, sent):
        for number, slot in enumerate(sent.slots()):
            sent.busy(f"B{number}", DORA, slot.starts_at)
        with sent.rejoin.db.begin() as tx, pytest.raises(Conflict):
            picking.pick(tx, sent.rejoin, grants.open_grant(tx, sent.rejoin, sent.token(), "answer", sent.clock.now()),
                          0, sent.clock.now())  # fmt: skip
        assert sent.offer().state == "sent"
        sent.clock.advance(minutes=30)
        sent.look()
        assert sent.offer().state == "proposed"

    def test_it_can_be_renewed_and_answered(self, sent):
        sent.do(picking.refuse, sent.grant())
        row = sent.offer()
        sent.do(offering.renew, row.id, row.version, "cora")
        with pytest.raises(Conflict):
            sent.do(offering.renew, row.id, row.version, "carl")
        sent.approve()
        (newest, _) = sent.letters("Another time")
        token = newest.body.split("/a/")[1].split()[0]
        sent.do(picking.pick, sent.do(grants.open_grant, token, grants.ANSWER), 0)
        assert sent.offer().state == "accepted"


class TestTakingBack:
    """A coordinator takes back what was sent."""

    def test_link_stops_working_and_the_times_are_free(self, rejoin):
        house = missed(rejoin, ALICE)
        house.approve()
        row, token = house.offer(), house.token()
        with pytest.raises(Refused, match="say why"):
            house.do(offering.take_back, row.id, row.version, " ", "cora")
        house.do(offering.take_back, row.id, row.version, "She was there after all.", "cora")
        assert (house.offer().state, house.offer().reason) == ("withdrawn", "She was there after all.")
        with pytest.raises(GrantProblem) as problem:
            house.do(grants.open_grant, token, grants.ANSWER)
        assert problem.value.kind == "revoked"
        with rejoin.db.read() as tx:
            assert tx.execute(holds.table.select()).first() is None

    def test_what_was_answered_stays_answered(self, rejoin):
        house = missed(rejoin, ALICE)
        house.approve()
        house.do(picking.pick, house.grant(), 0)
        row = house.offer()
        with pytest.raises(Conflict):
            house.do(offering.take_back, row.id, row.version, "Too late.", "cora")


def test_letter_shows_only_what_can_still_be_had(rejoin):
    house = missed(rejoin, ALICE)
    row = house.offer()
    house.do(offering.approve, row.id, row.version, None, "cora")
    house.busy("B1", DORA, house.slots()[0].starts_at)
    house.act()
    (letter,) = house.letters("Another time")
    assert letter.body.count("November") + letter.body.count("December") == 2


def test_nothing_is_sent_when_every_time_was_taken_before_the_letter_went_out(rejoin):
    house = missed(rejoin, ALICE)
    row = house.offer()
    house.do(offering.approve, row.id, row.version, None, "cora")
    for number, slot in enumerate(house.slots()):
        house.busy(f"B{number}", DORA, slot.starts_at)
    house.act()
    assert house.letters("Another time") == []
    assert (house.offer().state, house.action(KEY).state) == ("proposed", "held")


def test_one_client_cannot_pick_two_times_at_once(rejoin):
    """Alice missed with two clinicians; what she picks with one is not free for the other."""
    house = missed(rejoin, ALICE)
    house.approve()
    slot = house.slots()[0]
    with rejoin.db.begin() as tx:
        other = offers.add(tx, "other", "A9", "C-ALICE", "S-OTHER", house.clock.now())[0]
    house.do(picking.pick, house.grant(), 0)
    with rejoin.db.begin() as tx:
        span = (slot.starts_at + HOUR / 2, slot.ends_at + HOUR / 2)
        assert not holds.take(tx, ("S-OTHER", "C-ALICE"), span, other.id, house.clock.now())
        assert holds.take(tx, ("S-OTHER",), span, other.id, house.clock.now())
