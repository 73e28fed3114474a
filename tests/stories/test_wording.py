"""The sentences that staff read: which moment they name, and in which words."""

from __future__ import annotations

import pytest

from tests.stories.story import Story, an_hour, seconds_after


def test_words_of_a_duration_have_half_minutes():
    story, clinician, client = an_hour()
    story.joins(client, seconds_after(story, "10:07", 30))
    story.is_over("11:00", client, clinician)
    result = story.expect(client, flags={"late"})
    assert "They arrived at 10:07:30 UTC, 7.5 min after the start." in [f["because"] for f in result["findings"]]


def said(result: dict, rule: str) -> str:
    (because,) = [f["because"] for f in result["findings"] if f["rule"] == rule and f["hit"]]
    return because


def test_connection_that_broke_is_told_with_its_first_break_and_the_way_back():
    story, clinician, client = an_hour()
    story.joins(client, "09:58")
    story.drops(client, "10:10", back="10:15")
    story.drops(client, "10:30", back="10:40")
    story.is_over("11:00", client, clinician)
    result = story.expect(client, flags={"interrupted"})
    assert said(result, "connection-broke") == (
        "A connection ended abnormally at 10:10:00 UTC, and they were back at 10:15:00 UTC."
    )
    assert said(result, "interrupted") == "They dropped out and came back 2 times, first at 10:10:00 UTC."


def test_plain_leave_after_a_warning_is_told_as_such():
    story, clinician, client = an_hour()
    story.joins(client, "09:58")
    story.is_warned(client, "10:19")
    story.leaves(client, "10:20")
    story.is_over("11:00", clinician)
    assert said(story.expect(client, cause="technical"), "connection-broke") == (
        "A connection ended after a warning of their network at 10:20:00 UTC, and they did not come back."
    )


def test_break_after_a_warning_is_told_as_a_break():
    story, clinician, client = an_hour()
    story.joins(client, "09:58")
    story.is_warned(client, "10:19")
    story.leaves(client, "10:20", "network")
    story.is_over("11:00", clinician)
    assert said(story.expect(client, cause="technical"), "connection-broke") == (
        "A connection ended abnormally at 10:20:00 UTC, and they did not come back."
    )


def test_quick_return_says_how_long_and_when():
    story, clinician, client = an_hour()
    story.joins(client, "09:58")
    story.leaves(client, "10:10")
    story.joins(client, seconds_after(story, "10:11", 30))
    story.is_over("11:00", client, clinician)
    assert said(story.expect(client, outcome="attended"), "quick-return") == "They were gone for 90 s at 10:10:00 UTC."


def test_leaving_early_says_how_much_was_left():
    story, clinician, client = an_hour()
    story.stays(client, "09:58", "10:20")
    story.is_over("11:00", clinician)
    assert said(story.expect(client, outcome="partial"), "left-early") == (
        "They left at 10:20:00 UTC, 40 min before the end."
    )


def test_waiting_says_how_long_in_all_and_until_when():
    story, clinician, client = an_hour()
    for begin, end in (("10:00", "10:05"), ("10:10", "10:20")):
        story.waits(client, begin)
        story.stops_waiting(client, end)
    story.joins(client, "10:20")
    story.is_over("11:00", client, clinician)
    assert said(story.expect(client, waited=15), "kept-waiting") == (
        "They waited 15 min to be let in, last until 10:20:00 UTC."
    )


def test_failed_tries_say_how_many_and_when_the_first_was():
    story, clinician, client = an_hour()
    for minute in ("10:01", "10:05", "10:09"):
        story.stays(client, minute, seconds_after(story, minute, 20))
    story.is_over("11:00", clinician)
    assert said(story.expect(client, cause="technical"), "failed-tries") == (
        "3 of their connections were shorter than 60 s, the first at 10:01:00 UTC."
    )


def test_of_two_starts_that_were_not_delivered_the_first_is_told():
    story, clinician, client = an_hour()
    for begin, end in (("10:00", "10:10"), ("10:20", "10:30")):
        story.joins(client, begin, lost=True)
        story.leaves(client, end)
    story.is_over("11:00", clinician)
    assert said(story.expect(client, flags={"inferred-start"}), "inferred-start") == (
        "A leave at 10:10:00 UTC came without its join."
    )


def test_share_of_the_session_is_told_in_whole_percent():
    story, clinician, client = an_hour()
    story.stays(client, "09:58", "10:20")
    story.is_over("11:00", clinician)
    assert said(story.expect(client), "partial") == (
        "They were present for 33% of the time that a clinician held the session; the rest is absence. "
        "It is not certain: a leave can hide a fault."
    )


def test_times_are_told_as_the_programs_clock_shows_them():
    story, clinician, client = an_hour(zone="America/New_York")
    story.joins(client, "10:30")
    story.is_over("11:00", client, clinician)
    assert said(story.expect(client), "late") == "They arrived at 10:30:00 EST, 30 min after the start."


def test_of_two_ends_without_a_reason_the_first_is_told():
    story, clinician, client = an_hour()
    story.stays(client, "09:58", "10:20", "none")
    story.stays(client, "10:30", "10:40", "none")
    story.is_over("11:00", clinician)
    assert said(story.expect(client), "reason-not-understood") == (
        "A connection ended at 10:20:00 UTC without a known reason."
    )


def test_of_two_ends_that_were_not_delivered_the_first_begin_is_told():
    story, clinician, client = an_hour()
    story.joins(client, "10:00")
    story.is_over("10:20", clinician)
    story.begins("10:25", clinician)
    story.joins(client, "10:26")
    story.is_over("11:00", clinician)
    assert said(story.expect(client, flags={"inferred-end"}), "inferred-end") == (
        "A join at 10:00:00 UTC came without its leave; it ends with the meeting."
    )


def test_who_was_never_let_in_is_told_from_when():
    story, clinician, client = an_hour()
    story.waits(client, "10:02")
    story.stops_waiting(client, "10:40")
    story.is_over("11:00", clinician)
    result = story.expect(client, flags={"never-admitted"}, cause="provider")
    assert said(result, "kept-waiting") == "They waited 38 min of the session and were never let in."
    assert said(result, "never-admitted") == "They waited from 10:02:00 UTC and were never seen inside."


def test_a_rule_that_did_not_hit_says_what_it_saw_all_the_same():
    story = Story("individual", "10:00", "11:00")
    clinician, client = story.clinician(), story.client()
    story.begins("10:08", clinician)
    story.leaves(client, "10:40")  # their join was never delivered
    story.is_over("11:00", clinician)
    (late,) = [f for f in story.result(client)["findings"] if f["rule"] == "late"]
    assert not late["hit"]
    assert late["because"] == "Their arrival was not delivered; they may have been there before."


@pytest.mark.parametrize(
    ("begin", "end", "because"),
    [
        ("09:10", "09:40", "They were there before the start, until 09:40:00 UTC, and did not come back."),
        ("11:05", "11:20", "They came when it was over, at 11:05:00 UTC."),
        ("10:10", "10:10:20", "They were there for 20 s only, too short to tell what happened."),
    ],
)
def test_sign_of_somebody_who_was_not_in_the_session_says_when_they_were_seen(begin, end, because):
    story = Story(starts="10:00", ends="11:00")
    clinician, client = story.clinician(), story.client()
    story.begins("09:05", clinician)
    story.other_meeting_hears("10:30")
    story.stays(client, begin, end)
    story.is_over("11:30", clinician)
    assert story.expect(client, outcome="undetermined", cause="unknown")["findings"][0]["because"] == because
