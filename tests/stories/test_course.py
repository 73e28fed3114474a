"""How a session went for one person, beside the verdict: late, never let in, gone early, back again, gone for good."""

from __future__ import annotations

import pytest

from tests.stories.story import Story, an_hour


def said(result: dict, rule: str) -> str:
    return [finding["because"] for finding in result["findings"] if finding["rule"] == rule][-1]


# --- an end that cannot be read --------------------------------------------------------------------------------------


def test_a_leave_that_was_chosen_is_not_excused_by_one_that_cannot_be_read():
    story, clinician, client = an_hour()
    story.stays(client, "09:58", "10:05")
    story.stays(client, "10:30", "10:40", "none")
    story.joins(client, "10:50")
    story.is_over("11:00", client, clinician)
    result = story.expect(client, outcome="partial", cause="absence", lost=10)
    assert said(result, "reason-not-understood") == "A connection ended at 10:40:00 UTC without a known reason."


def test_an_end_that_cannot_be_read_and_cost_nothing_is_not_told():
    story, clinician, client = an_hour()
    story.joins(client, "09:58")
    story.leaves(clinician, "10:40")
    story.leaves(client, "10:50", "none")
    story.closes("11:00")
    result = story.expect(client, outcome="attended")
    assert said(result, "reason-not-understood") == "They were not away after an end whose reason we cannot read."


# --- late ------------------------------------------------------------------------------------------------------------


def test_who_was_seen_coming_late_is_late_though_how_they_came_again_was_not_delivered():
    story, clinician, client = an_hour()
    story.joins(client, "10:20")
    story.is_over("10:29", client, clinician)
    story.begins("10:30", clinician)
    story.joins(client, "10:30", lost=True)
    story.is_over("11:00", client, clinician)
    result = story.expect(client, flags={"late", "inferred-start"})
    assert said(result, "late") == "They arrived at 10:20:00 UTC, 20 min after the start."


def test_who_comes_late_is_late_though_how_they_came_to_another_session_was_not_delivered():
    story = Story(starts="10:00", ends="11:00")
    clinician, client = story.clinician(), story.client()
    story.another_appointment("A0", story.meeting.meeting_id, "08:00", "09:00", clinician, client)
    story.begins("07:57", clinician)
    story.joins(client, "08:00", lost=True)
    story.is_over("09:00", client, clinician)
    story.begins("09:57", clinician)
    story.joins(client, "10:20")
    story.is_over("11:00", client, clinician)
    result = story.expect(client, outcome="partial", cause="absence", flags={"late"})
    assert said(result, "late") == "They arrived at 10:20:00 UTC, 20 min after the start."


# --- never let in ----------------------------------------------------------------------------------------------------


def test_who_waited_while_the_clinician_was_there_and_once_more_later_was_kept_out():
    story, clinician, client = an_hour()
    story.other_meeting_hears("10:40")
    story.waits(client, "10:10")
    story.stops_waiting(client, "10:15")
    story.is_over("10:30", clinician)
    story.waits(client, "10:40")
    story.stops_waiting(client, "10:50")
    result = story.expect(client, outcome="missed", cause="provider", confidence="high")
    assert said(result, "never-admitted") == "They waited from 10:10:00 UTC and were never seen inside."


def test_who_waited_between_two_comings_of_the_clinician_was_kept_out():
    story, clinician, client = an_hour()
    story.leaves(clinician, "10:10")
    story.waits(client, "10:15")
    story.joins(clinician, "10:30")
    story.stops_waiting(client, "10:45")
    story.is_over("11:00", clinician)
    result = story.expect(client, outcome="missed", cause="provider", confidence="high")
    assert said(result, "never-admitted") == "They waited from 10:15:00 UTC and were never seen inside."


# --- gone early ------------------------------------------------------------------------------------------------------


def test_who_left_when_the_clinician_was_back_left_before_their_last_going():
    story, clinician, client = an_hour()
    story.joins(client, "09:58")
    story.leaves(clinician, "10:20")
    story.joins(clinician, "10:24")
    story.leaves(client, "10:30")
    story.is_over("11:00", clinician)
    result = story.expect(client, outcome="partial", flags={"left-early"})
    assert said(result, "left-early") == "They left at 10:30:00 UTC, 30 min before the end."


def test_under_whom_the_meeting_ended_did_not_leave_early():
    """It went on without them; they had gone once before, and were back."""
    story, clinician, client = an_hour()
    story.stays(client, "09:58", "10:05")
    story.joins(client, "10:10")
    story.is_over("10:20", client, clinician)
    story.begins("10:30", clinician)
    story.is_over("11:00", clinician)
    result = story.expect(client, outcome="partial", cause="provider", without={"left-early"})
    assert said(result, "left-early") == "They did not leave early by themselves."


def test_whom_the_host_sent_back_to_wait_did_not_leave_by_themselves():
    story, clinician, client = an_hour()
    story.joins(client, "09:58")
    story.is_put_back(client, "10:30")
    story.leaves(client, "10:30")
    story.is_over("11:00", clinician)
    result = story.expect(client, outcome="partial", cause="provider", without={"left-early"})
    assert said(result, "left-early") == "They did not leave early by themselves."


def test_a_session_that_nobody_held_is_not_left_early():
    story = Story("group", "10:00", "11:00")
    story.clinician()
    client, other = story.clients(2)
    story.opens("09:58")
    story.stays(client, "09:58", "10:15")
    story.stays(other, "09:59", "10:40")
    story.closes("10:40")
    result = story.expect(client, outcome="not-held", cause="provider", without={"left-early"})
    assert said(result, "left-early") == "Nobody held the session, so nobody left it early."


# --- gone for good ---------------------------------------------------------------------------------------------------


def test_who_dropped_out_and_came_back_and_left_by_themselves_did_not_drop_out_for_good():
    story, clinician, client = an_hour()
    story.joins(client, "09:58")
    story.drops(client, "10:10", back="10:12")
    story.leaves(client, "10:40")
    story.is_over("11:00", clinician)
    story.expect(client, outcome="partial", cause="absence", only_flags={"interrupted", "left-early"})


def test_once_the_session_is_over_it_is_not_too_early_to_say_that_somebody_dropped_out_for_good():
    story, clinician, client = an_hour()
    story.joins(client, "09:58")
    story.drops(client, "10:59:30")
    story.is_over("11:00", clinician)
    result = story.expect(client, at="11:00:20", flags={"dropped"})
    assert said(result, "dropped") == "They dropped out at 10:59:30 UTC and did not come back."


def test_who_dropped_out_when_the_clinician_had_gone_lost_nothing():
    story, clinician, client = an_hour("group")
    other = story.client("C2")
    for person in (client, other):
        story.joins(person, "09:58")
    story.leaves(clinician, "10:40")
    story.drops(client, "10:45")
    story.is_over("10:50", other)
    result = story.expect(client, outcome="attended", without={"dropped", "left-early"}, no_actions={"ticket"})
    assert said(result, "dropped") == "Nothing of the session was left when they dropped out."


# --- what they told us -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("hours", "told"),
    [
        (("08:00", "09:00"), "Notice was given at 08:00:00 UTC, before the start."),
        (("09:59:59", "10:00"), "Notice was given at 09:59:59 UTC, before the start."),
        (("10:00", "10:10"), "Notice was given at 10:00:00 UTC, when it had begun."),
    ],
)
def test_of_two_notices_the_first_is_told(hours, told):
    story, clinician, client = an_hour()
    for hour in hours:
        story.gives_notice(client, hour)
    story.is_over("11:00", clinician)
    assert said(story.expect(client), "notice-given") == told


def test_who_says_twice_that_they_were_there_said_so_when_they_did_first():
    story, clinician, client = an_hour()
    story.is_over("11:00", clinician)
    for hour in ("11:30", "12:00"):
        story.claims_presence(client, hour)
    result = story.expect(client, outcome="undetermined")
    assert said(result, "presence-claimed") == "They told us at 11:30:00 UTC that they were there."


@pytest.mark.parametrize(("waits", "flag"), [("10:59:59", "interrupted"), ("11:00", "dropped"), ("11:05", "dropped")])
def test_who_dropped_out_and_came_to_wait_when_it_was_over_dropped_out_for_good(waits, flag):
    story, clinician, client = an_hour()
    story.waits(client, "10:00")
    story.is_admitted(client, "10:02")
    story.joins(client, "10:02")
    story.drops(client, "10:50")
    story.waits(client, waits)
    story.stops_waiting(client, "11:08")
    story.is_over("11:10", clinician)
    story.expect(client, outcome="attended", only_flags={"waited", flag})
