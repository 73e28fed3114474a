"""Who was away as far as was delivered, and of whom more was told: kept out, or there and unheard."""

from __future__ import annotations

import pytest

from tests.stories.story import Person, Story, an_hour

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


def cut_off(until: str = "10:30") -> tuple[Story, Person, Person]:
    """The client is cut off after seven minutes and comes back by another connection, which lasts to the end."""
    story, clinician, client = an_hour()
    story.stays(client, "09:58", "10:07", "network")
    story.joins(client, until, device="again")
    story.is_over("11:00", clinician)
    story.leaves(client, "11:00", device="again")
    return story, clinician, client


def said(result: dict) -> str:
    return result["findings"][0]["because"]


PARTIAL = {"outcome": "partial", "cause": "technical"}


def test_who_is_let_in_again_had_waited_though_nobody_told_since_when():
    story, _, client = cut_off()
    story.expect(client, **PARTIAL, confidence="high")
    story.is_admitted(client, "10:30", device="again")
    told = said(story.expect(client, **PARTIAL, confidence="medium"))
    assert told.endswith("It is not certain: they had waited, and since when was not delivered.")


def test_who_waits_and_is_let_in_again_is_known_to_have_waited():
    story, _, client = cut_off()
    story.waits(client, "10:29", device="again")
    story.is_admitted(client, "10:30", device="again")
    story.stops_waiting(client, "10:30:02", device="again")
    story.expect(client, **PARTIAL, confidence="high")


@pytest.mark.parametrize(
    ("at", "confidence"), [("10:09", "high"), ("10:09:01", "medium"), ("10:27:59", "medium"), ("10:28", "high")]
)
def test_whose_network_zoom_warns_of_is_there(at, confidence):
    """A warning may be told of a connection that broke two minutes before, or of one of which the join comes late."""
    story, _, client = cut_off()
    story.is_warned(client, at)
    told = said(story.expect(client, **PARTIAL, confidence=confidence))
    assert ("Zoom told of their connection at" in told) is (confidence == "medium")
