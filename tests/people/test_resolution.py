"""What tech support found at a ticket is evidence: the verdict is judged again, and the rule that opened it learns."""

from __future__ import annotations

from datetime import timedelta

import pytest

from plugin.core.assessment import Cause, Outcome
from plugin.core.resolution import HitRate, hit_rates
from plugin.service import evidence, override, triage
from plugin.service.refusal import Conflict, Refused
from plugin.storage import board
from plugin.storage import ticket as tickets
from plugin.web.history import changes
from tests.people.house import ALICE, BOB, CARA, NINE, TEN, House, appointment
from tests.people.test_ticketing import drop
from tests.service.clinic import DORA, ended, joined, left

MINUTE = timedelta(minutes=1)
AFTERWARDS = NINE + timedelta(hours=4)


@pytest.fixture
def tried(house) -> House:
    """Alice opened her link and did not arrive: technical, as far as the rules can see. The session is long over."""
    house.receive(joined(DORA, NINE))
    house.go_to(NINE + MINUTE)
    with house.rejoin.db.begin() as tx:
        evidence.record(tx, house.rejoin, "rejoin.join_clicked", "A1", "C-ALICE", NINE + MINUTE)
    for body in (left(DORA, TEN), ended(TEN)):
        house.receive(body)
    house.go_to(AFTERWARDS)
    house.act()
    assert (house.verdict()["outcome"], house.verdict()["cause"]) == ("missed", "technical")
    return house


def resolve(house: House, code: str, number: int = 1, login: str = "tess") -> None:
    row = next(row for row in house.tickets() if row.id == number)
    house.do(triage.resolve, number, row.version, login, "Talked to them.", code)
    house.clock.advance(seconds=1)
    house.work()


def rates(house: House) -> tuple[HitRate, ...]:
    with house.rejoin.db.read() as tx:
        return hit_rates(tickets.resolved_with(tx))


class TestVerdict:
    """What each code does to it."""

    @pytest.mark.parametrize(
        ("code", "cause"),
        [("confirmed-technical", "technical"), ("resolved-by-client", "technical"), ("provider-fault", "provider"),
         ("was-absence", "absence"), ("no-fault-found", "technical")],
    )  # fmt: skip
    def test_code_is_weighed_by_a_rule_with_its_own_sentence(self, tried, code, cause):
        resolve(tried, code)
        verdict = tried.verdict()
        assert (verdict["outcome"], verdict["cause"]) == ("missed", cause)
        asked = {f["rule"]: f for f in verdict["findings"] if f["rule"].startswith("support-")}
        hit = [f["because"] for f in asked.values() if f["hit"]]
        assert len(hit) == (0 if code == "no-fault-found" else 1)
        assert all(said.startswith("Tech support looked into it") for said in hit)

    def test_confirmed_trouble_is_sure_and_absence_after_all_is_not(self, tried):
        resolve(tried, "confirmed-technical")
        assert tried.verdict()["confidence"] == "high"
        row = tried.tickets()[0]
        tried.do(triage.reopen, 1, row.version, "tess")
        resolve(tried, "was-absence")
        assert tried.verdict()["confidence"] == "medium", "the link was opened all the same"

    def test_history_says_when_who_why_before_and_after(self, tried):
        resolve(tried, "was-absence")
        with tried.rejoin.db.read() as tx:
            story = [one for one in changes(board.verdict_history(tx, "A1")) if one.participant_id == "C-ALICE"]
        newest = story[0]
        assert newest.because == "tess at ticket 1: it was absence after all"
        assert newest.before.startswith("Missed the session: technical trouble")
        assert newest.after.startswith("Did not come to the session")
        assert newest.at == AFTERWARDS + timedelta(seconds=1)

    def test_the_newest_code_counts_and_no_fault_found_takes_the_one_before_back(self, tried):
        resolve(tried, "was-absence")
        for code, cause in (
            ("confirmed-technical", "technical"),
            ("was-absence", "absence"),
            ("no-fault-found", "technical"),
        ):
            tried.do(triage.reopen, 1, tried.tickets()[0].version, "tess")
            resolve(tried, code)
            assert tried.verdict()["cause"] == cause

    def test_what_a_coordinator_decided_outranks_it(self, tried):
        tried.do(override.decide, "A1", "C-ALICE", Outcome.ATTENDED, Cause.NONE, "I saw her.", "cora")
        resolve(tried, "was-absence")
        assert tried.verdict()["outcome"] == "attended"

    def test_absence_is_not_laid_to_who_says_that_they_were_there(self, tried):
        with tried.rejoin.db.begin() as tx:
            evidence.record(tx, tried.rejoin, "rejoin.presence_claimed", "A1", "C-ALICE", tried.clock.now())
        resolve(tried, "was-absence")
        assert tried.verdict()["outcome"] == "undetermined"

    def test_support_is_no_sign_that_the_feed_was_alive(self, house):
        """Nothing at all was heard; a code at a ticket of that hour cannot make it an absence."""
        with house.rejoin.db.begin() as tx:
            evidence.record(tx, house.rejoin, "rejoin.absence_found", "A1", "C-ALICE", NINE + 5 * MINUTE)
        house.go_to(AFTERWARDS)
        assert house.verdict()["outcome"] == "undetermined"


class TestCorrection:
    """Another code at a ticket that is resolved and stays so."""

    def correct(self, house: House, code: str, login: str = "tom") -> None:
        house.clock.advance(seconds=1)
        house.do(triage.classify, 1, house.tickets()[0].version, login, code)
        house.clock.advance(seconds=1)
        house.work()

    def test_verdict_is_corrected_with_history_and_a_note_says_what_stood_there(self, tried):
        resolve(tried, "was-absence")
        assert tried.verdict()["cause"] == "absence"
        self.correct(tried, "confirmed-technical")
        (row,) = tried.tickets()
        assert (row.state, row.code, row.resolution) == ("resolved", "confirmed-technical", "Talked to them.")
        assert tried.verdict()["cause"] == "technical"
        with tried.rejoin.db.read() as tx:
            story = [one for one in changes(board.verdict_history(tx, "A1")) if one.participant_id == "C-ALICE"]
        assert [one.because for one in story[:2]] == [
            "tom at ticket 1: technical trouble, confirmed",
            "tess at ticket 1: it was absence after all",
        ]
        assert tried.notes() == [
            "Found, corrected: “Technical trouble, confirmed” in place of “It was absence after all”."
        ]
        assert [(who, did) for who, did, _ in tried.audit()] == [
            ("tess", "resolved-ticket"), ("tom", "corrected-ticket"),
        ]  # fmt: skip
        assert rates(tried) == (HitRate("tried-to-join", 1, 1),), "it counts once, for what it turned out to be"

    def test_correction_may_be_corrected_back(self, tried):
        resolve(tried, "was-absence")
        followed = {"provider-fault": "provider", "was-absence": "absence", "no-fault-found": "technical"}
        for code, cause in followed.items():
            self.correct(tried, code)
            assert tried.verdict()["cause"] == cause
        assert len(tried.notes()) == 3

    def test_of_two_who_correct_one_ticket_the_second_is_told_and_nothing_of_theirs_stands(self, tried):
        resolve(tried, "was-absence")
        seen = tried.tickets()[0].version
        self.correct(tried, "provider-fault")
        with pytest.raises(Conflict):
            tried.do(triage.classify, 1, seen, "tess", "no-fault-found")
        tried.work()
        assert (tried.tickets()[0].code, tried.verdict()["cause"], len(tried.notes())) == (
            "provider-fault", "provider", 1,
        )  # fmt: skip

    @pytest.mark.parametrize(
        ("code", "sentence"), [("was-absence", "stands there already"), ("", "choose what was found")]
    )
    def test_what_corrects_nothing_is_refused_in_a_sentence(self, tried, code, sentence):
        resolve(tried, "was-absence")
        with pytest.raises(Refused, match=sentence):
            self.correct(tried, code)
        assert (tried.tickets()[0].code, tried.notes()) == ("was-absence", [])

    def test_ticket_that_is_still_open_is_given_its_code_when_it_is_resolved(self, tried):
        with pytest.raises(Refused, match="when you resolve it"):
            self.correct(tried, "was-absence")


class TestIncident:
    """A code at an incident is said of everybody in it."""

    @pytest.fixture
    def three(self, rejoin) -> House:
        house = House(rejoin, appointment(participants=(ALICE, BOB, CARA, DORA)))
        for who in (DORA, ALICE, BOB, CARA):
            house.receive(joined(who, NINE))
        for who in (ALICE, BOB, CARA):
            house.receive(drop(who, NINE + 10 * MINUTE))
        for body in (left(DORA, TEN), ended(TEN)):
            house.receive(body)
        house.go_to(AFTERWARDS)
        house.act()
        return house

    def test_it_reaches_each_of_them(self, three):
        resolve(three, "provider-fault")
        assert {three.verdict(who)["cause"] for who in (ALICE, BOB, CARA)} == {"provider"}

    def test_absence_is_said_of_one_person_only(self, three):
        with pytest.raises(Refused, match="several people"):
            resolve(three, "was-absence")
        assert three.tickets()[0].state == "open"


class TestHitRate:
    """Of the tickets that a rule opened, how many were confirmed."""

    def test_rates_are_counted_by_rule(self):
        counted = [
            ("a", "confirmed-technical", 2),
            ("a", "resolved-by-client", 1),
            ("a", "was-absence", 1),
            ("b", "no-fault-found", 3),
        ]
        assert hit_rates(counted) == (HitRate("a", 4, 3), HitRate("b", 3, 0))
        assert hit_rates(counted)[0].share == 0.75

    def test_code_counts_for_the_rule_that_opened_the_ticket(self, tried):
        assert rates(tried) == ()
        resolve(tried, "was-absence")
        assert rates(tried) == (HitRate("tried-to-join", 1, 0),)
        tried.do(triage.reopen, 1, tried.tickets()[0].version, "tess")
        assert rates(tried) == ()

    @pytest.mark.both
    def test_ticket_that_closed_itself_can_be_given_its_code(self, house):
        house.receive(joined(DORA, NINE))
        house.receive(joined(ALICE, NINE))
        house.receive(drop(ALICE, NINE + 10 * MINUTE))
        house.go_to(NINE + 15 * MINUTE)
        house.act()
        house.receive(joined(ALICE, NINE + 16 * MINUTE, "second"))
        house.go_to(NINE + 18 * MINUTE)
        house.act()
        (row,) = house.tickets()
        assert (row.state, row.code, rates(house)) == ("resolved", None, ())
        house.do(triage.classify, row.id, row.version, "tess", "confirmed-technical")
        assert rates(house) == (HitRate("connection-broke", 1, 1),)
