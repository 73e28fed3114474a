"""Section 2 of the replay contract: did the person get the session?"""

from __future__ import annotations

import pytest

from tests.stories.story import Story, an_hour, seconds_after


@pytest.mark.parametrize(("comes", "outcome"),
                         [("10:14:59", "attended"), ("10:15:00", "attended"), ("10:15:01", "partial")])  # fmt: skip
def test_attended_is_three_quarters_of_the_held_time(comes, outcome):
    story, clinician, client = an_hour()
    story.joins(client, comes)
    story.is_over("11:00", client, clinician)
    story.expect(client, outcome=outcome)


def test_time_in_the_room_without_a_clinician_does_not_count():
    story = Story("group", "10:00", "11:00")
    clinician, early, steady = story.clinician(), *story.clients(2)
    story.opens("09:55")
    story.stays(early, "09:55", "10:35")
    story.joins(steady, "09:55")
    story.joins(clinician, "10:20")
    story.is_over("11:00", steady, clinician)
    story.expect(early, outcome="partial", held=40, attended=35)
    story.expect(steady, outcome="attended", held=40, attended=60)


@pytest.mark.parametrize(("goes", "outcome"), [("10:15:01", "attended"), ("10:15:00", "attended"),
                                               ("10:14:59", "not-held")])  # fmt: skip
def test_held_is_a_quarter_of_the_scheduled_time(goes, outcome):
    story, clinician, client = an_hour()
    story.joins(client, "09:58")
    story.leaves(clinician, goes)
    story.is_over("10:40", client)
    story.expect(client, outcome=outcome)


def test_nobody_missed_anything_that_was_not_held():
    story, clinician, client = an_hour()
    story.is_over("10:05", clinician)
    story.expect(client, outcome="not-held", cause="provider", actions={"reschedule"}, no_actions={"checkin"})


@pytest.mark.parametrize(("stays", "outcome"), [(59, {"missed", "undetermined"}), (60, "partial"),
                                                (61, "partial")])  # fmt: skip
def test_less_than_a_minute_is_no_presence_but_still_a_sign(stays, outcome):
    story, clinician, client = an_hour()
    story.stays(client, "10:10", seconds_after(story, "10:10", stays))
    story.is_over("11:00", clinician)
    story.expect(client, outcome=outcome, no_show=False)


@pytest.mark.parametrize(("seconds", "outcome"), [(-1, "excused"), (1, "missed")])
def test_notice_excuses_only_before_the_start(seconds, outcome):
    story, clinician, client = an_hour()
    story.gives_notice(client, seconds_after(story, "10:00", seconds))
    story.is_over("11:00", clinician)
    story.expect(client, outcome=outcome, cause="absence")


def test_excused_is_flagged_and_offered_another_time_without_a_checkin():
    story, clinician, client = an_hour()
    story.gives_notice(client, "08:00")
    story.is_over("11:00", clinician)
    story.expect(client, flags={"notice-given"}, actions={"reschedule"}, no_actions={"checkin", "ticket"})


def test_somebody_who_gave_notice_and_came_all_the_same_attended():
    story, clinician, client = an_hour()
    story.gives_notice(client, "08:00")
    story.joins(client, "09:59")
    story.is_over("11:00", client, clinician)
    story.expect(client, outcome="attended", cause="none")


def test_notice_of_one_person_excuses_nobody_else():
    story, clinician, client = an_hour("group")
    other = story.client("C2")
    story.gives_notice(client, "08:00")
    story.is_over("11:00", clinician)
    story.expect(client, outcome="excused")
    story.expect(other, outcome="missed", cause="absence")


def test_cancelled_in_the_roster_asks_nothing_more():
    story, clinician, client = an_hour(status="cancelled")
    story.is_over("11:00", clinician)
    story.expect(client, outcome="cancelled", cause="none", only_actions=set())


@pytest.mark.parametrize(("seconds", "cancelled"), [(-1, True), (1, False)])
def test_a_deletion_cancels_only_before_the_start(seconds, cancelled):
    story = Story("individual", "10:00", "11:00")
    story.clinician()
    client = story.client()
    story.is_deleted(seconds_after(story, "10:00", seconds))
    story.other_meeting_hears("10:20")
    result = story.expect(client, no_show=False)
    assert (result["outcome"] == "cancelled") is cancelled, story.tell(result)


def test_who_stayed_away_from_a_deleted_meeting_missed_nothing_though_a_clinician_was_there():
    story, clinician, client = an_hour("group")
    other = story.client("C2")
    story.is_deleted("08:00")
    story.joins(other, "09:59")
    story.is_over("11:00", clinician, other)
    story.expect(client, outcome="cancelled", cause="none", only_actions=set())
    story.expect(other, outcome="attended")


@pytest.mark.parametrize("until", ["10:05", "11:00"])
def test_deleted_and_hardly_held_is_cancelled_for_everybody(until):
    story, clinician, client = an_hour()
    story.is_deleted("08:00")
    story.joins(client, "09:58")
    story.other_meeting_hears("10:20")
    story.is_over(until, clinician)
    story.expect(client, outcome="cancelled" if until == "10:05" else "attended")


def test_what_was_deleted_for_good_is_cancelled_also_when_the_deletion_before_it_was_lost():
    story, clinician, client = an_hour()
    story.is_deleted("09:30").body["event"] = "meeting.permanently_deleted"
    story.is_over("11:00", clinician)
    story.expect(client, outcome="cancelled", cause="none", only_actions=set())


def test_what_was_deleted_and_recovered_is_not_cancelled():
    story = Story("individual", "10:00", "11:00")
    story.clinician()
    client = story.client()
    story.is_deleted("09:00")
    back = story.is_deleted("09:10")
    back.body["event"] = "meeting.recovered"
    story.other_meeting_hears("10:20")
    story.expect(client, outcome="undetermined")
    story.is_deleted("09:20")
    story.expect(client, outcome="cancelled")


def test_two_people_of_the_same_name_are_undetermined():
    story = Story("group", "10:00", "11:00")
    clinician = story.clinician()
    twins = [story.client(f"C{n}", "Ana Silva", registrant_id="") for n in (1, 2)]
    story.begins("09:57", clinician)
    story.joins(twins[0], "09:59")
    story.is_over("11:00", twins[0], clinician)
    for twin in twins:
        story.expect(twin, outcome="undetermined", cause="unknown", flags={"ambiguous-name"}, actions={"review"})


def test_two_clinicians_hold_the_session_in_turns():
    story, clinician, client = an_hour()
    colleague = story.clinician("T2", "Ines Aubry", zoom_id="", registrant_id="reg-T2")
    story.joins(client, "09:58")
    story.joins(colleague, "10:25")
    story.leaves(clinician, "10:30")
    story.is_over("11:00", client, colleague)
    story.expect(client, outcome="attended", held=60, attended=60, only_flags=set())
