"""An incident of the platform: what it explains, and what it does not."""

from __future__ import annotations

import pytest

from tests.stories.story import Story, an_hour


@pytest.mark.parametrize(("begin", "end"), [("06:00", "07:00"), ("08:00", "10:00"), ("11:00", "12:00")])
def test_incident_of_another_hour_says_nothing(begin, end):
    story, clinician, client = an_hour()
    story.platform_incident(begin, end)
    story.is_over("11:00", clinician)
    story.expect(client, outcome="missed", cause="absence", without={"platform-incident"})


def test_who_left_before_it_began_did_not_leave_because_of_it():
    story, clinician, client = an_hour()
    story.stays(client, "09:58", "10:10")
    story.platform_incident("10:30", "10:35")
    story.is_over("11:00", clinician)
    story.expect(client, outcome="partial", cause="absence", flags={"platform-incident", "left-early"}, lost=5)


def test_who_left_during_it_left_because_of_it_though_it_ended_soon():
    story, clinician, client = an_hour()
    story.stays(client, "09:58", "10:31")
    story.platform_incident("10:30", "10:35")
    story.is_over("11:00", clinician)
    story.expect(client, outcome="partial", cause="technical", lost=29)


def test_no_sign_of_a_person_and_a_short_incident_is_for_a_person_to_judge():
    """The others came and stayed; whether the incident kept this one out, or something else did, nobody told us."""
    for end, told in (
        ("10:30", {"outcome": "missed", "cause": "technical", "confidence": "medium"}),
        ("10:05", {"outcome": "undetermined", "cause": "unknown", "only_actions": {"review"}}),
    ):
        story, clinician, client = an_hour("group")
        other = story.client("C2")
        story.platform_incident("09:50", end)
        story.joins(other, end)
        story.is_over("11:00", other, clinician)
        story.expect(client, flags={"platform-incident"}, **told)


@pytest.mark.parametrize(
    ("end", "outcome"), [("10:29:59", "undetermined"), ("10:30", "missed"), ("10:30:01", "missed")]
)
def test_who_never_came_was_kept_out_by_it_no_longer_than_it_lasted(end, outcome):
    """On equal terms technical goes first: half of the hour is enough. A while to come afterwards has who comes."""
    story, clinician, client = an_hour()
    story.platform_incident("09:50", end)
    story.is_over("11:00", clinician)
    story.expect(client, outcome=outcome, no_show=False, flags={"platform-incident"})


@pytest.mark.parametrize(
    ("end", "cause"), [("10:29:59", "provider"), ("10:30", "technical"), ("10:30:01", "technical")]
)
def test_clinician_who_never_came_was_kept_out_by_it_no_longer_than_it_lasted(end, cause):
    story = Story(starts="10:00", ends="11:00")
    story.clinician()
    client = story.client()
    story.opens("09:58")
    story.joins(client, "09:58")
    story.platform_incident("09:50", end)
    story.is_over("11:00", client)
    story.expect(client, outcome="not-held", cause=cause, confidence="medium")


def test_who_said_that_they_would_not_come_is_excused_whatever_zoom_did():
    story, clinician, client = an_hour()
    story.gives_notice(client, "08:00")
    story.platform_incident("09:50", "10:05")
    story.is_over("11:00", clinician)
    story.expect(client, outcome="excused", cause="absence")


def test_who_had_not_come_when_it_began_was_not_kept_out_by_it_before():
    """Ten minutes without a reason, ten and the grace of the incident; of what came after, five were theirs."""
    for comes, cause in (("10:30", "technical"), ("10:30:01", "absence")):
        story, clinician, client = an_hour()
        story.platform_incident("10:10", "10:20")
        story.joins(client, comes)
        story.is_over("11:00", client, clinician)
        story.expect(client, outcome="partial", cause=cause, lost=15)


def test_who_came_late_after_an_incident_is_not_surely_late_by_choice():
    story, clinician, client = an_hour()
    story.platform_incident("09:50", "10:02")
    story.joins(client, "10:20")
    story.is_over("11:00", client, clinician)
    story.expect(client, outcome="partial", cause="absence", confidence="medium", lost=7)


def test_late_incident_does_not_excuse_who_had_not_come_by_then():
    story, clinician, client = an_hour()
    story.joins(client, "10:40")
    story.platform_incident("10:30", "10:35")
    story.is_over("11:00", client, clinician)
    story.expect(client, outcome="partial", cause="absence", lost=5)


def test_incident_that_staff_entered_afterwards_is_not_known_before():
    story, clinician, client = an_hour()
    story.platform_incident("09:55", "10:40", after=3600)
    story.other_meeting_hears("10:10")
    story.is_over("11:00", clinician)
    story.expect(client, at="10:30", without={"platform-incident"}, cause="absence")
    story.expect(client, flags={"platform-incident"}, cause="technical")


def test_session_that_an_incident_prevented_is_nobodys_fault():
    story, clinician, client = an_hour()
    story.leaves(clinician, "10:02")
    story.platform_incident("09:55", "10:50")
    story.joins(client, "10:01")
    story.is_over("11:00", client)
    story.expect(client, outcome="not-held", cause="technical", confidence="medium")


@pytest.mark.parametrize(("begin", "end"), [("08:00", "10:00"), ("11:00", "12:00")])
def test_incident_of_another_hour_is_no_excuse_for_the_clinician(begin, end):
    story, clinician, client = an_hour()
    story.leaves(clinician, "10:02")
    story.platform_incident(begin, end)
    story.joins(client, "10:01")
    story.is_over("11:00", client)
    story.expect(client, outcome="not-held", cause="provider", confidence="high")


@pytest.mark.parametrize(
    ("left", "cause"),
    [("10:24:59", "absence"), ("10:25", "technical"), ("10:30", "technical"), ("10:30:01", "absence")],
)
def test_who_left_for_good_while_it_was_on_was_driven_away_by_it(left, cause):
    story, clinician, client = an_hour()
    story.joins(client, "09:58")
    story.leaves(client, left, "plain")
    story.platform_incident("10:25", "10:30")
    story.is_over("11:00", clinician)
    story.expect(client, outcome="partial", cause=cause, flags={"platform-incident", "left-early"})


@pytest.mark.parametrize(("begin", "absent"), [("06:00", True), ("06:01", False)])
def test_second_word_of_an_incident_that_began_then_tells_when_it_ended(begin, absent):
    """Nobody gave it a name; of another beginning, the first one goes on."""
    story, clinician, client = an_hour()
    open_end = story.platform_incident("06:00", "06:00", after=60)
    del open_end.body["payload"]["ended_at"]
    story.platform_incident(begin, "07:00", after=3700)
    story.is_over("11:00", clinician)
    told = story.expect(client, no_show=absent)
    assert ("platform-incident" in told["flags"]) is not absent
