"""Who waited for the host, and of whom nothing more was told: kept out, or inside and unheard."""

from __future__ import annotations

import pytest

from tests.stories.story import Person, Story

MISSED = {"outcome": "missed", "cause": "provider", "flags": {"waited", "never-admitted"}}


def waits_for_host(until: str, host_came: str = "10:05") -> tuple[Story, Person]:
    """The client waits for the host, and is never seen inside; the session is held to its end."""
    story = Story("individual", "10:00", "11:00")
    clinician, client = story.clinician(), story.client()
    story.before_host("jbh_waiting", client, "09:56")
    story.before_host("jbh_waiting_left", client, until)
    story.begins(host_came, clinician)
    story.is_over("11:00", clinician)
    return story, client


@pytest.mark.parametrize(
    ("until", "confidence"),
    [("10:04:57", "high"), ("10:04:58", "medium"), ("10:05:02", "medium"), ("10:07", "medium"), ("10:07:01", "high")],
)
def test_who_stops_waiting_as_the_host_comes_perhaps_came_in_unheard(until, confidence):
    story, client = waits_for_host(until)
    story.expect(client, **MISSED, confidence=confidence)


def test_who_waits_in_the_waiting_room_afterwards_was_kept_out():
    story, client = waits_for_host("10:05:02")
    story.waits(client, "10:05:03")
    story.stops_waiting(client, "10:40")
    story.expect(client, **MISSED, confidence="high")
