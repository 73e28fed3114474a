"""Sessions beside each other, and beginnings, ends and names that are only half known."""

from __future__ import annotations

import pytest

from tests.stories.story import Person, Story, an_hour
from tests.stories.test_true_words import verdict


def test_session_of_which_only_the_lefts_were_heard_is_not_surely_unheld():
    story = Story(starts="10:00", ends="11:00")
    clinician, client = story.clinician(), story.client()
    story.opens("09:57", lost=True)
    for person in (clinician, client):
        story.joins(person, "09:58", lost=True)
    story.is_over("10:58", client, clinician)  # the first that was ever heard of the account
    story.expect(
        client,
        outcome="undetermined",
        cause="unknown",
        flags={"feed-gap", "inferred-start"},
        actions={"review"},
        no_actions={"message", "reschedule"},
    )


def test_nobody_is_late_by_an_inferred_start():
    story, clinician, client = an_hour()
    story.sent.clear()
    story.other_meeting_hears("10:10")
    story.joins(client, "09:58", lost=True)
    story.is_over("11:00", client, clinician)
    story.expect(client, outcome="attended", flags={"inferred-start"}, without={"late"})


def back_to_back():
    story = Story(starts="10:00", ends="10:50")
    clinician, client = story.clinician(), story.client(customer_key="ck-1")
    story.another_appointment("A2", story.meeting.meeting_id, "11:00", "11:50", clinician, client)
    story.begins("09:57", clinician)
    story.stays(client, "10:01", "10:50")
    return story, clinician, client


def test_session_before_under_the_same_number_is_no_sign_of_this_one():
    story, clinician, client = back_to_back()
    story.is_over("11:50", clinician)
    story.expect(client, outcome="attended")
    story.expect(client, appointment_id="A2", outcome="missed", cause="absence", arrived=None, joined=None)


def test_session_before_under_the_same_number_makes_nobody_come_in_time():
    story, clinician, client = back_to_back()
    story.stays(client, "11:20", "11:50")
    story.is_over("11:50", clinician)
    story.expect(client, appointment_id="A2", outcome="partial", flags={"late"}, arrived="2026-03-02T11:20:00Z")


def test_session_after_in_the_same_run_does_not_make_this_one_longer():
    story, clinician, client = back_to_back()
    story.stays(client, "11:20", "11:50")
    story.is_over("11:50", clinician)
    story.expect(client, outcome="attended", left="2026-03-02T10:50:00Z")


def test_one_who_shows_the_names_of_two_makes_neither_surely_absent():
    story = Story("group", "10:00", "11:00")
    clinician = story.clinician()
    one = story.client("C1", "Noor Haddad", registrant_id="")
    two = story.client("C2", "Ilya Brandt", registrant_id="")
    story.begins("09:57", clinician)
    story.joins(one, "09:58")
    story.renames(one, "10:05", "Ilya Brandt")
    story.is_over("11:00", one, clinician)
    story.expect(two, no_show=False, no_actions={"checkin", "message"})


def test_crash_noticed_after_the_early_end_of_the_meeting_is_the_end():
    story, clinician, first = an_hour("group")
    clients = [first, story.client("C2"), story.client("C3")]
    for client in clients:
        story.joins(client, "09:58")
    story.leaves(clinician, "10:40")
    story.closes("10:40")
    for client in clients:
        story.leaves(client, "10:41:10", "client close")
    story.expect(first, outcome="attended", held=40, only_flags=set())


def test_wrong_link_after_the_session_before_is_a_wrong_link():
    story, clinician, client = back_to_back()
    story.joins(client, "10:58", meeting="97700000001", customer_key="ck-1")
    story.is_over("11:50", clinician)
    story.expect(client, appointment_id="A2", outcome="missed", cause="technical", flags={"wrong-meeting"})


def test_guest_whose_leave_came_after_the_end_was_there_for_as_long_as_it_says():
    story, clinician, client = an_hour()
    guest = story.guest("iPhone")
    story.leaves(clinician, "10:15")
    story.stays(guest, "10:19:01", "10:20:03")
    story.closes("10:20:00")
    story.expect(client, outcome="undetermined", flags={"unidentified-guest"})


def test_link_of_tomorrow_opened_today_is_a_wrong_link_though_only_the_registration_says_who_it_is():
    story = Story(starts="10:00", ends="11:00")
    clinician, client = story.clinician(), story.client()
    tomorrow = Person(client.code, client.role, {"registrant_id": "reg-of-tomorrow"})
    story.another_appointment("A2", "97700000002", "34:00", "35:00", clinician, tomorrow)
    story.begins("09:57", clinician)
    story.stays(story.guest("", registrant_id="reg-of-tomorrow"), "10:02", "10:20", meeting="97700000002")
    story.is_over("11:00", clinician)
    story.expect(client, outcome="missed", cause="technical", flags={"wrong-meeting"}, actions={"ticket"})


@pytest.mark.parametrize("others", [(), ("C7",)])
def test_registrant_id_that_one_person_alone_has_is_theirs_in_any_meeting(others):
    """Seen in a third meeting; when two people have it, each in a meeting of their own, it is nobody's there."""
    story = Story(starts="10:00", ends="11:00")
    clinician, client = story.clinician(), story.client(registrant_id="", email="c1@example.net")
    for number, code in enumerate((client.code, *others), 2):
        tomorrow = Person(code, client.role, {"registrant_id": "reg-1"})
        story.another_appointment(f"A{number}", f"9770000000{number}", "34:00", "35:00", clinician, tomorrow)
    story.begins("09:57", clinician)
    story.stays(story.guest("", registrant_id="reg-1"), "10:02", "10:20", meeting="97700000009")
    story.is_over("11:00", clinician)
    story.expect(client, no_show=bool(others))
    assert ("wrong-meeting" in story.result(client)["flags"]) is not bool(others)


def test_only_a_registrant_id_shows_who_took_the_link_of_another_session_at_that_time():
    story = Story("group", "10:00", "11:00")
    clinician, client = story.clinician(), story.client(name="")
    story.another_appointment("A2", "97700000002", "10:00", "11:00", Person("C9", client.role, {"name": "Ana Silva"}))
    story.begins("09:57", clinician)
    story.stays(client, "10:02", "10:20", meeting="97700000002")
    story.is_over("11:00", clinician)
    story.expect(client, outcome="missed", cause="technical", flags={"wrong-meeting"}, actions={"ticket"})


def test_who_is_known_by_another_address_in_another_appointment_took_the_wrong_link():
    story = Story(starts="10:00", ends="11:00")
    clinician, client = story.clinician(), story.client()
    other = Person(client.code, client.role, {"email": "second@example.net"})
    story.another_appointment("A2", "97700000002", "34:00", "35:00", clinician, other)
    story.begins("09:57", clinician)
    story.stays(story.guest("", email="Second@example.net"), "10:02", "10:20", meeting="97700000004")
    story.is_over("11:00", clinician)
    story.expect(client, outcome="missed", cause="technical", flags={"wrong-meeting"}, confidence="high")


def test_namesake_in_their_own_room_is_not_the_one_who_is_missing_here():
    story = Story(starts="10:00", ends="11:00")
    clinician, client = story.clinician(), story.client("C1", "Ana Silva")
    namesake = Person("C9", client.role, {"name": "Ana Silva", "registrant_id": "reg-9"})
    story.another_appointment("A2", "97700000002", "10:00", "11:00", clinician, namesake)
    story.begins("09:57", clinician)
    story.stays(story.guest("Ana Silva"), "10:00", "10:58", meeting="97700000002")
    story.is_over("11:00", clinician)
    story.expect(client, no_show=True, without={"wrong-meeting"})
    story.expect(namesake, appointment_id="A2", without={"wrong-meeting"})


def test_who_was_cut_off_from_the_session_before_and_not_seen_again_is_no_no_show_of_this_one():
    """Power or network was out, perhaps still. Long before, a person looks; soon before, the drop counts for both."""
    for dropped, told in (
        ("10:30", {"outcome": "undetermined", "cause": "unknown", "without": {"dropped"}, "actions": {"review"}}),
        ("10:44:59", {"outcome": "undetermined", "cause": "unknown", "without": {"dropped"}}),
        ("10:45", {"outcome": "missed", "cause": "technical", "confidence": "medium", "flags": {"dropped"}}),
        ("10:56", {"outcome": "missed", "cause": "technical", "flags": {"dropped"}}),
    ):
        story = Story(starts="10:00", ends="10:50")
        clinician, client = story.clinician(), story.client(customer_key="ck-1")
        story.another_appointment("A2", story.meeting.meeting_id, "11:00", "11:50", clinician, client)
        story.begins("09:57", clinician)
        story.stays(client, "10:01", dropped, "network")
        story.is_over("11:50", clinician)
        story.expect(client, appointment_id="A2", **told)


def next_in_a_row(dropped, reason, back=None):
    """The sessions of a program day follow each other in one meeting that runs on."""
    story = Story("group", starts="10:00", ends="11:00")
    clinician, client, other = story.clinician(), story.client(), story.client("C2")
    story.another_appointment("A2", story.meeting.meeting_id, "11:00", "12:00", clinician, client, other)
    story.begins("09:57", clinician)
    story.joins(other, "09:58")
    story.stays(client, "09:58", dropped, reason)
    if back:
        story.joins(client, back)
    story.is_over("12:00", other, clinician, *([client] if back else []))
    return story, client


@pytest.mark.parametrize("reason", ["network", "client close", "failover"])
def test_who_drops_out_in_the_last_minute_of_the_session_before_is_no_no_show_of_the_next(reason):
    story, client = next_in_a_row("10:59", reason)
    told = story.expect(
        client, appointment_id="A2", outcome="missed", cause="technical", confidence="medium", only_flags={"dropped"}
    )
    assert told["lost_minutes"] == 60.0


def test_who_drops_out_before_the_next_session_and_comes_back_late_lost_that_time_to_the_drop():
    story, client = next_in_a_row("10:59", "network", back="11:20")
    told = story.expect(client, appointment_id="A2", outcome="partial", cause="technical", flags={"interrupted"})
    assert told["lost_minutes"] == 20.0


def test_who_dropped_out_long_before_the_next_session_and_comes_late_is_not_surely_late_by_choice():
    story, client = next_in_a_row("10:30", "network", back="11:20")
    told = story.expect(client, appointment_id="A2", outcome="partial", cause="absence", confidence="medium")
    assert "their connection had broken in their session before" in verdict(told)


def test_who_leaves_the_session_before_and_does_not_come_to_the_next_is_absent():
    story, client = next_in_a_row("10:59", "plain")
    story.expect(client, appointment_id="A2", outcome="missed", cause="absence", confidence="high")
