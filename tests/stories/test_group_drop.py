"""Several people drop at once: what is common to them, and what each did alone."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.stories.story import Person, Story


def a_group() -> tuple[Story, Person, list[Person]]:
    story = Story("group", "10:00", "11:00")
    clinician, clients = story.clinician(), story.clients(4)
    story.begins("09:57", clinician)
    for client in clients:
        story.joins(client, "09:58")
    return story, clinician, clients


def test_leaving_later_of_ones_own_accord_is_no_part_of_the_common_drop():
    story, clinician, clients = a_group()
    for client in clients[:3]:
        story.drops(client, "10:20", back="10:25")
    story.leaves(clients[0], "10:40")
    story.is_over("11:00", *clients[1:], clinician)
    story.expect(clients[0], outcome="partial", cause="absence", flags={"group-drop", "left-early"}, lost=5)
    story.expect(clients[1], outcome="attended", flags={"group-drop"}, lost=5)
    story.expect(clients[3], outcome="attended", without={"group-drop"})


@pytest.mark.parametrize(("seconds", "on_the_way"), [(1, True), (40, True), (95, False)])
def test_who_is_on_the_way_to_a_breakout_room_did_not_drop(seconds, on_the_way):
    """The left of a hop may be heard before its joined; only who never arrives there fell out on the way."""
    story, _, clients = a_group()
    for client in clients:
        story.leaves(client, "10:20", "to breakout")
    looked_at = story.at("10:20") + timedelta(seconds=3 + seconds)
    for client in clients:
        if on_the_way:
            story.expect(client, at=looked_at, outcome="attended", only_flags=set(), lost=0)
        else:
            story.expect(client, at=looked_at, outcome="attended", only_flags={"dropped", "group-drop"})


def test_ends_without_a_reason_are_no_common_drop_when_the_meeting_ended():
    """The clinician restarts the meeting; whoever did not come again was not cut off."""
    story, clinician, clients = a_group()
    for client in clients:
        story.leaves(client, "10:20", "none")
    story.is_over("10:20", clinician)
    story.begins("10:25", clinician)
    story.is_over("11:00", clinician)
    story.expect(clients[0], outcome="partial", cause="provider", without={"group-drop"})


def test_ends_without_a_reason_in_the_middle_are_a_common_drop():
    story, clinician, clients = a_group()
    for client in clients[:3]:
        story.leaves(client, "10:20", "none")
    story.is_over("11:00", clients[3], clinician)
    story.expect(clients[0], outcome="partial", cause="technical", flags={"group-drop"})


def test_two_ends_without_a_reason_are_none():
    story, clinician, clients = a_group()
    for client in clients[:2]:
        story.leaves(client, "10:20", "none")
    story.is_over("11:00", *clients[2:], clinician)
    story.expect(clients[0], without={"group-drop"})


def test_incident_ticket_needs_nobodys_approval_and_names_everybody_once():
    story, clinician, clients = a_group()
    for client in clients[:3]:
        story.leaves(client, "10:20", "network")
    story.is_over("11:00", clients[3], clinician)
    tickets = [a for r in story.results() for a in r["actions"] if a["kind"] == "ticket"]
    assert len(tickets) == 1
    ticket = tickets[0]
    assert (ticket["hold"], ticket["incident"], ticket["participants"]) == (False, True, ["C1", "C2", "C3"])
    assert ticket["because"] == "3 people had technical trouble in one meeting."


def test_ticket_of_one_person_is_no_incident():
    story, clinician, clients = a_group()
    story.leaves(clients[0], "10:20", "network")
    story.is_over("11:00", *clients[1:], clinician)
    (ticket,) = [a for r in story.results() for a in r["actions"] if a["kind"] == "ticket"]
    assert not ticket["hold"]
    assert not ticket.get("incident")
    assert not ticket.get("participants")


@pytest.mark.parametrize(("left", "cause"), [
    ("10:19:59", "absence"), ("10:20", "technical"), ("10:21:30", "technical"), ("10:21:31", "absence"),
])  # fmt: skip
def test_who_seems_to_have_left_while_all_the_others_were_cut_off_was_cut_off_as_well(left, cause):
    story, clinician, clients = a_group()
    for client in clients[:3]:
        story.drops(client, "10:20", back="10:25")
    story.leaves(clients[3], left)
    story.is_over("11:00", *clients[:3], clinician)
    flags = {"flags": {"group-drop"}} if cause == "technical" else {"without": {"group-drop"}}
    story.expect(clients[3], outcome="partial", cause=cause, **flags)
    story.expect(clients[0], outcome="attended", flags={"group-drop"})


def test_who_is_sent_to_wait_while_all_the_others_are_cut_off_was_not_cut_off():
    story, clinician, clients = a_group()
    for client in clients[:3]:
        story.drops(client, "10:20", back="10:25")
    story.is_put_back(clients[3], "10:20:10")
    story.leaves(clients[3], "10:20:10")
    story.is_over("11:00", *clients[:3], clinician)
    story.expect(clients[3], cause="provider", without={"group-drop"})


def test_three_who_leave_one_after_the_other_of_their_own_accord_are_no_common_drop():
    story, clinician, clients = a_group()
    for client, at in zip(clients, ("10:20", "10:20", "10:21"), strict=False):
        story.leaves(client, at)
    story.is_over("11:00", clients[3], clinician)
    for client in clients[:3]:
        story.expect(client, outcome="partial", cause="absence", flags={"left-early"}, without={"group-drop"})


def test_the_same_people_may_drop_together_twice():
    story, clinician, clients = a_group()
    for client in clients[:3]:
        story.drops(client, "10:20", back="10:22")
        story.leaves(client, "10:40", "network")
    story.is_over("11:00", clients[3], clinician)
    (found,) = [f for f in story.result(clients[0])["findings"] if f["rule"] == "group-drop"]
    assert len(found["events"]) == 6  # of all three, both times


def test_who_drops_again_after_the_common_drop_does_so_alone():
    story, clinician, clients = a_group()
    for seconds, client in zip((0, 30, 40, 50), clients, strict=True):
        story.leaves(client, f"10:20:{seconds:02}", "network")
        story.joins(client, f"10:21:{seconds:02}")
    story.leaves(clients[1], "10:21:55", "network")
    story.is_over("11:00", clients[0], *clients[2:], clinician)
    result = story.expect(clients[1], cause="technical", flags={"group-drop", "dropped"})
    together = next(finding for finding in result["findings"] if finding["rule"] == "group-drop")
    assert together["because"] == "4 people dropped within 90 s of 10:20:00 UTC."
    assert len(together["events"]) == 4
