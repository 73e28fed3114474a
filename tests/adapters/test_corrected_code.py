"""A code that people at a help desk change after the ticket was resolved is a correction, at every desk, once."""

from __future__ import annotations

import uuid
from dataclasses import replace
from datetime import timedelta

import pytest

from plugin.core.resolution import hit_rates
from plugin.service import triage
from plugin.service.refusal import Refused
from plugin.storage import ticket as tickets
from tests.adapters.stand import REMOTES, remote_stand
from tests.people.house import ALICE, NINE, House, appointment
from tests.people.test_desk_watch import follow
from tests.service.clinic import DORA, ended, joined, left

MINUTE = timedelta(minutes=1)


@pytest.fixture(params=REMOTES)
def stand(request):
    """Every desk that is reached over a line; Request Tracker is a real one."""
    tracker = request.getfixturevalue("real_tracker") if request.param.startswith("request") else None
    with remote_stand(request.param, tracker) as stand:
        yield stand


@pytest.fixture
def house(rejoin_on_sqlite, stand) -> House:
    """Alice was cut off for good; her ticket stands at the desk, and the session is long over."""
    number = f"A-{uuid.uuid4().hex[:8]}"  # the real desk keeps what the tests before have made
    house = House(replace(rejoin_on_sqlite, helpdesk=stand.desk), appointment(number))
    for body in (
        joined(DORA, NINE), joined(ALICE, NINE), left(ALICE, NINE + 10 * MINUTE, reason="Network connection error."),
        left(DORA, NINE + 60 * MINUTE), ended(NINE + 60 * MINUTE),
    ):  # fmt: skip
        house.receive(body)
    house.go_to(NINE + 180 * MINUTE)
    house.act()
    assert house.verdict(ALICE, number)["cause"] == "technical"
    return house


def the_ticket(house: House):
    (row,) = house.tickets()
    return row


def choose(house: House, stand, word: str) -> None:
    """Somebody at the desk chooses this; the watch comes by, and what follows is worked off."""
    stand.choose(the_ticket(house).reference, word)
    house.clock.advance(seconds=1)
    follow(house)
    house.work()


def resolved_as(house: House, stand, word: str) -> None:
    stand.desk.close(the_ticket(house).reference, "Talked to them.")
    choose(house, stand, word)


def causes(house: House) -> list[str]:
    """What her verdict said, the newest first."""
    number = the_ticket(house).appointment_id
    story = [row.trigger for row in house.history(ALICE, number) if row.trigger == "support"]
    return [house.verdict(ALICE, number)["cause"], *story]


def did(house: House) -> list[str]:
    return [what for who, what, _ in house.audit() if who == house.rejoin.helpdesk.desk]


class TestEveryDesk:
    """Through the real adapter of each."""

    def test_changed_code_corrects_the_verdict_once_and_what_stood_there_is_kept(self, house, stand):
        resolved_as(house, stand, "Confirmed technical")
        assert causes(house) == ["technical", "support"]
        choose(house, stand, "was-absence")
        follow(house)  # it is looked at again and again
        house.work()
        assert the_ticket(house).code == "was-absence"
        assert causes(house) == ["absence", "support", "support"]
        newest = house.history(ALICE, the_ticket(house).appointment_id)[0]
        assert (newest.source["login"], newest.source["code"]) == (stand.desk.desk, "was-absence")
        assert did(house) == ["resolved-ticket", "classified-ticket", "corrected-ticket"]
        assert house.notes() == [
            "Found, corrected: “It was absence after all” in place of “Technical trouble, confirmed”."
        ]
        with house.rejoin.db.read() as tx:
            (rate,) = hit_rates(tickets.resolved_with(tx))
        assert (rate.resolved, rate.confirmed) == (1, 0), "the ticket counts once, for what it turned out to be"


class TestSense:
    """What is a correction and what is none; the same code at every desk, so that one desk tells it."""

    @pytest.fixture(params=["zammad"])
    def stand(self, request):
        with remote_stand(request.param, None) as stand:
            yield stand

    def test_correction_may_be_taken_back(self, house, stand):
        for word in ("confirmed-technical", "was-absence", "confirmed-technical"):
            resolved_as(house, stand, word)
        assert causes(house)[0] == "technical"
        assert did(house)[1:] == ["classified-ticket", "corrected-ticket", "corrected-ticket"]

    @pytest.mark.parametrize("word", ["", "something else"])
    def test_emptied_or_foreign_choice_corrects_nothing(self, house, stand, word):
        resolved_as(house, stand, "confirmed-technical")
        choose(house, stand, word)
        assert the_ticket(house).code == "confirmed-technical"
        choose(house, stand, "Confirmed technical")
        assert did(house) == ["resolved-ticket", "classified-ticket"], "the same again is no correction"

    def test_what_staff_said_here_stands_until_the_desk_changes_its_mind(self, house, stand):
        stand.desk.close(the_ticket(house).reference, "Talked to them.")
        follow(house)
        row = the_ticket(house)
        house.do(triage.classify, row.id, row.version, "tess", "provider-fault")
        choose(house, stand, "was-absence")
        assert the_ticket(house).code == "provider-fault"
        choose(house, stand, "confirmed-technical")
        assert the_ticket(house).code == "confirmed-technical"
        assert house.notes()[0].endswith("in place of “It was on the program's side”.")

    def test_staff_correct_their_own_word_here_and_that_of_the_desk_at_the_desk(self, house, stand):
        stand.desk.close(the_ticket(house).reference, "Talked to them.")
        follow(house)
        for code in ("provider-fault", "was-absence"):
            house.do(triage.classify, the_ticket(house).id, the_ticket(house).version, "tess", code)
        choose(house, stand, "was-absence")
        choose(house, stand, "confirmed-technical")
        with pytest.raises(Refused, match="correct it there"):
            house.do(triage.classify, the_ticket(house).id, the_ticket(house).version, "tess", "was-absence")
        assert the_ticket(house).code == "confirmed-technical"

    def test_desk_that_says_what_staff_said_here_adds_nothing(self, house, stand):
        stand.desk.close(the_ticket(house).reference, "Talked to them.")
        follow(house)
        row = the_ticket(house)
        house.do(triage.classify, row.id, row.version, "tess", "was-absence")
        choose(house, stand, "was-absence")
        assert did(house) == ["resolved-ticket"]
        choose(house, stand, "no-fault-found")
        assert (the_ticket(house).code, did(house)[-1]) == ("no-fault-found", "corrected-ticket")

    def test_ticket_that_is_opened_again_loses_its_code_and_counts_anew(self, house, stand):
        resolved_as(house, stand, "was-absence")
        stand.desk.reopen(the_ticket(house).reference, "It is back.")
        follow(house)
        assert (the_ticket(house).code, the_ticket(house).told_code) == (None, None)
        stand.desk.close(the_ticket(house).reference, "Solved again.")
        follow(house)
        assert the_ticket(house).code == "was-absence"
        assert did(house)[-1] == "classified-ticket"

    def test_absence_of_a_whole_incident_corrects_nothing(self, house, stand):
        resolved_as(house, stand, "provider-fault")
        with house.rejoin.db.begin() as tx:
            tx.execute(tickets.table.update().values(incident=True))
        choose(house, stand, "was-absence")
        assert the_ticket(house).code == "provider-fault"
