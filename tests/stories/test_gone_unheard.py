"""No end of a connection was delivered, and what came after it says that it had broken: perhaps they were cut off."""

from __future__ import annotations

import pytest

from tests.stories.story import Person, Story, an_hour

LOOK_AT_IT = {"outcome": "attended", "confidence": "low", "flags": {"inferred-end"}, "actions": {"review"}}
AS_BEFORE = {"outcome": "attended", "confidence": "medium", "flags": {"inferred-end"}, "no_actions": {"review"}}


def power_cut(at: str = "09:58") -> tuple[Story, Person]:
    """The client came, and no leave of that connection was ever sent; the session went on to its end."""
    story, clinician, client = an_hour()
    story.joins(client, at)
    story.is_over("11:00", clinician)
    return story, client


def test_who_tells_of_trouble_while_they_seem_to_be_there_was_perhaps_cut_off():
    story, client = power_cut()
    story.reports_trouble(client, "10:15")
    finding = story.expect(client, **LOOK_AT_IT)["findings"][0]
    why = "no end of a connection was delivered, and they told us of trouble at 10:15:00 UTC."
    assert finding["because"].endswith(f"It is not certain: {why}")
    assert 4 in finding["events"]


def test_who_opens_their_link_again_had_gone():
    story, client = power_cut()
    story.clicks_link(client, "10:15")
    story.expect(client, **LOOK_AT_IT)


def test_who_comes_back_and_is_cut_off_for_good_had_gone_before():
    story, client = power_cut()
    story.stays(client, "10:15", "10:20", "network", device="again")
    story.expect(client, **LOOK_AT_IT)


def test_who_leaves_of_their_own_accord_by_the_other_connection_may_have_two():
    story, client = power_cut()
    story.stays(client, "10:15", "10:20", device="phone")
    story.expect(client, **AS_BEFORE)


def test_who_comes_back_and_stays_had_enough_of_it_anyway():
    story, client = power_cut()
    story.clicks_link(client, "10:04")
    story.joins(client, "10:05", device="again")
    story.leaves(client, "11:00", device="again")
    story.expect(client, **AS_BEFORE)


@pytest.mark.parametrize(
    ("at", "doubted"), [("10:00", False), ("10:00:01", True), ("10:44:59", True), ("10:45", False)]
)
def test_when_it_was_told_matters(at, doubted):
    """Joining takes two minutes, and who was there for three quarters of it attended."""
    story, client = power_cut()
    story.reports_trouble(client, at)
    story.expect(client, **(LOOK_AT_IT if doubted else AS_BEFORE))


def test_of_whom_a_leave_was_delivered_it_is_known_when_they_went():
    story, clinician, client = an_hour()
    story.joins(client, "09:58")
    story.reports_trouble(client, "10:15")
    story.is_over("11:00", client, clinician)
    story.expect(client, outcome="attended", confidence="high", no_actions={"review"})


def test_who_answers_afterwards_that_their_internet_died_was_perhaps_gone_as_soon_as_they_came():
    story, client = power_cut()
    story.expect(client, **AS_BEFORE)
    story.reports_trouble(client, "12:00")
    story.expect(client, **LOOK_AT_IT)


def test_who_opens_their_link_when_it_is_over_may_have_been_there():
    story, client = power_cut()
    story.clicks_link(client, "11:10")
    story.expect(client, **AS_BEFORE)
    story.reports_trouble(client, "12:00")
    story.expect(client, **LOOK_AT_IT)


def test_who_waits_to_be_let_in_is_not_inside():
    story, client = power_cut()
    story.waits(client, "10:15", device="again")
    story.stops_waiting(client, "10:40", device="again")
    story.expect(client, **LOOK_AT_IT)


def test_who_is_let_in_again_had_enough_of_it_anyway():
    story, client = power_cut()
    story.waits(client, "10:15", device="again")
    story.is_admitted(client, "10:16", device="again")
    story.joins(client, "10:16:02", device="again")
    story.leaves(client, "11:00", device="again")
    story.expect(client, **AS_BEFORE)
