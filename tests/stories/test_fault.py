"""What broke, for one or for several or for everybody: which moment is told, and what it rests on."""

from __future__ import annotations

import pytest

from tests.stories.story import Story, an_hour


def said(result: dict, rule: str) -> str:
    return next(finding["because"] for finding in result["findings"] if finding["rule"] == rule)


def test_of_two_incidents_of_the_platform_the_first_is_told():
    story, clinician, client = an_hour()
    story.joins(client, "09:58")
    for begin, end in (("10:10", "10:12"), ("10:40", "10:45")):
        story.platform_incident(begin, end)
    story.is_over("11:00", client, clinician)
    result = story.expect(client, outcome="attended", flags={"platform-incident"})
    assert said(result, "platform-incident") == (
        "An incident of the platform from 10:10:00 UTC until 10:12:00 UTC overlapped the session."
    )


def test_of_two_common_drops_the_first_is_told():
    story = Story("group", "10:00", "11:00")
    clinician, clients = story.clinician(), story.clients(4)
    story.begins("09:57", clinician)
    for client in clients:
        story.joins(client, "09:58")
    for client in clients:
        story.drops(client, "10:20", back="10:22")
    for client in clients[:3]:
        story.drops(client, "10:40", back="10:42")
    story.is_over("11:00", *clients, clinician)
    result = story.expect(clients[0], outcome="attended", flags={"group-drop"})
    assert said(result, "group-drop") == "4 people dropped within 90 s of 10:20:00 UTC."


def test_of_two_quick_returns_the_first_is_told():
    story, clinician, client = an_hour()
    story.joins(client, "09:58")
    story.drops(client, "10:10", back="10:11", reason="plain")
    story.drops(client, "10:40", back="10:40:30", reason="plain")
    story.is_over("11:00", client, clinician)
    result = story.expect(client, outcome="attended", only_flags={"interrupted"})
    assert said(result, "quick-return") == "They were gone for 60 s at 10:10:00 UTC."


@pytest.mark.parametrize(
    ("warned", "sure", "told"),
    [
        (True, "high", "A connection ended abnormally at 10:20:00 UTC"),
        (False, "medium", "They went to another room of the meeting at 10:20:00 UTC and were not seen there"),
    ],
)
def test_whose_network_was_warned_of_fell_out_on_the_way_to_a_breakout_room(warned, sure, told):
    story, clinician, client = an_hour()
    story.joins(client, "09:58")
    if warned:
        story.is_warned(client, "10:19")
    story.leaves(client, "10:20", "to breakout")
    story.is_over("11:00", clinician)
    result = story.expect(client, outcome="partial", cause="technical", confidence=sure)
    assert said(result, "connection-broke") == f"{told}, and they did not come back."
