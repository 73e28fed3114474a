"""What people tell us: for which appointment it counts, and which lost time it explains."""

from __future__ import annotations

import pytest

from tests.stories.story import Story, an_hour


def test_notice_for_one_appointment_is_none_for_another():
    story = Story(starts="10:00", ends="11:00", appointment_id="A2")
    clinician, client = story.clinician(), story.client()
    for appointment_id, begin, end in (("A1", "12:00", "13:00"), ("A3", "14:00", "15:00")):
        meeting = f"9410000000{appointment_id[1]}"
        story.another_appointment(appointment_id, meeting, begin, end, clinician, client)
        story.stays(clinician, begin, end, meeting=meeting)
    story.gives_notice(client, "08:00")
    story.begins("09:57", clinician)
    story.is_over("11:00", clinician)
    story.expect(client, outcome="excused", flags={"notice-given"})
    for appointment_id in ("A1", "A3"):
        story.expect(client, appointment_id=appointment_id, outcome="missed", cause="absence", without={"notice-given"})


def test_who_reports_trouble_once_they_are_in_explains_why_they_came_late():
    story, clinician, client = an_hour()
    story.joins(client, "10:20")
    story.reports_trouble(client, "10:30")
    story.is_over("11:00", client, clinician)
    story.expect(client, outcome="partial", cause="technical", flags={"trouble-reported"}, lost=20)


def test_who_reports_trouble_while_they_are_in_explains_a_leave_soon_after_and_none_long_after():
    for left, cause, lost in (("10:20", "technical", 40), ("10:25", "technical", 35), ("10:25:01", "absence", 0)):
        story, clinician, client = an_hour()
        story.joins(client, "09:58")
        story.reports_trouble(client, "10:20")
        story.leaves(client, left)
        story.is_over("11:00", clinician)
        story.expect(client, outcome="partial", cause=cause, flags={"trouble-reported", "left-early"}, lost=lost)


def test_link_opened_on_a_second_device_while_they_are_in_was_no_try_in_vain():
    story, clinician, client = an_hour()
    story.joins(client, "09:58")
    story.clicks_link(client, "10:30")
    story.leaves(client, "10:40")
    story.is_over("11:00", clinician)
    story.expect(client, outcome="partial", cause="absence", without={"tried-to-join"}, lost=0)


def test_who_came_after_clicking_in_vain_lost_the_time_from_the_first_click():
    story, clinician, client = an_hour()
    story.clicks_link(client, "10:05")
    story.clicks_link(client, "10:12")
    story.joins(client, "10:20")
    story.is_over("11:00", client, clinician)
    story.expect(client, outcome="partial", cause="technical", flags={"tried-to-join", "late"}, lost=15)


def test_one_click_in_vain_is_enough():
    story, clinician, client = an_hour()
    story.clicks_link(client, "10:05")
    story.joins(client, "10:20")
    story.is_over("11:00", client, clinician)
    story.expect(client, outcome="partial", cause="technical", lost=15)


def test_who_clicks_when_it_is_over_did_not_try_to_join_it_but_is_no_no_show_either():
    for at, told in (
        ("11:00", {"outcome": "undetermined", "flags": {"tried-to-join"}}),
        ("11:01", {"outcome": "undetermined", "flags": set()}),
        ("12:00", {"outcome": "undetermined", "flags": set()}),
        ("12:01", {"outcome": "missed", "cause": "absence", "confidence": "medium"}),
    ):
        story, clinician, client = an_hour()
        story.is_over("11:00", clinician)
        story.clicks_link(client, at)
        story.expect(client, **told)


def test_who_opened_the_link_hours_before_is_not_surely_absent():
    story, clinician, client = an_hour()
    story.clicks_link(client, "08:00")
    story.is_over("11:00", clinician)
    story.expect(client, outcome="missed", cause="absence", confidence="medium")


def test_who_first_tried_when_most_of_it_was_over_is_for_a_person_to_judge():
    for at, told in (
        ("10:30", {"outcome": "missed", "cause": "technical", "lost": 60}),
        ("10:31", {"outcome": "undetermined", "cause": "unknown", "only_actions": {"review"}}),
    ):
        story, clinician, client = an_hour()
        story.clicks_link(client, at)
        story.is_over("11:00", clinician)
        story.expect(client, flags={"tried-to-join"}, **told)


def test_who_tries_late_gets_help_while_the_session_runs():
    story, clinician, client = an_hour()
    story.clicks_link(client, "10:40")
    story.other_meeting_hears("10:41")
    story.expect(client, at="10:45", outcome="missed", cause="technical", actions={"ticket"})
    story.is_over("11:00", clinician)
    story.expect(client, outcome="undetermined", no_show=False)


@pytest.mark.parametrize(
    ("at", "outcome", "actions"),
    [("10:21:59", "undetermined", {"message"}), ("10:22", "missed", {"message", "ticket", "reschedule"})],
)
def test_who_opened_the_link_a_moment_ago_may_be_joining(at, outcome, actions):
    story, _, client = an_hour()
    story.other_meeting_hears("10:10")
    story.clicks_link(client, "10:20")
    story.expect(client, at=at, outcome=outcome, flags={"tried-to-join"}, only_actions=actions)


def test_who_tries_again_and_again_is_kept_out():
    """Each try may be joining, but they have been trying since 10:16."""
    story, _, client = an_hour()
    story.other_meeting_hears("10:10")
    for at in ("10:16", "10:17:30", "10:19", "10:20:30"):
        story.clicks_link(client, at)
    story.expect(client, at="10:17:59", outcome="undetermined", only_actions={"message"})
    for at in ("10:18", "10:19:30", "10:21", "10:23"):
        story.expect(client, at=at, outcome="missed", cause="technical", actions={"ticket", "reschedule"})


def test_who_came_in_for_moments_after_the_click_is_not_on_the_way_any_more():
    story, _, client = an_hour()
    story.other_meeting_hears("10:10")
    story.stays(client, "10:02", "10:02:20")
    story.stays(client, "10:05", "10:05:20")
    story.clicks_link(client, "10:16")
    story.stays(client, "10:16:05", "10:16:15")
    story.expect(client, at="10:18:15", outcome="missed", cause="technical", actions={"ticket"})


def test_who_told_of_trouble_before_it_began_and_went_had_trouble():
    story, clinician, client = an_hour()
    story.joins(client, "09:57")
    story.reports_trouble(client, "09:58")
    story.leaves(client, "09:59")
    story.is_over("11:00", clinician)
    story.expect(client, outcome="missed", cause="technical", actions={"ticket"})


def test_who_told_of_trouble_when_most_of_it_was_over_is_no_no_show():
    story, clinician, client = an_hour()
    story.reports_trouble(client, "10:40")
    story.is_over("11:00", clinician)
    story.expect_no_no_show(client)


def test_who_went_to_the_wrong_room_when_most_of_it_was_over_is_for_a_person_to_judge():
    for at, outcome in (("10:30", "missed"), ("10:31", "undetermined")):
        story, clinician, client = an_hour()
        client.listed["customer_key"] = client.shown["customer_key"] = "ck-7"
        story.another_appointment("A2", "97712345678", "10:00", "11:00")
        story.joins(client, at, meeting="97712345678", registrant_id="")
        story.is_over("11:00", clinician)
        story.expect(client, outcome=outcome, flags={"wrong-meeting"}, no_show=False)


def test_the_first_of_two_wrong_rooms_counts_whichever_was_told_first():
    for first, second in ((2, 4000), (4000, 2)):
        story, clinician, client = an_hour()
        client.listed["customer_key"] = client.shown["customer_key"] = "ck-7"
        story.joins(client, "10:20", meeting="97712345678", registrant_id="", after=first)
        story.joins(client, "10:40", meeting="97787654321", registrant_id="", after=second)
        story.is_over("11:00", clinician)
        result = story.expect(client, outcome="missed", cause="technical", flags={"wrong-meeting"})
        said = next(f["because"] for f in result["findings"] if f["rule"] == "wrong-meeting")
        assert said == "They were seen in another meeting at 10:20:00 UTC."
