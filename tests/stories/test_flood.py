"""A flood of strangers in one meeting: counted, not kept, and nobody is absent because of it."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugin.core.appointment import Status
from tests.stories.story import POLICY, Story, an_hour
from tests.stories.test_properties import SETTINGS

FEW = replace(
    POLICY, thresholds={kind: replace(numbers, most_guest_events=10) for kind, numbers in POLICY.thresholds.items()}
)
"""As shipped, but ten events of strangers are a flood."""


def flooded(strangers: int, **more) -> tuple[Story, object, object]:
    story, clinician, client = an_hour("group", **more)
    for number in range(strangers):
        story.stays(story.guest(f"Somebody {number}"), "10:05", "10:05:30")
    return story, clinician, client


@pytest.mark.parametrize(("strangers", "outcome"), [(5, "missed"), (6, "undetermined")])
def test_absence_is_not_told_in_a_flood(strangers, outcome):
    """Ten events are no flood, twelve are; each stranger was too short there to have been the client."""
    story, clinician, client = flooded(strangers)
    story.is_over("11:00", clinician)
    result = story.expect(client, policy=FEW, outcome=outcome)
    if outcome == "undetermined":
        assert "unidentified-guest" in result["flags"]
        assert {a["kind"] for a in result["actions"]} == {"review"}
        assert "12 events" in result["findings"][0]["because"]


def test_who_was_surely_there_attended_also_in_a_flood():
    story, clinician, client = flooded(20)
    story.joins(client, "09:58")
    story.is_over("11:00", clinician, client)
    story.expect(client, policy=FEW, outcome="attended", attended=60, confidence="medium")


def test_whose_end_was_not_told_may_have_left_in_the_flood():
    story, clinician, client = flooded(20)
    story.joins(client, "09:58")
    story.is_over("11:00", clinician)
    story.expect(client, policy=FEW, outcome="undetermined")


def test_clinician_may_be_one_of_the_flood():
    story = Story("group", "10:00", "11:00")
    story.clinician()
    client = story.client()
    story.opens("09:57")
    for number in range(20):
        story.stays(story.guest(f"Somebody {number}"), "10:05", "10:40")
    story.joins(client, "09:58")
    story.is_over("11:00", client)
    story.expect(client, policy=FEW, outcome="undetermined", no_show=False)


def test_flood_in_one_meeting_says_nothing_about_another():
    story, clinician, client = flooded(20)
    story.another_appointment("A2", "97712345678", "10:00", "11:00", client)
    story.is_over("11:00", clinician)
    calm, clinician, absent = an_hour()
    calm.is_over("11:00", clinician)
    calm.expect(absent, policy=FEW, outcome="missed", cause="absence", confidence="high")


def test_same_word_told_again_makes_no_flood():
    story, clinician, client = flooded(5)
    story.sent += [d for d in story.sent if "Somebody" in d.told()] * 5
    story.is_over("11:00", clinician)
    story.expect(client, policy=FEW, outcome="missed", cause="absence")


def test_what_the_reader_says_of_a_flood_counts_however_little_of_it_was_read():
    """The running service reads no more of a flood; a recording of what it read says the same."""
    story, clinician, client = flooded(2)
    story.is_over("11:00", clinician)
    story.expect(client, policy=FEW, outcome="missed", cause="absence")
    story.is_flooded("10:00")
    story.expect(client, policy=FEW, outcome="undetermined")


def test_what_was_cancelled_is_cancelled_in_a_flood_too():
    story, clinician, client = flooded(12)
    story.status = Status.CANCELLED
    story.is_over("11:00", clinician)
    story.expect(client, policy=FEW, outcome="cancelled", cause="none", only_actions=set())


def test_what_nobody_could_tell_without_a_flood_is_told_as_that():
    story, _, client = flooded(12)
    told = story.expect(client, at="10:03", policy=FEW, outcome="undetermined")["findings"][0]["because"]
    assert told == "It is too early to say, or they are just arriving."


@SETTINGS
@given(st.integers(0, 12), st.booleans(), st.randoms(use_true_random=False))
def test_order_of_arrival_changes_nothing_in_a_flood(strangers: int, comes: bool, chance: random.Random):
    story, clinician, client = flooded(strangers)
    if comes:
        story.stays(client, "10:01", "10:55")
    story.is_over("11:00", clinician)
    lines = story.lines()
    expected = [{k: r[k] for k in ("outcome", "cause", "flags", "confidence")} for r in story.results(policy=FEW)]
    chance.shuffle(lines)
    got = story.results(lines=lines, policy=FEW)
    assert [{k: r[k] for k in ("outcome", "cause", "flags", "confidence")} for r in got] == expected
    assert not [r for r in got if strangers > 5 and (r["outcome"], r["cause"]) == ("missed", "absence")]
