"""A group whose every member has an appointment of their own: its incident stays one when the roster of the room
changes, whoever has trouble is part of it, and what support finds is told of everybody."""

from __future__ import annotations

from datetime import timedelta

import pytest
from msgspec.structs import replace

from plugin.core.appointment import Kind, Status
from plugin.service import triage
from tests.people.house import NINE, TEN, House, appointment
from tests.people.test_incident import FOUR, back, dropped, go_on, members
from tests.service.clinic import DORA, ended, joined, left

A1, A2, A3, A4 = ROOM = tuple(appointment(f"A{n}", who, kind=Kind.GROUP) for n, who in enumerate(FOUR, 1))
ALICE, BOB, CARA, DANA = FOUR
CONFIRMED = "support-confirmed-trouble"


def there(rejoin, *roster) -> House:
    """Dora and four clients are in their group."""
    house = House(rejoin, *roster)
    for who in (DORA, *FOUR):
        house.receive(joined(who, NINE))
    return house


def shown(house: House) -> list[tuple[str, str, list[str]]]:
    return [(row.key, row.state, sorted(row.participants)) for row in house.tickets()]


def found_by_support(house: House) -> list[str]:
    """In whose verdict it stands that support confirmed their trouble."""
    house.do(triage.resolve, 1, house.tickets()[0].version, "tess", "The line was down.", "confirmed-technical")
    house.work()
    verdicts = {who.participant_id: house.verdict(who, f"A{n}") for n, who in enumerate(FOUR, 1)}
    return [code for code, one in verdicts.items() for f in one["findings"] if f["rule"] == CONFIRMED and f["hit"]]


def later(one):
    return replace(one, starts_at=one.starts_at + timedelta(hours=5), ends_at=one.ends_at + timedelta(hours=5))


@pytest.mark.parametrize("change", [lambda one: replace(one, status=Status.CANCELLED), later])
def test_incident_keeps_its_ticket_when_the_appointment_it_is_named_after_goes(rejoin, change):
    house = there(rejoin, *ROOM)
    dropped(house, ALICE, BOB, CARA)
    house.put(change(A1))
    go_on(house, 15)
    dropped(house, DANA, minute=20)
    assert shown(house) == [("meeting-incident/A1", "open", ["C-ALICE", "C-BOB", "C-CARA", "C-DANA"])]
    assert members(house, "meeting-incident/A1") == {"C-ALICE": False, "C-BOB": True, "C-CARA": True, "C-DANA": True}
    assert house.notes() == [
        "C-ALICE: What was received since changed the verdict behind this ticket; it may not be needed any more.",
        "Also affected: C-DANA.",
    ]
    assert found_by_support(house) == ["C-ALICE", "C-BOB", "C-CARA", "C-DANA"]


def test_incident_keeps_its_ticket_when_an_earlier_appointment_comes_into_the_roster(rejoin):
    house = there(rejoin, A2, A3, A4)
    dropped(house, BOB, CARA, DANA)
    house.put(A1)
    dropped(house, ALICE, minute=20)
    assert shown(house) == [("meeting-incident/A2", "open", ["C-ALICE", "C-BOB", "C-CARA", "C-DANA"])]
    assert found_by_support(house) == ["C-ALICE", "C-BOB", "C-CARA", "C-DANA"]


@pytest.mark.both
def test_incident_of_one_appointment_is_that_of_a_member_who_comes_into_the_roster_later(rejoin):
    house = there(rejoin, replace(A2, participants=(BOB, CARA, DANA, DORA)))
    dropped(house, BOB, CARA, DANA)
    house.put(A1)
    dropped(house, ALICE, minute=20)
    assert shown(house) == [("ticket/A2/incident", "open", ["C-ALICE", "C-BOB", "C-CARA", "C-DANA"])]


def test_three_who_drop_one_after_the_other_are_one_incident_as_in_one_appointment(rejoin):
    house = there(rejoin, *ROOM)
    dropped(house, ALICE)
    dropped(house, BOB, minute=20)
    assert [key for key, *_ in shown(house)] == ["ticket/A1/C-ALICE", "ticket/A2/C-BOB"]
    dropped(house, CARA, minute=30)
    assert shown(house) == [
        ("ticket/A1/C-ALICE", "attached", ["C-ALICE"]),
        ("ticket/A2/C-BOB", "attached", ["C-BOB"]),
        ("meeting-incident/A1", "open", ["C-ALICE", "C-BOB", "C-CARA"]),
    ]
    assert [row.part_of for row in house.tickets()] == [3, 3, None]
    back(house, ALICE, BOB, CARA, minute=34)
    assert house.tickets()[2].state == "resolved"


def test_who_drops_while_the_others_are_still_cut_off_joins_them_and_afterwards_not(rejoin):
    house = there(rejoin, *ROOM)
    dropped(house, ALICE, BOB, CARA)
    back(house, ALICE, BOB, CARA, minute=14)
    dropped(house, DANA, minute=30)
    assert shown(house) == [
        ("meeting-incident/A1", "resolved", ["C-ALICE", "C-BOB", "C-CARA"]),
        ("ticket/A4/C-DANA", "open", ["C-DANA"]),
    ]


def test_who_is_back_is_named_as_long_as_others_are_not(rejoin):
    house = there(rejoin, *ROOM)
    dropped(house, ALICE, BOB, CARA)
    back(house, ALICE, minute=14)
    assert house.notes() == ["C-ALICE: They are back in the session."]
    back(house, BOB, CARA, minute=20)
    assert house.notes()[1:] == ["They are back in the session."]


def test_who_comes_although_theirs_was_called_off_is_no_stranger_to_who_is_missing(rejoin):
    house = House(rejoin, replace(A1, status=Status.CANCELLED), A2)
    there_for_all = (DORA, ALICE)
    for who in there_for_all:
        house.receive(joined(who, NINE))
    house.go_to(TEN)
    for who in there_for_all:
        house.receive(left(who, TEN))
    house.receive(ended(TEN))
    go_on(house, 240)
    found = house.verdict(BOB, "A2")
    assert (found["outcome"], found["cause"], found["confidence"]) == ("missed", "absence", "high")
    assert house.verdict(ALICE, "A1")["outcome"] == "cancelled"
