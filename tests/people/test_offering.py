"""Offers of another time: proposed, approved by a coordinator, sent, answered by the client."""

from __future__ import annotations

import threading
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from msgspec.structs import replace

from plugin.composition import assemble
from plugin.core.appointment import Kind, Status
from plugin.core.message import Channel
from plugin.core.slot import Slot
from plugin.service import feedback, grants, offering, picking
from plugin.service.grants import GrantProblem
from plugin.service.refusal import Conflict, Refused
from plugin.storage import hold as holds
from plugin.storage import offer as offers
from plugin.storage.database import Database
from tests.conftest import make_settings
from tests.people.house import ALICE, BOB, NINE, SECRETS, TEN, House, appointment
from tests.service.clinic import DORA, joined, left

HOUR = timedelta(hours=1)
KEY = "reschedule/A1/C-ALICE"


def starts(slots) -> list[str]:
    """When they begin for Alice."""
    return [f"{slot.starts_at.astimezone(ZoneInfo('America/Los_Angeles')):%a %d %H:%M}" for slot in slots]


class TestProposal:
    """What a coordinator finds to decide about."""

    def test_client_who_did_not_come_gets_times_of_their_own_day_proposed(self, missed):
        row = missed.offer()
        assert (row.state, row.clinician_id, row.participant_id) == ("proposed", "S-DORA", "C-ALICE")
        assert starts(missed.slots()) == ["Tue 24 08:00", "Wed 25 08:00", "Thu 26 08:00"]
        assert all(slot.because for slot in missed.slots())
        assert missed.actions()["reschedule"] == "held"
        assert missed.letters("Another time") == []

    def test_nothing_clashes_with_what_either_of_the_two_has(self, rejoin):
        house = House(rejoin)
        wednesday = NINE + timedelta(days=2)  # seven o'clock for Alice
        house.busy("B1", DORA, wednesday + HOUR)
        house.busy("B2", ALICE, wednesday + 2.5 * HOUR)
        house.busy("B3", DORA, wednesday + 4 * HOUR, status=Status.CANCELLED)
        house.miss()
        with rejoin.db.read() as tx:
            free = offering.free_times(tx, rejoin, house.offer(), house.clock.now())
        assert [text for text in starts(free) if text.startswith("Wed 25")] == [
            "Wed 25 10:30", "Wed 25 11:00", "Wed 25 11:30", "Wed 25 12:00", "Wed 25 12:30", "Wed 25 13:00",
        ]  # fmt: skip
        assert len(free) == len({slot.starts_at for slot in free})

    def test_clinician_without_bookable_hours_leaves_it_to_the_coordinator(self, rejoin):
        house = House(rejoin, opens=9, closes=9)
        house.miss()
        row = house.offer()
        assert (row.state, row.slots) == ("proposed", [])
        with pytest.raises(Refused, match="at least one time"):
            house.do(offering.approve, row.id, row.version, None, "cora")
        own = Slot(NINE + timedelta(days=3), TEN + timedelta(days=3), "Agreed on the telephone.")
        house.do(offering.change_slots, row.id, row.version, [own], "cora")
        house.approve()
        assert house.offer().state == "sent"
        assert house.slots() == (own,)

    def test_group_gets_no_times_but_material(self, rejoin):
        house = House(rejoin, appointment(kind=Kind.GROUP))
        house.miss()
        assert (house.offer().seat, house.slots()) == (True, ())
        assert house.actions()["makeup"] == "held"


class TestApproval:
    """What a coordinator does with it."""

    def test_approved_offer_goes_out_once_in_the_clients_own_time(self, sent):
        (letter,) = sent.letters("Another time")
        assert letter.to == "alice@example.org"
        assert "Wednesday, November 25, 8:00 AM PST" in letter.body
        assert letter.body.index("November 24") < letter.body.index("November 25") < letter.body.index("November 26")
        assert not [secret for secret in SECRETS if secret in letter.subject + letter.body]
        assert sent.offer().state == "sent"
        assert sent.offer().expires_at == sent.clock.now() + timedelta(days=7)
        assert sent.action(KEY).state == "done"
        assert ("cora", "approved-offer", "offer/1") in sent.audit()

    def test_letter_that_was_sent_before_a_crash_is_the_same_letter_again(self, missed):
        row = missed.offer()
        missed.do(offering.approve, row.id, row.version, None, "cora")
        action = missed.action(KEY)
        approved = missed.offer()
        offering.send_offer(missed.rejoin, action)
        first = missed.token()
        with missed.rejoin.db.begin() as tx:  # the crash: the letter went out, and nobody knows
            tx.execute(offers.table.update().values(state="approved", version=approved.version, expires_at=None))
        missed.clock.advance(minutes=1)
        missed.act()
        assert missed.offer().state == "sent"
        assert len(missed.letters("Another time")) == 1
        assert missed.token() == first

    def test_client_who_asks_for_other_times_before_it_is_noted_that_the_letter_went_gets_an_offer(self, missed):
        """The worker died between the two notes; the client was quicker than the next one."""
        row = missed.offer()
        missed.do(offering.approve, row.id, row.version, None, "cora")
        offering.send_offer(missed.rejoin, missed.action(KEY))
        missed.do(picking.ask_for, missed.grant(), [], ["morning"])
        missed.act()
        assert (missed.offer().state, missed.action(KEY).state) == ("proposed", "held")
        missed.approve()
        assert missed.offer().state == "sent"

    def test_of_two_coordinators_the_second_is_told(self, missed):
        row = missed.offer()
        missed.do(offering.approve, row.id, row.version, None, "cora")
        with pytest.raises(Conflict):
            missed.do(offering.approve, row.id, row.version, None, "carl")
        with pytest.raises(Conflict):
            missed.do(offering.decline, row.id, row.version, "They called.", "carl")
        missed.act()
        assert len(missed.letters("Another time")) == 1

    def test_coordinator_decides_about_what_they_saw(self, missed):
        row = missed.offer()
        missed.do(offering.change_slots, row.id, row.version, missed.slots()[:1], "carl")
        with pytest.raises(Conflict):
            missed.do(offering.approve, row.id, row.version, None, "cora")
        with pytest.raises(Conflict):
            missed.do(offering.change_slots, row.id, row.version, missed.slots(), "cora")
        assert missed.offer().state == "proposed"

    def test_approval_may_bring_other_times(self, missed):
        row = missed.offer()
        other = Slot(NINE + timedelta(days=4), TEN + timedelta(days=4), "Their wish.")
        missed.do(offering.approve, row.id, row.version, [other], "cora")
        assert missed.slots() == (other,)

    @pytest.mark.parametrize("days", [-1, 0])
    def test_time_that_is_over_is_refused(self, missed, days):
        row, past = missed.offer(), missed.clock.now() + timedelta(days=days)
        with pytest.raises(Refused, match="in the past"):
            missed.do(offering.change_slots, row.id, row.version, [Slot(past, past + HOUR, "")], "cora")

    def test_time_that_was_taken_since_the_proposal_is_refused(self, missed):
        missed.busy("B1", DORA, missed.slots()[1].starts_at)
        row = missed.offer()
        with pytest.raises(Refused, match="has another appointment"):
            missed.do(offering.approve, row.id, row.version, None, "cora")
        assert missed.action(KEY).state == "held"

    def test_appointment_whose_meeting_could_not_be_made_is_not_promised(self, rejoin):
        house = House(rejoin, appointment(host_id=""))
        house.miss()
        row = house.offer()
        with pytest.raises(Refused, match="names no host_id"):
            house.do(offering.approve, row.id, row.version, None, "cora")

    def test_declined_offer_keeps_its_reason_in_the_house(self, missed):
        row = missed.offer()
        with pytest.raises(Refused, match="say why"):
            missed.do(offering.decline, row.id, row.version, "  ", "cora")
        missed.do(offering.decline, row.id, row.version, "They called us.", "cora")
        missed.act()
        assert (missed.offer().state, missed.offer().reason) == ("declined", "They called us.")
        assert missed.action(KEY).state == "declined"
        assert missed.letters("Another time") == []
        assert ("cora", "declined-offer", "offer/1") in missed.audit()

    def test_verdict_that_changes_before_it_was_sent_withdraws_the_offer(self, missed):
        row = missed.offer()
        missed.do(offering.approve, row.id, row.version, None, "cora")
        missed.receive(joined(ALICE, NINE))
        missed.receive(left(ALICE, TEN))
        missed.work()
        missed.act()
        assert missed.verdict()["outcome"] == "attended"
        assert missed.offer().state == "withdrawn"
        assert missed.letters("Another time") == []

    def test_offer_that_was_withdrawn_is_proposed_anew_when_the_verdict_returns(self, rejoin):
        house = House(rejoin)
        house.miss()
        with rejoin.db.begin() as tx:
            action = offering.outbox.by_key(tx, KEY)
            offering.withdraw(tx, rejoin, action, house.clock.now())
            version = offers.by_action(tx, KEY).version
            house.clock.advance(days=2)
            offering.propose(tx, rejoin, action, house.clock.now())
        assert (house.offer().state, house.offer().version) == ("proposed", version + 1)
        assert starts(house.slots())[0] == "Fri 27 08:00"

    def test_no_such_offer_is_a_sentence(self, house):
        with pytest.raises(Refused, match="no such offer"):
            house.do(offering.approve, 99, 1, None, "cora")


class TestAnswer:
    """What the client does with it."""

    def test_picked_time_accepts_the_offer_and_uses_the_link_up(self, sent):
        sent.do(picking.pick, sent.grant(), 1)
        assert (sent.offer().state, sent.offer().chosen) == ("accepted", 1)
        booking = sent.action(f"booking/{KEY}")
        assert (booking.state, booking.details) == ("queued", {"offer_id": sent.offer().id})
        assert ("client", "picked-time", "offer/1") in sent.audit()
        with pytest.raises(GrantProblem) as problem:
            sent.grant()
        assert problem.value.kind == "used"

    def test_second_tap_books_nothing_more(self, sent):
        grant = sent.grant()
        sent.do(picking.pick, grant, 0)
        with pytest.raises((Conflict, Refused, GrantProblem)):
            sent.do(picking.pick, grant, 1)
        with pytest.raises((Conflict, Refused, GrantProblem)):
            sent.do(picking.refuse, grant)
        assert sent.offer().chosen == 0

    @pytest.mark.parametrize("index", [-1, 3, 99])
    def test_time_that_was_not_offered_cannot_be_picked(self, sent, index):
        with pytest.raises(Refused, match="not among those offered"):
            sent.do(picking.pick, sent.grant(), index)

    def test_time_that_has_passed_cannot_be_picked(self, sent):
        grant = sent.grant()
        sent.clock.set(sent.slots()[0].starts_at)
        with pytest.raises(Refused, match="not among those offered"):
            sent.do(picking.pick, grant, 0)
        sent.do(picking.pick, grant, 1)

    def test_time_that_staff_gave_away_meanwhile_leaves_the_others(self, sent):
        sent.busy("B1", DORA, sent.slots()[0].starts_at + timedelta(minutes=30))
        with pytest.raises(Conflict):
            sent.do(picking.pick, sent.grant(), 0)
        sent.do(picking.pick, sent.grant(), 1)
        assert sent.offer().state == "accepted"

    def test_none_of_them_is_an_answer_and_somebody_looks_for_others(self, sent):
        sent.do(picking.refuse, sent.grant())
        assert sent.offer().state == "refused"
        (task,) = [task for task in sent.tasks() if task.kind == "review"]
        assert (task.role, task.participant_id) == ("coordinator", "C-ALICE")
        assert "None of the times" in task.because
        with pytest.raises(GrantProblem):
            sent.grant()

    def test_link_of_an_offer_that_was_withdrawn_is_revoked(self, sent):
        with sent.rejoin.db.begin() as tx:
            offers.change(tx, 1, sent.offer().version, sent.clock.now(), state="approved")
            offering.withdraw(tx, sent.rejoin, sent.action(KEY), sent.clock.now())
        with pytest.raises(GrantProblem) as problem:
            sent.grant()
        assert problem.value.kind == "revoked"

    def test_link_without_an_offer_picks_nothing(self, missed):
        missed.act()
        grant = missed.do(grants.open_grant, missed.token(subject="About your appointment"), grants.ANSWER)
        assert grant.offer_id is None
        with pytest.raises(Refused):
            missed.do(picking.pick, grant, 0)


class TestRace:
    """Two who want the same."""

    def two_offers(self, rejoin, *later: timedelta) -> House:
        """Alice and Bob both missed an hour with Dora and were offered times that begin so much later; nothing is kept
        for either of them any more."""
        bob = replace(BOB, timezone="America/New_York")
        second = appointment("A2", bob, starts_at=NINE + 2 * HOUR, ends_at=TEN + 2 * HOUR, meeting_id="81000000002")
        house = House(rejoin, appointment(), second)
        house.miss()
        for body in (joined(DORA, NINE + 2 * HOUR, meeting="81000000002"), left(DORA, TEN + 2 * HOUR, "2")):
            body["payload"]["object"]["id"] = "81000000002"
            body["payload"]["object"]["uuid"] = "u2=="
            house.receive(body)
        house.go_to(NINE + timedelta(hours=6))
        begin = NINE + timedelta(days=7)
        for number, shift in zip(("A1", "A2"), later, strict=True):
            row, at = house.offer(number), begin + shift
            house.do(offering.change_slots, row.id, row.version, [Slot(at, at + HOUR, "Wanted by both.")], "cora")
            house.approve(number)
            house.clock.advance(hours=48)
        return house

    def pick_at_once(self, house: House, *grants) -> list[str]:
        gate, said = threading.Barrier(len(grants)), []

        def pick(grant):
            gate.wait()
            try:
                house.do(picking.pick, grant, 0)
            except (Conflict, Refused, GrantProblem) as refusal:
                said.append(type(refusal).__name__)
            else:
                said.append("picked")

        threads = [threading.Thread(target=pick, args=(grant,)) for grant in grants]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return sorted(said)

    @pytest.mark.both
    @pytest.mark.parametrize("shift", [timedelta(), timedelta(minutes=30)])
    def test_of_two_clients_only_one_gets_the_clinicians_time(self, rejoin, shift):
        house = self.two_offers(rejoin, timedelta(), shift)
        assert self.pick_at_once(house, house.grant("A1"), house.grant("A2")) == ["Conflict", "picked"]
        assert sorted((house.offer("A1").state, house.offer("A2").state)) == ["accepted", "sent"]

    @pytest.mark.postgres
    def test_time_that_is_picked_while_another_looks_at_it_is_not_given_away_again(
        self, vault, fresh_postgres_url, moving_clock, monkeypatch
    ):
        """Bob's old hold had lapsed when Alice's pick looked, and he picked that very time before she took it.

        (SQLite lets one writer in at a time.)
        """
        db = Database(fresh_postgres_url, vault)
        house = self.two_offers(assemble(make_settings(fresh_postgres_url), db, moving_clock), timedelta(), timedelta())
        alice, bob, read = house.grant("A1"), house.grant("A2"), holds._rows

        def then_bob_picks(*asked):
            monkeypatch.setattr(holds, "_rows", read)
            rows = read(*asked)
            house.do(picking.pick, bob, 0)
            return rows

        take = holds.take

        def take_later(*asked, **more):
            monkeypatch.setattr(holds, "_rows", then_bob_picks)
            monkeypatch.setattr(holds, "take", take)
            return take(*asked, **more)

        monkeypatch.setattr(holds, "take", take_later)
        with pytest.raises(Conflict):
            house.do(picking.pick, alice, 0)
        assert (house.offer("A1").state, house.offer("A2").state) == ("sent", "accepted")
        db.close()

    @pytest.mark.both
    def test_two_times_that_only_touch_are_both_booked(self, rejoin):
        house = self.two_offers(rejoin, timedelta(), HOUR)
        assert self.pick_at_once(house, house.grant("A1"), house.grant("A2")) == ["picked", "picked"]

    @pytest.mark.both
    def test_of_two_taps_on_one_link_one_counts(self, sent):
        grant = sent.grant()
        said = self.pick_at_once(sent, grant, grant, grant)
        assert said.count("picked") == 1
        assert sent.offer().state == "accepted"

    def test_time_that_one_client_picked_is_offered_to_nobody_else(self, rejoin):
        house = self.two_offers(rejoin, timedelta(), timedelta(minutes=30))
        house.do(picking.pick, house.grant("A1"), 0)
        taken = house.slots("A1")[0]
        with rejoin.db.read() as tx:
            free = offering.free_times(tx, rejoin, house.offer("A2"), house.clock.now())
        assert free
        assert not [slot for slot in free if slot.starts_at < taken.ends_at and slot.ends_at > taken.starts_at]


class TestLetterThatCouldNotGo:
    """An offer that did not reach its client is a coordinator's again."""

    def come_back(self, missed) -> None:
        stop(missed, wanted=False)
        missed.approve()

    def test_coordinator_finds_it_among_the_proposals_and_why(self, missed):
        times = missed.slots()
        self.come_back(missed)
        row = missed.offer()
        assert (row.state, row.reason) == ("proposed", "The letter did not go out: they want no messages.")
        assert missed.slots() == times
        assert missed.actions()["reschedule"] == "held"
        assert ("rejoin", "offer-came-back", "offer/1") in missed.audit()

    def test_it_goes_out_once_what_stood_against_it_is_mended(self, missed):
        self.come_back(missed)
        stop(missed, wanted=True)
        missed.approve()
        row = missed.offer()
        assert (row.state, row.reason, len(missed.letters("Another time"))) == ("sent", None, 1)

    def test_it_can_be_declined(self, missed):
        self.come_back(missed)
        row = missed.offer()
        missed.do(offering.decline, row.id, row.version, "Settled by telephone.", "cora")
        assert (missed.offer().state, missed.actions()["reschedule"]) == ("declined", "declined")

    @pytest.mark.both
    def test_times_that_pass_while_it_waits_are_replaced(self, missed):
        self.come_back(missed)
        missed.clock.advance(hours=24 * 4)
        missed.look()
        assert missed.slots()
        assert all(slot.starts_at > missed.clock.now() for slot in missed.slots())


def stop(house, wanted: bool) -> None:
    """Alice wants no mail (any more), or wants it again."""
    house.do(lambda tx, rejoin, now: feedback.wish(tx, "C-ALICE", Channel.EMAIL, wanted, now))
