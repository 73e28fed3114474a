"""Where two readings of the same deliveries compete: which one wins, and how sure it is."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.stories.limit import NUMBERS, with_numbers
from tests.stories.story import Story, an_hour, seconds_after


def test_time_before_the_first_try_is_lateness():
    """14 minutes late and six of failed tries: most of what was lost is the lateness."""
    story, clinician, client = an_hour()
    for begin, end in (("10:14", "10:14:20"), ("10:16", "10:16:30"), ("10:18", "10:18:15")):
        story.stays(client, begin, end)
    story.joins(client, "10:20")
    story.is_over("11:00", client, clinician)
    story.expect(client, outcome="partial", cause="absence", lost=4.9)


def test_failed_tries_from_the_start_are_technical():
    story, clinician, client = an_hour()
    for begin, end in (("09:59", "09:59:20"), ("10:06", "10:06:30"), ("10:12", "10:12:15")):
        story.stays(client, begin, end)
    story.joins(client, "10:20")
    story.is_over("11:00", client, clinician)
    story.expect(client, outcome="partial", cause="technical")


def test_who_leaves_by_choice_long_after_failed_tries_left_by_choice():
    story, clinician, client = an_hour()
    for begin, end in (("09:59", "09:59:20"), ("10:01", "10:01:30")):
        story.stays(client, begin, end)
    story.stays(client, "10:03", "10:30")
    story.is_over("11:00", clinician)
    story.expect(client, outcome="partial", cause="absence", flags={"left-early"}, lost=2.5)


def test_report_while_away_does_not_excuse_leaving_later():
    story, clinician, client = an_hour()
    story.reports_trouble(client, "10:04")
    story.stays(client, "10:06", "10:30")
    story.is_over("11:00", clinician)
    story.expect(client, outcome="partial", cause="absence", flags={"trouble-reported", "left-early"}, lost=6)


def test_report_afterwards_explains_a_late_arrival_when_nothing_else_was_lost():
    story, clinician, client = an_hour()
    story.joins(client, "10:20")
    story.is_over("11:00", client, clinician)
    story.reports_trouble(client, "11:30")
    story.expect(client, outcome="partial", cause="technical", flags={"trouble-reported"})


def test_report_afterwards_explains_what_was_lost_since_they_first_showed():
    story, clinician, client = an_hour()
    story.stays(client, "10:12", "10:20")
    story.is_over("11:00", clinician)
    story.reports_trouble(client, "11:30")
    story.expect(client, outcome="partial", cause="technical", lost=40)


def test_connection_that_broke_just_before_the_start_is_no_absence():
    story, clinician, client = an_hour()
    story.stays(client, "09:50", "09:58", "network")
    story.is_over("11:00", clinician)
    story.expect(client, outcome="missed", cause="technical", flags={"dropped"})


def test_plain_leave_before_the_start_proves_nothing():
    story, clinician, client = an_hour()
    story.stays(client, "09:50", "09:58")
    story.is_over("11:00", clinician)
    story.expect(client, outcome="undetermined", no_show=False)


def test_next_session_of_the_same_meeting_is_no_sign_of_this_one():
    story = Story(starts="10:00", ends="10:50")
    clinician, client = story.clinician(), story.client()
    story.another_appointment("A2", story.meeting.meeting_id, "11:00", "11:50", clinician, client)
    story.begins("09:57", clinician)
    story.other_meeting_hears("10:30")
    story.joins(client, "10:59")
    story.is_over("11:50", client, clinician)
    story.expect(client, outcome="missed", cause="absence")
    story.expect(client, appointment_id="A2", outcome="attended")


def test_late_for_this_one_is_not_early_for_the_next():
    """Ten minutes after the end the next session is far away still: it is a sign of this one."""
    story = Story(starts="10:00", ends="10:50")
    clinician, client = story.clinician(), story.client()
    story.another_appointment("A2", story.meeting.meeting_id, "11:30", "12:20", clinician, client)
    story.begins("09:57", clinician)
    story.stays(client, "10:51", "10:55")
    story.is_over("11:00", clinician)
    story.expect(client, outcome="undetermined", no_show=False)


def test_notice_decides_also_with_a_stranger_in_the_room():
    story, clinician, client = an_hour("group")
    absent = story.client("C2")
    stranger = story.guest("Interpreter")
    story.gives_notice(client, "08:00")
    story.joins(stranger, "09:59")
    story.is_over("11:00", stranger, clinician)
    story.expect(client, outcome="excused", confidence="medium")
    story.expect(absent, outcome="undetermined")


def test_clinician_whose_beginning_was_not_delivered_makes_nobody_surely_absent():
    story = Story(starts="10:00", ends="11:00")
    clinician, client = story.clinician(), story.client()
    story.opens("09:57")
    story.joins(clinician, "09:57", lost=True)
    story.is_over("11:00", clinician)
    story.expect(client, outcome="missed", cause="absence", confidence="medium")


def test_clinician_who_was_cut_off_for_good_makes_nobody_surely_absent():
    story, clinician, client = an_hour("group")
    other = story.client("C2")
    story.stays(other, "09:58", "10:41")
    story.leaves(clinician, "10:30", "client close")
    story.expect(client, outcome="missed", cause="absence", confidence="medium")


def test_who_opened_the_link_and_says_they_were_there_may_have_waited_unseen():
    story, clinician, client = an_hour()
    story.clicks_link(client, "09:58")
    story.is_over("11:00", clinician)
    story.expect(client, cause="technical")
    story.claims_presence(client, "12:00")
    story.expect(client, outcome="undetermined", actions={"review"})


def test_who_was_seen_for_moments_and_opened_the_link_in_vain_did_not_wait_unseen():
    """What their link says of trouble stands: Zoom did tell of them, so nobody guesses what it may have kept silent."""
    story, clinician, client = an_hour()
    story.stays(client, "10:01", "10:01:30")
    story.clicks_link(client, "10:10")
    story.is_over("11:00", clinician)
    story.claims_presence(client, "12:00")
    result = story.expect(client, outcome="missed", cause="technical", flags={"tried-to-join"})
    assert result["findings"][0]["because"] == (
        "They were in the session for 30 s only; the rest is technical trouble."
    )


def test_who_dropped_out_may_be_the_guest_who_came_then():
    for seconds, confidence in ((59, "high"), (60, "medium")):
        story, clinician, client = an_hour()
        story.joins(client, "09:58")
        story.drops(client, "10:20")
        story.stays(story.guest("iPad"), "10:21", seconds_after(story, "10:21", seconds))
        story.is_over("11:00", clinician)
        story.expect(client, outcome="partial", cause="technical", confidence=confidence)


def test_nobody_knows_how_much_was_attended_of_a_session_whose_end_was_never_heard():
    story, clinician, client = an_hour()
    story.joins(client, "09:58")
    story.drops(client, "10:40")
    story.expect(client, outcome="attended", confidence="medium")
    story.leaves(clinician, "10:40")
    story.expect(client, outcome="attended", confidence="high")


@pytest.mark.parametrize(("came", "told"), [
    ("10:05", {"outcome": "undetermined", "actions": {"review"}}),
    ("10:05:01", {"outcome": "missed", "cause": "provider", "confidence": "medium", "lost": 0}),
])  # fmt: skip
def test_who_opened_the_link_before_a_late_clinician_came_and_says_they_were_there_waited(came, told):
    """Zoom tells nothing of who waits in a browser for the host; their link, their word and the lateness agree."""
    story = Story(starts="10:00", ends="11:00")
    clinician, client = story.clinician(), story.client()
    story.clicks_link(client, "09:58")
    story.begins(came, clinician)
    story.is_over("11:00", clinician)
    story.claims_presence(client, "12:00")
    story.expect(client, no_show=False, **told)


@pytest.mark.parametrize(("click", "outcome"), [("10:19:59", "missed"), ("10:20", "undetermined")])
def test_who_opened_the_link_when_the_clinician_was_there_did_not_wait_for_them(click, outcome):
    story = Story(starts="10:00", ends="11:00")
    clinician, client = story.clinician(), story.client()
    story.clicks_link(client, click)
    story.begins("10:20", clinician)
    story.is_over("11:00", clinician)
    story.claims_presence(client, "12:00")
    story.expect(client, outcome=outcome, no_show=False)


def test_their_word_alone_does_not_make_a_late_clinician_the_reason():
    story = Story(starts="10:00", ends="11:00")
    clinician, client = story.clinician(), story.client()
    story.begins("10:20", clinician)
    story.is_over("11:00", clinician)
    story.claims_presence(client, "12:00")
    story.expect(client, outcome="undetermined", actions={"review"})


def test_nor_does_their_link_alone():
    story = Story(starts="10:00", ends="11:00")
    clinician, client = story.clinician(), story.client()
    story.clicks_link(client, "09:58")
    story.begins("10:20", clinician)
    story.is_over("11:00", clinician)
    story.expect(client, outcome="missed", cause="technical")


def hour_with_a_late_clinician(**known):
    story = Story(starts="10:00", ends="11:00")
    clinician, client = story.clinician(**known), story.client()
    story.clicks_link(client, "10:02")
    story.clicks_link(client, "10:05")
    story.begins("10:20", clinician)
    story.claims_presence(client, "12:00")
    return story, clinician, client


def test_who_waited_unseen_waited_for_the_first_coming_of_the_clinician():
    story, clinician, client = hour_with_a_late_clinician()
    story.drops(clinician, "10:30", "10:40")
    story.is_over("11:00", clinician)
    found = {f["rule"]: f["because"] for f in story.expect(client, outcome="missed", cause="provider")["findings"]}
    assert found["waited-unseen"] == (
        "They opened their link at 10:02:00 UTC and say that they were there; the clinician came 20 min after the "
        "start."
    )


def test_who_came_in_the_end_did_not_wait_unseen():
    """Zoom did tell of them, so what kept them out before is what their link tells."""
    story, clinician, client = hour_with_a_late_clinician()
    story.stays(client, "10:50", "10:59")
    story.is_over("11:00", clinician)
    story.expect(client, outcome="partial", cause="technical", flags={"tried-to-join"})


def test_clinician_of_whom_a_name_tells_alone_was_not_surely_late():
    story, clinician, client = hour_with_a_late_clinician(zoom_id="", email="")
    story.is_over("11:00", clinician)
    story.expect(client, outcome="undetermined", actions={"review"})


def test_whom_support_found_absent_and_who_says_that_they_were_there_is_no_no_show():
    story, clinician, client = an_hour()
    story.is_over("11:00", clinician)
    story._own("rejoin.absence_found", "12:00", client)
    story.expect(client, outcome="missed", cause="absence", confidence="medium")
    story.claims_presence(client, "12:10")
    story.expect(client, outcome="undetermined", actions={"review"})


def test_who_gave_notice_is_excused_before_anybody_could_be_absent():
    story, clinician, client = an_hour()
    story.gives_notice(client, "09:00")
    story.other_meeting_hears("10:02")
    story.is_over("11:00", clinician)
    story.expect(client, at="10:03", outcome="excused", confidence="high")


def test_incident_at_the_end_is_a_doubt_about_an_absence_and_no_more():
    story, clinician, client = an_hour()
    story.other_meeting_hears("10:05")
    story.platform_incident("10:40", "10:50")
    story.is_over("11:00", clinician)
    told = story.expect(client, outcome="missed", cause="absence", confidence="medium")["findings"][0]["because"]
    assert told.endswith(" It is not certain: an incident of the platform was on for a part of it.")


def test_silence_is_a_doubt_about_an_absence_that_zooms_own_report_shows():
    """Who is in another meeting the report does not tell."""
    story, clinician, client = an_hour()
    story.is_deauthorized("10:10")
    story.zoom_reports("12:30", (clinician, "09:57", "11:00"))
    told = story.expect(client, outcome="missed", cause="absence", confidence="medium")["findings"][0]["because"]
    assert told.endswith(" It is not certain: nothing was heard from Zoom for a part of it.")


@pytest.mark.parametrize(("left", "doubt"), [
    ("10:59", "no end of the clinician's presence was delivered"),
    ("11:00", "the clinician's leave was not delivered, and others stayed on"),
])  # fmt: skip
def test_absence_from_a_session_whose_end_was_not_heard_whole_says_so(left, doubt):
    story, _, client = an_hour("group")
    other = story.client("C2")
    story.joins(other, "09:58")
    for minute in range(0, 60, 5):
        story.other_meeting_hears(f"10:{minute:02}")
    story.leaves(other, left)
    if left == "11:00":
        story.closes("11:00")
    told = story.expect(client, outcome="missed", cause="absence", confidence="medium")["findings"][0]["because"]
    assert told.endswith(f" It is not certain: {doubt}.")


def test_who_is_in_the_meeting_now_has_not_missed_it_however_long_a_presence_has_to_be():
    story, clinician, client = an_hour()
    policy = with_numbers(replace(NUMBERS, min_presence=timedelta(minutes=10)))
    story.joins(client, "10:40")
    story.is_over("11:00", client, clinician)
    story.expect(client, at="10:45", policy=policy, outcome="undetermined", only_actions=set())


def test_who_looked_in_before_a_late_clinician_came_may_come_again():
    story = Story(starts="10:00", ends="11:00")
    clinician, client = story.clinician(), story.client()
    story.opens("09:58")
    story.stays(client, "09:58", "10:00:30")
    story.joins(clinician, "10:20")
    told = story.expect(client, at="10:24:59", outcome="undetermined")["findings"][0]["because"]
    assert told == "It is too early to say, or they are just arriving."


def test_who_came_late_for_moments_and_told_of_trouble_is_no_no_show():
    story, clinician, client = an_hour()
    story.stays(client, "10:45", "10:45:20")
    story.reports_trouble(client, "10:46")
    story.is_over("11:00", clinician)
    told = story.expect(client, outcome="undetermined", actions={"review"})["findings"][0]["because"]
    assert told == "They told us of trouble, and what came of it is not known."


def test_who_tried_in_the_second_in_which_the_clinician_went_for_good_came_too_late():
    story, clinician, client = an_hour()
    story.drops(clinician, "10:10", "10:12")
    story.leaves(clinician, "10:20")
    story.clicks_link(client, "10:20")
    story.other_meeting_hears("10:30")
    story.closes("10:50")
    told = story.expect(client, outcome="undetermined", actions={"review"})["findings"][0]["because"]
    assert told == "They did not arrive, and first tried to come at 10:20:00 UTC, when the clinician had gone."


def test_short_tries_that_cost_most_say_how_sure_it_is_and_not_the_drops_between_them():
    """Two tries broke off, and after the third, of little more than a minute, they left as people leave."""
    story, clinician, client = an_hour()
    story.stays(client, "10:17", "10:17:08", "client close", device="1")
    story.stays(client, "10:18", "10:18:30", "network", device="2")
    story.stays(client, "10:23", "10:24:16", device="3")
    story.is_over("11:00", clinician)
    story.expect(client, outcome="partial", cause="technical", confidence="medium", flags={"interrupted", "left-early"})
