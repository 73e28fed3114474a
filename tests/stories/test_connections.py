"""What becomes of connections: lost leaves, absurd starts, two leaves of one moment, drops before the start."""

from __future__ import annotations

from tests.stories.story import an_hour


def test_room_switch_whose_leave_was_lost_ends_with_the_next_join_of_the_stay():
    story, clinician, client = an_hour()
    story.joins(client, "09:58")
    story.switches_room(client, "10:10")
    del story.sent[-2]  # the leave of the old connection
    story.leaves(client, "10:30")
    story.is_over("11:00", clinician)
    story.expect(client, outcome="partial", attended=30, without={"inferred-end"})


def test_absurd_start_in_one_event_moves_nobodys_arrival():
    story, clinician, client = an_hour()
    story.other_meeting_hears("00:05")
    begun = story.meeting.started_at
    story.meeting.started_at = story.at("00:00").replace(year=2020)
    story.leaves(client, "10:30")  # its join was not delivered
    story.meeting.started_at = begun
    story.is_over("11:00", clinician)
    story.expect(client, joined="2026-03-02T09:57:00Z", flags={"inferred-start"})


def test_of_two_leaves_of_one_moment_the_more_telling_counts_whichever_came_first():
    for first, second in (("network", "plain"), ("plain", "network")):
        story, clinician, client = an_hour()
        story.joins(client, "09:58")
        story.leaves(client, "10:20", first)
        story.leaves(client, "10:20", second, after=5)
        story.is_over("11:00", clinician)
        story.expect(client, outcome="partial", cause="technical", flags={"dropped"})


def test_two_devices_that_break_at_once_are_both_named():
    story, clinician, client = an_hour()
    story.joins(client, "09:58")
    story.joins(client, "09:59", device="tablet")
    story.leaves(client, "10:20", "network")
    story.leaves(client, "10:20", "network", device="tablet")
    story.is_over("11:00", clinician)
    result = story.expect(client, outcome="partial", cause="technical", attended=20)
    (broke,) = [f for f in result["findings"] if f["rule"] == "connection-broke"]
    assert len(broke["events"]) == 2


def test_who_was_cut_off_before_the_start_and_came_back_late_was_interrupted():
    story, clinician, client = an_hour()
    story.joins(client, "09:55")
    story.drops(client, "09:58", back="10:20")
    story.is_over("11:00", client, clinician)
    story.expect(client, outcome="partial", cause="technical", flags={"interrupted"}, lost=20)


def test_who_was_back_by_the_start_lost_nothing():
    story, clinician, client = an_hour()
    story.joins(client, "09:55")
    story.drops(client, "09:58", back="10:00")
    story.is_over("11:00", client, clinician)
    story.expect(client, outcome="attended", without={"interrupted"}, lost=0)
