"""Somebody opens the link of another session of theirs, and is missing from the one that is on: they meant to come."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.stories.story import Person, Story, an_hour

LOOK_AT_IT = {"outcome": "undetermined", "cause": "unknown", "confidence": "low", "only_actions": {"review"}}
ABSENT = {"outcome": "missed", "cause": "absence", "confidence": "high"}
TRIES = {"rejoin.join_clicked": "opened", "rejoin.trouble_reported": "told of trouble behind"}


def hour_and_another(starts: str, ends: str) -> tuple[Story, Person]:
    """The client is missing from ten to eleven, and has another session in another meeting."""
    story, clinician, client = an_hour()
    story.is_over("11:00", clinician)
    story.another_appointment("A0", "93000000000", starts, ends, clinician, client)
    return story, client


def tries(story: Story, who: Person, at: str, event: str = "rejoin.join_clicked", session: str = "A0") -> int:
    """They do it behind the link of that session; returns the line of it."""
    sent = story._own(event, at, who)
    sent.body["payload"]["appointment_id"] = session
    return story.deliveries().index(sent) + 1


@pytest.mark.parametrize("event", TRIES)
@pytest.mark.parametrize(("starts", "ends"), [("-167:00", "-166:00"), ("34:00", "35:00")], ids=["old", "to come"])
def test_link_of_another_day(event, starts, ends):
    story, client = hour_and_another(starts, ends)
    line = tries(story, client, "10:02", event)
    again = tries(story, client, "10:03", event)
    finding = story.expect(client, **LOOK_AT_IT)["findings"][0]
    assert finding["events"] == [line, again]
    assert finding["because"] == f"They {TRIES[event]} their link of another session at 10:02:00 UTC."


def test_link_of_a_session_that_the_roster_does_not_know_any_more():
    story, clinician, client = an_hour()
    story.is_over("11:00", clinician)
    tries(story, client, "10:02", session="A-of-last-year")
    story.expect(client, **LOOK_AT_IT)


@pytest.mark.parametrize(("at", "counts"), [("09:44:59", False), ("09:45", True), ("11:00", True), ("11:00:01", False)])
def test_in_the_time_in_which_people_come_to_this_session(at, counts):
    story, client = hour_and_another("-167:00", "-166:00")
    tries(story, client, at)
    story.expect(client, **(LOOK_AT_IT if counts else ABSENT))


@pytest.mark.parametrize(
    ("starts", "ends", "at", "counts"),
    [
        ("11:10", "12:00", "10:55", False), ("11:10", "12:00", "10:54:59", True), ("09:00", "10:01:59", "10:02", True),
        ("09:00", "10:02", "10:02", True),  # it was on still, and they did not come to it either
    ],
)  # fmt: skip
def test_who_comes_to_the_other_session_opens_its_link(starts, ends, at, counts):
    story, client = hour_and_another(starts, ends)
    tries(story, client, at)
    story.expect(client, **(LOOK_AT_IT if counts else ABSENT))


def test_what_somebody_else_opened_says_nothing():
    story, client = hour_and_another("34:00", "35:00")
    tries(story, story.client("C2"), "10:02")
    story.expect(client, **ABSENT)


def test_what_had_not_arrived_was_not_known():
    story, client = hour_and_another("34:00", "35:00")
    sent = story._own("rejoin.join_clicked", "10:02", client)
    sent.body["payload"]["appointment_id"] = "A0"
    story.sent[-1] = type(sent)(sent.body, sent.at, story.at("11:30"))
    story.expect(client, at="11:20", **ABSENT)
    story.expect(client, **LOOK_AT_IT)


def test_who_was_there_was_there():
    story, clinician, client = an_hour()
    story.joins(client, "10:04")
    story.is_over("11:00", clinician, client)
    story.another_appointment("A0", "93000000000", "34:00", "35:00", clinician, client)
    tries(story, client, "10:02")
    story.expect(client, outcome="attended", confidence="high", flags=set())


def test_try_that_is_heard_of_long_after_later_ones_counts():
    story, client = hour_and_another("34:00", "35:00")
    for at in ("12:10", "12:11", "12:12"):
        tries(story, client, at)
    tries(story, client, "10:02")
    late = story.sent[-1] = replace(story.sent[-1], received_at=story.at("12:20"))
    finding = story.expect(client, **LOOK_AT_IT)["findings"][0]
    assert finding["events"] == [story.deliveries().index(late) + 1]


@pytest.mark.parametrize(
    ("starts", "ends", "at", "counts"),
    [
        ("10:00", "11:00", "09:45", True), ("10:00", "11:00", "09:44:59", False), ("10:00", "11:00", "10:20", True),
        ("10:30", "11:30", "10:20", True), ("10:30:01", "11:30", "10:20", False), ("09:00", "12:00", "10:20", True),
        ("10:00", "11:00", "11:00:01", False),
    ],
)  # fmt: skip
@pytest.mark.parametrize("place", ["", "93000000000"], ids=["in this meeting", "in another"])
def test_who_tries_to_come_to_another_session_at_the_same_time(starts, ends, at, counts, place):
    """Somebody of two families, say: to those in one room either link leads, and in two rooms nobody can be at once."""
    story, clinician, client = an_hour()
    story.is_over("11:00", clinician)
    story.another_appointment("A0", place or story.meeting.meeting_id, starts, ends, clinician, client)
    tries(story, client, at)
    story.expect(client, **(LOOK_AT_IT if counts else ABSENT))


LATE, EARLY = ("10:25", "11:00"), ("09:58", "10:30")
CLICKS, TROUBLE = TRIES


@pytest.mark.parametrize(
    ("event", "at", "stays", "doubted"),
    [
        (CLICKS, "10:02", LATE, True), (CLICKS, "10:26", LATE, False), (CLICKS, "09:44:59", LATE, False),
        (TROUBLE, "10:02", LATE, True), (TROUBLE, "10:26", LATE, False), (TROUBLE, "09:44:59", LATE, True),
        (CLICKS, "10:32", EARLY, True), (TROUBLE, "10:32", EARLY, True), (CLICKS, "10:29", EARLY, False),
    ],
)  # fmt: skip
def test_who_tried_another_link_while_they_were_away_was_not_surely_away_by_choice(event, at, stays, doubted):
    """An old link first, and then the right one: who comes late by it meant to come."""
    story, clinician, client = an_hour()
    story.another_appointment("A0", "93000000000", "-167:00", "-166:00", clinician, client)
    story.stays(client, *stays)
    tries(story, client, at, event)
    if doubted:
        tries(story, client, story.at(at) + timedelta(seconds=30), event)
    story.is_over("11:00", clinician)
    confidence = "high" if stays is LATE and not doubted else "medium"  # a plain leave can hide a fault
    told = story.expect(client, outcome="partial", cause="absence", confidence=confidence)
    what = f"they had {TRIES[event]} their link of another session at {f'{at}:00'[:8]} UTC"
    assert (what in told["findings"][0]["because"]) == doubted
