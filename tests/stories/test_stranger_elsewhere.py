"""Somebody whom nothing identifies comes into another meeting of the same host: the client, by an old link?"""

from __future__ import annotations

import pytest

from tests.stories.delivery import Meeting
from tests.stories.story import HOST, Person, Story, an_hour

OTHER = "97711112222"
LOOK_AT_IT = {"outcome": "undetermined", "cause": "unknown", "confidence": "low", "only_actions": {"review"}}
ABSENT = {"outcome": "missed", "cause": "absence"}


def hour_without_the_client(kind: str = "individual") -> tuple[Story, Person, Person]:
    story, clinician, client = an_hour(kind)
    story.is_over("11:00", clinician)
    return story, clinician, client


def waits_there(story: Story, at: str, host: str = HOST, event: str = "jbh_waiting", **shown: str) -> int:
    """Somebody waits before the host in another meeting; returns the line of it."""
    place: Meeting = story.place(OTHER, "09:40", host)
    sent = story._send(place.before_host(f"participant_{event}", story.at(at), shown), at)
    return story.deliveries().index(sent) + 1


@pytest.mark.parametrize("shown", [{}, {"name": "iPhone"}])
@pytest.mark.parametrize("event", ["jbh_waiting", "jbh_joined"])
def test_who_waits_for_this_host_elsewhere_may_be_who_is_missing(event, shown):
    story, _, client = hour_without_the_client()
    line = waits_there(story, "10:02", event=event, **shown)
    result = story.expect(client, **LOOK_AT_IT, flags={"unidentified-guest"})
    assert result["findings"][0]["events"] == [line]
    assert "10:02:00" in result["findings"][0]["because"]


def test_who_waits_in_the_waiting_room_there_as_well():
    story, _, client = hour_without_the_client("group")
    place = story.place(OTHER, "09:40", HOST)
    body = place.person("participant_joined_waiting_room", story.at("10:02"), place.door({}), "date_time")
    story._send(body, "10:02")
    story.expect(client, **LOOK_AT_IT, flags={"unidentified-guest"})


@pytest.mark.parametrize(
    ("at", "counts"), [("09:44:59", False), ("09:45", True), ("10:59:59", True), ("11:00", True), ("11:00:01", False)]
)
def test_in_the_time_in_which_people_come_to_this_session(at, counts):
    story, _, client = hour_without_the_client()
    waits_there(story, at)
    story.expect(client, **(LOOK_AT_IT if counts else ABSENT | {"confidence": "high"}))


def test_who_is_inside_there_may_belong_there_so_the_absence_is_not_sure():
    story, _, client = hour_without_the_client()
    story.place(OTHER, "09:40", HOST)
    story.joins(story.guest("iPhone"), "10:02", meeting=OTHER)
    story.expect(client, **ABSENT, confidence="medium")


def test_somebody_else_of_this_session_who_is_known_by_name_is_no_stranger():
    """Who is in the wrong room is they, and not the one who is missing too."""
    story, clinician, client = an_hour("group")
    other = story.client("C2")
    story.is_over("11:00", clinician)
    waits_there(story, "10:02", name=other.shown["name"])
    story.expect(other, outcome="missed", cause="technical", flags={"wrong-meeting"})
    story.expect(client, **ABSENT, confidence="high")


@pytest.mark.parametrize("name", ["Fred's Notetaker (Otter.ai)", "read.ai meeting notes"])
def test_who_takes_notes_is_nobody(name):
    story, _, client = hour_without_the_client()
    waits_there(story, "10:02", name=name)
    story.expect(client, **ABSENT, confidence="high")


@pytest.mark.parametrize(
    ("host", "shown"),
    [("uSomebodyElse000000000", {}), (HOST, {"email": "fred@example.net"}), (HOST, {"zoom_id": HOST})],
)
def test_another_host_s_guest_and_whoever_is_identified_are_not_they(host, shown):
    story, _, client = hour_without_the_client()
    story.place(OTHER, "09:40", host)
    story.joins(Person("somebody", None, {}, shown), "10:02", meeting=OTHER)
    story.expect(client, **ABSENT, confidence="high")


@pytest.mark.parametrize(
    ("starts", "ends", "theirs"),
    [("10:00", "11:00", True), ("11:02", "12:00", True), ("11:03", "12:00", False), ("09:00", "10:02", True),
     ("09:00", "10:01", False)],
)  # fmt: skip
def test_where_somebody_is_expected_then_the_guest_is_that_session_s(starts, ends, theirs):
    story, _, client = hour_without_the_client()
    story.another_appointment("A2", OTHER, starts, ends, story.people[0], kind="group")
    waits_there(story, "10:02")
    story.expect(client, **(ABSENT | {"confidence": "high"} if theirs else LOOK_AT_IT))


def test_host_is_known_by_their_meeting_when_the_roster_does_not_name_them():
    story, _, client = hour_without_the_client()
    story.host_id = ""
    waits_there(story, "10:02")
    story.expect(client, **LOOK_AT_IT)


def test_who_was_there_is_not_doubted_for_a_stranger_elsewhere():
    story, clinician, client = an_hour()
    story.joins(client, "09:59")
    story.is_over("11:00", clinician, client)
    waits_there(story, "10:02")
    story.expect(client, outcome="attended", confidence="high", flags=set())


def test_what_had_not_arrived_was_not_known():
    story, _, client = hour_without_the_client()
    place = story.place(OTHER, "09:40", HOST)
    story._send(place.before_host("participant_jbh_waiting", story.at("10:02"), {}), "10:02", after=5100)
    story.expect(client, at="11:20", **ABSENT)
    story.expect(client, **LOOK_AT_IT)
