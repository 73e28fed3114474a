"""What broke, for one or for several or for everybody: which moment is told, and what it rests on."""

from __future__ import annotations

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
