"""Section 1 of the replay contract: the shape of a result."""

from __future__ import annotations

import pytest

from tests.stories.delivery import zulu
from tests.stories.story import Person, Story, an_hour

FIELDS = {
    "appointment_id", "participant_id", "role", "outcome", "cause", "flags", "confidence", "final",
    "held_minutes", "attended_minutes", "waited_minutes", "lost_minutes", "arrived_at", "joined_at", "left_at",
    "intervals", "findings", "actions",
}  # fmt: skip


def busy() -> tuple[Story, Person]:
    story, clinician, client = an_hour()
    story.waits(client, "09:50")
    story.joins(client, "10:06:06")
    story.drops(client, "10:30", back="10:45")
    story.is_over("11:20", client, clinician)
    return story, client


def test_every_field_stands():
    story, client = busy()
    result = story.result(client)
    assert set(result) >= FIELDS
    for interval in result["intervals"]:
        assert set(interval) >= {"state", "from", "to", "inferred"}
        assert interval["state"] in ("present", "waiting")


@pytest.mark.parametrize(("wait", "end", "inferred"), [
    ("admitted", "10:10", False), ("left", "10:10", False), ("joined", "10:10", False), ("silent", "11:00", True),
])  # fmt: skip
def test_wait_is_inferred_when_its_end_was_not_delivered(wait, end, inferred):
    story, clinician, client = an_hour()
    story.waits(client, "10:01")
    if wait == "admitted":
        story.is_admitted(client, "10:10")
    elif wait == "left":
        story.stops_waiting(client, "10:10")
    elif wait == "joined":
        story.joins(client, "10:10")
    story.is_over("11:00", clinician, *[client] * (wait == "joined"))
    waited = story.result(client)["intervals"][0]
    assert (waited["state"], waited["to"], waited["inferred"]) == ("waiting", zulu(story.at(end)), inferred)


@pytest.mark.parametrize(("comes", "inferred"), [(None, True), ("10:08", False), ("10:08:01", True)])
def test_wait_for_a_host_is_over_when_the_host_comes_and_inferred_unless_they_came_in_then(comes, inferred):
    story = Story("individual", "10:00", "11:00")
    clinician, client = story.clinician(), story.client()
    story.before_host("jbh_waiting", client, "09:56")
    story.begins("10:06", clinician)
    if comes:
        story.joins(client, comes)
    story.is_over("11:00", clinician, *[client] * (comes is not None))
    waited = story.result(client)["intervals"][0]
    assert (waited["state"], waited["to"], waited["inferred"]) == ("waiting", zulu(story.at("10:06")), inferred)


def test_wait_that_goes_on_is_not_inferred():
    story, _, client = an_hour()
    story.waits(client, "10:01")
    (waiting,) = story.result(client, at="10:20")["intervals"]
    assert (waiting["to"], waiting["inferred"]) == (zulu(story.at("10:20")), False)


def test_minutes_are_clipped_to_the_scheduled_time_with_one_decimal():
    story, client = busy()
    story.expect(client, held=60, waited=6.1, attended=38.9, lost=15, arrived="2026-03-02T09:50:00Z",
                 joined="2026-03-02T10:06:06Z", left="2026-03-02T11:20:00Z")  # fmt: skip


def test_findings_are_hits_and_misses_with_numbers_of_deliveries():
    story, client = busy()
    findings = story.result(client)["findings"]
    assert {finding["hit"] for finding in findings} == {True, False}
    numbers = {number for finding in findings for number in finding["events"]}
    assert numbers
    assert numbers <= set(range(1, len(story.sent) + 1))
    assert all(finding["because"].strip().endswith((".", "?", "!")) for finding in findings)


def test_results_are_ordered_by_appointment_then_participant():
    story, clinician, client = an_hour("group")
    story.client("B0")
    story.another_appointment("A0", "93400000002", "14:00", "15:00", clinician, client)
    order = [(r["appointment_id"], r["participant_id"]) for r in story.results()]
    assert order == sorted(order)
    assert len(order) == 5


@pytest.mark.parametrize("at", ["10:59:59", "11:00:01", "12:00", "12:00:01"])
def test_nobody_has_joined_who_has_not_arrived(at):
    """Whoever comes when it is over has come all the same, too late."""
    story, clinician, client = an_hour()
    story.joins(client, at)
    story.is_over("12:30", client, clinician)
    result = story.result(client)
    assert result["arrived_at"] == result["joined_at"] == zulu(story.at(at)), story.tell(result)


@pytest.mark.parametrize(("gone", "theirs"), [("09:00", True), ("08:59:59", False)])
def test_who_was_there_hours_before_in_a_meeting_that_goes_on_all_day_has_not_arrived(gone, theirs):
    """What belongs to a session begins with the early window, an hour before it."""
    story = Story("group", "10:00", "11:00")
    clinician, client, other = story.clinician(), story.client(), story.client("C2")
    story.begins("07:00", clinician)
    story.stays(client, "08:10", gone)
    story.stays(other, "10:00", "10:55")
    story.is_over("16:00", clinician)
    result = story.expect(client, outcome="undetermined" if theirs else "missed")
    shown = (result["arrived_at"], result["joined_at"], result["left_at"], result["intervals"])
    assert shown == (None, None, None, []) or theirs, story.tell(result)
    assert bool(result["intervals"]) is theirs
