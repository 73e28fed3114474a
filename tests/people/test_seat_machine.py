"""Seats in other groups under whatever people, workers and time do to them: the machine of offers, with seats."""

from __future__ import annotations

import pytest
from hypothesis import Phase
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from msgspec.structs import replace

from plugin.core.action import Action, ActionKind
from plugin.core.appointment import Kind, Status
from plugin.core.offer import HOLDS
from plugin.service import booking, offering, picking, sharing
from plugin.storage import action as outbox
from plugin.storage import appointment as appointments
from plugin.storage import booking as bookings
from plugin.storage import offer as offers
from plugin.storage import seat as seats
from tests.conftest import told
from tests.people.house import ALICE, BOB, CARA, NINE, House, appointment
from tests.people.test_offer_machine import HOUR, NUMBERS, Offers, Run, plant
from tests.people.test_seats import crowd, group

ROOM = 8
GROUPS = st.sampled_from(("G2", "G3"))
ACTION_OF = {
    "proposed": "held", "declined": "held", "refused": "held", "expired": "held", "approved": "queued", "sent": "done",
    "accepted": "done",
}  # fmt: skip
"""In which state the make-up is in each state of its offer: what nobody decided waits for a coordinator."""


class Seats(Offers):
    """Three clients missed a group; of two others one has one seat left, the other two."""

    def __init__(self, rejoin, edge):
        RuleBasedStateMachine.__init__(self)
        self.edge, self.closed, self.members = edge, {}, {"G2": 7, "G3": 6}
        people = (replace(ALICE, timezone="America/New_York"), BOB, CARA)
        missed = {"kind": Kind.GROUP, "module": "M1"}
        times = [{"starts_at": NINE + n * HOUR, "ends_at": NINE + (n + 1) * HOUR} for n in range(3)]
        roster = [appointment(f"A{n}", who, **missed, **times[n - 1]) for n, who in enumerate(people, 1)]
        self.house = House(rejoin, *roster, *(self.as_imported(number) for number in self.members))
        self.house.clock.set(NINE + 6 * HOUR)
        for n, who in enumerate(people, 1):
            action = Action(ActionKind.MAKEUP, f"A{n}", who.participant_id, True, "They did not come.")
            with rejoin.db.begin() as tx:
                row = outbox.add(tx, action, self.house.clock.now())
                offering.propose(tx, rejoin, row, self.house.clock.now())

    def as_imported(self, number: str, **changes):
        return group(number, 5 if number == "G2" else 6, crowd(self.members[number]), **changes)

    def session(self, number: str):
        with self.house.rejoin.db.read() as tx:
            return seats.sessions(tx, [number], self.house.clock.now()).get(number)

    @initialize(how=st.lists(st.sampled_from(("sent", "sent", "proposed", "lapsed")), min_size=3, max_size=3))
    def begin(self, how):
        """Some were sent already; of some nothing is kept any more, so that others were offered the same seats."""
        for n, way in enumerate(how, 1):
            if way != "proposed":
                self.attempt(offering.approve, n, self.offer(n).version, None, "cora")
                self.house.act()
            if way == "lapsed":
                self.house.clock.advance(hours=1)

    approve_with_times_that_overlap_those_of_another = None
    staff_give_a_time_away = None
    staff_call_the_new_appointment_off = None
    no_two_picks_of_one_clinician_overlap = None
    nothing_is_kept_for_an_offer_that_is_over = None

    @rule(number=GROUPS, more=st.integers(-2, 1))
    def roster_is_imported_again(self, number, more):
        """With people less, or one more while there is room beside those who picked; guests are not in it."""
        session = self.session(number)
        if session is None:
            return
        picked = sum(row.held_until is None for row in session.seats)
        self.members[number] = max(0, min(self.members[number] + more, ROOM - picked))
        self.house.put(self.as_imported(number))

    @rule(n=NUMBERS, index=st.integers(0, 1))
    def client_who_can_picks(self, n, index):
        self.answer(n, False, picking.pick, index)

    @rule(number=GROUPS)
    def group_is_called_off(self, number):
        self.house.put(self.as_imported(number, status=Status.CANCELLED))

    @rule(n=NUMBERS)
    def staff_take_a_guest_out(self, n):
        if n := self.one(n, "accepted"):
            self.attempt(booking.call_off, n, "cora")

    @invariant()
    def no_group_has_more_than_its_room(self):
        for number in self.members:
            session = self.session(number)
            if session is not None:
                guests = {row.participant_id for row in session.seats if row.held_until is None}
                assert len(session.clients | guests) <= ROOM

    @invariant()
    def whoever_picked_has_a_seat_until_it_is_given_back(self):
        with self.house.rejoin.db.read() as tx:
            rows = tx.execute(seats.table.select()).all()
            for n in (1, 2, 3):
                offer = self.offer(n)
                mine = [row for row in rows if row.offer_id == n]
                if offer.state != offers.ACCEPTED:
                    assert not [row for row in mine if row.held_until is None]
                    assert not mine or offer.state in HOLDS, "a seat is kept for an offer that is over"
                    continue
                assert not [row for row in mine if row.held_until is not None], "a pick gives the other seats back"
                made = bookings.of_offer(tx, n)
                stands = appointments.load(tx, offers.slots_of(offer)[offer.chosen].appointment_id)
                forgotten = outbox.by_key(tx, f"booking/{offer.action_key}").state == outbox.WITHDRAWN
                called_off = forgotten if made is None else made.state == bookings.CALLED_OFF
                if stands.status is Status.BOOKED and not called_off:
                    assert len(mine) == 1

    @invariant()
    def nobody_is_lost(self):
        for n in (1, 2, 3):
            offer = self.offer(n)
            action = self.house.action(offer.action_key)
            if offer.state == offers.WITHDRAWN:
                assert action.state in (outbox.HELD, outbox.WITHDRAWN)
            else:
                assert action.state == ACTION_OF[offer.state]


pytestmark = pytest.mark.timeout(240)


@pytest.fixture
def run(lent_sqlite) -> Run:
    return Run(lent_sqlite, Seats)


def test_seats_keep_their_promises_whatever_happens(run):
    run(max_examples=told(5, 10))


@pytest.mark.parametrize(
    ("module", "right", "wrong", "begin"),
    [
        (sharing, "    seats.release(tx, offer.id)\n    grant_rows", "    grant_rows", 2),
        (picking, "    seats.release(tx, offer.id, but_picked=True)\n", "", 9),
        (sharing, "(outbox.DONE, outbox.QUEUED), outbox.HELD, now)\n\n\ndef take_step",
         "(outbox.DONE, outbox.QUEUED), outbox.DONE, now)\n\n\ndef take_step", 2),
    ],
    ids=["what was declined keeps its seat", "a pick keeps the other seats", "who wants no seat is forgotten"],
)  # fmt: skip
def test_machine_finds_a_planted_fault(run, monkeypatch, module, right, wrong, begin):
    """Each of these faults stands in the service for the length of one test; the machine has to fail."""
    plant(monkeypatch, module, right, wrong)
    with pytest.raises(AssertionError):
        run(begin, max_examples=60, phases=(Phase.generate,), database=None, report_multiple_bugs=False)
