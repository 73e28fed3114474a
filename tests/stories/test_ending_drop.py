"""Cut off alone, or with everybody else: with the last who is in a meeting it ends, and nobody ended it under them."""

from __future__ import annotations

import pytest

from tests.stories.story import Person, Story, an_hour


def before_the_host(
    *, beside: str = "10:04", reason: str = "network", back: str = "", code: str = "C1"
) -> tuple[Story, object]:
    """A client comes before the host, beside somebody who goes at a time, and is cut off at 10:05, when the meeting
    ends; the clinician opens it anew at 10:10."""
    story = Story("group", "10:00", "11:00")
    clinician, client, other = story.clinician(), story.client(code), story.client("C2" if code == "C1" else "C1")
    story.opens("09:58")
    story.joins(client, "09:58")
    story.joins(other, "09:58:10")
    story.leaves(other, beside)
    story.leaves(client, "10:05", reason)
    story.closes("10:05")
    story.begins("10:10", clinician)
    if back:
        story.joins(client, back)
        story.is_over("11:00", client, clinician)
    else:
        story.is_over("11:00", clinician)
    return story, client


def test_who_was_cut_off_alone_and_did_not_come_back_had_technical_trouble():
    story, client = before_the_host()
    story.expect(client, outcome="partial", cause="technical", flags={"dropped"}, lost=50.0)


def test_who_was_cut_off_alone_and_came_back_late_was_interrupted():
    story, client = before_the_host(back="10:40")
    story.expect(client, outcome="partial", cause="technical", flags={"interrupted"}, lost=30.0)


def test_who_went_by_themselves_left_a_meeting_that_nobody_held():
    story, client = before_the_host(reason="plain")
    story.expect(client, outcome="partial", cause="provider", without={"dropped"})


@pytest.mark.parametrize("code", ["C1", "C2"])
@pytest.mark.parametrize(
    ("beside", "cause"), [("10:04:49", "technical"), ("10:04:50", "provider"), ("10:05", "provider")]
)
def test_end_of_a_meeting_with_somebody_else_in_it_until_a_moment_before_is_no_drop(beside, cause, code):
    story, client = before_the_host(beside=beside, code=code)
    story.expect(client, cause=cause)


@pytest.mark.parametrize(("back", "flags"), [("10:10", set()), ("10:10:10", set()), ("10:10:11", {"interrupted"})])
def test_who_missed_no_more_than_a_moment_of_it_was_not_interrupted(back, flags):
    story, client = before_the_host(back=back)
    story.expect(client, outcome="attended", flags=flags, without={"interrupted"} - flags)


def test_session_that_was_held_before_as_well_went_on_without_them():
    story = Story("individual", "10:00", "11:00")
    clinician, client = story.clinician(), story.client()
    story.begins("09:58", clinician)
    story.joins(client, "09:59")
    story.leaves(clinician, "10:03")
    story.leaves(client, "10:05", "network")
    story.closes("10:05")
    story.begins("10:10", clinician)
    story.is_over("11:00", clinician)
    story.expect(client, outcome="partial", cause="technical", flags={"dropped"}, lost=50.0)


def test_who_is_cut_off_at_the_end_of_a_session_that_is_not_held_again_lost_nothing():
    story = Story("individual", "10:00", "11:00")
    clinician, client = story.clinician(), story.client()
    story.begins("09:58", clinician)
    story.joins(client, "09:59")
    story.leaves(clinician, "10:50")
    story.leaves(client, "10:51", "network")
    story.closes("10:51")
    story.expect(client, outcome="attended", cause="none", without={"dropped"})


def test_host_of_whom_the_roster_has_no_row_is_somebody():
    story = Story("individual", "10:00", "11:00")
    client, host = story.client(), story.guest("Somebody else", zoom_id=story.host_id)
    story.begins("09:58", host)
    story.joins(client, "09:59")
    story.leaves(client, "10:20", "network")
    story.is_over("10:20", host)
    story.begins("10:30", host)
    story.is_over("11:00", host)
    story.expect(client, cause="provider", without={"dropped"})


def test_who_was_cut_off_alone_in_a_session_that_nobody_held_missed_nothing():
    story = Story("individual", "10:00", "11:00")
    story.clinician()
    client = story.client()
    story.opens("09:58")
    story.joins(client, "09:58")
    story.is_over("10:05", client, reason="network")
    story.other_meeting_hears("10:30")
    story.expect(client, outcome="not-held", cause="provider", without={"dropped"})


def all_cut_off(
    at: str, *, kind: str = "group", clinician_goes: str = "network", clients_go: str = "network", back: str = ""
) -> tuple[Story, Person, list[Person]]:
    """Everybody's connection breaks within seconds, and the meeting ends with it; the clinician opens it anew if
    `back` says when, and nobody else comes."""
    story = Story(kind, "10:00", "11:00")
    clinician, clients = story.clinician(), story.clients(4 if kind == "group" else 1)
    story.begins("09:57", clinician)
    for client in clients:
        story.joins(client, "09:59")
    for number, client in enumerate(clients):
        story.leaves(client, f"{at}:{10 + number}", clients_go)
    story.is_over(f"{at}:14", clinician, reason=clinician_goes)
    if back:
        story.begins(back, clinician)
        story.is_over("11:00", clinician)
    else:
        story.other_meeting_hears("10:40")
    return story, clinician, clients


@pytest.mark.parametrize("kind", ["individual", "group"])
def test_who_was_cut_off_with_everybody_else_had_technical_trouble(kind):
    story, clinician, clients = all_cut_off("10:20", kind=kind, back="10:23")
    follows = {"ticket", "message", "makeup" if kind == "group" else "reschedule"}
    flags = {"dropped", "host-dropped"} | ({"group-drop"} if kind == "group" else set())
    story.expect(clients[0], outcome="partial", cause="technical", only_flags=flags, actions=follows)
    story.expect(clinician, outcome="attended", flags={"interrupted"})


def test_everybody_who_was_cut_off_together_is_one_incident():
    story, _, _ = all_cut_off("10:20", back="10:23")
    tickets = [action for result in story.results() for action in result["actions"] if action["kind"] == "ticket"]
    assert [(ticket["incident"], len(ticket["participants"])) for ticket in tickets] == [(True, 5)]


def test_session_that_broke_down_for_everybody_was_not_held_for_a_technical_cause():
    story, _, clients = all_cut_off("10:05", kind="individual")
    story.expect(clients[0], outcome="not-held", cause="technical", flags={"host-dropped"})


@pytest.mark.parametrize(
    ("clinician_goes", "clients_go", "cause"),
    [
        ("failover", "network", "technical"), ("network", "client close", "technical"),
        ("client close", "network", "technical"), ("client close", "client close", "provider"),
        ("plain", "network", "provider"), ("none", "network", "provider"), ("network", "plain", "provider"),
        ("network", "host ended", "provider"),
    ],
)  # fmt: skip
def test_somebody_who_goes_for_another_reason_may_have_ended_it(clinician_goes, clients_go, cause):
    story, _, clients = all_cut_off("10:20", clinician_goes=clinician_goes, clients_go=clients_go, back="10:23")
    story.expect(clients[0], outcome="partial", cause=cause)


@pytest.mark.parametrize(("clinician_goes", "client_goes"), [("network", "plain"), ("plain", "network")])
def test_of_two_whoever_goes_for_another_reason_may_have_ended_it(clinician_goes, client_goes):
    story, _, clients = all_cut_off(
        "10:20", kind="individual", clinician_goes=clinician_goes, clients_go=client_goes, back="10:23"
    )
    story.expect(clients[0], outcome="partial", cause="provider", only_flags=set())


def test_somebody_who_dropped_before_and_goes_for_another_reason_now_may_have_ended_it():
    story = Story("individual", "10:00", "11:00")
    clinician, client = story.clinician(), story.client()
    story.begins("09:57", clinician)
    story.drops(clinician, "10:05", back="10:06")
    story.joins(client, "10:07")
    story.leaves(client, "10:20", "network")
    story.is_over("10:20", clinician)
    story.begins("10:23", clinician)
    story.is_over("11:00", clinician)
    story.expect(client, outcome="partial", cause="provider", without={"dropped"})


def test_who_is_cut_off_the_whole_tolerance_before_the_last_one_was_cut_off_with_them():
    story = Story("individual", "10:00", "11:00")
    clinician, client = story.clinician(), story.client()
    story.begins("09:57", clinician)
    story.joins(client, "09:59")
    story.leaves(client, "10:20:04", "network")
    story.is_over("10:20:14", clinician, reason="network")
    story.begins("10:23", clinician)
    story.is_over("11:00", clinician)
    story.expect(client, outcome="partial", cause="technical", flags={"dropped"})
    story.expect(clinician, outcome="attended", flags={"interrupted"})


@pytest.mark.parametrize(("at", "flags"), [("10:54:59", {"dropped", "host-dropped"}), ("10:55", set())])
def test_who_is_cut_off_together_at_the_very_end_was_at_its_end(at, flags):
    story = Story("individual", "10:00", "11:00")
    clinician, client = story.clinician(), story.client()
    story.begins("09:57", clinician)
    story.joins(client, "09:59")
    story.is_over(at, client, clinician, reason="network")
    story.expect(clinician, outcome="attended", only_flags=flags)


@pytest.mark.parametrize(("at", "flags"), [("10:54", {"dropped", "host-dropped", "group-drop"}), ("10:55", set())])
def test_who_is_cut_off_with_everybody_else_near_the_scheduled_end_was_at_its_end(at, flags):
    story, clinician, clients = all_cut_off(at)
    story.expect(clients[0], outcome="attended", without={"dropped"} - flags)
    story.expect(clinician, outcome="attended", only_flags=flags)


def test_while_the_session_runs_there_is_a_ticket_for_everybody_who_was_cut_off():
    story, _, clients = all_cut_off("10:20")
    story.expect(clients[0], at="10:26", flags={"dropped", "group-drop"}, actions={"ticket", "message"})


@pytest.mark.parametrize(("reason", "flags"), [("network", {"interrupted", "host-dropped"}), ("plain", set())])
def test_clinician_who_was_cut_off_alone_and_came_back_to_hold_it_was_interrupted(reason, flags):
    story = Story("individual", "10:00", "11:00")
    clinician, client = story.clinician(), story.client()
    story.begins("09:58", clinician)
    story.is_over("10:08", clinician, reason=reason)
    story.before_host("jbh_waiting", client, "10:10")
    story.before_host("jbh_waiting_left", client, "10:25")
    story.begins("10:30", clinician)
    story.is_over("11:00", clinician)
    story.expect(clinician, outcome="attended", only_flags=flags)
    story.expect(client, outcome="missed", cause="provider", flags={"waited"} | (flags - {"interrupted"}))


@pytest.mark.parametrize(("at", "reason", "flags"), [
    ("10:59:50", "client close", set()), ("10:59:49", "client close", {"dropped"}), ("11:00", "client close", set()),
    ("10:59:55", "network", {"dropped"}), ("10:59:55", "failover", {"dropped"}),
])  # fmt: skip
def test_who_closes_the_app_when_the_session_is_to_end_did_not_drop_out_though_the_clinician_stays_on(
    at, reason, flags
):
    story, clinician, client = an_hour()
    story.stays(client, "09:58", at, reason)
    story.is_over("11:06", clinician)
    story.expect(client, outcome="attended", cause="none", only_flags=flags, only_actions=set())


def test_who_closed_the_app_at_the_end_of_the_session_before_was_not_cut_off_from_the_next():
    """In a meeting of its own; the clinician stays on for a while."""
    story = Story("group", "11:00", "12:00", appointment_id="A2")
    clinician, client, other = story.clinician(), story.client("C1"), story.client("C2")
    story.another_appointment("A1", "93000000000", "10:00", "10:50", clinician, client, other)
    for person, reason in ((clinician, "plain"), (other, "plain"), (client, "client close")):
        until = "10:49:55" if person is client else "10:54"
        story.stays(person, "09:58", until, reason, meeting="93000000000")
    story.begins("10:58", clinician)
    story.joins(other, "10:59")
    story.is_over("12:00", other, clinician)
    story.expect(client, outcome="missed", cause="absence", confidence="high")
