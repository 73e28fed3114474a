"""Section 6 of the replay contract: what follows from a verdict."""

from __future__ import annotations

import json

import pytest

from tests.stories.story import Story, an_hour


@pytest.mark.parametrize("kind", ["individual", "family", "case_management", "group", "education"])
@pytest.mark.parametrize("why", ["missed", "excused", "not-held", "lost"])
def test_another_time_or_makeup_by_the_kind_of_session_and_held(kind, why):
    story, clinician, client = an_hour(kind)
    if why == "excused":
        story.gives_notice(client, "08:00")
    if why == "lost":
        story.stays(client, "09:58", "10:10", "network")
    story.is_over("10:05" if why == "not-held" else "11:00", clinician)
    result = story.result(client)
    wanted, other = ("makeup", "reschedule") if kind in ("group", "education") else ("reschedule", "makeup")
    kinds = [action["kind"] for action in result["actions"]]
    assert kinds.count(wanted) == 1, story.tell(result)
    assert other not in kinds, story.tell(result)
    assert all(action["hold"] for action in result["actions"] if action["kind"] == wanted)


@pytest.mark.parametrize(("back", "offered"), [("10:39", False), ("10:41", True)])
def test_more_than_half_lost_to_a_technical_cause_is_offered_another_time(back, offered):
    story, clinician, client = an_hour()
    story.joins(client, "09:58")
    story.drops(client, "10:10", back=back)
    story.is_over("11:00", client, clinician)
    result = story.expect(client, outcome="partial", cause="technical", actions={"ticket"})
    assert ("reschedule" in {a["kind"] for a in result["actions"]}) is offered, story.tell(result)


def test_one_ticket_for_a_person_however_often_they_drop():
    story, clinician, client = an_hour()
    story.joins(client, "09:58")
    for at, back in (("10:05", "10:12"), ("10:20", "10:28"), ("10:40", None)):
        story.drops(client, at, back)
    story.is_over("11:00", clinician)
    result = story.result(client)
    assert [a["kind"] for a in result["actions"]].count("ticket") == 1, story.tell(result)


def test_one_incident_for_three_people_of_one_meeting():
    story = Story("group", "10:00", "11:00")
    clinician, clients = story.clinician(), story.clients(4)
    story.begins("09:57", clinician)
    for client in clients:
        story.joins(client, "09:58")
    for client, at in zip(clients[:3], ("10:10", "10:20", "10:30"), strict=True):
        story.leaves(client, at, "network")
    story.is_over("11:00", clients[3], clinician)
    tickets = [a for result in story.results() for a in result["actions"] if a["kind"] == "ticket"]
    assert len(tickets) == 1, tickets
    assert "incident" in json.dumps(tickets[0])


@pytest.mark.parametrize("judged", ["10:59", "final"])
@pytest.mark.parametrize(("kind", "people"), [("individual", 1), ("group", 2)])
def test_clinician_who_is_cut_off_for_good_is_one_incident_with_those_left_alone(kind, people, judged):
    """It was one while the session ran, and it is the same one when it is over."""
    story = Story(kind, "10:00", "11:00")
    clinician, clients = story.clinician(), story.clients(people)
    story.begins("09:57", clinician)
    for client in clients:
        story.joins(client, "09:58")
    story.leaves(clinician, "10:10", "network")
    story.is_over("11:00", *clients)
    (ticket,) = [a for result in story.results(judged) for a in result["actions"] if a["kind"] == "ticket"]
    assert ticket["participants"] == [*[client.code for client in clients], clinician.code]
    assert ticket["because"] == f"The clinician was cut off; {people + 1} people are affected."


def test_clinician_who_cannot_get_in_is_the_trouble_of_an_incident_and_not_its_people():
    story = Story("group", "10:00", "11:00")
    clinician, clients = story.clinician(), story.clients(2)
    story.opens("09:57")
    for client in clients:
        story.joins(client, "09:58")
    story.reports_trouble(clinician, "10:02")
    story.is_over("11:00", *clients)
    (ticket,) = [a for result in story.results() for a in result["actions"] if a["kind"] == "ticket"]
    assert ticket["participants"] == ["C1", "C2", "T1"]
    assert ticket["because"] == "A clinician had technical trouble; 3 people are affected."


def test_clinicians_get_no_messages_reschedules_or_checkins():
    story, clinician, client = an_hour()
    story.leaves(clinician, "10:02")
    story.stays(client, "09:58", "10:20")
    story.closes("10:20")
    story.expect(clinician, no_actions={"checkin", "reschedule", "makeup"})


def test_no_message_after_attended_whatever_else_happened():
    story, clinician, client = an_hour()
    story.reports_trouble(client, "10:01")
    story.joins(client, "10:10")
    story.drops(client, "10:30", back="10:31")
    story.is_over("11:00", client, clinician)
    story.expect(client, outcome="attended", no_actions={"message", "reschedule", "checkin"})


def test_checkin_after_a_first_no_show_and_not_after_every_one():
    story, clinician, client = an_hour()
    story.another_appointment("A2", "93400000002", "14:00", "15:00", clinician, client)
    story.is_over("11:00", clinician)
    story.stays(clinician, "13:58", "15:00", meeting="93400000002")
    story.expect(client, outcome="missed", cause="absence", actions={"checkin"})
    story.expect(client, appointment_id="A2", outcome="missed", cause="absence", no_actions={"checkin"})


def test_undetermined_is_reviewed_by_a_person():
    story, clinician, client = an_hour()
    guest = story.guest("iPhone")
    story.joins(guest, "10:01")
    story.is_over("11:00", guest, clinician)
    story.expect(client, outcome="undetermined", actions={"review"}, no_actions={"checkin", "reschedule"})


def test_nothing_personal_and_nothing_of_the_session_in_a_result():
    story = Story("group", "10:00", "11:00", title="Evening Circle")
    clinician = story.clinician(email="dana@example.org")
    client = story.client("C1", "Noor Haddad", email="noor@example.org", phone="+15550100142", registrant_id="")
    story.begins("09:57", clinician)
    story.joins(client, "10:20", email="noor@example.org", phone="15550100142")
    story.drops(client, "10:30", back="10:45")
    story.is_over("11:00", client, clinician)
    told = json.dumps(story.results()).casefold()
    for secret in ("noor", "haddad", "example.org", "5550100142", "dana", "evening", "203.0.113.9"):
        assert secret not in told
