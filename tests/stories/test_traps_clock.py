"""What Zoom does that misleads a careless reader, each story one thing: what comes when, and by which clock.

Sessions are 10:00 to 11:00 and the clinician opens the room at 9:57, unless said.
"""

from __future__ import annotations

import pytest

from tests.stories.story import Story, an_hour


@pytest.mark.parametrize("after", [-1.0, -0.015, 0.0])
def test_delivery_that_arrives_before_it_happened_counts(after):
    """Zoom's clock and ours differ by up to a second, so a thing may be received before it was done."""
    story = Story(starts="10:00", ends="11:00")
    clinician, client = story.clinician(), story.client()
    story.opens("09:57", after=after)
    story.joins(clinician, "09:57", after=after)
    story.joins(client, "10:00", after=after)
    story.drops(client, "10:20", back="10:22")
    for person in (client, clinician):
        story.leaves(person, "11:00", after=after)
    story.closes("11:00", after=after)
    story.expect(
        client, outcome="attended", attended=58, lost=2, only_flags={"interrupted"}, joined="2026-03-02T10:00:00Z"
    )


def test_report_that_lags_behind_changes_nothing_until_it_is_whole():
    """Zoom's report is there minutes after the end and not complete: nobody is confirmed absent by half of it."""
    story, clinician, client = an_hour()
    story.joins(client, "09:58", lost=True)
    story.leaves(client, "11:00", lost=True)
    story.is_over("11:00", clinician)
    story.zoom_reports("11:10", (clinician, "09:57", "11:00"), whole=False)
    story.expect(client, at="11:20", final=False, no_actions={"checkin"})
    story.zoom_reports("11:40", (clinician, "09:57", "11:00"), (client, "09:58", "11:00"))
    story.expect(client, at="11:41", outcome="attended", final=True, held=60, attended=60, only_flags=set(),
                 only_actions=set())  # fmt: skip


@pytest.mark.parametrize(
    ("opened", "comes", "late", "held"),
    [
        ("09:05", "10:04", False, 60),
        ("09:57", "10:06", True, 60),
        ("10:12", "10:13", True, 48),
        ("10:03", "10:04", False, 57),
    ],
)
def test_scheduled_start_is_the_rosters_and_zooms_is_when_the_room_was_opened(opened, comes, late, held):
    """Zoom's start_time is the moment at which this run began, early or late; nobody is late or early by that."""
    story = Story(starts="10:00", ends="11:00")
    clinician, client = story.clinician(), story.client()
    story.begins(opened, clinician)
    story.joins(client, comes)
    story.is_over("11:00", client, clinician)
    result = story.expect(client, outcome="attended", cause="none", held=held)
    assert ("late" in result["flags"]) is late


def test_scheduled_end_is_the_rosters_whatever_duration_zoom_was_told():
    """Zoom was told an hour, the roster says fifty minutes: who leaves after fifty stayed to the end."""
    story = Story(starts="10:00", ends="10:50")
    clinician, client = story.clinician(), story.client()
    story.begins("09:57", clinician)
    story.stays(client, "09:58", "10:50")
    story.is_over("11:00", clinician)
    story.expect(client, outcome="attended", held=50, attended=50, only_flags=set())


@pytest.mark.parametrize(
    ("zone", "day", "came"),
    [
        ("America/New_York", "2026-03-04", "2026-03-04T15:02:00Z"),
        ("America/New_York", "2026-03-11", "2026-03-11T14:02:00Z"),
        ("Europe/Berlin", "2026-10-21", "2026-10-21T08:02:00Z"),
        ("Europe/Berlin", "2026-10-28", "2026-10-28T09:02:00Z"),
    ],
)
def test_weekly_session_stays_at_its_hour_when_the_clocks_change(zone, day, came):
    """The client comes two minutes after ten by their own clock every week, and Zoom says another hour of UTC."""
    story = Story("group", "10:00", "11:00", day=day, zone=zone)
    clinician, here, away = story.clinician(), story.client("C1"), story.client("C2")
    story.begins("09:57", clinician)
    story.joins(here, "10:02")
    story.joins(away, "11:01")
    story.is_over("11:02", here, away, clinician)
    story.expect(here, outcome="attended", held=60, attended=58, joined=came, only_flags=set())
    story.expect(away, outcome="undetermined", attended=0, no_show=False)


def test_whoever_was_in_a_meeting_that_is_told_to_begin_after_the_session_was_in_it():
    story = Story("individual", "10:00", "11:00")
    clinician, client = story.clinician(), story.client()
    story.opens("11:00:01")
    story.stays(clinician, "09:57", "11:02")
    story.stays(client, "09:58", "11:00")
    story.closes("11:02")
    story.expect(client, outcome="attended", held=60, attended=60)
