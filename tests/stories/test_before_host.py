"""Waiting for the host: who it was when nothing says so, how long it lasted, and what it says of whoever is missing."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.stories.story import Person, Story

HOST_CAME = "10:20"


def nameless(host: str = HOST_CAME) -> tuple[Story, Person, list[Person]]:
    """A group in which Zoom says nothing of people but their registrant ids, and in which waiting is told without."""
    story = Story("group", "10:00", "11:00")
    clinician, people = story.clinician(), story.clients(4)
    for person in people:
        person.shown["name"] = ""
    return story, clinician, people


def waits(story: Story, *moments: str) -> None:
    for moment in moments:
        story.before_host("jbh_waiting", story.guest(""), moment)


def is_let_in(story: Story, *people: Person, at: str = HOST_CAME) -> None:
    for person in people:
        story.before_host("jbh_waiting_left", person, at)
        story.joins(person, f"{at}:02")


def held(story: Story, clinician: Person, *people: Person) -> None:
    story.is_over("11:00", *people, clinician)


def test_whose_wait_nobody_named_has_waited_as_its_end_says_so():
    story, clinician, (first, *_) = nameless()
    waits(story, "09:55")
    story.begins(HOST_CAME, clinician)
    is_let_in(story, first)
    held(story, clinician, first)
    story.expect(first, outcome="attended", flags={"waited"}, without={"late", "unidentified-guest"}, waited=20,
                 arrived="2026-03-02T09:55:00Z")  # fmt: skip


def test_of_several_waits_each_person_has_the_latest_that_may_be_theirs():
    story, clinician, (first, second, *_) = nameless()
    waits(story, "09:55", "10:10", "10:25")
    story.begins(HOST_CAME, clinician)
    is_let_in(story, first, second)
    held(story, clinician, first, second)
    story.expect(first, arrived="2026-03-02T10:10:00Z", waited=10)
    story.expect(second, arrived="2026-03-02T10:10:00Z", waited=10)


@pytest.mark.parametrize(("waiting", "outcome"), [(1, "missed"), (2, "missed"), (3, "undetermined")])
def test_nameless_wait_is_a_strangers_only_when_nobody_here_can_have_waited_it(waiting, outcome):
    story, clinician, (first, second, missing, _) = nameless()
    story.clicks_link(missing, "09:54")
    waits(story, *["09:54", "09:55", "09:56"][:waiting])
    story.begins(HOST_CAME, clinician)
    is_let_in(story, first, second)
    held(story, clinician, first, second)
    cause = "technical" if outcome == "missed" else "unknown"
    story.expect(missing, outcome=outcome, cause=cause, flags={"tried-to-join"})


def shows(person: Person, name: str) -> Person:
    person.shown["name"] = name
    return person


def test_wait_under_a_name_that_the_roster_does_not_have_is_theirs_as_its_end_says():
    """Zoom tells the registrant id only when they no longer wait; a device's name says nothing of whose it is."""
    story, clinician, (first, second, missing, _) = nameless()
    for person, name in ((first, "Galaxy S21"), (second, "iPhone")):
        story.before_host("jbh_waiting", story.guest(name), "09:55" if person is first else "09:57")
        shows(person, name)
    story.begins(HOST_CAME, clinician)
    is_let_in(story, first, second)
    held(story, clinician, first, second)
    story.expect(first, outcome="attended", arrived="2026-03-02T09:55:00Z", waited=20, without={"late"})
    story.expect(second, arrived="2026-03-02T09:57:00Z")
    story.expect(missing, outcome="missed", cause="absence", without={"unidentified-guest"})


@pytest.mark.parametrize(("waiting", "outcome"), [(2, "missed"), (3, "undetermined")])
def test_of_several_who_show_one_name_while_they_wait_one_more_than_came_is_a_stranger(waiting, outcome):
    story, clinician, (first, second, missing, _) = nameless()
    for moment in ["09:54", "09:55", "09:56"][:waiting]:
        story.before_host("jbh_waiting", story.guest("iPhone"), moment)
    story.begins(HOST_CAME, clinician)
    is_let_in(story, shows(first, "iPhone"), shows(second, "iPhone"))
    held(story, clinician, first, second)
    story.expect(missing, outcome=outcome)


@pytest.mark.parametrize(("comes", "late"), [("10:22", False), ("10:22:01", True)])
def test_who_comes_in_with_the_host_under_the_name_of_a_wait_was_not_late(comes, late):
    """The end of it was lost; and who waited under that name and gave up may have been another one all the same."""
    story, clinician, (first, missing, *_) = nameless()
    story.before_host("jbh_waiting", story.guest("iPhone"), "09:55")
    story.begins(HOST_CAME, clinician)
    story.joins(first, comes, name="iPhone")
    held(story, clinician, first)
    if late:
        story.expect(first, flags={"late"}, arrived="2026-03-02T10:22:01Z")
    else:
        story.expect(first, flags={"waited"}, without={"late"}, waited=20, arrived="2026-03-02T09:55:00Z")
    story.expect(missing, outcome="undetermined", flags={"unidentified-guest"})


def test_of_two_who_come_in_with_the_host_under_one_name_nobody_knows_who_waited():
    story, clinician, (first, second, *_) = nameless()
    story.before_host("jbh_waiting", story.guest("iPhone"), "09:55")
    story.begins(HOST_CAME, clinician)
    for person in (first, second):
        story.joins(person, "10:20:30", name="iPhone")
    held(story, clinician, first, second)
    for person in (first, second):
        story.expect(person, flags={"late"})


def test_wait_under_another_name_than_that_of_its_end_is_a_strangers():
    story, clinician, (first, _, missing, _) = nameless()
    story.before_host("jbh_waiting", story.guest("iPad"), "09:55")
    story.begins(HOST_CAME, clinician)
    is_let_in(story, shows(first, "iPhone"))
    held(story, clinician, first)
    story.expect(missing, outcome="undetermined", flags={"unidentified-guest"})


def test_of_three_waits_before_their_end_it_is_the_third():
    story, clinician, people = nameless()
    waits(story, "09:54", "09:55", "09:56")
    story.begins(HOST_CAME, clinician)
    is_let_in(story, *people[:3])
    held(story, clinician, *people[:3])
    story.expect(people[0], arrived="2026-03-02T09:56:00Z")


@pytest.mark.parametrize(
    "known",
    [{"name": "", "customer_key": "k-7"}, {"name": "", "zoom_id": "uSomebody"}, {"name": "Somebody"}],
)
def test_wait_of_which_something_says_whose_it_is_stays_theirs(known):
    story, clinician, (first, _, missing, _) = nameless()
    story.before_host("jbh_waiting", story.guest(**known), "09:55")
    story.begins(HOST_CAME, clinician)
    is_let_in(story, first)
    held(story, clinician, first)
    story.expect(missing, outcome="undetermined", flags={"unidentified-guest"})


@pytest.mark.parametrize(("began", "arrived"), [("09:00", "09:00:00"), ("08:59:59", "10:20:00")])
def test_wait_belongs_to_the_session_from_an_hour_before_it_on(began, arrived):
    story, clinician, (first, *_) = nameless()
    waits(story, began)
    story.begins(HOST_CAME, clinician)
    is_let_in(story, first)
    held(story, clinician, first)
    story.expect(first, arrived=f"2026-03-02T{arrived}Z")


@pytest.mark.parametrize(("over", "flags"), [("11:00", set()), ("11:00:01", {"unidentified-guest"})])
def test_end_of_a_wait_belongs_to_the_session_until_it_is_over(over, flags):
    story, clinician, (first, _, missing, _) = nameless()
    waits(story, "10:58")
    story.before_host("jbh_waiting_left", first, over)
    story.begins("10:00", clinician)
    story.leaves(clinician, "10:50")
    story.expect(missing, without={"unidentified-guest"} - flags, flags=flags)


def test_end_that_comes_before_every_wait_takes_none():
    story, clinician, (first, _, missing, _) = nameless()
    story.before_host("jbh_waiting_left", first, "09:50")
    waits(story, "09:55")
    story.begins(HOST_CAME, clinician)
    story.joins(first, f"{HOST_CAME}:02")
    held(story, clinician, first)
    story.expect(missing, outcome="undetermined", flags={"unidentified-guest"})


@pytest.mark.parametrize("began", ["09:57:00", f"{HOST_CAME}:00"])
def test_who_waited_under_their_own_id_takes_no_nameless_wait(began):
    story, clinician, (first, _, missing, _) = nameless()
    waits(story, "09:55")
    story.before_host("jbh_waiting", first, began)
    story.begins(HOST_CAME, clinician)
    is_let_in(story, first)
    held(story, clinician, first)
    story.expect(first, arrived=f"2026-03-02T{began}Z")
    story.expect(missing, outcome="undetermined", flags={"unidentified-guest"})


def test_wait_of_another_day_is_nobodys_of_today():
    story, clinician, (first, _, missing, _) = nameless()
    waits(story, story.at("09:55") - timedelta(days=1))
    story.begins(HOST_CAME, clinician)
    is_let_in(story, first)
    held(story, clinician, first)
    story.expect(first, arrived="2026-03-02T10:20:00Z")
    story.expect(missing, outcome="missed", cause="absence")


def test_who_shows_a_name_would_have_shown_it_while_waiting():
    story, clinician, (first, _, missing, _) = nameless()
    first.shown["name"] = first.listed["name"]
    waits(story, "09:55")
    story.begins(HOST_CAME, clinician)
    is_let_in(story, first)
    held(story, clinician, first)
    story.expect(missing, outcome="undetermined", flags={"unidentified-guest"})


def test_wait_and_its_end_that_are_told_twice_count_once():
    story, clinician, (first, second, missing, _) = nameless()
    waits(story, "09:55", "09:56")
    story.begins(HOST_CAME, clinician)
    is_let_in(story, first)
    story.before_host("jbh_waiting_left", first, HOST_CAME, after=300)
    story.joins(second, f"{HOST_CAME}:02")
    held(story, clinician, first, second)
    story.expect(missing, outcome="undetermined", flags={"unidentified-guest"})


@pytest.mark.parametrize(("host", "waited", "confidence"), [("09:59", 0, "medium"), ("10:05", 5, "high")])
def test_nobody_waits_for_a_host_who_is_there(host, waited, confidence):
    """The end of the wait was never delivered: it was over when the meeting began."""
    story = Story(starts="10:00", ends="10:50")
    clinician, client = story.clinician(), story.client()
    story.before_host("jbh_waiting", client, "09:55")
    story.begins(host, clinician)
    story.is_over("10:50", clinician)
    story.expect(client, outcome="missed", cause="provider", waited=waited, flags={"never-admitted"}, no_show=False,
                 confidence=confidence)  # fmt: skip


def test_wait_that_is_told_after_the_host_came_is_over_at_once():
    story = Story(starts="10:00", ends="10:50")
    clinician, client = story.clinician(), story.client()
    story.begins("10:05", clinician)
    story.before_host("jbh_waiting", client, "10:06")
    story.is_over("10:50", clinician)
    story.expect(client, waited=0, no_show=False, arrived="2026-03-02T10:06:00Z")


def test_wait_for_a_host_who_comes_again_lasts_until_then():
    story = Story(starts="10:00", ends="10:50")
    clinician, client = story.clinician(), story.client()
    story.begins("09:58", clinician)
    story.is_over("10:10", clinician)
    story.before_host("jbh_waiting", client, "10:12")
    story.begins("10:15", clinician)
    story.is_over("10:50", clinician)
    story.expect(client, waited=3, no_show=False)


def test_start_that_was_not_delivered_is_seen_from_the_first_who_joined():
    story = Story(starts="10:00", ends="10:50")
    clinician, client = story.clinician(), story.client()
    story.before_host("jbh_waiting", client, "09:55")
    story.opens("10:05", lost=True)
    story.joins(clinician, "10:05")
    story.leaves(clinician, "10:50")
    for sent in story.sent:
        sent.body["payload"]["object"].pop("start_time", None)
    story.expect(client, waited=5, no_show=False)


def test_who_was_moved_from_there_into_the_waiting_room_waits_on():
    story = Story(starts="10:00", ends="10:50")
    clinician, client = story.clinician(), story.client()
    story.before_host("jbh_waiting", client, "09:55")
    story.begins("10:05", clinician)
    story.waits(client, "10:05:01")
    story.is_over("10:50", clinician)
    story.expect(client, outcome="missed", cause="provider", waited=50, confidence="high")


@pytest.mark.parametrize(("begin", "end", "open_question"), [
    ("09:50", "09:50:59", False), ("09:50", "09:51", True),
])  # fmt: skip
def test_stranger_who_waited_before_the_start_and_went_may_be_whoever_is_missing(begin, end, open_question):
    story = Story(starts="10:00", ends="10:50")
    clinician, client, guest = story.clinician(), story.client(), story.guest("")
    story.waits(guest, begin)
    story.stops_waiting(guest, end)
    story.begins("09:59", clinician)
    story.is_over("10:50", clinician)
    if open_question:
        story.expect(client, outcome="undetermined", flags={"unidentified-guest"})
    else:
        story.expect(client, outcome="missed", cause="absence")


@pytest.mark.parametrize(("came", "confidence"), [("10:05", "high"), ("10:05:01", "medium")])
def test_of_who_waited_in_a_browser_for_a_late_clinician_nothing_is_told(came, confidence):
    story = Story(starts="10:00", ends="10:50")
    clinician, client = story.clinician(), story.client()
    story.begins(came, clinician)
    story.is_over("10:50", clinician)
    story.expect(client, outcome="missed", cause="absence", confidence=confidence)


@pytest.mark.parametrize("number", ["+17215550104", "(721) 555-0104"])
def test_caller_who_waits_in_the_wrong_room_is_known_by_the_number_that_is_shown(number):
    story = Story(starts="10:00", ends="10:50")
    clinician, client = story.clinician(), story.client(phone=number, registrant_id="")
    story.another_appointment("A2", "97711112222", "15:00", "15:50", clinician)
    caller = story.guest("+17215550104")
    wrong = story.place("97711112222", "09:51")
    story._send(wrong.before_host("participant_jbh_waiting", story.at("09:51"), caller.shown), "09:51")
    story.begins("10:00", clinician)
    story.is_over("10:50", clinician)
    story.expect(client, outcome="missed", cause="technical", flags={"wrong-meeting"})


@pytest.mark.parametrize(("clicked", "confidence"), [("", "high"), ("10:11", "medium")])
def test_lateness_of_who_had_trouble_for_a_part_of_it_is_not_surely_absence(clicked, confidence):
    story = Story(starts="10:00", ends="10:50")
    clinician, client = story.clinician(), story.client()
    story.begins("09:58", clinician)
    if clicked:
        story.clicks_link(client, clicked)
    story.joins(client, "10:20")
    story.is_over("10:50", client, clinician)
    story.expect(client, outcome="partial", cause="absence", confidence=confidence)


@pytest.mark.parametrize(("also", "confidence"), [(False, "medium"), (True, "high")])
def test_clinician_who_was_there_before_the_start_only_may_have_been_cut_off(also, confidence):
    """Alone in a meeting whoever is cut off ends it; unless they had just held another session in it."""
    story = Story(starts="10:00", ends="10:50")
    clinician, client = story.clinician(), story.client()
    if also:
        story.another_appointment("A0", story.meeting.meeting_id, "09:00", "09:56", clinician)
    story.begins("09:55", clinician)
    story.leaves(clinician, "09:56", "client close")
    story.closes("09:56")
    story.opens("09:58")
    story.joins(client, "09:58")
    story.is_over("10:20", client)
    result = story.expect(client, outcome="not-held", cause="provider", confidence=confidence)
    told = "No clinician was there."
    if not also:
        told = "A clinician was there before the start, and not after it."
        told += " It is not certain: why they went again is not known."
    assert result["findings"][0]["because"] == told


def known_by_address(story: Story, code: str) -> Person:
    """Somebody of whom the roster has the address alone, and who is signed in to Zoom."""
    person = story.client(code, "", registrant_id="", email=f"{code.casefold()}@example.net", zoom_id=f"u{code}")
    person.shown["name"] = f"Phone of {code}"
    return person


def test_who_waits_under_an_account_is_whom_their_address_shows_when_they_come_in():
    """Zoom tells a wait for the host without the address; the account is the same."""
    story = Story("group", "10:00", "11:00")
    clinician, client, missing = story.clinician(), known_by_address(story, "C1"), known_by_address(story, "C2")
    story.before_host("jbh_waiting", client, "09:58")
    story.begins("10:10", clinician)
    story.before_host("jbh_waiting_left", client, "10:10")
    story.joins(client, "10:10:02")
    story.is_over("11:00", client, clinician)
    story.expect(client, outcome="attended", arrived="2026-03-02T09:58:00Z", waited=10, without={"late"})
    story.expect(missing, outcome="missed", cause="absence", without={"unidentified-guest"})


def test_connection_that_shows_no_address_is_theirs_by_the_account():
    story = Story("group", "10:00", "11:00")
    clinician, client = story.clinician(), known_by_address(story, "C1")
    story.begins("09:57", clinician)
    story.stays(client, "09:58", "10:10", "network")
    story.stays(client, "10:11", "11:00", email="")
    story.is_over("11:00", clinician)
    story.expect(client, outcome="attended", attended=59, flags={"interrupted"})


def test_account_under_which_the_addresses_of_two_were_shown_is_nobodys_in_particular():
    story = Story("group", "10:00", "11:00")
    clinician, *both = story.clinician(), known_by_address(story, "C1"), known_by_address(story, "C2")
    missing = known_by_address(story, "C3")
    story.begins("09:57", clinician)
    for person in both:
        story.stays(person, "09:58", "10:59", zoom_id="uHousehold")
    story.stays(story.guest("Tablet", zoom_id="uHousehold"), "10:05", "10:50")
    story.is_over("11:00", clinician)
    story.expect(missing, outcome="undetermined", flags={"unidentified-guest"})
