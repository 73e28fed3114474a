"""Seats in a group whose every member has an appointment of their own: it is one room, with so many seats."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from plugin.core.appointment import Status
from plugin.service import offering, picking
from plugin.service.roster import put_roster
from plugin.storage import appointment as appointments
from plugin.storage import offer as offers
from plugin.storage import seat as seats
from tests.people.house import BOB
from tests.people.test_seats import (
    ALICE_HERE,
    EVE,
    GROUP,
    HOUR,
    _grant,
    _offers,
    again,
    codes,
    crowd,
    group,
    missed_group,
    sized,
    zoom_of_group,
)
from tests.service.clinic import DORA

__all__ = ["zoom_of_group"]


def members(many: int, size: int | None = None) -> list:
    """The group of the day after tomorrow, an appointment for each of its clients."""
    apart = [(who, EVE) for who in crowd(many)]
    return [
        group(f"G{n}", 2, participants=people, meeting_id=GROUP, capacity=size) for n, people in enumerate(apart, 2)
    ]


def test_it_is_proposed_once_and_its_free_seats_are_those_of_the_room(rejoin):
    house = missed_group(sized(rejoin, 6), *members(4))
    (slot,) = house.slots()
    assert slot.appointment_id == "G2"
    assert "2 seats of 6 free" in slot.because


@pytest.mark.parametrize(("size", "offered"), [(4, 0), (5, 1)])
def test_group_that_is_full_is_proposed_to_nobody(rejoin, size, offered):
    house = missed_group(sized(rejoin, size), *members(4))
    assert len(house.slots()) == offered


@pytest.mark.both
def test_last_seat_is_kept_for_one_who_stands_in_one_of_them_then(rejoin, zoom_of_group):
    house = missed_group(sized(rejoin, 4), *members(3), participants=(ALICE_HERE, BOB, DORA))
    first, second = _offers(house)
    assert (len(offers.slots_of(first)), offers.slots_of(second)) == (1, ())
    house.do(offering.approve, first.id, first.version, None, "cora")
    house.act()
    house.do(picking.pick, _grant(house, first.participant_id), 0)
    house.act()
    assert [first.participant_id in codes(house, number) for number in ("G2", "G3", "G4")] == [True, False, False]
    again(house, f"makeup/A1/{second.participant_id}")
    assert offers.slots_of(_offers(house)[1]) == (), "and picked, it is nobody else's either"


def test_member_is_offered_no_seat_in_the_own_group(rejoin):
    mine = group("G9", 2, participants=(ALICE_HERE, EVE), meeting_id=GROUP)
    assert missed_group(rejoin, *members(3), mine).slots() == ()


@pytest.fixture
def picked(rejoin, zoom_of_group):
    """Alice picked the last but one seat of the group, and stands in the first of its appointments."""
    house = missed_group(sized(rejoin, 5), *members(3))
    house.approve()
    house.do(picking.pick, house.grant(), 0)
    house.act()
    assert "C-ALICE" in codes(house, "G2")
    return house


def left(house, number: str) -> int:
    with house.rejoin.db.read() as tx:
        return seats.sessions(tx, [number], house.clock.now())[number].left(5)


def test_seat_is_counted_once_when_an_earlier_appointment_comes_into_the_roster(picked):
    picked.put(group("G1", 2, crowd(9)[8:], meeting_id=GROUP))
    assert [left(picked, number) for number in ("G1", "G2", "G4")] == [0, 0, 0]


@pytest.mark.parametrize(
    ("changes", "word"), [({"status": Status.CANCELLED}, "called off"), ({"hours": 3}, "moved")], ids=["off", "moved"]
)
def test_coordinator_hears_that_the_others_meet_as_before_when_the_place_of_the_guest_goes(picked, changes, word):
    first = crowd(1)
    picked.put(group("G2", 2, first, meeting_id=GROUP, **changes))
    picked.act()
    (because,) = [one.because for one in picked.tasks() if "had a seat in" in one.because]
    assert f"was {word}, and they were told so; the others of its group meet as before (G3)" in because


def test_group_that_is_moved_as_a_whole_asks_no_coordinator(picked):
    with picked.rejoin.db.begin() as tx:
        roster = appointments.load_these(tx, ["G2", "G3", "G4"])
    later = [replace(one, starts_at=one.starts_at + HOUR, ends_at=one.ends_at + HOUR) for one in roster.values()]
    list(put_roster(picked.rejoin, later))
    assert [one.because for one in picked.tasks() if "had a seat in" in one.because] == []
