"""A group whose every member has an appointment of their own, as many health records book it: it is one room all the
same, and what is judged of each is what would be judged of them in one appointment."""

from __future__ import annotations

import csv
import json
from collections import defaultdict
from pathlib import Path

import msgspec
import pytest
from click.testing import CliRunner

from plugin.cli.main import main
from plugin.core.appointment import Appointment, Role
from plugin.core.result import plain
from plugin.recording import read_recording
from plugin.replay import Replay
from tests.stories.story import POLICY, Person, Story

FIELDS = (
    "outcome", "cause", "confidence", "flags", "final", "held_minutes", "attended_minutes", "waited_minutes",
    "lost_minutes", "arrived_at", "joined_at", "left_at", "intervals",
)  # fmt: skip


def group(members: int = 4, **known: str) -> tuple:
    """A group in which the clinician is there from three minutes before its start."""
    story = Story("group", "10:00", "11:00")
    clinician = story.clinician()
    clients = [story.client(f"C{number}", **known) for number in range(1, members + 1)]
    story.begins("09:57", clinician)
    return story, clinician, clients


def each_their_own(story: Story) -> list[Appointment]:
    """One appointment for each client, with the same clinicians."""
    whole = story.appointment
    clients = whole.of_role(Role.CLIENT)
    others = tuple(person for person in whole.participants if person not in clients)
    return [
        msgspec.structs.replace(whole, appointment_id=f"A-{one.participant_id}", participants=(one, *others))
        for one in clients
    ]


def apart(story: Story, at: str = "final", parts: int = 1) -> list[dict]:
    now = None if at == "final" else story.at(at)
    roster = each_their_own(story)
    whole = Replay(roster, read_recording(story.lines(), roster, now), POLICY, now)
    size = -(-len(roster) // parts)
    return [plain(r) for begin in range(0, len(roster), size) for r in whole.results(slice(begin, begin + size))]


def of(who, results: list[dict]) -> dict:
    (found,) = [result for result in results if result["participant_id"] == who.code]
    return found


def tickets(results: list[dict]) -> list[tuple[str, dict]]:
    return [(r["appointment_id"], a) for r in results for a in r["actions"] if a["kind"] == "ticket"]


def test_who_is_known_by_a_name_only_is_no_stranger_to_the_others():
    story, clinician, (here, there, missing, _) = group(registrant_id="")
    for client in (here, there):
        story.stays(client, "09:58", "11:00")
    story.is_over("11:00", clinician)
    found = of(missing, apart(story))
    assert (found["outcome"], found["cause"], found["confidence"], found["flags"]) == ("missed", "absence", "high", [])
    assert of(here, apart(story))["flags"] == ["matched-by-name"]


def test_name_that_two_of_them_have_says_of_neither_that_they_came():
    story = Story("group", "10:00", "11:00")
    clinician = story.clinician()
    one, other = (story.client(code, "Noor Haddad", registrant_id="") for code in ("C1", "C2"))
    story.begins("09:57", clinician)
    story.stays(one, "09:58", "11:00")
    story.is_over("11:00", clinician)
    for who in (one, other):
        found = of(who, apart(story))
        assert (found["outcome"], "ambiguous-name" in found["flags"]) == ("undetermined", True)


def test_address_that_two_of_them_share_says_of_neither_that_they_came():
    story = Story("group", "10:00", "11:00")
    clinician = story.clinician()
    known = {"registrant_id": "", "email": "family@example.org"}
    one, other = story.client("C1", "Noor Haddad", **known), story.client("C2", "Ilya Brandt", **known)
    story.begins("09:57", clinician)
    story.joins(story.guest("iPad", email="family@example.org"), "09:58")
    story.is_over("11:00", clinician)
    assert {of(who, apart(story))["outcome"] for who in (one, other)} == {"undetermined"}


@pytest.mark.parametrize("shared", [{"email": "family@example.org"}, {"phone": "+1 415 555 0100"}])
def test_who_shares_an_address_with_one_of_them_who_came_may_have_sat_beside_them(shared):
    story = Story("group", "10:00", "11:00")
    clinician = story.clinician()
    here, missing = (story.client(code, **shared) for code in ("C1", "C2"))
    story.begins("09:57", clinician)
    story.stays(here, "09:58", "11:00")
    story.is_over("11:00", clinician)
    found = of(missing, apart(story))
    assert (found["outcome"], found["cause"], found["confidence"]) == ("missed", "absence", "medium")


def test_a_host_who_came_by_the_link_of_one_of_them_may_have_been_the_clinician_of_all():
    story = Story("group", "10:00", "11:00")
    clinician, (lent, here, missing) = story.clinician(), story.clients(3)
    story.opens("09:57")
    story.stays(clinician, "09:57", "11:00", registrant_id=lent.shown["registrant_id"])
    story.stays(here, "09:58", "11:00")
    story.closes("11:00")
    results = apart(story)
    assert {of(who, results)["outcome"] for who in (lent, here, missing)} == {"undetermined"}


def test_stranger_in_the_room_keeps_everybody_who_is_missing_open():
    story, clinician, (here, *missing) = group()
    story.stays(here, "09:58", "11:00")
    story.joins(story.guest("iPhone"), "10:05")
    story.is_over("11:00", clinician)
    results = apart(story)
    assert {of(who, results)["outcome"] for who in missing} == {"undetermined"}
    assert of(here, results)["outcome"] == "attended"


@pytest.mark.parametrize(("registrant_id", "outcome"), [("reg-noor", "missed"), ("", "undetermined")])
def test_who_comes_although_theirs_was_called_off_is_no_stranger_when_more_than_a_name_says_who(registrant_id, outcome):
    story = Story("individual", "10:00", "11:00")
    clinician, missing = story.clinician(), story.client()
    came = story.client("C2", "Noor Haddad", registrant_id=registrant_id)
    story.people.remove(came)
    story.another_appointment("A2", story.meeting.meeting_id, "10:00", "11:00", clinician, came, status="cancelled")
    story.begins("09:57", clinician)
    story.stays(came, "09:58", "11:00")
    story.is_over("11:00", clinician)
    story.expect(missing, outcome=outcome, confidence="high" if outcome == "missed" else "low")
    story.expect(came, appointment_id="A2", outcome="cancelled")


def test_who_comes_by_a_link_of_one_called_off_and_is_expected_here_is_nobody_else():
    """Their appointment was made anew under another registration; that they came may be why they seem missing."""
    story = Story("individual", "10:00", "11:00")
    clinician, client = story.clinician(), story.client()
    before = story.client("C1", registrant_id="reg-before")
    story.people.remove(before)
    story.another_appointment("A2", story.meeting.meeting_id, "10:00", "11:00", clinician, before, status="cancelled")
    story.begins("09:57", clinician)
    story.stays(before, "09:58", "11:00", name="iPad", email="")
    story.is_over("11:00", clinician)
    story.expect(client, outcome="undetermined")


def test_clinician_of_another_of_them_who_shows_a_name_only_is_no_stranger_and_holds_nothing():
    """Two appointments in one meeting, each with a clinician of its own, of whom one came."""
    story = Story("individual", "10:00", "11:00")
    story.clinician(zoom_id="", customer_key="t-1")
    client = story.client()
    theirs = story.clinician("T2", "Ines Okafor", zoom_id="")
    story.people.remove(theirs)
    second = story.client("C2")
    story.people.remove(second)
    story.another_appointment("A2", story.meeting.meeting_id, "10:00", "11:00", theirs, second)
    story.opens("09:57")
    story.joins(theirs, "09:58")
    story.stays(second, "09:58", "11:00")
    story.is_over("11:00", theirs)
    story.expect(client, outcome="not-held", cause="provider", no_show=False)
    story.expect(second, appointment_id="A2", outcome="attended")


def two_leaders(kind: str = "group") -> tuple:
    """Two appointments in one room, each with a clinician; of these the second one came and opened it."""
    story = Story(kind, "10:00", "11:00")
    own, client, absent = story.clinician(customer_key="t-1"), story.client(), story.client("C2")
    other, second = story.clinician("T2", "Ines Okafor", zoom_id="", customer_key="t-2"), story.client("C3")
    for who in (other, second):
        story.people.remove(who)
    story.another_appointment("A2", story.meeting.meeting_id, "10:00", "11:00", other, second)
    story.opens("09:57")
    story.joins(other, "09:57")
    story.stays(client, "09:58", "11:00")
    story.stays(second, "09:58", "11:00")
    return story, own, other, client, absent, second


def test_who_leads_one_of_them_leads_the_room_as_far_as_anybody_knows():
    story, own, other, client, absent, second = two_leaders()
    story.is_over("11:00", other)
    story.expect(client, outcome="attended", confidence="medium", attended=60, held=60)
    story.expect(second, appointment_id="A2", outcome="attended", confidence="high")
    for who in (absent, own):
        story.expect(who, outcome="undetermined", no_show=False)


def test_own_clinician_who_was_there_for_most_of_it_is_who_held_it():
    story, own, other, client, absent, _ = two_leaders()
    story.stays(own, "10:10", "11:00")
    story.is_over("11:00", other)
    story.expect(client, outcome="attended", confidence="high", held=50)
    story.expect(absent, outcome="missed", cause="absence")


def test_own_clinician_who_came_for_the_end_only_led_it_with_the_other_one():
    story, own, other, client, absent, _ = two_leaders()
    story.stays(own, "10:40", "11:00")
    story.is_over("11:00", other)
    story.expect(client, outcome="attended", confidence="medium", held=60)
    story.expect(absent, outcome="undetermined", no_show=False)


@pytest.mark.parametrize(("ends", "outcome"), [("11:00", "missed"), ("10:30", "undetermined")])
def test_who_came_for_a_shorter_appointment_and_stayed_may_be_somebody_else_by_then(ends, outcome):
    story = Story("group", "10:00", "11:00")
    clinician, client = story.clinician(), story.client()
    other = story.client("C2", registrant_id="")
    story.people.remove(other)
    story.another_appointment("A2", story.meeting.meeting_id, "10:00", ends, clinician, other)
    story.begins("09:57", clinician)
    story.stays(other, "09:58", "11:00")
    story.is_over("11:00", clinician)
    story.expect(client, outcome=outcome)


def test_three_who_drop_together_have_one_ticket_told_at_the_first():
    story, clinician, clients = group()
    for client in clients:
        story.joins(client, "09:58")
    for number, client in enumerate(clients[1:]):
        story.drops(client, f"10:10:0{number}")
    story.is_over("11:00", clients[0], clinician)
    results = apart(story)
    ((first, one),) = tickets(results)
    assert (first, one["incident"], one["appointments"]) == ("A-C2", True, ["A-C2", "A-C3", "A-C4"])
    assert one["participants"] == ["C2", "C3", "C4"]
    assert one["because"] == "3 people had technical trouble in one meeting."
    assert results == apart(story, parts=2) == apart(story, parts=4)


def test_whoever_is_cut_off_last_and_ends_the_meeting_dropped_with_the_others_in_each_of_them():
    story, clinician, (first, last) = group(2)
    for client in (first, last):
        story.joins(client, "09:58")
    for who, at in ((first, "10:20"), (clinician, "10:20:10"), (last, "10:20:40")):
        story.drops(who, at)
    story.closes("10:20:45")
    story.begins("10:30", clinician)
    for client in (first, last):
        story.joins(client, "10:30:30")
    story.is_over("11:00", first, last, clinician)
    results = apart(story)
    for client in (first, last):
        story.expect(client, flags={"group-drop", "interrupted"})
        assert {"group-drop", "interrupted"} <= set(of(client, results)["flags"])


def test_two_who_drop_at_different_times_have_a_ticket_each():
    story, clinician, clients = group()
    for client in clients:
        story.joins(client, "09:58")
    story.drops(clients[0], "10:10")
    story.drops(clients[1], "10:20")
    story.is_over("11:00", clients[2], clients[3], clinician)
    assert [(number, "incident" in one) for number, one in tickets(apart(story))] == [("A-C1", False), ("A-C2", False)]


def test_three_who_drop_at_different_times_have_one_ticket_as_in_one_appointment():
    story, clinician, clients = group()
    for client in clients:
        story.joins(client, "09:58")
    for client, at in zip(clients[1:], ("10:10", "10:20", "10:30"), strict=True):
        story.drops(client, at)
    story.is_over("11:00", clients[0], clinician)
    ((_, whole),) = tickets(story.results())
    ((first, one),) = tickets(apart(story))
    assert (first, one["appointments"]) == ("A-C2", ["A-C2", "A-C3", "A-C4"])
    assert (one["participants"], one["because"]) == (whole["participants"], whole["because"])
    assert apart(story) == apart(story, parts=2) == apart(story, parts=4)


def test_clinician_who_is_cut_off_has_one_ticket_and_not_one_for_each_client():
    story, clinician, clients = group()
    for client in clients:
        story.joins(client, "09:58")
    story.drops(clinician, "10:10")
    ((first, one),) = tickets(apart(story, at="10:14"))
    assert (first, one["incident"]) == ("A-C1", True)
    assert one["participants"] == ["C1", "C2", "C3", "C4", "T1"]


@pytest.mark.parametrize(("meetings", "confidence"), [(1, "high"), (2, "medium")])
def test_group_that_nobody_opened_is_no_silence_of_many_meetings(meetings, confidence):
    """One room of which nothing is heard proves nothing; with a second one the feed may be silent."""
    story = Story("individual", "10:00", "11:00")
    clinician, client = story.clinician(), story.client()
    story.begins("09:57", clinician)
    for number in range(4):
        member = story.client(f"M{number}")
        story.people.remove(member)
        meeting = f"9100000000{number % meetings}"
        story.another_appointment(f"B{number}", meeting, "10:05", "11:05", clinician, member, kind="group")
    story.is_over("11:00", clinician)
    story.expect(client, outcome="missed", cause="absence", confidence=confidence)


@pytest.fixture(scope="module")
def month(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("month")
    told = ["simulate", "--appointments", "250", "--seed", "11", "--out", str(folder)]
    assert CliRunner().invoke(main, told).exit_code == 0
    return folder


def test_everybody_of_a_simulated_month_is_judged_alike_either_way(month):
    with (month / "roster.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    split, moved = _each_their_own_row(rows)
    with (month / "apart.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(split)
    lines = (month / "events.jsonl").read_text(encoding="utf-8").splitlines()
    (month / "apart.jsonl").write_text("\n".join(_told_of(line, moved) for line in lines), encoding="utf-8")
    together, tickets_together = _judged(month / "roster.csv", month / "events.jsonl")
    alone, tickets_alone = _judged(month / "apart.csv", month / "apart.jsonl")
    assert len(moved) > 300
    assert alone == together
    assert len(tickets_together) > 10
    assert tickets_alone == tickets_together


def _each_their_own_row(rows: list[dict]) -> tuple[list[dict], dict[tuple[str, str], str]]:
    """The roster with an appointment for each client of a group, and whose appointment that is."""
    by_number: dict[str, list[dict]] = defaultdict(list)
    for row in rows:
        by_number[row["appointment_id"]].append(row)
    split, moved = [], {}
    for number, people in by_number.items():
        clients = [row for row in people if row["role"] == "client"]
        others = [row for row in people if row["role"] != "client"]
        if len(clients) < 2:
            split += people
            continue
        for client in clients:
            mine = moved[number, client["participant_id"]] = f"{number}-{client['participant_id']}"
            split += [row | {"appointment_id": mine} for row in (client, *others)]
    return split, moved


def _told_of(line: str, moved: dict[tuple[str, str], str]) -> str:
    """A line of the events; what is told of one of them names their own appointment."""
    told = json.loads(line)
    payload = told["body"]["payload"]
    whose = payload.get("appointment_id"), payload.get("participant_id")
    if whose not in moved:
        return line
    payload["appointment_id"] = moved[whose]
    return json.dumps(told)


def _judged(roster: Path, events: Path) -> tuple[dict[str, dict], set[tuple]]:
    """What was found of each client, by the group's number and their code; and the tickets, with whom each is about."""
    told = ["replay", "--roster", str(roster), "--events", str(events), "--format", "json"]
    found = [json.loads(line) for line in CliRunner().invoke(main, told).stdout.splitlines()]
    tickets = {
        (one["appointment_id"].partition("-")[0], *(a.get("participants") or [one["participant_id"]]))
        for one in found
        for a in one["actions"]
        if a["kind"] == "ticket"
    }
    return {
        f"{one['appointment_id'].partition('-')[0]} {one['participant_id']}": {
            **{name: one[name] for name in FIELDS},
            "actions": [(a["kind"], a["hold"], a.get("purpose")) for a in one["actions"] if a["kind"] != "ticket"],
        }
        for one in found
        if one["role"] == "client"
    }, tickets


@pytest.mark.parametrize("known", [
    {"phone": "+1 415 555 0100"}, {"email": "sister@example.org"}, {"customer_key": "ck-sister"},
    {"registrant_id": "reg-sister"}, {"name": "Sabine Lund"},
])  # fmt: skip
@pytest.mark.parametrize("first", [True, False])
def test_who_is_known_by_something_in_one_of_their_appointments_is_known_by_it_in_the_other(known, first):
    """The sister of two of the group stands in the appointments of both, and only one has her number."""
    story = Story("group", "10:00", "11:00")
    clinician, client = story.clinician(), story.client("C1")
    other = Person("C2", Role.CLIENT, {"registrant_id": "reg-C2"}, {"registrant_id": "reg-C2"})
    rows = [Person("F1", Role.FAMILY, known, known), Person("F1", Role.FAMILY, {}, known)]
    here, there = rows if first else reversed(rows)
    story.people.append(here)
    story.another_appointment("A0", story.meeting.meeting_id, "10:00", "11:00", clinician, other, there)
    story.begins("09:57", clinician)
    story.stays(rows[0], "09:58", "11:00")
    story.is_over("11:00", clinician)
    for appointment_id in ("A0", "A1"):
        story.expect(here, appointment_id=appointment_id, outcome="attended")
    story.expect(client, outcome="missed", cause="absence", confidence="high")
    story.expect(other, appointment_id="A0", outcome="missed", cause="absence", confidence="high")
