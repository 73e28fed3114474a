"""What Zoom does that misleads a careless reader, each story one thing: in which room, and who.

How connections begin and end, and how one number runs several times, stands in `test_traps`. Sessions are 10:00 to
11:00 and the clinician opens the room at 9:57, unless said.
"""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from plugin.core.appointment import Role
from tests.stories.story import Person, Story, an_hour

FAULTS = {"dropped", "interrupted", "host-dropped", "group-drop", "left-early"}


# --- a personal meeting number is shared by everything that its host does ---------------------------------------------


def back_to_back() -> tuple[Story, Person, list[Person]]:
    """Three sessions of one clinician under one number, 10:00, 11:00 and 12:00, fifty minutes each."""
    story = Story(starts="10:00", ends="10:50")
    clinician, first = story.clinician(), story.client("C1", "Bo Lindqvist")
    second, third = (story.client(code, name) for code, name in (("C2", "Cleo Marchetti"), ("C3", "Esi Mensah")))
    for person in (second, third):
        story.people.remove(person)
    number = story.meeting.meeting_id
    story.another_appointment("A2", number, "11:00", "11:50", clinician, second)
    story.another_appointment("A3", number, "12:00", "12:50", clinician, third)
    return story, clinician, [first, second, third]


def test_back_to_back_sessions_under_one_number_each_have_their_own_time():
    """The room is opened and ended for each session; all that Zoom tells them apart by is the time."""
    story, clinician, (first, second, third) = back_to_back()
    for begin, client, end in (("09:57", first, "10:50"), ("10:58", second, "11:50"), ("11:57", None, "12:50")):
        story.begins(begin, clinician)
        if client:
            story.stays(client, begin, end)
        story.is_over(end, clinician)
    story.expect(first, outcome="attended", held=50, attended=50, only_flags=set())
    story.expect(second, appointment_id="A2", outcome="attended", held=50, attended=50, only_flags=set())
    story.expect(third, appointment_id="A3", outcome="missed", cause="absence", held=50, attended=0, only_flags=set())


def test_room_that_is_never_closed_between_sessions_gives_each_its_own_time():
    """The clinician leaves the personal room open all morning: one run of the meeting, three sessions in it."""
    story, clinician, (first, second, third) = back_to_back()
    story.begins("09:57", clinician)
    story.stays(first, "10:01", "10:50")
    story.stays(second, "11:30", "11:52")
    story.is_over("12:50", clinician)
    story.expect(first, outcome="attended", held=50, attended=49, left="2026-03-02T10:50:00Z", only_flags=set())
    story.expect(second, appointment_id="A2", outcome="partial", cause="absence", held=50, attended=20, flags={"late"})
    story.expect(third, appointment_id="A3", outcome="missed", cause="absence", held=50, attended=0)
    for number in ("A1", "A2", "A3"):
        story.expect(clinician, appointment_id=number, outcome="attended", held=50, attended=50, only_flags=set())


def test_next_client_who_comes_early_into_the_shared_room_is_not_the_one_before():
    """Somebody besides the host was there, but it was not the person whose time it was; a person looks at it."""
    story, clinician, (first, second, _) = back_to_back()
    story.begins("09:57", clinician)
    story.joins(second, "10:35")
    story.is_over("11:50", second, clinician)
    story.expect(first, outcome="undetermined", cause="unknown", attended=0, joined=None, flags={"unidentified-guest"},
                 only_actions={"review"})  # fmt: skip
    story.expect(second, appointment_id="A2", outcome="attended", attended=50, only_flags=set())


# --- the name of a run has slashes in it ------------------------------------------------------------------------------


def opens_as(story: Story, clinician: Person, at: str, uuid: str) -> None:
    """The clinician opens the room, and Zoom calls this run so."""
    started = story.opens(at)
    story.meeting.instance = started.body["payload"]["object"]["uuid"] = uuid
    story.joins(clinician, at)


@pytest.mark.parametrize("uuid", ["/fN5xQ==", "de+IDq/NA/J1==", "ab//c==", "//==", "4444AAAiAAAAAiAiAiiAii=="])
def test_run_may_be_called_anything(uuid):
    """A UUID of Zoom's is Base64 and no path: it may begin with a slash, or hold one or two of them."""
    story = Story(starts="10:00", ends="11:00")
    clinician, client = story.clinician(), story.client()
    opens_as(story, clinician, "09:57", uuid)
    story.joins(client, "09:58")
    story.is_over("11:00", client, clinician)
    story.expect(client, outcome="attended", held=60, attended=60, only_flags=set())


@pytest.mark.parametrize("names", [("ab//c==", "ab/c=="), ("/ab==", "ab=="), ("ab==", "AB=="), ("a+b==", "a b==")])
def test_runs_whose_names_differ_by_a_slash_are_two(names):
    """The end of the one is not the end of the other, however alike they look when a path was tidied."""
    story = Story(starts="10:00", ends="11:00")
    clinician, client = story.clinician(), story.client()
    first, second = names
    opens_as(story, clinician, "09:57", first)
    story.joins(client, "09:58")
    story.closes("10:20")
    opens_as(story, clinician, "10:30", second)
    story.is_over("11:00", clinician)
    story.expect(client, outcome="partial", held=50, attended=20, flags={"inferred-end"}, left="2026-03-02T10:20:00Z")


# --- what is never told ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("lost", [("started",), ("ended",), ("started", "ended")], ids=" and ".join)
def test_meeting_whose_beginning_or_end_is_not_told_is_judged_by_its_people(lost):
    """Of meetings begun on the spot Zoom sometimes leaves out that they started or ended; the people tell enough."""
    story = Story(starts="10:00", ends="11:00")
    clinician, client = story.clinician(), story.client()
    story.opens("09:57", lost="started" in lost)
    story.joins(clinician, "09:57")
    story.joins(client, "10:01")
    story.leaves(client, "10:59:59", "client close")
    story.leaves(clinician, "11:00")
    story.closes("11:00", lost="ended" in lost)
    story.expect(client, outcome="attended", cause="none", final=True, held=60, attended=59, only_flags=set(),
                 only_actions=set())  # fmt: skip


def test_left_that_never_comes_ends_with_the_meeting():
    """Nobody promises a left for an app that crashed: whoever is in the room when it ends was there until then."""
    story, clinician, client = an_hour()
    story.joins(client, "09:58")
    story.is_over("10:40", clinician)
    story.expect(client, outcome="attended", cause="none", held=40, attended=40, only_flags={"inferred-end"},
                 confidence="medium", left="2026-03-02T10:40:00Z")  # fmt: skip


def test_presence_without_any_end_is_no_attendance_and_no_absence():
    """Neither the left nor the end of the meeting comes, ever: presence does not grow, and nobody is blamed."""
    story, _, client = an_hour()
    story.joins(client, "10:02")
    early, late = story.result(client, "12:40"), story.result(client, "60:00")
    assert early["intervals"] == late["intervals"]
    story.expect(client, outcome="undetermined", cause="unknown", flags={"feed-gap"}, actions={"review"},
                 no_actions={"checkin", "message"})  # fmt: skip


def test_host_whose_account_has_not_authorised_the_app_is_silent_for_ever():
    """Other hosts of the account are heard all the time; of this one nothing comes, and no error says so."""
    story = Story(starts="10:00", ends="11:00")
    clinician, client = story.clinician(), story.client()
    for at in ("09:40", "10:05", "10:30", "10:55"):
        story.other_meeting_hears(at)
    for person in (clinician, client):
        story.expect(person, outcome="undetermined", cause="unknown", confidence="low", only_actions={"review"})


def test_number_that_expired_and_was_replaced_makes_nobody_absent():
    """A number dies thirty days after its last use; they meet under a new one that the roster does not know."""
    story = Story(starts="10:00", ends="11:00")
    clinician, client = story.clinician(), story.client("C1", customer_key="key-c1")
    story.joins(clinician, "09:57", meeting="93400000777")
    story.stays(client, "09:59", "11:00", meeting="93400000777")
    story.leaves(clinician, "11:00", meeting="93400000777")
    for person in (clinician, client):
        story.expect(person, no_show=False, outcome="undetermined", no_actions={"checkin", "message"})


@pytest.mark.parametrize(("day", "began"), [("2026-02-02", "09:57"), ("2026-03-02", "07:30")])
def test_earlier_run_under_the_same_number_is_another_session(day, began):
    """The name of a run is good for ever and the number is used again: what was last month, or early this morning, is
    no presence now, also when nothing ever told of its end."""
    story, clinician, client = an_hour()
    earlier = Story(day=day)
    earlier.begins(began, clinician)
    earlier.joins(client, began)
    story.sent = earlier.sent + story.sent
    story.is_over("11:00", clinician)
    story.expect(client, outcome="missed", cause="absence", attended=0, arrived=None, joined=None, only_flags=set())


# --- nobody tells of a new name --------------------------------------------------------------------------------------


def test_person_who_takes_their_own_name_later_was_there_from_the_beginning():
    """Joined as a tablet, renamed half an hour later: Zoom shows only another connection of the same stay."""
    story = Story(starts="10:00", ends="11:00")
    clinician, client = story.clinician(), story.client("C1", "Noor Haddad", registrant_id="")
    story.begins("09:57", clinician)
    story.joins(client, "09:58", name="Galaxy Tab")
    story.renames(client, "10:40", "Noor Haddad")
    story.is_over("11:00", client, clinician)
    story.expect(client, outcome="attended", attended=60, only_flags={"matched-by-name"}, confidence="medium")


def test_person_who_takes_the_name_of_another_is_not_the_other():
    """The link says who they are; the name that they show from then on belongs to somebody who is not there."""
    story = Story("group", "10:00", "11:00")
    clinician = story.clinician()
    here, away = story.client("C1", "Noor Haddad"), story.client("C2", "Ilya Brandt", registrant_id="")
    story.begins("09:57", clinician)
    story.joins(here, "09:58")
    story.renames(here, "10:10", "Ilya Brandt")
    story.is_over("11:00", here, clinician)
    story.expect(here, outcome="attended", attended=60, only_flags=set())
    story.expect(away, outcome="missed", cause="absence", attended=0, joined=None)


# --- one person, two devices -----------------------------------------------------------------------------------------


def test_two_devices_of_one_person_are_united_never_summed():
    """The personal link opened on two devices makes two connections: 25 minutes on each are 30, not 50."""
    story, clinician, client = an_hour()
    story.stays(client, "10:00", "10:25", device="laptop")
    story.stays(client, "10:05", "10:30", device="tablet")
    story.is_over("11:00", clinician)
    result = story.expect(client, outcome="partial", cause="absence", attended=30, lost=0, flags={"left-early"})
    assert len(result["intervals"]) == 1


def test_device_that_breaks_off_while_another_goes_on_is_no_drop():
    """The laptop's network fails, the tablet stays: the person never left, and nobody is sent to help them."""
    story, clinician, client = an_hour()
    story.joins(client, "09:58", device="laptop")
    story.joins(client, "10:05", device="tablet")
    story.leaves(client, "10:20", "network", device="laptop")
    story.expect(client, at="10:30", without=FAULTS, no_actions={"ticket", "message"})
    story.leaves(client, "11:00", device="tablet")
    story.is_over("11:00", clinician)
    story.expect(client, outcome="attended", cause="none", attended=60, lost=0, only_flags=set(), only_actions=set())


# --- by telephone ----------------------------------------------------------------------------------------------------

NUMBER = {"name": "15550100142", "phone": "15550100142", "registrant_id": ""}


def binds(story: Story, who: Person, at: str, *, phone_first: bool = False, **arrival) -> None:
    """Zoom says that the telephone and the other connection of a person are one."""
    web, phone = story._doors[(who.code, "", "")], story._doors[(who.code, "phone", "")]
    first, second = (phone, web) if phone_first else (web, phone)
    body = story.meeting.person("participant_bind", story.at(at), first, "date_time")
    bound = {"bind_user_id": second.user_id, "bind_participant_uuid": second.uuid}
    body["payload"]["object"]["participant"] |= bound
    story._send(body, at, **arrival)


@pytest.mark.parametrize("listed", ["+1 (555) 010-0142", "5550100142", "001-555-010-0142"])
def test_caller_is_known_by_the_number_that_the_roster_has(listed):
    """Who dials in shows nothing but a number, in a spelling of Zoom's own."""
    story = Story(starts="10:00", ends="11:00")
    clinician, client = story.clinician(), story.client("C1", phone=listed)
    story.begins("09:57", clinician)
    story.joins(client, "09:59", **NUMBER)
    story.is_over("11:00", client, clinician)
    story.expect(client, outcome="attended", attended=60, confidence="high", only_flags={"joined-by-phone"})


def test_caller_whom_nobody_knows_may_be_whoever_is_missing():
    """A number that no one of the roster has: neither attended nor absent, a person looks."""
    story, clinician, client = an_hour()
    story.joins(client, "09:59", **NUMBER)
    story.is_over("11:00", client, clinician)
    story.expect(client, outcome="undetermined", cause="unknown", attended=0, flags={"unidentified-guest"},
                 only_actions={"review"})  # fmt: skip


def test_caller_on_a_telephone_that_two_people_share_may_be_either():
    """One household, one number: the call proves the presence of neither and the absence of neither."""
    story = Story("group", "10:00", "11:00")
    clinician = story.clinician()
    people = [story.client(code, phone="15550100142") for code in ("C1", "C2")]
    story.begins("09:57", clinician)
    story.joins(people[0], "09:59", **NUMBER)
    story.is_over("11:00", people[0], clinician)
    for client in people:
        story.expect(client, outcome="undetermined", attended=0, flags={"unidentified-guest"}, no_actions={"checkin"})


@pytest.mark.parametrize("phone_first", [False, True])
@pytest.mark.parametrize("after", [0.5, 304])
def test_caller_who_is_bound_to_a_connection_later_was_that_person_all_along(phone_first, after):
    """They dial in first and are a stranger; half an hour later Zoom binds the telephone to their own connection."""
    story, clinician, client = an_hour()
    story.joins(client, "09:59", device="phone", **NUMBER)
    story.joins(client, "10:30")
    binds(story, client, "10:31", phone_first=phone_first, after=after)
    story.leaves(client, "10:45", device="phone")
    story.is_over("11:00", client, clinician)
    story.expect(client, outcome="attended", attended=60, lost=0, only_flags={"joined-by-phone"},
                 joined="2026-03-02T09:59:00Z", left="2026-03-02T11:00:00Z")  # fmt: skip


def test_telephone_carries_on_when_the_bound_connection_breaks():
    """The picture fails and the voice stays: the left of the one leg is not the person's."""
    story, clinician, client = an_hour()
    story.joins(client, "09:58")
    story.binds_phone(client, "10:05", "15550100142")
    story.leaves(client, "10:12", "network")
    story.leaves(client, "11:00", device="phone")
    story.is_over("11:00", clinician)
    story.expect(client, outcome="attended", attended=60, lost=0, only_flags={"joined-by-phone"}, only_actions=set())


# --- others who come as guests ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name", ["Otter.ai", "Bo Lindqvist's OtterPilot", "Bo Lindqvist's Fathom Notetaker", "READ.AI meeting notes"]
)
def test_note_taking_bot_is_neither_the_client_nor_a_stranger(name):
    """A bot comes as an ordinary guest, often with the client's name in its own: only the clinician was there."""
    story = Story(starts="10:00", ends="11:00")
    clinician, client = story.clinician(), story.client("C1", "Bo Lindqvist")
    story.begins("09:57", clinician)
    bot = story.guest(name)
    story.joins(bot, "09:58")
    story.is_over("11:00", bot, clinician)
    story.expect(client, outcome="missed", cause="absence", confidence="high", attended=0, only_flags=set())


BOT = "Bo Lindqvist's Fathom Notetaker"


def test_bot_that_comes_by_the_clients_own_link_is_not_surely_the_client():
    """A calendar hands a bot the personal link: the link says whose it is, and the name that nobody sits there."""
    story, clinician, client = an_hour()
    story.joins(client, "09:58", name=BOT)
    story.is_over("11:00", client, clinician)
    result = story.expect(client, outcome="attended", confidence="low", actions={"review"})
    assert "only a note-taking bot came by their link" in result["findings"][0]["because"]


def test_bot_does_not_stand_in_for_the_client_who_came_themselves():
    story, clinician, client = an_hour()
    story.joins(client, "09:58", device="bot", name=BOT)
    story.stays(client, "10:30", "10:45")
    story.leaves(client, "11:00", device="bot")
    story.is_over("11:00", clinician)
    story.expect(client, outcome="partial", attended=15, flags={"late", "left-early"})


def test_bot_by_the_clinicians_link_holds_no_session_surely():
    story = Story("group", "10:00", "11:00")
    clinician, here, missing = story.clinician(zoom_id="", registrant_id="reg-T1"), story.client(), story.client("C2")
    story.opens("09:57")
    story.joins(clinician, "09:57", name="Otter.ai")
    story.joins(here, "09:58")
    story.is_over("11:00", here, clinician)
    told = story.expect(missing, outcome="undetermined", only_actions={"review"})["findings"][0]["because"]
    assert told == "Only a note-taking bot came by the clinician's link."
    story.expect(here, outcome="attended", confidence="medium")
    story.expect(clinician, confidence="low", actions={"review"})


def test_who_is_called_as_a_bot_is_called_is_nobodys_bot():
    story, clinician, client = an_hour()
    client.listed["name"] = "Ada Fathom"
    story.joins(client, "09:58", name="Ada FATHOM (she)")
    story.is_over("11:00", client, clinician)
    story.expect(client, outcome="attended", confidence="high")


@pytest.mark.parametrize("name", ["Interpreter", "Mum", "Lindqvist family"])
def test_somebody_besides_the_host_is_not_the_client(name):
    """An interpreter or a relative comes as an ordinary guest: that is not the client."""
    story, clinician, client = an_hour("family")
    guest = story.guest(name)
    story.joins(guest, "09:58")
    story.is_over("11:00", guest, clinician)
    story.expect(client, outcome="undetermined", cause="unknown", attended=0, joined=None, confidence="low",
                 flags={"unidentified-guest"}, only_actions={"review"})  # fmt: skip


def test_stranger_in_the_room_says_nothing_about_who_was_there_too():
    """The same guest beside the client changes nothing for the client."""
    story, clinician, client = an_hour("family")
    guest = story.guest("Interpreter")
    for person in (client, guest):
        story.joins(person, "09:58")
    story.is_over("11:00", client, guest, clinician)
    story.expect(client, outcome="attended", confidence="high", only_flags=set(), only_actions=set())


@pytest.mark.parametrize("waits", [True, False])
def test_who_comes_by_their_own_link_with_the_account_of_a_relative_is_one(waits):
    """Of who waits, or goes, Zoom may tell the account alone; one participant_uuid is one person all the same."""
    story, clinician, client = an_hour("family")
    mother = story._expect_person("F1", Role.FAMILY, "Mira Okafor", {"email": "mira@example.org"})
    account = {"email": "mira@example.org"}
    told = [story.waits(client, "09:58", registrant_id="", **account)] if waits else []
    told += [story.joins(client, "10:10" if waits else "09:58", **account), story.leaves(client, "11:00")]
    about = [sent.body["payload"]["object"]["participant"] for sent in told]
    for one in about:
        one["participant_uuid"] = about[0]["participant_uuid"]
    about[-1]["registrant_id"] = ""
    story.is_over("11:00", clinician)
    flags = {"waited"} if waits else set()
    story.expect(client, outcome="attended", confidence="high", only_flags=flags, arrived="2026-03-02T09:58:00Z")
    story.expect(mother, outcome="missed", cause="absence", confidence="medium", only_flags=set())


def test_relative_of_the_roster_is_known_and_is_not_the_client():
    """A family member who is expected and comes is no stranger, so the client who does not come is missed."""
    story, clinician, client = an_hour("family")
    relative = story._expect_person("F1", Role.FAMILY, "Rosa Lindqvist", {"email": "rosa@example.org"})
    story.joins(relative, "09:58", email="rosa@example.org", name="R.")
    story.is_over("11:00", relative, clinician)
    story.expect(relative, outcome="attended", attended=60, only_flags=set())
    story.expect(client, outcome="missed", cause="absence", attended=0, without={"unidentified-guest"})


def test_name_that_is_cut_in_the_middle_of_an_emoji_makes_nobody_absent():
    story, clinician, client = an_hour()
    story.joins(client, "09:58", name="Amara \ud83d")
    story.is_over("11:00", client, clinician)
    bare = [json.dumps(delivery.body).encode() for delivery in story.deliveries()]
    in_envelopes = [b'{"received_at": "2026-03-02T11:01:00Z", "body": %s}' % body for body in bare]
    for lines in (bare, in_envelopes):
        result = story.result(client, lines=lines)
        assert (result["outcome"], result["confidence"]) == ("attended", "high")


def test_clinician_under_a_clients_name_is_the_clinician():
    """The host's account says who it is; a client is no host, whatever the name."""
    story, clinician, client = an_hour()
    story.is_over("10:01", clinician)
    story.begins("10:02", replace(clinician, shown=clinician.shown | {"name": client.listed["name"]}))
    story.is_over("11:00", clinician)
    story.expect(clinician, outcome="attended", attended=59)
    story.expect(client, outcome="missed", attended=0)
