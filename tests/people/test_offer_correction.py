"""The verdict turns after an offer went out: what is taken back, what is said about it, and what stays."""

from __future__ import annotations

from datetime import timedelta

import pytest

from plugin.core.appointment import Status
from plugin.core.assessment import Cause, Outcome
from plugin.service import answering, offering, override, picking
from plugin.storage import appointment as appointments
from plugin.storage.tables import booked_slot, seat
from tests.people.house import ALICE, DORA, House, appointment
from tests.people.test_seats import booked, codes, group, missed_group, zoom_of_group  # noqa: F401
from tests.service.clinic import NINE, joined, left

SEEN = (override.decide, "A1", "C-ALICE", Outcome.ATTENDED, Cause.NONE, "Seen on camera.", "cora")


def was_there(house: House) -> None:
    """What was late comes in: Alice was there all the time."""
    house.receive(joined(ALICE, NINE))
    house.receive(left(ALICE, NINE + timedelta(hours=1)))
    house.work()
    house.act()


def kept(house: House) -> list:
    with house.rejoin.db.read() as tx:
        return [row.offer_id for table in (booked_slot, seat) for row in tx.execute(table.select())]


def apologies(house: House) -> int:
    return len(house.letters("Our mistake"))


def test_offer_that_waits_for_an_answer_is_withdrawn_with_one_apology(sent):
    assert kept(sent)
    token = sent.token()
    was_there(sent)
    assert (sent.verdict()["outcome"], sent.offer().state, kept(sent)) == ("attended", "withdrawn", [])
    assert apologies(sent) == 1
    with pytest.raises(Exception, match="revoked"):
        sent.do(_open, token)
    for _ in range(3):  # whatever is looked at later says it once
        sent.clock.advance(hours=1)
        sent.work()
        sent.act()
        sent.look()
    assert apologies(sent) == 1


def test_appointment_that_was_booked_is_called_off_with_a_cancel_for_calendars(sent, zoom):
    sent.do(picking.pick, sent.grant(), 0)
    sent.act()
    assert len(sent.letters("Your new appointment")) == 1
    was_there(sent)
    with sent.rejoin.db.read() as tx:
        assert appointments.load(tx, "A1-r1").status is Status.CANCELLED
    told = sent.letters("will not take place")
    assert {letter.participant_id for letter in told} == {"C-ALICE", "S-DORA"}
    assert all("METHOD:CANCEL" in letter.invitation for letter in told)
    assert apologies(sent) == 1
    was_there(sent)
    assert (len(sent.letters("will not take place")), apologies(sent)) == (2, 1)


def test_pick_whose_booking_nobody_has_begun_is_forgotten(sent, zoom):
    sent.do(picking.pick, sent.grant(), 0)
    sent.receive(joined(ALICE, NINE))
    sent.receive(left(ALICE, NINE + timedelta(hours=1)))
    sent.work()
    sent.act()
    assert sent.action("booking/reschedule/A1/C-ALICE").state == "withdrawn"
    assert kept(sent) == []
    assert sent.letters("Your new appointment") == []


def test_appointment_that_has_begun_stays(sent, zoom):
    sent.do(picking.pick, sent.grant(), 0)
    sent.act()
    sent.clock.set(sent.slots()[0].starts_at)
    was_there(sent)
    with sent.rejoin.db.read() as tx:
        assert appointments.load(tx, "A1-r1").status is Status.BOOKED


def test_verdict_that_is_merely_unsure_takes_nothing_back(sent):
    sent.do(override.decide, "A1", "C-ALICE", Outcome.UNDETERMINED, Cause.UNKNOWN, "The camera was off.", "cora")
    sent.work()
    sent.act()
    assert (sent.offer().state, apologies(sent)) == ("sent", 0)


@pytest.mark.both
def test_verdict_that_stands_again_has_times_proposed_anew(sent):
    sent.do(override.decide, "A1", "C-ALICE", Outcome.ATTENDED, Cause.NONE, "Seen on camera.", "cora")
    sent.work()
    assert sent.offer().state == "withdrawn"
    sent.do(override.take_back, 1, "cora")
    sent.work()
    assert (sent.offer().state, sent.actions()["reschedule"]) == ("proposed", "held")
    assert sent.slots()


def test_offer_that_a_coordinator_took_back_is_not_proposed_again_by_itself(sent):
    row = sent.offer()
    sent.do(offering.take_back, row.id, row.version, "They have settled it by telephone.", "cora")
    sent.clock.advance(hours=1)
    sent.receive(joined(ALICE, NINE + timedelta(minutes=59)))
    sent.work()
    assert sent.offer().state == "withdrawn"


def test_seat_in_another_group_is_given_back(rejoin_on_sqlite, zoom_of_group):  # noqa: F811
    house = missed_group(rejoin_on_sqlite, group("G2", 2))
    house.approve()
    house.do(picking.pick, house.grant(), 0)
    house.act()
    assert "C-ALICE" in codes(house)
    house.do(override.decide, "A1", "C-ALICE", Outcome.ATTENDED, Cause.NONE, "Seen on camera.", "cora")
    house.work()
    house.act()
    assert "C-ALICE" not in codes(house)
    assert (booked(house).state, kept(house), apologies(house)) == ("called-off", [], 1)


def refused(house: House) -> None:
    house.do(picking.refuse, house.grant())


def unanswered(house: House) -> None:
    house.clock.set(house.offer().expires_at)
    house.look()


def asked(house: House) -> None:
    house.do(answering.ask_again, house.grant())


def called_off(house: House) -> None:
    house.do(picking.pick, house.grant(), 0)
    house.act()
    number = house.do(*SEEN)
    house.work()
    house.do(override.take_back, number, "cora")
    house.work()


@pytest.mark.parametrize("answer", [refused, unanswered, asked, called_off])
def test_nobody_looks_for_another_time_for_somebody_who_missed_nothing_after_all(sent, zoom, answer):
    def wanted() -> list[str]:
        return [one.because for one in sent.tasks() if one.kind == "review" and one.role == "coordinator"]

    answer(sent)
    before = wanted()
    assert len(before) == 1
    number = sent.do(*SEEN)
    sent.work()
    assert (sent.verdict()["outcome"], wanted()) == ("attended", [])
    sent.do(override.take_back, number, "cora")
    sent.work()
    again = sent.offer().state == "proposed"
    assert wanted() == ([] if again else before), "new times are proposed, or a person looks for one as before"


def put_into_it(house: House, *people) -> None:
    """The roster has these people in the session now."""
    house.put(appointment(participants=people))
    house.work()


def test_offer_to_somebody_whom_the_roster_takes_out_of_the_session_is_withdrawn_until_they_are_in_it_again(sent):
    token = sent.token()
    put_into_it(sent, DORA)
    assert (sent.offer().state, kept(sent)) == ("withdrawn", [])
    with pytest.raises(Exception, match="revoked"):
        sent.do(_open, token)
    put_into_it(sent, ALICE, DORA)
    assert (sent.offer().state, sent.actions()["reschedule"]) == ("proposed", "held")


def test_nobody_is_booked_whom_the_roster_has_just_taken_out_of_the_old_session(sent, zoom):
    sent.do(picking.pick, sent.grant(), 0)
    put_into_it(sent, DORA)
    sent.act()
    assert sent.action("booking/reschedule/A1/C-ALICE").state == "dead", "and staff see it"
    with sent.rejoin.db.read() as tx:
        assert appointments.load(tx, "A1-r1") is None
    assert not zoom.calls


def test_appointment_that_was_booked_stays_when_the_roster_takes_them_out_of_the_old_session(sent, zoom):
    sent.do(picking.pick, sent.grant(), 0)
    sent.act()
    put_into_it(sent, DORA)
    sent.act()
    with sent.rejoin.db.read() as tx:
        assert appointments.load(tx, "A1-r1").status is Status.BOOKED


def _open(tx, rejoin, token, now):
    from plugin.service import grants

    return grants.open_grant(tx, rejoin, token, grants.ANSWER, now)
