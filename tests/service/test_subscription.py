"""An event that was forgotten in the subscription at Zoom: the feed is alive, and still something is never told."""

from __future__ import annotations

from datetime import timedelta

import pytest

from plugin.service.watching import state
from tests.service.clinic import ALICE, DORA, NINE, Clinic, ended, joined, left

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
LEAVES = "Zoom never said that somebody left in the last 14 days"


def told(clinic: Clinic) -> tuple[str, ...]:
    """What the feed's page and `rejoin check` remark."""
    clinic.read()
    with clinic.rejoin.db.read() as tx:
        return state(tx, clinic.rejoin, clinic.clock.now()).warnings


def session(clinic: Clinic, at, *without: str, instance: str = "u1==") -> None:
    """An hour with Dora and Alice in it, of which some events are not told."""
    clinic.clock.set(at + HOUR)
    room = {"instance": instance, "begun": at}
    begun = ended(at, instance=instance) | {"event": "meeting.started"}
    begun["payload"]["object"]["start_time"] = at.strftime("%Y-%m-%dT%H:%M:%SZ")
    for body in (
        begun, joined(DORA, at, **room), joined(ALICE, at, **room), left(ALICE, at + HOUR, **room),
        left(DORA, at + HOUR, **room), ended(at + HOUR, instance=instance),
    ):  # fmt: skip
        if body["event"] not in without:
            clinic.receive(body)


def waiting(event: str, at, instance: str = "u1==") -> dict:
    """Alice at the door of the meeting: she came to the waiting room, went from it, or was let in."""
    body = joined(ALICE, at, instance=instance, date_time=at.strftime("%Y-%m-%dT%H:%M:%SZ"))
    return body | {"event": f"meeting.participant_{event}"}


def three_days(clinic: Clinic, *without: str) -> None:
    for day in range(3):
        session(clinic, NINE + DAY * day, *without, instance=f"u{day}==")
    clinic.clock.set(NINE + DAY * 4)


def test_sessions_told_whole_have_nothing_remarked(rejoin):
    clinic = Clinic(rejoin)
    three_days(clinic)
    assert told(clinic) == ()


@pytest.mark.parametrize(
    ("event", "words"),
    [
        ("meeting.started", "that a meeting began"),
        ("meeting.ended", "that a meeting ended"),
        ("meeting.participant_joined", "that somebody joined"),
        ("meeting.participant_left", "that somebody left"),
    ],
)
def test_event_that_never_comes_is_named(rejoin, event, words):
    clinic = Clinic(rejoin)
    three_days(clinic, event)
    (sentence,) = told(clinic)
    assert f"Zoom never said {words} in the last 14 days" in sentence
    assert "is that event missing in the subscription?" in sentence


def test_it_is_remarked_a_day_after_the_third_of_those_that_should_have_been_followed_and_not_before(rejoin):
    clinic = Clinic(rejoin)
    session(clinic, NINE, "meeting.participant_left")
    session(clinic, NINE + DAY, "meeting.participant_left", instance="u2==")  # two came each day
    second_came = NINE + DAY
    clinic.clock.set(second_came + DAY - timedelta(seconds=1))
    assert told(clinic) == ()
    clinic.clock.set(second_came + DAY)
    (sentence,) = told(clinic)
    assert LEAVES in sentence


def test_two_of_them_prove_nothing(rejoin):
    clinic = Clinic(rejoin)
    session(clinic, NINE, "meeting.participant_left")
    clinic.clock.set(NINE + 2 * DAY)
    assert told(clinic) == ()


def test_one_is_enough_to_know_that_it_is_subscribed_until_it_is_two_weeks_old(rejoin):
    clinic = Clinic(rejoin)
    session(clinic, NINE)
    last_left = NINE + HOUR
    for day in range(10, 13):
        session(clinic, NINE + DAY * day, "meeting.participant_left", instance=f"u{day}==")
    clinic.clock.set(last_left + 14 * DAY - timedelta(seconds=1))
    assert told(clinic) == ()
    clinic.clock.set(last_left + 14 * DAY)
    (sentence,) = told(clinic)
    assert LEAVES in sentence


def test_waiting_room_from_which_people_are_let_in_and_to_which_nobody_comes_is_not_subscribed(rejoin):
    clinic = Clinic(rejoin)
    three_days(clinic)
    for day in range(3):
        clinic.receive(waiting("admitted", NINE + DAY * day, f"u{day}=="))
    (sentence,) = told(clinic)
    assert "Zoom never said that somebody came to a waiting room" in sentence
    clinic.receive(waiting("joined_waiting_room", NINE - HOUR / 12))
    assert told(clinic) == ()


def test_who_is_sent_back_to_wait_did_not_come_to_the_waiting_room_before(rejoin):
    clinic = Clinic(rejoin)
    three_days(clinic)
    for day in range(3):
        clinic.receive(waiting("put_in_waiting_room", NINE + DAY * day + HOUR / 2, f"u{day}=="))
    assert told(clinic) == ()
