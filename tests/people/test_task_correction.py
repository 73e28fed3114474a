"""The verdict turns after a task was opened for it: what the task says then, and what is to be done once more."""

from __future__ import annotations

from datetime import timedelta

import pytest

from plugin.core.appointment import Participant, Role
from plugin.core.assessment import Cause, Outcome
from plugin.service import evidence, override, tasks
from tests.people.house import ALICE, NINE, House, appointment
from tests.service.clinic import joined, left

SOMEBODY = Participant("", Role.CLIENT, "iPhone")
MINUTE = timedelta(minutes=1)
CLAIMED = "They say that they were there, and we did not see them."
STRANGER = "One unidentified guest was there or waited for 60 s or more."


@pytest.fixture
def house(rejoin) -> House:
    """Alice did not come, and says that she was there: a person is to look."""
    house = House(rejoin)
    house.miss()
    claim(house)
    assert review(house) == ("open", CLAIMED)
    return house


def claim(house: House) -> None:
    house.clock.advance(minutes=5)
    with house.rejoin.db.begin() as tx:
        evidence.record(tx, house.rejoin, "rejoin.presence_claimed", "A1", "C-ALICE", house.clock.now())
    house.work()
    house.act()


def come_late(house: House, *bodies: dict) -> None:
    house.clock.advance(minutes=5)
    for body in bodies:
        house.receive(body)
    house.work()
    house.act()


def stranger(house: House) -> None:
    come_late(house, joined(SOMEBODY, NINE + 5 * MINUTE, "g"), left(SOMEBODY, NINE + 40 * MINUTE, "g"))


def review(house: House) -> tuple[str, str]:
    found = [one for state in ("open", "done", "withdrawn") for one in house.tasks(state)]
    return next((one.state, one.because) for one in found if one.key == "review/A1/C-ALICE")


def done(house: House) -> None:
    house.do(tasks.finish, next(one.id for one in house.tasks() if one.key == "review/A1/C-ALICE"), "cora")


def test_review_says_the_reason_that_there_is_now(house):
    stranger(house)
    assert review(house) == ("open", STRANGER)


def test_review_that_was_done_is_to_be_done_with_what_came_out_since(house):
    done(house)
    stranger(house)
    assert review(house) == ("open", STRANGER)


def test_what_they_tell_after_the_review_is_looked_at_though_the_verdict_stays(rejoin):
    house = House(rejoin)
    stranger(house)
    house.miss()
    house.act()
    done(house)
    claim(house)
    assert review(house) == ("open", STRANGER)
    assert house.history()[0].trigger == "answer"


def test_whoever_decides_has_looked(house):
    done(house)
    house.do(override.decide, "A1", "C-ALICE", Outcome.UNDETERMINED, Cause.UNKNOWN, "Nobody can say.", "cora")
    house.work()
    house.act()
    assert review(house)[0] == "done"


def test_what_says_nothing_new_is_no_reason_to_look_again(house):
    done(house)
    come_late(house, joined(ALICE, NINE - 300 * MINUTE, "long-ago"), left(ALICE, NINE - 299 * MINUTE, "long-ago"))
    assert review(house) == ("done", CLAIMED)


def test_open_check_in_says_which_no_show_it_is_by_now(rejoin):
    week = timedelta(days=7)
    earlier = [
        appointment(
            f"B{n}", starts_at=NINE - n * week, ends_at=NINE - n * week + 60 * MINUTE, meeting_id=f"8200000000{n}"
        )
        for n in (1, 2)
    ]
    house = House(rejoin, appointment(), *earlier)
    house.miss()
    house.act()
    assert check_in(house) == "This is no-show number 1 in 84 days."
    for one in ("B1", "B2"):
        house.clock.advance(minutes=1)
        house.do(override.decide, one, "C-ALICE", Outcome.MISSED, Cause.ABSENCE, "They did not come.", "cora")
        house.work()
        house.act()
    assert check_in(house) == "This is no-show number 3 in 84 days."


def check_in(house: House) -> str:
    return next(one.because for one in house.tasks() if one.key == "checkin/A1/C-ALICE")
