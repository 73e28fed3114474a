"""The false absences of the one public record of automatic Zoom absences on real people; none may be a no-show."""

from __future__ import annotations

import pytest

from tests.stories.delivery import zulu
from tests.stories.story import Story


def usual(kind: str = "individual", **known: str) -> tuple:
    story = Story(kind, "10:00", "11:00")
    clinician, client = story.clinician(), story.client("C1", **known)
    story.begins("09:57", clinician)
    return story, clinician, client


@pytest.mark.parametrize("name", ["iPhone", "", "Guest 4711", "mama", "Zoom user", "🦊"])
@pytest.mark.parametrize("kind", ["individual", "group"])
def test_joined_as_a_guest_under_another_name(kind, name):
    story, clinician, client = usual(kind)
    story.joins(client, "09:59", registrant_id="", name=name)
    story.is_over("11:00", client, clinician)
    story.expect(client, no_show=False, outcome="undetermined", actions={"review"}, no_actions={"checkin", "message"})


def test_joined_with_another_email_than_the_rosters():
    story, clinician, client = usual(email="c1@example.org", registrant_id="")
    story.joins(client, "09:59", email="private@example.net", name="someone")
    story.is_over("11:00", client, clinician)
    story.expect(client, no_show=False, outcome="undetermined")


def test_joined_with_another_email_through_the_personal_link():
    story, clinician, client = usual(email="c1@example.org")
    story.joins(client, "09:59", email="private@example.net", name="someone")
    story.is_over("11:00", client, clinician)
    story.expect(client, outcome="attended")


def test_dropped_and_came_back_as_a_guest():
    story, clinician, client = usual()
    story.joins(client, "09:59")
    story.leaves(client, "10:00:20", "network")
    story.joins(client, "10:01", registrant_id="", name="iPhone")
    story.is_over("11:00", client, clinician)
    story.expect(client, no_show=False, outcome={"undetermined", "partial", "missed"}, no_actions={"checkin"})


def test_power_out_so_that_the_end_is_noticed_late_and_nothing_says_why():
    story, clinician, client = usual()
    story.joins(client, "09:59")
    story.leaves(client, "10:06", "none", after=80)
    story.is_over("11:00", clinician)
    story.expect(client, no_show=False, outcome="partial")


def test_power_out_before_the_session_and_told_us():
    story, clinician, client = usual()
    story.reports_trouble(client, "10:30")
    story.is_over("11:00", clinician)
    story.expect(client, no_show=False, cause="technical", actions={"ticket"})


@pytest.mark.parametrize("reason", ["client close", "failover"])
def test_power_out_of_half_the_group(reason):
    story = Story("group", "10:00", "11:00")
    clinician, clients = story.clinician(), story.clients(6)
    story.begins("09:57", clinician)
    for client in clients:
        story.joins(client, "09:58")
    for client in clients[:3]:
        story.leaves(client, "10:00:30", reason)
    story.is_over("11:00", *clients[3:], clinician)
    for client in clients[:3]:
        story.expect(client, no_show=False, cause="technical", flags={"group-drop"})


def test_power_out_of_half_the_group_and_nothing_says_why():
    story = Story("group", "10:00", "11:00")
    clinician, clients = story.clinician(), story.clients(6)
    story.begins("09:57", clinician)
    for client in clients:
        story.joins(client, "09:58")
    for client in clients[:3]:
        story.leaves(client, "10:00:30", "none")
    story.is_over("11:00", *clients[3:], clinician)
    for client in clients[:3]:
        story.expect(client, no_show=False, no_actions={"checkin"})


def test_alone_in_the_room():
    story = Story("individual", "10:00", "11:00")
    clinician, client = story.clinician(), story.client()
    story.opens("09:58")
    story.stays(client, "09:58", "10:25")
    story.closes("10:25")
    story.expect(client, outcome="not-held", cause="provider", no_actions={"checkin", "ticket"})
    story.expect_no_no_show(clinician)


def test_alone_in_the_room_until_just_before_the_clinician_came():
    story = Story("individual", "10:00", "11:00")
    clinician, client = story.clinician(), story.client()
    story.opens("09:58")
    story.stays(client, "09:58", "10:15")
    story.joins(clinician, "10:16")
    story.is_over("11:00", clinician)
    story.expect(client, no_show=False, no_actions={"checkin"})


@pytest.mark.parametrize(
    "shown",
    [{"customer_key": "key-1"}, {"email": "C1@example.org"}, {"phone": "12125550143"}, {"name": "Bo Lindqvist"}],
)
def test_wrong_room_of_the_roster(shown):
    story, clinician, client = usual(customer_key="key-1", email="c1@example.org", phone="+1 212 555 0143")
    colleague = story.guest("Colleague")
    colleague.code, colleague.role = "T2", clinician.role
    story.another_appointment("A2", "93999999999", "10:00", "11:00", colleague)
    shown = {"registrant_id": "", "customer_key": "", "email": "", "name": ""} | shown
    story.stays(client, "09:59", "10:20", meeting="93999999999", **shown)
    story.is_over("11:00", clinician)
    story.expect(client, no_show=False, flags={"wrong-meeting"}, no_actions={"checkin"})


def test_zoom_outage_for_everybody():
    story, clinician, client = usual()
    story.platform_incident("09:30", "10:50")
    story.is_over("11:00", clinician)
    story.expect(client, no_show=False, cause="technical", flags={"platform-incident"}, no_actions={"checkin"})


def test_zoom_outage_that_nobody_told_us_of():
    story = Story("individual", "10:00", "11:00")
    clinician, client = story.clinician(), story.client()
    story.other_meeting_hears("09:20")
    for person in (clinician, client):
        story.expect(person, no_show=False, outcome="undetermined")


def test_data_not_in_yet():
    story, clinician, client = usual()
    story.joins(client, "09:59", after=4000)
    story.leaves(client, "11:00", after=5000)
    story.is_over("11:00", clinician)
    story.expect(client, at="11:01", final=False)
    story.expect(client, outcome="attended", final=True)


def test_data_of_the_whole_morning_not_in_yet():
    story = Story("individual", "10:00", "11:00")
    clinician, client = story.clinician(), story.client()
    story.opens("09:57", after=5000)
    story.joins(clinician, "09:57", after=5000)
    story.joins(client, "09:59", after=5000)
    story.is_over("11:00", client, clinician)
    for at in ("10:16", "10:40"):
        story.expect(client, at=at, no_show=False, final=False)
    story.expect(client, outcome="attended")


def test_old_link_of_a_session_that_stands_in_the_roster():
    story, clinician, client = usual(email="c1@example.org")
    story.another_appointment("A0", "93000000000", "-96:00", "-95:00", clinician, client)
    story.stays(client, "10:00", "10:25", meeting="93000000000", email="c1@example.org", registrant_id="reg-of-old")
    story.is_over("11:00", clinician)
    story.expect(client, no_show=False, flags={"wrong-meeting"}, no_actions={"checkin"})


def test_old_link_of_a_meeting_that_nobody_remembers():
    story, clinician, client = usual(email="c1@example.org")
    story.stays(client, "10:00", "10:25", meeting="93000000000", email="c1@example.org", registrant_id="reg-of-old")
    story.is_over("11:00", clinician)
    story.expect(client, no_show=False, no_actions={"checkin"})


def test_old_link_of_the_same_meeting_number():
    story, clinician, client = usual(registrant_id="reg-new")
    story.joins(client, "09:59", registrant_id="reg-of-last-year", name="")
    story.is_over("11:00", client, clinician)
    story.expect(client, no_show=False, outcome="undetermined")


def test_link_that_leads_nowhere():
    story, clinician, client = usual()
    story.clicks_link(client, "10:01")
    story.clicks_link(client, "10:04")
    story.is_over("11:00", clinician)
    story.expect(client, no_show=False, cause="technical", flags={"tried-to-join"}, actions={"ticket"})


def test_two_at_once_wrong_name_and_a_drop():
    story, clinician, client = usual("group")
    other = story.client("C2")
    story.joins(other, "09:58")
    story.joins(client, "09:59", registrant_id="", name="tablet")
    story.leaves(client, "10:12", "network")
    story.is_over("11:00", other, clinician)
    story.expect(client, no_show=False, no_actions={"checkin"})
    story.expect(other, outcome="attended")


def test_two_at_once_waiting_room_and_an_outage():
    story, clinician, client = usual()
    story.waits(client, "09:59")
    story.platform_incident("10:05", "10:30")
    story.stops_waiting(client, "10:06")
    story.is_over("11:00", clinician)
    story.expect(client, no_show=False, flags={"waited", "never-admitted"}, no_actions={"checkin"})


def test_two_at_once_clinician_drops_while_the_client_is_late():
    story, clinician, client = usual()
    story.leaves(clinician, "10:10", "network")
    story.stays(client, "10:12", "10:25")
    story.closes("10:25")
    story.expect(client, no_show=False, outcome="not-held")


def back_in_the_wrong_room(left: str, there: str, gone: str, expected: bool = True) -> tuple:
    """The client comes, goes, and comes into the meeting in which others have a session."""
    story, clinician, client = usual("group", customer_key="ck-1")
    other = story.clinician("T2", "Robin Marsh", zoom_id="", email="robin@example.org")
    story.people.remove(other)
    if expected:
        story.another_appointment("A2", "93400000002", "10:00", "11:00", other)
    story.stays(client, "09:58", left)
    story.stays(client, there, gone, meeting="93400000002")
    story.is_over("11:00", clinician)
    return story, client


@pytest.mark.parametrize("there", ["10:19", "10:20:20", "10:25"])
def test_who_was_in_the_right_room_and_came_back_to_the_wrong_one_did_not_choose_to_go(there):
    story, client = back_in_the_wrong_room("10:20", there, "10:55")
    away = {"10:19": 40, "10:20:20": 40 - 1 / 3, "10:25": 35}[there]
    story.expect(client, outcome="partial", cause="technical", confidence="medium", lost=away,
                 flags={"wrong-meeting"}, actions={"ticket"})  # fmt: skip


@pytest.mark.parametrize("there", ["10:02", "10:40"])
def test_who_was_in_the_right_room_for_moments_and_then_in_the_wrong_one_is_not_absent(there):
    """Nor for the time before: they tried to come, as who was never in the right one did."""
    story, client = back_in_the_wrong_room("10:00:30", there, "10:50")
    story.expect(client, outcome="missed", cause="technical", confidence="medium", lost=59.5, flags={"wrong-meeting"})


def test_who_goes_on_to_another_meeting_when_it_is_nearly_over_was_in_no_wrong_one():
    story, client = back_in_the_wrong_room("10:55", "10:55:30", "11:30")
    story.expect(client, outcome="attended", only_flags=set(), lost=0)


@pytest.mark.parametrize(("there", "expected"), [("10:17:59", True), ("10:25", False)])
def test_what_one_goes_to_where_nobody_is_expected_or_was_at_before_is_no_wrong_room(there, expected):
    story, client = back_in_the_wrong_room("10:20", there, "10:55", expected)
    story.expect(client, outcome="partial", cause="absence", flags={"left-early"}, without={"wrong-meeting"})


@pytest.mark.parametrize("field", ["email", "phone_number", "customer_key", "user_name", "qos"])
def test_telephone_number_that_came_as_a_list_makes_nobody_absent(field):
    """Nobody knows what Zoom sends next; a field that cannot be read costs that field and not the person."""
    story, clinician, client = usual()
    story.stays(client, "09:58", "10:50")
    for delivery in story.sent[-2:]:
        delivery.body["payload"]["object"]["participant"][field] = ["1", "2"]
    story.is_over("10:50", clinician)
    story.expect(client, outcome="attended", cause="none", attended=50.0)


def test_leave_whose_own_time_is_blank_was_not_at_the_time_at_which_they_came():
    story, clinician, client = usual()
    story.stays(client, "09:58", "10:49:59")
    left = story.sent[-1].body["payload"]["object"]
    left["participant"] |= {"leave_time": "", "join_time": zulu(story.at("09:58"))}
    story.is_over("10:50", clinician)
    story.expect(client, outcome="attended", cause="none", attended=50.0)
