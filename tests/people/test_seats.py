"""A seat in another group, from the miss to the place in its roster, and back out again."""

from __future__ import annotations

import dataclasses
import re
from datetime import timedelta
from threading import Barrier, Thread

import pytest
import responses
from icalendar import Calendar
from msgspec.structs import replace

from plugin.core.appointment import Kind, Participant, Role, Status
from plugin.core.slot import Slot
from plugin.service import booking, makeups, offering, picking
from plugin.service.refusal import Conflict, Refused
from plugin.storage import action as outbox
from plugin.storage import appointment as appointments
from plugin.storage import booking as bookings
from plugin.storage import offer as offers
from plugin.storage import seat as seats
from tests.people.house import ALICE, BOB, NINE, SECRETS, House, appointment
from tests.people.zoom import Zoom
from tests.service.clinic import DORA, ended, joined, left

HOUR = timedelta(hours=1)
ALICE_HERE = replace(ALICE, timezone="America/New_York")
EVE = Participant("S-EVE", Role.CLINICIAN, "Eve Ennis", "eve@clinic.example", customer_key="S-EVE")
KEY = "makeup/A1/C-ALICE"
GROUP = "82000000002"


def group(number: str, day: int, clients=(), hours: int = 0, **changes):
    """Another group of the same kind so many days later, at the usual hour unless said otherwise."""
    at = NINE + timedelta(days=day, hours=hours)
    values = {
        "kind": Kind.GROUP, "module": "M1", "starts_at": at, "ends_at": at + HOUR, "participants": (*clients, EVE),
        "meeting_id": f"8200000000{number[1:]}", "host_id": "zoom-eve",
    }  # fmt: skip
    return appointment(number, **(values | changes))


def crowd(many: int) -> tuple[Participant, ...]:
    return tuple(Participant(f"C-{n}", Role.CLIENT) for n in range(1, many + 1))


def missed_group(rejoin, *others, **changes) -> House:
    """Alice missed a group of module M1 that Dora held; these others are in the roster."""
    own = appointment("A1", ALICE_HERE, kind=Kind.GROUP, module="M1", **changes)
    house = House(rejoin, own, *others)
    house.miss()
    return house


def again(house: House, key: str = KEY) -> None:
    """A coordinator lets the offer go and has it made anew."""
    house.do(offering.let_go, key, "Anew.")
    with house.rejoin.db.read() as tx:
        row = offers.by_action(tx, key)
    house.do(offering.renew, row.id, row.version, "cora")


@pytest.fixture
def zoom_of_group():
    """Zoom with the meeting of the group, which takes registrations and writes to nobody."""
    zoom = Zoom()
    settings = {
        "approval_type": 0, "registrants_email_notification": False, "registrants_confirmation_email": False,
    }  # fmt: skip
    meeting = {"id": int(GROUP), "type": 8, "join_url": "https://zoom.example/j/group", "settings": settings}
    zoom.meetings[int(GROUP)] = meeting | {"agenda": "", "topic": "x"}
    with responses.RequestsMock(assert_all_requests_are_fired=False) as edge:
        zoom.at(edge)
        yield zoom


@pytest.fixture
def picked(rejoin, zoom_of_group) -> House:
    """Alice was offered the seat in G2 and took it."""
    house = missed_group(rejoin, group("G2", 2, crowd(3)))
    house.approve()
    house.do(picking.pick, house.grant(), 0)
    house.act()
    return house


def stored(house: House, number: str = "G2"):
    with house.rejoin.db.read() as tx:
        return appointments.load(tx, number)


def codes(house: House, number: str = "G2") -> list[str]:
    return [person.participant_id for person in stored(house, number).participants]


def booked(house: House):
    with house.rejoin.db.read() as tx:
        return bookings.load(tx, f"booking/{KEY}")


def sized(rejoin, size: int):
    """The same service with a policy of this room."""
    return dataclasses.replace(rejoin, policy=dataclasses.replace(rejoin.policy, seats={"group": size}))


class TestProposal:
    @pytest.mark.both
    def test_other_groups_with_a_free_seat_are_proposed_beside_the_material(self, rejoin):
        house = missed_group(rejoin, group("G2", 2, crowd(3)), group("G3", 3, hours=4))
        assert [slot.appointment_id for slot in house.slots()] == ["G2", "G3"]
        assert [slot.because for slot in house.slots()] == [
            "Another session of module M1, 5 seats of 8 free. The usual time of day of the client.",
            "Another session of module M1, 8 seats of 8 free. A seat is free, and it is within the client's day.",
        ]
        assert house.action(KEY).state == outbox.HELD
        assert house.letters() == []

    @pytest.mark.parametrize(
        "changes",
        [
            {"kind": Kind.EDUCATION}, {"module": "M2"}, {"program_id": "Program-8"}, {"status": Status.CANCELLED},
            {"participants": (ALICE_HERE, EVE)}, {"participants": (*crowd(8), EVE)},
        ],
    )  # fmt: skip
    def test_group_that_does_not_fit_is_not_proposed(self, rejoin_on_sqlite, changes):
        house = missed_group(rejoin_on_sqlite, group("G2", 2, **changes))
        assert house.slots() == ()

    @pytest.mark.parametrize(("clients", "proposed"), [(6, True), (7, True), (8, False), (9, False)])
    def test_room_is_for_eight(self, rejoin_on_sqlite, clients, proposed):
        house = missed_group(rejoin_on_sqlite, group("G2", 2, crowd(clients)))
        assert bool(house.slots()) is proposed

    @pytest.mark.parametrize(
        ("capacity", "clients", "proposed"),
        [(None, 7, True), (4, 3, True), (4, 4, False), (12, 11, True), (12, 12, False), (0, 0, False)],
    )
    def test_room_that_the_roster_names_holds_in_place_of_the_policys(
        self, rejoin_on_sqlite, capacity, clients, proposed
    ):
        house = missed_group(rejoin_on_sqlite, group("G2", 2, crowd(clients), capacity=capacity))
        assert bool(house.slots()) is proposed
        if capacity and proposed:
            assert f"1 seat of {capacity} free" in house.slots()[0].because

    def test_place_that_was_called_off_takes_no_seat(self, rejoin_on_sqlite):
        first, *others = crowd(8)
        full = group("G2", 2, (first, *others))
        house = missed_group(rejoin_on_sqlite, full)
        assert house.slots() == ()
        house.put(replace(full, participants=(replace(first, status=Status.CANCELLED), *others, EVE)))
        again(house)
        assert [slot.appointment_id for slot in house.slots()] == ["G2"]
        assert "1 seat of 8 free" in house.slots()[0].because

    def test_whose_own_place_was_called_off_is_not_offered_it(self, rejoin_on_sqlite):
        house = missed_group(rejoin_on_sqlite, group("G2", 2, (replace(ALICE_HERE, status=Status.CANCELLED),)))
        assert house.slots() == ()

    def test_room_that_shrinks_before_the_pick_gives_the_seat_to_nobody(self, rejoin_on_sqlite):
        house = missed_group(rejoin_on_sqlite, group("G2", 2, crowd(7)))
        house.approve()
        house.put(group("G2", 2, crowd(7), capacity=7))
        with pytest.raises(Conflict):
            house.do(picking.pick, house.grant(), 0)
        house.look()
        assert house.offer().state == "proposed"

    @pytest.mark.parametrize(("minutes", "proposed"), [(-1, False), (0, True), (1, True)])
    def test_no_seat_sooner_than_the_lead_time(self, rejoin_on_sqlite, minutes, proposed):
        house = missed_group(rejoin_on_sqlite)
        at = house.clock.now() + rejoin_on_sqlite.policy.offer_lead + timedelta(minutes=minutes)
        house.put(group("G2", 1, starts_at=at, ends_at=at + HOUR))
        again(house)
        assert bool(house.slots()) is proposed

    def test_group_at_an_hour_at_which_the_client_has_something_else_is_not_proposed(self, rejoin_on_sqlite):
        house = missed_group(
            rejoin_on_sqlite, group("G2", 2), appointment("A9", ALICE_HERE, starts_at=NINE + timedelta(days=2),
            ends_at=NINE + timedelta(days=2, hours=1), meeting_id="83000000001"),
        )  # fmt: skip
        assert house.slots() == ()

    def test_missed_group_without_a_module_may_be_made_up_in_any_of_its_kind(self, rejoin_on_sqlite):
        own = appointment("A1", ALICE_HERE, kind=Kind.GROUP)
        house = House(rejoin_on_sqlite, own, group("G2", 2))
        house.miss()
        assert [slot.appointment_id for slot in house.slots()] == ["G2"]

    def test_seat_that_comes_free_later_is_found_at_the_next_look(self, rejoin_on_sqlite):
        house = missed_group(rejoin_on_sqlite, group("G2", 4, crowd(8)))
        assert house.slots() == ()
        house.put(group("G2", 4, crowd(7)))
        house.clock.advance(minutes=31)
        house.look()
        assert [slot.appointment_id for slot in house.slots()] == ["G2"]

    def test_individual_session_is_offered_the_clinicians_time_and_no_seat(self, missed):
        assert {slot.appointment_id for slot in missed.slots()} == {""}


class TestHolds:
    def test_last_seat_is_kept_for_one_client(self, rejoin):
        house = missed_group(rejoin, group("G2", 2, crowd(7)), participants=(ALICE_HERE, BOB, DORA))
        kept = {row.participant_id: [s.appointment_id for s in offers.slots_of(row)] for row in _offers(house)}
        assert sorted(kept.values()) == [[], ["G2"]]

    @pytest.mark.parametrize(("later", "free"), [(-1, 0), (0, 1), (1, 1)])
    def test_what_is_kept_lapses_at_its_moment(self, rejoin_on_sqlite, later, free):
        house = missed_group(rejoin_on_sqlite, group("G2", 4, crowd(7)))
        until = house.offer().updated_at + rejoin_on_sqlite.policy.offer_hold
        with rejoin_on_sqlite.db.read() as tx:
            session = seats.sessions(tx, ["G2"], until + timedelta(seconds=later))["G2"]
        assert session.left(8) == free

    def test_declined_seat_is_given_back_and_the_material_stays_to_be_decided(self, rejoin):
        house = missed_group(rejoin, group("G2", 2, crowd(7)))
        row = house.offer()
        house.do(offering.decline, row.id, row.version, "They would not like it.", "cora")
        assert (house.offer().state, house.action(KEY).state) == ("declined", outbox.HELD)
        assert _kept(house) == []

    def test_material_in_its_place_gives_the_seat_back(self, rejoin):
        house = missed_group(rejoin, group("G2", 2, crowd(7)))
        house.do(makeups.approve, house.action(KEY).id, None, 30, "Please read chapter two.", "cora")
        house.act()
        assert (house.offer().state, house.offer().reason) == ("declined", offering.MATERIAL)
        assert _kept(house) == []
        assert house.letters("Another time") == []
        row = house.offer()
        with pytest.raises(Refused, match="material"):
            house.do(offering.renew, row.id, row.version, "cora")

    def test_declined_make_up_gives_the_seat_back(self, rejoin_on_sqlite):
        house = missed_group(rejoin_on_sqlite, group("G2", 2, crowd(7)))
        house.do(offering.decline_action, house.action(KEY).id, "They have left.", "cora")
        assert house.offer().state == "declined"
        assert _kept(house) == []

    @pytest.mark.both
    def test_client_whom_no_seat_suits_gives_it_back_and_material_waits_again(self, rejoin):
        house = missed_group(rejoin, group("G2", 2, crowd(7)))
        house.approve()
        assert house.action(KEY).state == outbox.DONE
        house.do(picking.refuse, house.grant())
        assert (house.offer().state, house.action(KEY).state) == ("refused", outbox.HELD)
        assert _kept(house) == []
        assert "assign material" in house.tasks()[-1].because


class TestPick:
    def test_client_stands_in_the_roster_of_the_group_with_a_link_of_their_own(self, picked, zoom_of_group):
        assert codes(picked) == ["C-1", "C-2", "C-3", "S-EVE", "C-ALICE"]
        mine = stored(picked).participant("C-ALICE")
        assert (mine.registrant_id, mine.email) == ("reg-1", "alice@example.org")
        with picked.rejoin.db.read() as tx:
            assert appointments.join_url(tx, "G2", "C-ALICE").startswith("https://zoom.example/w/")
        assert (picked.offer().state, picked.offer().new_appointment_id) == ("accepted", "G2")
        assert zoom_of_group.made == []

    def test_invitation_goes_out_with_our_own_link_and_an_entry_and_says_nothing_of_the_group(self, picked):
        (letter,) = picked.letters("Your new appointment")
        assert re.search(r"https://rejoin\.invalid/j/\S+", letter.body)
        assert letter.participant_id == "C-ALICE"
        event = Calendar.from_ical(letter.invitation).walk("VEVENT")[0]
        assert event.start == stored(picked).starts_at
        text = letter.subject + letter.body + letter.invitation.replace("mailto:alice@example.org", "")
        assert not [word for word in (*SECRETS, "group", "M1", "zoom.example") if word in text]

    @pytest.mark.both
    def test_clinician_of_the_group_is_told_without_a_second_entry(self, picked):
        (letter,) = picked.letters("Somebody joins an appointment of yours")
        assert letter.participant_id == "S-EVE"
        assert not letter.invitation
        assert [one.because for one in picked.tasks() if one.role == "clinician"][-1].startswith("C-ALICE comes to")

    def test_zoom_learns_the_code_and_nothing_else(self, picked, zoom_of_group):
        (told,) = zoom_of_group.registrants[int(GROUP)]
        assert told["first_name"] == "C-ALICE"
        assert "alice" not in str(told).replace("C-ALICE", "").lower()

    def test_two_seats_of_one_group_for_two_clients(self, rejoin, zoom_of_group):
        house = missed_group(rejoin, group("G2", 2, crowd(3)), participants=(ALICE_HERE, BOB, DORA))
        for row in _offers(house):
            house.do(offering.approve, row.id, row.version, None, "cora")
        house.act()
        for row in _offers(house):
            house.do(picking.pick, _grant(house, row.participant_id), 0)
        house.act()
        assert codes(house)[-2:] == ["C-ALICE", "C-BOB"]
        assert len(house.letters("Your new appointment")) == len(house.letters("Somebody joins")) == 2

    def test_without_registration_the_common_link_is_used_and_a_coordinator_is_told(self, rejoin, zoom_of_group):
        zoom_of_group.meetings[int(GROUP)]["settings"]["approval_type"] = 2
        house = missed_group(rejoin, group("G2", 2))
        house.approve()
        house.do(picking.pick, house.grant(), 0)
        house.act()
        assert stored(house).participant("C-ALICE").registrant_id == ""
        assert zoom_of_group.meetings[int(GROUP)]["settings"]["approval_type"] == 2, "the group's meeting was changed"
        assert any("no link of their own" in one.because for one in house.tasks())

    def test_seat_that_the_roster_gave_away_meanwhile_cannot_be_picked(self, rejoin):
        house = missed_group(rejoin, group("G2", 2, crowd(7)))
        house.approve()
        house.put(group("G2", 2, crowd(8)))
        with pytest.raises(Conflict):
            house.do(picking.pick, house.grant(), 0)
        house.look()
        assert house.offer().state == "proposed"  # nobody is lost: it is back with the coordinator

    def test_client_who_got_another_appointment_at_that_hour_keeps_what_was_kept(self, rejoin):
        house = missed_group(rejoin, group("G2", 2, crowd(7)))
        house.approve()
        grant, slot = house.grant(), house.slots()[0]
        house.busy("B1", ALICE_HERE, slot.starts_at)
        with rejoin.db.begin() as tx, pytest.raises(Conflict):
            picking.pick(tx, rejoin, grant, 0, house.clock.now())
        assert len(_kept(house)) == 1

    @pytest.mark.both
    def test_group_that_is_called_off_before_the_place_is_taken_is_told_to_a_coordinator(self, rejoin, zoom_of_group):
        house = missed_group(rejoin, group("G2", 2, crowd(3)))
        house.approve()
        house.do(picking.pick, house.grant(), 0)
        house.put(replace(stored(house), status=Status.CANCELLED))
        house.act()
        assert booked(house).state == bookings.CALLED_OFF
        assert any("called off" in one.because for one in house.tasks())
        assert house.letters("Your new appointment") == []


class TestAfterwards:
    def test_roster_that_does_not_know_of_the_guest_keeps_them(self, picked):
        assert picked.put(group("G2", 2, crowd(3))) is False
        picked.put(group("G2", 2, crowd(4)))
        assert codes(picked) == ["C-1", "C-2", "C-3", "C-4", "S-EVE", "C-ALICE"]
        assert stored(picked).participant("C-ALICE").registrant_id == "reg-1"

    def test_guest_who_was_counted_once_takes_one_seat(self, picked):
        with picked.rejoin.db.read() as tx:
            assert seats.sessions(tx, ["G2"], picked.clock.now())["G2"].left(8) == 4

    def test_group_that_moves_tells_the_guest_and_leaves_zoom_alone(self, picked, zoom_of_group):
        moved = replace(group("G2", 2, crowd(3)), starts_at=NINE + timedelta(days=2, hours=2),
                        ends_at=NINE + timedelta(days=2, hours=3))  # fmt: skip
        picked.put(moved)
        picked.act()
        (letter,) = picked.letters("has moved")
        assert (letter.participant_id, "SEQUENCE:1" in letter.invitation) == ("C-ALICE", True)

    def test_group_that_is_called_off_cancels_the_guest_and_asks_a_coordinator(self, picked, zoom_of_group):
        picked.put(replace(group("G2", 2, crowd(3)), status=Status.CANCELLED))
        picked.act()
        (letter,) = picked.letters("will not take place")
        assert (letter.participant_id, "METHOD:CANCEL" in letter.invitation) == ("C-ALICE", True)
        assert any("had a seat in was called off" in one.because for one in picked.tasks())
        assert int(GROUP) in zoom_of_group.meetings, "the meeting belongs to the group"

    def test_guest_who_is_taken_out_leaves_roster_seat_and_registration(self, picked, zoom_of_group):
        picked.do(booking.call_off, picked.offer().id, "cora")
        picked.act()
        assert codes(picked) == ["C-1", "C-2", "C-3", "S-EVE"]
        assert _kept(picked) == []
        assert zoom_of_group.registrants[int(GROUP)] == []
        (letter,) = picked.letters("will not take place")
        assert letter.participant_id == "C-ALICE"
        picked.put(group("G2", 2, crowd(4)))
        assert codes(picked) == ["C-1", "C-2", "C-3", "C-4", "S-EVE"]
        with pytest.raises(Refused):
            picked.do(booking.call_off, picked.offer().id, "cora")

    def test_guest_who_comes_is_judged_like_anybody_of_the_group(self, picked):
        begin, mine = NINE + timedelta(days=2), stored(picked).participant("C-ALICE")
        where = {"meeting": GROUP, "instance": "g2==", "begun": begin}
        picked.go_to(begin + HOUR)
        for body in (
            joined(EVE, begin, **where), joined(mine, begin, **where),
            left(mine, begin + HOUR, **where), left(EVE, begin + HOUR, **where),
        ):  # fmt: skip
            picked.receive(body)
        picked.receive(ended(begin + HOUR, GROUP, "g2=="))
        picked.go_to(begin + timedelta(hours=3))
        assert picked.verdict(mine, "G2")["outcome"] == "attended"


@pytest.mark.both
def test_many_at_once_never_fill_a_group_beyond_its_size(rejoin):
    """Twelve clients whose holds have lapsed tap for four free seats from twelve threads."""
    house = House(rejoin, group("G2", 4, crowd(4)))
    slot = Slot(NINE + timedelta(days=4), NINE + timedelta(days=4) + HOUR, "", "G2")
    with rejoin.db.begin() as tx:
        for n in range(12):
            row, _ = offers.add(tx, f"makeup/X{n}/K-{n}", f"X{n}", f"K-{n}", "", house.clock.now(), seat=True)
            offers.change(tx, row.id, row.version, house.clock.now(), state="sent", slots=offers.written([slot]))
    gate, said = Barrier(12), []

    def tap(n: int) -> None:
        gate.wait()
        with rejoin.db.begin() as tx:
            row = offers.lock(tx, n)
            said.append(picking._take(tx, rejoin, row, slot, house.clock.now()))

    threads = [Thread(target=tap, args=(n,)) for n in range(1, 13)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(said) == [False] * 8 + [True] * 4
    with rejoin.db.read() as tx:
        assert [row.number for row in tx.execute(seats.table.select().order_by(seats.table.c.number))] == [1, 2, 3, 4]


def _offers(house: House) -> list:
    with house.rejoin.db.read() as tx:
        return list(tx.execute(offers.table.select().order_by(offers.table.c.id)))


def _kept(house: House) -> list:
    with house.rejoin.db.read() as tx:
        return list(tx.execute(seats.table.select()))


def _grant(house: House, code: str):
    from plugin.service import grants

    body = next(one.body for one in house.letters("Another time") if one.participant_id == code)
    return house.do(grants.open_grant, re.search(r"/a/(\S+)", body).group(1), grants.ANSWER)
