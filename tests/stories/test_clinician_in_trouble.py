"""Nobody held the session, and something speaks for the clinician: they tried, told us, or came in unseen."""

from __future__ import annotations

import pytest

from tests.stories.story import Person, Story, an_hour


def client_alone() -> tuple[Story, Person, Person]:
    """The client is there from beginning to end; the clinician, who has a link of their own, is not seen."""
    story = Story(starts="10:00", ends="11:00")
    clinician, client = story.clinician(zoom_id="", registrant_id="reg-T1"), story.client()
    story.opens("09:58")
    story.stays(client, "09:58", "11:00")
    story.closes("11:00")
    story.expect(client, outcome="not-held", cause="provider", confidence="high", no_actions={"ticket"})
    return story, clinician, client


@pytest.mark.parametrize("at", ["09:30", "10:02", "10:40", "11:20"])
def test_clinician_who_tells_of_trouble_did_not_stay_away(at):
    story, clinician, client = client_alone()
    told = story.reports_trouble(clinician, at)
    result = story.expect(client, outcome="not-held", cause="technical", confidence="medium", actions={"reschedule"})
    assert result["findings"][0]["because"] == (
        "A clinician told us of technical trouble, and too little of the session was held."
    )
    assert story.deliveries().index(told) + 1 in result["findings"][0]["events"]
    story.expect(clinician, outcome="not-held", cause="technical", flags={"trouble-reported"}, actions={"ticket"})


def test_tech_support_hears_of_it_while_the_session_runs():
    story, clinician, _ = client_alone()
    story.reports_trouble(clinician, "10:02")
    story.other_meeting_hears("10:05")
    story.expect(clinician, at="10:16", outcome="not-held", cause="technical", actions={"ticket"})


@pytest.mark.parametrize(("at", "cause"), [("08:59:59", "provider"), ("09:00", "technical"), ("11:00", "technical"),
                                           ("11:00:01", "provider")])  # fmt: skip
def test_clinician_who_opened_their_link_in_vain_tried(at, cause):
    story, clinician, client = client_alone()
    story.clicks_link(clinician, at)
    story.expect(client, outcome="not-held", cause=cause)


def test_clinician_who_opened_their_link_and_was_there_for_moments_went_again():
    story, clinician, client = client_alone()
    story.clicks_link(clinician, "10:02")
    story.stays(clinician, "10:02:30", "10:06")
    story.expect(client, outcome="not-held", cause="provider", confidence="high")


@pytest.mark.parametrize(("at", "outcome"), [("08:59:59", "not-held"), ("09:00", "undetermined"),
                                             ("11:00", "undetermined"), ("11:00:01", "not-held")])  # fmt: skip
def test_clinician_who_came_before_the_host_was_in_it(at, outcome):
    story, clinician, client = client_alone()
    story.before_host("jbh_joined", clinician, at)
    result = story.expect(client, outcome=outcome)
    if outcome == "undetermined":
        assert "feed-gap" in result["flags"]
        assert {action["kind"] for action in result["actions"]} == {"review"}


def test_clinician_in_another_room_did_not_surely_stay_away_of_their_own():
    story, clinician, client = client_alone()
    story.stays(clinician, "10:01", "10:50", meeting="93400000002")
    story.expect(client, outcome="not-held", cause="provider", confidence="medium")


def test_clinician_whom_nobody_let_in_was_not_in_trouble():
    story, clinician, client = client_alone()
    story.clicks_link(clinician, "10:01")
    story.waits(clinician, "10:01:20")
    story.expect(client, outcome="not-held", cause="provider")


def test_several_drops_of_the_clinician_are_told_by_their_number_from_the_first_on():
    story, clinician, client = an_hour()
    story.joins(client, "09:59")
    story.drops(clinician, "10:10", "10:14")
    story.drops(clinician, "10:30", "10:36")
    story.is_over("11:00", client, clinician)
    told = [f for f in story.result(client)["findings"] if f["rule"] == "host-dropped"]
    assert [f["because"] for f in told] == ["A clinician dropped out at 10:10:00 UTC, the first of 2 times."]
    assert told[0]["events"] == [4, 6]


@pytest.mark.parametrize(("went", "cause"), [("10:08", "absence"), ("10:11", "technical"), ("10:13:30", "absence")])
def test_only_who_went_while_the_clinician_was_cut_off_went_because_of_it(went, cause):
    story, clinician, client = an_hour()
    story.stays(client, "09:58", went)
    story.drops(clinician, "10:10", "10:12")
    story.is_over("11:00", clinician)
    story.expect(client, outcome="partial", cause=cause)
