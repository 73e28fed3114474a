"""Who arrives in the wrong meeting is missing from another one, whose verdict must hear of it at once, also late."""

from __future__ import annotations

from datetime import timedelta

import pytest
from msgspec.structs import replace

from plugin.service import evidence
from tests import work_done
from tests.service.clinic import ALICE, DORA, NINE, Clinic, appointment, ended, joined, left

TEN = NINE + timedelta(hours=1)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
WRONG = {"meeting": "82000000002", "instance": "u2=="}


def waiting_for_alice(rejoin, *more) -> Clinic:
    """Dora holds the session, a quarter of an hour is over, and nobody came."""
    clinic = Clinic(rejoin, appointment(), *more)
    clinic.go_to(NINE)
    clinic.receive(joined(DORA, NINE))
    clinic.go_to(NINE + 20 * MINUTE)
    assert (clinic.verdict()["outcome"], clinic.verdict()["cause"]) == ("missed", "absence")
    return clinic


def held_to_the_end(clinic: Clinic) -> None:
    clinic.go_to(TEN)
    clinic.receive(left(DORA, TEN))
    clinic.receive(ended(TEN))
    clinic.go_to(TEN + 3 * timedelta(hours=1))


@pytest.mark.parametrize(
    "shown",
    [
        {},
        {"registrant_id": "", "customer_key": "", "email": "Alice@Example.org", "user_name": "iPad"},
        {"registrant_id": "", "customer_key": "", "email": "", "user_name": "alice  APPLEYARD"},
        {"customer_key": "", "email": "", "user_name": ""},
    ],
    ids=["everything", "address", "name", "registration"],
)
def test_who_comes_to_a_wrong_meeting_is_seen_there_while_the_session_runs(rejoin, shown):
    clinic = waiting_for_alice(rejoin)
    clinic.receive(joined(ALICE, NINE + 20 * MINUTE, "w", **WRONG, **shown))
    clinic.go_to(NINE + 21 * MINUTE)
    clinic.work()
    assert (clinic.verdict()["cause"], clinic.verdict()["flags"]) == ("technical", ["wrong-meeting"])
    assert clinic.actions()["ticket"] == "queued", "somebody can still help"


def test_who_opens_the_link_of_another_day_is_not_absent_today(rejoin):
    thursday = appointment("A9", meeting_id="82", starts_at=NINE + 2 * DAY, ends_at=TEN + 2 * DAY)
    clinic = waiting_for_alice(rejoin, thursday)
    with rejoin.db.begin() as tx:
        evidence.record(tx, rejoin, "rejoin.join_clicked", "A9", ALICE.participant_id, clinic.clock.now())
    clinic.go_to(NINE + 21 * MINUTE)
    clinic.work()
    assert (clinic.verdict()["outcome"], clinic.verdict()["confidence"]) == ("undetermined", "low")
    held_to_the_end(clinic)
    assert clinic.verdict()["outcome"] == "undetermined"


@pytest.mark.parametrize(("minutes", "outcome"), [(34, "undetermined"), (36, "missed")])
def test_who_opens_the_link_of_the_next_session_just_before_it_is_early_for_that_one(rejoin, minutes, outcome):
    """More than a quarter of an hour before it, while this one was on, they may have taken it for this one's."""
    soon = appointment("A9", meeting_id="82", starts_at=NINE + 50 * MINUTE, ends_at=TEN + HOUR)
    clinic = waiting_for_alice(rejoin, soon)
    at = NINE + minutes * MINUTE
    with rejoin.db.begin() as tx:
        evidence.record(tx, rejoin, "rejoin.join_clicked", "A9", ALICE.participant_id, at)
    held_to_the_end(clinic)
    assert clinic.verdict()["outcome"] == outcome


@pytest.mark.parametrize("meeting", ["81000000001", "82"], ids=["one meeting", "two meetings"])
def test_who_opened_the_link_of_the_session_before_in_vain_is_no_no_show_of_the_next(rejoin, meeting):
    """They are in a row: who could not come at eight may have given up."""
    before = appointment("A0", meeting_id=meeting, starts_at=NINE - HOUR, ends_at=NINE)
    clinic = waiting_for_alice(rejoin, before)
    with rejoin.db.begin() as tx:
        evidence.record(tx, rejoin, "rejoin.join_clicked", "A0", ALICE.participant_id, NINE - HOUR - 2 * MINUTE)
    held_to_the_end(clinic)
    assert clinic.verdict()["outcome"] == "undetermined"


@pytest.mark.parametrize("meeting", ["81000000001", "82"], ids=["one meeting", "two meetings"])
def test_who_opened_the_link_of_another_session_at_the_same_time_is_no_no_show_of_this_one(rejoin, meeting):
    clinic = waiting_for_alice(rejoin, appointment("A9", meeting_id=meeting))
    with rejoin.db.begin() as tx:
        evidence.record(tx, rejoin, "rejoin.join_clicked", "A9", ALICE.participant_id, NINE + 2 * MINUTE)
    held_to_the_end(clinic)
    assert clinic.verdict()["outcome"] == "undetermined"


def test_who_took_a_wrong_link_to_the_session_before_is_no_no_show_of_the_next(rejoin):
    """In one meeting: an old link leads to an old room, for both of them."""
    clinic = waiting_for_alice(rejoin, appointment("A0", starts_at=NINE - HOUR, ends_at=NINE))
    clinic.receive(joined(ALICE, NINE - 57 * MINUTE, "w", **WRONG))
    clinic.receive(left(ALICE, NINE - 56 * MINUTE, "w", **WRONG))
    held_to_the_end(clinic)
    assert clinic.verdict()["outcome"] == "undetermined"


def test_where_somebody_was_that_is_told_when_all_is_final_corrects_an_absence_from_the_next_in_a_row(rejoin):
    """They left the session before and looked for its room by a wrong link; on that session the verdict stays."""
    begins = TEN + 30 * MINUTE
    clinic = Clinic(rejoin, appointment(), appointment("A2", starts_at=begins, ends_at=begins + HOUR))
    clinic.go_to(NINE)
    clinic.receive(joined(DORA, NINE))
    clinic.receive(joined(ALICE, NINE))
    clinic.receive(left(ALICE, NINE + 20 * MINUTE))
    clinic.go_to(begins + HOUR)
    clinic.receive(left(DORA, begins + HOUR))
    clinic.receive(ended(begins + HOUR))
    clinic.go_to(begins + 3 * HOUR)
    assert clinic.verdict(number="A2")["outcome"] == "missed"
    clinic.receive(joined(ALICE, NINE + 21 * MINUTE, "w", **WRONG))
    clinic.work()
    assert clinic.verdict(number="A2")["outcome"] == "undetermined"


def test_where_somebody_was_that_is_told_when_all_is_final_corrects_an_absence(rejoin):
    clinic = waiting_for_alice(rejoin)
    held_to_the_end(clinic)
    assert clinic.verdict()["final"]
    clinic.receive(joined(ALICE, NINE + 2 * MINUTE, "w", **WRONG))
    clinic.work()
    assert (clinic.verdict()["outcome"], clinic.verdict()["cause"]) == ("missed", "technical")
    assert clinic.actions()["checkin"] == "withdrawn"


def test_who_is_expected_in_two_meetings_at_a_time_and_comes_to_one_is_not_absent_from_the_other(rejoin):
    at_the_same_time = appointment("A2", meeting_id=WRONG["meeting"])
    clinic = waiting_for_alice(rejoin, at_the_same_time)
    held_to_the_end(clinic)
    clinic.receive(joined(ALICE, NINE + 2 * MINUTE, "w", **WRONG))
    clinic.work()
    assert clinic.verdict()["cause"] != "absence"


@pytest.mark.parametrize("late", [False, True], ids=["in time", "when all is final"])
def test_who_came_to_the_other_one_long_before_this_one_began_is_not_absent_either(rejoin, late):
    early = NINE - timedelta(hours=1)
    longer = appointment("A2", meeting_id=WRONG["meeting"], starts_at=early, ends_at=NINE + 45 * MINUTE)
    clinic = Clinic(rejoin, appointment(), longer)
    came = joined(ALICE, early + MINUTE, "w", **WRONG)
    clinic.clock.set(early + 2 * MINUTE)
    if not late:
        clinic.receive(came)
    clinic.go_to(NINE)
    clinic.receive(joined(DORA, NINE))
    held_to_the_end(clinic)
    if late:
        assert clinic.verdict()["cause"] == "absence"
        clinic.receive(came)
        clinic.work()
    assert clinic.verdict()["outcome"] == "undetermined"


def test_whom_nothing_identifies_in_another_meeting_of_the_same_host_makes_an_absence_unsure(rejoin):
    clinic = waiting_for_alice(rejoin)
    held_to_the_end(clinic)
    assert clinic.verdict()["confidence"] == "high"
    nothing = {"registrant_id": "", "customer_key": "", "email": "", "user_name": "iPhone"}
    clinic.receive(joined(ALICE, NINE + 2 * MINUTE, "w", **WRONG, **nothing))
    clinic.work()
    assert clinic.verdict()["confidence"] == "medium"


def test_stranger_elsewhere_is_nobody_elses_matter(rejoin):
    clinic = waiting_for_alice(rejoin)
    somebody = replace(ALICE, participant_id="X", name="Xenia Xu", email="x@example.org", registrant_id="", phone="")
    clinic.receive(joined(somebody, NINE + 20 * MINUTE, "w", **WRONG))
    clinic.read()
    assert clinic.work() == 0


def lines_run(rejoin, many: int, first: int) -> int:
    """How many lines of code run while so many strangers are read who come when so many sessions are on."""
    for number in range(first, first + many):
        people = tuple(replace(ALICE, participant_id=f"C-{number}-{n}", name=f"C {number} {n}") for n in range(4))
        at = NINE + first * timedelta(days=1)
        one = appointment(
            f"B{number}", meeting_id=f"83{number}", starts_at=at, ends_at=at + 60 * MINUTE, participants=people
        )
        clinic = Clinic(rejoin, one)
    clinic.clock.set(at + MINUTE)
    somebody = replace(ALICE, participant_id="X", name="Xenia Xu", email="x@example.org", registrant_id="", phone="")
    for number in range(many):
        clinic.receive(joined(somebody, at, f"s{first}-{number}", meeting=f"84{number}", instance=f"v{first}-{number}"))
    read, count = work_done.lines_run(clinic.read)
    assert read == many
    return count


def test_four_times_the_strangers_and_the_sessions_are_four_times_the_work_of_reading(rejoin_on_sqlite):
    """An account has meetings that are in no roster; whoever comes there is not compared with everybody."""
    lines_run(rejoin_on_sqlite, 10, 1)
    few, many = lines_run(rejoin_on_sqlite, 10, 100), lines_run(rejoin_on_sqlite, 40, 200)
    assert many < 5 * few


def test_who_left_another_meeting_was_in_it_though_nobody_heard_them_come(rejoin):
    clinic = waiting_for_alice(rejoin)
    held_to_the_end(clinic)
    assert clinic.verdict()["confidence"] == "high"
    clinic.receive(left(ALICE, TEN + 5 * MINUTE, "w", **WRONG))
    clinic.work()
    assert (clinic.verdict()["cause"], clinic.verdict()["flags"]) == ("technical", ["wrong-meeting"])


def test_who_came_to_another_meeting_long_before_sits_there_still(rejoin):
    clinic = Clinic(rejoin, appointment())
    clinic.clock.set(NINE - 50 * MINUTE)
    clinic.receive(joined(ALICE, NINE - 50 * MINUTE, "w", **WRONG))
    clinic.go_to(NINE)
    clinic.receive(joined(DORA, NINE))
    clinic.go_to(NINE + 20 * MINUTE)
    assert (clinic.verdict()["cause"], clinic.verdict()["flags"]) == ("technical", ["wrong-meeting"])


@pytest.mark.parametrize("late", [False, True], ids=["in time", "when all is final"])
def test_who_goes_from_the_other_one_long_after_this_one_was_over_is_not_absent_either(rejoin, late):
    """That they came to it was never delivered; that they went says that they had been there."""
    longer = appointment("A2", meeting_id=WRONG["meeting"], ends_at=NINE + 3 * HOUR)
    clinic = Clinic(rejoin, appointment(), longer)
    went = left(ALICE, NINE + 2 * HOUR + 30 * MINUTE, "w", **WRONG)
    clinic.go_to(NINE)
    clinic.receive(joined(DORA, NINE))
    clinic.go_to(TEN)
    clinic.receive(left(DORA, TEN))
    clinic.receive(ended(TEN))
    clinic.go_to(TEN + 2 * HOUR if late else NINE + 2 * HOUR + 31 * MINUTE)
    clinic.receive(went)
    clinic.go_to(TEN + 4 * HOUR)
    assert clinic.verdict()["outcome"] == "undetermined"


def test_who_comes_back_to_their_session_before_that_is_over_is_looked_for_here_also_when_it_is_told_late(rejoin):
    before = appointment("A0", meeting_id=WRONG["meeting"], starts_at=NINE - HOUR, ends_at=NINE - 10 * MINUTE)
    clinic = waiting_for_alice(rejoin, before)
    held_to_the_end(clinic)
    assert clinic.verdict()["cause"] == "absence"
    clinic.receive(joined(ALICE, NINE + 2 * MINUTE, "w", **WRONG))
    clinic.work()
    assert clinic.verdict()["outcome"] == "undetermined"
