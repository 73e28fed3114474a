"""Section 7 of the replay contract: who a connection belongs to, and when it begins and ends."""

from __future__ import annotations

import pytest

from tests.stories.story import Person, Story, an_hour


def listed() -> tuple[Story, Person, Person, Person]:
    story = Story("group", "10:00", "11:00")
    clinician = story.clinician()
    one = story.client("C1", "Ana Silva", registrant_id="reg-1", customer_key="key-1", email="one@example.org",
                       phone="+1 555 010 0101")  # fmt: skip
    two = story.client("C2", "Ben Osei", registrant_id="reg-2", customer_key="key-2", email="two@example.org",
                       phone="+1 555 010 0102")  # fmt: skip
    story.begins("09:57", clinician)
    return story, clinician, one, two


ONE_BY = (
    {"registrant_id": "reg-1", "customer_key": "key-2", "email": "two@example.org", "name": "Ben Osei"},
    {"customer_key": "key-1", "email": "two@example.org", "name": "Ben Osei"},
    {"email": "ONE@Example.ORG", "phone": "15550100102", "name": "Ben Osei"},
    {"phone": "15550100101", "name": "Ben Osei"},
    {"name": "  ana   SILVA "},
    {"name": "Aná Sílva"},
    {"name": "AnaSilva"},
)


@pytest.mark.parametrize("shown", ONE_BY, ids=lambda shown: next(iter(shown)) + " " + shown["name"])
def test_the_first_key_that_is_known_decides(shown):
    story, clinician, one, two = listed()
    somebody = story.guest(**({"name": ""} | shown))
    story.joins(somebody, "09:59")
    story.is_over("11:00", somebody, clinician)
    result = story.expect(one, outcome="attended", attended=60)
    story.expect(two, outcome="missed", attended=0)
    by_name = len(shown) == 1
    assert ("matched-by-name" in result["flags"]) is by_name
    assert result["confidence"] == ("medium" if by_name else "high")


def test_clinician_is_known_by_the_zoom_user_id_under_any_name():
    story = Story("individual", "10:00", "11:00")
    clinician, client = story.clinician(), story.client()
    story.opens("09:57")
    story.joins(clinician, "09:57", name="Consulting Room 3", email="")
    story.joins(client, "09:58")
    story.is_over("11:00", client, clinician)
    story.expect(client, outcome="attended", held=60)
    story.expect(clinician, outcome="attended")


@pytest.mark.parametrize("shown", ["Lukasz Oster", "ŁUKASZ  ØSTER", "łukaszøster", "Łukasz\u200b Øster"])
def test_letters_with_a_stroke_are_accents_too(shown):
    story = Story("individual", "10:00", "11:00")
    clinician, client = story.clinician(), story.client("C1", "Łukasz Øster")
    story.begins("09:57", clinician)
    somebody = story.guest(shown)
    story.joins(somebody, "09:59")
    story.is_over("11:00", somebody, clinician)
    story.expect(client, outcome="attended", flags={"matched-by-name"})


@pytest.mark.parametrize("field", ["id", "participant_user_id"])
def test_clinician_is_known_by_either_field_of_the_zoom_user_id(field):
    story, clinician, client = an_hour()
    story.is_over("11:00", clinician)
    for delivery in story.sent:
        about = delivery.body["payload"]["object"].get("participant", {})
        about |= {"user_name": "Somebody", "email": ""} | ({field: "another"} if about else {})
    story.expect(clinician, outcome="attended", without={"matched-by-name"}, confidence="high")
    story.expect(client, no_show=True)


def test_host_of_whom_the_roster_has_no_row_holds_the_session():
    story = Story("individual", "10:00", "11:00")
    client = story.client()
    host = story.guest("Room 3", zoom_id=story.host_id)
    story.begins("09:57", host)
    story.is_over("11:00", host)
    story.expect(client, no_show=True, held=60, confidence="high", without={"unidentified-guest"})
    story.joins(client, "10:20")
    story.leaves(client, "11:00")
    story.expect(client, outcome="partial", cause="absence", held=60, attended=40)


def test_host_without_a_row_who_does_not_come_is_no_absence_of_the_client():
    story = Story("individual", "10:00", "11:00")
    client = story.client()
    story.begins("09:57", client)
    story.is_over("10:40", client)
    story.expect(client, outcome="not-held", cause="provider", held=0)


def test_number_with_an_extension_is_the_same_number():
    story = Story("individual", "10:00", "11:00")
    clinician, client = story.clinician(), story.client("C1", "Ana Silva", phone="+1 (555) 010-0101 ext. 12")
    story.begins("09:57", clinician)
    story.joins(somebody := story.guest("", phone="15550100101"), "09:59")
    story.is_over("11:00", somebody, clinician)
    story.expect(client, outcome="attended", flags={"joined-by-phone"})


def test_left_without_its_user_id_closes_the_stay_of_its_participant_uuid():
    story, clinician, client = an_hour()
    story.joins(client, "10:00")
    gone = story.leaves(client, "10:30")
    gone.body["payload"]["object"]["participant"]["user_id"] = None
    story.is_over("11:00", clinician)
    story.expect(client, outcome="partial", cause="absence", attended=30, only_flags={"left-early"})


def test_part_of_a_name_is_nobody():
    story, clinician, one, two = listed()
    guest = story.guest("Ana")
    story.joins(guest, "09:59")
    story.is_over("11:00", guest, clinician)
    for client in (one, two):
        story.expect(client, outcome="undetermined", flags={"unidentified-guest"}, attended=0)


def test_a_left_closes_only_its_own_connection():
    story, clinician, one, _ = listed()
    story.joins(one, "09:58", device="laptop")
    story.joins(one, "10:05", device="tablet")
    story.leaves(one, "10:10", device="laptop")
    story.leaves(one, "11:00", device="tablet")
    story.is_over("11:00", clinician)
    story.expect(one, outcome="attended", attended=60, without={"left-early", "dropped"})


def test_the_same_user_id_in_another_instance_is_another_connection():
    story, clinician, client = an_hour()
    story.joins(client, "09:58")
    first = story._doors[(client.code, "", "")]
    story.is_over("10:20", client, clinician)
    story.begins("10:22", clinician)
    story._doors[(client.code, "", "")] = first
    story.sent.append(story.sent[2])  # the first joined again
    story.leaves(client, "11:00")  # its joined in the second instance is lost
    story.is_over("11:00", clinician)
    story.expect(client, outcome="attended", attended=58, flags={"inferred-start"})


def test_orphan_left_counts_from_when_the_feed_was_first_alive_if_that_is_later():
    story = Story("group", "10:00", "11:00")
    clinician, client = story.clinician(), story.client()
    story.opens("09:50", lost=True)
    story.joins(clinician, "09:57", lost=True)
    story.joins(client, "09:58", lost=True)
    story.other_meeting_hears("10:20")
    story.is_over("11:00", client, clinician)
    result = story.expect(client, held=40, attended=40, flags={"inferred-start"}, confidence={"medium", "low"})
    assert [i["inferred"] for i in result["intervals"] if i["state"] == "present"] == [True]


def test_orphan_joined_ends_with_its_instance_not_with_the_appointment():
    story, clinician, client = an_hour()
    story.joins(client, "09:58")
    story.is_over("10:30", clinician)
    story.begins("10:32", clinician)
    story.is_over("11:00", clinician)
    story.expect(client, flags={"inferred-end"}, attended=30, left="2026-03-02T10:30:00Z")


@pytest.mark.parametrize("first", [True, False])
def test_of_two_clinicians_the_host_is_the_one_whom_only_the_hosts_account_can_recognise(first):
    """In whatever order the roster has them; the other one comes under their own address."""
    story = Story("group", "10:00", "11:00")
    host, colleague = story.clinician(name=""), story.clinician("T2", "", zoom_id="", email="robin@example.org")
    host.shown["name"], colleague.shown["email"] = "Dana Whitfield", "robin@example.org"
    if not first:
        story.people.reverse()
    story.begins("09:57", host)
    story.joins(colleague, "10:05")
    story.is_over("11:00", host, colleague)
    story.expect(host, outcome="attended", attended=60)
    story.expect(colleague, outcome="attended", attended=55)
