"""A group whose every member has an appointment of their own: what hits several of them is one incident."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from plugin.core.appointment import Kind
from tests.people.house import NINE, TEN, House, appointment
from tests.people.test_incident import FOUR, back, dropped, go_on, members
from tests.service.clinic import DORA, ended, joined, left

KEY = "meeting-incident/A0"


@pytest.fixture
def apart(rejoin) -> House:
    """Dora and four clients are in their group; each client has an appointment."""
    roster = [appointment(f"A{n}", who, kind=Kind.GROUP) for n, who in enumerate(FOUR)]
    house = House(rejoin, *roster)
    for who in (DORA, *FOUR):
        house.receive(joined(who, NINE))
    return house


def test_three_who_drop_together_are_one_ticket_that_says_what_they_share(apart):
    dropped(apart, *FOUR[:3])
    (ticket,) = apart.tickets()
    assert (ticket.key, ticket.incident, ticket.participants) == (KEY, True, ["C-ALICE", "C-BOB", "C-CARA"])
    assert ticket.summary == "3 people had connection trouble"
    assert "Shared: 3 of 3 dropped within 2 s of 10:10:00 EST." in ticket.seen
    assert members(apart, KEY) == dict.fromkeys(("C-ALICE", "C-BOB", "C-CARA"), True)


def test_it_closes_when_the_last_of_them_is_back(apart):
    dropped(apart, *FOUR[:3])
    back(apart, *FOUR[:2], minute=14)
    assert apart.tickets()[0].state == "open"
    assert members(apart, KEY) == {"C-ALICE": False, "C-BOB": False, "C-CARA": True}
    back(apart, FOUR[2], minute=20)
    (ticket,) = apart.tickets()
    assert ticket.state == "resolved"
    assert not any(members(apart, KEY).values())


def test_clinician_who_is_cut_off_is_one_ticket_that_names_everybody_once(apart):
    dropped(apart, DORA)
    (ticket,) = apart.tickets()
    assert sorted(ticket.participants) == ["C-ALICE", "C-BOB", "C-CARA", "C-DANA", "S-DORA"]
    back(apart, DORA, minute=15)
    (ticket,) = apart.tickets()
    assert ticket.state == "resolved"
    assert apart.notes() == ["They are back in the session."], "said once, and not at each appointment"


def test_two_who_drop_at_different_times_are_two_tickets(apart):
    dropped(apart, FOUR[0])
    dropped(apart, FOUR[1], minute=20)
    assert [row.incident for row in apart.tickets()] == [False, False]


def test_who_is_missing_is_absent_beside_members_who_are_known_by_a_name_only(rejoin):
    known_by_name = [replace(who, registrant_id="", email="") for who in FOUR]
    roster = [appointment(f"A{n}", who, kind=Kind.GROUP) for n, who in enumerate(known_by_name)]
    house = House(rejoin, *roster)
    there = (DORA, *known_by_name[1:])
    for who in there:
        house.receive(joined(who, NINE))
    house.go_to(TEN)
    for who in there:
        house.receive(left(who, TEN))
    house.receive(ended(TEN))
    go_on(house, 240)
    found = house.verdict(FOUR[0], "A0")
    assert (found["outcome"], found["cause"], found["confidence"]) == ("missed", "absence", "high")
    assert house.verdict(FOUR[1], "A1")["outcome"] == "attended"
