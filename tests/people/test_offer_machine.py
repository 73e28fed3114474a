"""Offers under whatever people, workers and time do to them, in any order, on the real service."""

from __future__ import annotations

import dataclasses
import inspect
import sys
import types
from datetime import timedelta
from functools import partial
from itertools import combinations
from threading import Barrier, Thread

import pytest
import responses
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from msgspec.structs import replace

from config.policy import load_policy
from plugin.composition import assemble
from plugin.core.action import Action, ActionKind
from plugin.core.appointment import Status
from plugin.core.message import Channel
from plugin.core.offer import HOLDS
from plugin.core.slot import Slot
from plugin.service import feedback, grants, offering, picking, sharing
from plugin.service.grants import GrantProblem
from plugin.service.refusal import Conflict, Refused
from plugin.storage import action as outbox
from plugin.storage import appointment as appointments
from plugin.storage import hold as holds
from plugin.storage import offer as offers
from plugin.storage.database import Database
from plugin.storage.tables import booked_slot
from tests.conftest import LentFile, MovingClock, make_settings, told
from tests.people.house import ALICE, BOB, CARA, NINE, House, appointment, zoom_makes
from tests.service.clinic import DORA

HOUR = timedelta(hours=1)
NUMBERS = st.sampled_from((1, 2, 3))
NOT_POSSIBLE = (Conflict, Refused, GrantProblem)


class Offers(RuleBasedStateMachine):
    """Three clients missed an hour with Dora, who can be booked for two hours of each weekday."""

    def __init__(self, rejoin, edge):
        super().__init__()
        self.edge, people = edge, (ALICE, BOB, CARA)
        times = [{"starts_at": NINE + n * HOUR, "ends_at": NINE + (n + 1) * HOUR} for n in range(3)]
        roster = [appointment(f"A{n}", who, **times[n - 1]) for n, who in enumerate(people, 1)]
        self.house = House(rejoin, *roster, opens=11, closes=13)
        self.house.clock.set(NINE + 6 * HOUR)
        self.closed: dict[int, int] = {}
        for n, who in enumerate(people, 1):
            action = Action(ActionKind.RESCHEDULE, f"A{n}", who.participant_id, True, "They did not come.")
            with rejoin.db.begin() as tx:
                row = outbox.add(tx, action, self.house.clock.now())
                offering.propose(tx, rejoin, row, self.house.clock.now())

    def teardown(self):
        self.house.rejoin.db.close()

    def offer(self, n: int):
        with self.house.rejoin.db.read() as tx:
            return offers.load(tx, n)

    def letters(self, n: int) -> list:
        return [one for one in self.house.letters("Another time") if one.appointment_id == f"A{n}"]

    def one(self, n: int, *states: str) -> int | None:
        """The first offer from this one on that is in one of these states: most steps are to be possible."""
        return next((k for k in (n, 1 + n % 3, 1 + (n + 1) % 3) if self.offer(k).state in states), None)

    def attempt(self, use_case, *arguments) -> bool:
        """One decision; whatever cannot be leaves everything as it was."""
        try:
            self.house.do(use_case, *arguments)
        except NOT_POSSIBLE:
            return False
        return True

    def close(self, n: int, done: bool) -> None:
        if done:
            self.closed[n] = len(self.letters(n))

    @initialize(how=st.lists(st.sampled_from(("proposed", "sent", "shared", "overlapping")), min_size=3, max_size=3))
    def begin(self, how):
        """Some were sent already; of those with shared or overlapping times nothing is kept for anybody any more."""
        first = [Slot(at, at + HOUR, "Far.") for at in (NINE + timedelta(days=5, hours=n) for n in range(2))]
        for n, way in enumerate(how, 1):
            if way == "proposed":
                continue
            later = timedelta(minutes=20 * n if way == "overlapping" else 0)
            slots = [Slot(s.starts_at + later, s.ends_at + later, "Begun.") for s in first] if way != "sent" else None
            self.attempt(offering.approve, n, self.offer(n).version, slots, "cora")
            self.house.act()
            if way != "sent":
                self.house.clock.advance(hours=1)

    @rule(n=NUMBERS, send=st.booleans())
    def approve(self, n, send):
        if n := self.one(n, "proposed"):
            self.attempt(offering.approve, n, self.offer(n).version, None, "cora")
            if send:
                self.house.act()

    @rule(n=NUMBERS, minutes=st.sampled_from((0, 15, 30, 50, 60)))
    def approve_with_times_that_overlap_those_of_another(self, n, minutes):
        if n := self.one(n, "proposed"):
            moved = [
                Slot(s.starts_at + timedelta(minutes=minutes), s.ends_at + timedelta(minutes=minutes), "Moved.")
                for s in offers.slots_of(self.offer(1 + n % 3))
            ]
            self.attempt(offering.approve, n, self.offer(n).version, moved, "cora")
            self.house.act()

    @rule(n=NUMBERS)
    def decline(self, n):
        if n := self.one(n, "proposed"):
            self.close(n, self.attempt(offering.decline, n, self.offer(n).version, "A reason.", "cora"))

    @rule(n=NUMBERS)
    def take_back(self, n):
        if n := self.one(n, "sent"):
            self.close(n, self.attempt(offering.take_back, n, self.offer(n).version, "A reason.", "cora"))

    @rule(n=NUMBERS)
    def renew(self, n):
        n = self.one(n, "declined", "refused", "expired")
        if n and self.attempt(offering.renew, n, self.offer(n).version, "cora"):
            self.closed.pop(n, None)

    @rule(n=NUMBERS, wanted=st.booleans())
    def client_stops_mail_or_wants_it_again(self, n, wanted):
        code = self.offer(n).participant_id
        self.house.do(lambda tx, rejoin, now: feedback.wish(tx, code, Channel.EMAIL, wanted, now))

    @rule(n=NUMBERS)
    def verdict_goes(self, n):
        if not (n := self.one(n, "approved", "proposed")):
            return
        with self.house.rejoin.db.begin() as tx:
            row = outbox.by_key(tx, self.offer(n).action_key)
            undone = (outbox.HELD, outbox.QUEUED, outbox.DEAD)
            went = outbox.move(tx, row.id, undone, outbox.WITHDRAWN, self.house.clock.now())
            if went:
                offering.withdraw(tx, self.house.rejoin, row, self.house.clock.now())
        self.close(n, went)

    @rule(n=NUMBERS)
    def verdict_returns(self, n):
        if not (n := self.one(n, "withdrawn")):
            return
        with self.house.rejoin.db.begin() as tx:
            row = outbox.by_key(tx, self.offer(n).action_key)
            if outbox.move(tx, row.id, (outbox.WITHDRAWN,), outbox.HELD, self.house.clock.now()):
                offering.propose(tx, self.house.rejoin, row, self.house.clock.now())
                self.closed.pop(n, None)

    @rule()
    def workers_act(self):
        self.house.act()

    @rule()
    def workers_look(self):
        self.house.look()
        now = self.house.clock.now()
        for n in (1, 2, 3):
            offer = self.offer(n)
            assert offer.state != offers.SENT or now < offer.expires_at, "an offer that nobody answered is still open"

    @rule(n=NUMBERS, index=st.integers(0, 2), old_link=st.booleans())
    def client_picks(self, n, index, old_link):
        self.answer(n, old_link, picking.pick, index)

    @rule(n=NUMBERS, old_link=st.booleans())
    def client_refuses(self, n, old_link):
        self.answer(n, old_link, picking.refuse)

    @rule(n=NUMBERS, old_link=st.booleans())
    def client_asks_for_mornings(self, n, old_link):
        self.answer(n, old_link, picking.ask_for, [], ["morning"])

    def answer(self, n: int, old_link: bool, use_case, *arguments) -> None:
        n = n if old_link else self.one(n, "sent") or n
        letters = self.letters(n)
        if not letters:
            return
        token = letters[-1 if old_link else 0].body.split("/a/")[1].split()[0]
        try:
            grant = self.house.do(grants.open_grant, token, grants.ANSWER)
        except GrantProblem:
            return
        before = self.offer(n)
        if self.attempt(use_case, grant, *arguments):
            looked_for = before.state == offers.PROPOSED  # its times were gone, and they say what would suit them
            in_time = looked_for or self.house.clock.now() < before.expires_at
            assert in_time, "an answer was taken after the offer had expired"

    @rule(hours=st.sampled_from((1, 24, 24 * 8)))
    def time_passes(self, hours):
        self.house.clock.advance(hours=hours)

    @rule(n=NUMBERS)
    def staff_give_a_time_away(self, n):
        for number, slot in enumerate(offers.slots_of(self.offer(n))[:1]):
            with self.house.rejoin.db.read() as tx:
                own = appointments.booked_spans(tx, ("S-DORA",), slot.starts_at, slot.ends_at)
            if not own:
                self.house.busy(f"B{n}{number}", DORA, slot.starts_at)

    @rule(n=NUMBERS)
    def staff_call_the_new_appointment_off(self, n):
        with self.house.rejoin.db.read() as tx:
            new = appointments.load(tx, self.offer(n).new_appointment_id or "")
        if new is not None:
            self.house.put(replace(new, status=Status.CANCELLED))

    @invariant()
    def no_two_picks_of_one_clinician_overlap(self):
        picked = []
        for n in (1, 2, 3):
            offer = self.offer(n)
            if offer.state != offers.ACCEPTED:
                continue
            with self.house.rejoin.db.read() as tx:
                new = appointments.load(tx, offer.new_appointment_id or "")
            if new is None or new.status is Status.BOOKED:
                picked.append(offers.slots_of(offer)[offer.chosen])
        for one, other in combinations(picked, 2):
            assert one.ends_at <= other.starts_at or other.ends_at <= one.starts_at

    @invariant()
    def an_approved_offer_is_on_its_way(self):
        for n in (1, 2, 3):
            offer = self.offer(n)
            assert offer.state != offers.APPROVED or self.house.action(offer.action_key).state == outbox.QUEUED

    @invariant()
    def an_accepted_offer_has_exactly_one_booking_and_no_other_has_any(self):
        with self.house.rejoin.db.read() as tx:
            rows = tx.execute(outbox.table.select().where(outbox.table.c.kind == "booking")).all()
        booked = sorted(row.details["offer_id"] for row in rows)
        assert booked == [n for n in (1, 2, 3) if self.offer(n).state == offers.ACCEPTED]

    @invariant()
    def nothing_is_sent_after_a_withdrawal(self):
        assert {n: len(self.letters(n)) for n in self.closed} == self.closed

    @invariant()
    def nothing_is_kept_for_an_offer_that_is_over(self):
        with self.house.rejoin.db.read() as tx:
            owners = set(tx.execute(booked_slot.select().with_only_columns(booked_slot.c.offer_id)).scalars())
            kept = booked_slot.select().where(booked_slot.c.held_until.is_not(None))
            held = set(tx.execute(kept).scalars("offer_id"))
        assert all(self.offer(n).state in HOLDS for n in owners)
        assert all(self.offer(n).state != offers.ACCEPTED for n in held), "a pick gives the other times back"


class Run:
    """The machine on an empty database each time; times are kept for an hour, and an offer waits a day and a half."""

    def __init__(self, lent: LentFile, machine: type = Offers):
        self.lent, self.machine = lent, machine

    def __call__(self, begin: int | None = None, **how) -> None:
        with responses.RequestsMock(assert_all_requests_are_fired=False) as edge:
            zoom_makes(edge)
            quiet = {"deadline": None, "suppress_health_check": list(HealthCheck)}
            machine = partial(self._machine, edge)
            if begin is not None:
                machine = seed(begin)(machine)
            run_state_machine_as_test(machine, settings=settings(stateful_step_count=25, **quiet, **how))

    def _machine(self, edge) -> Offers:
        short = {"offer_hold": timedelta(hours=1), "offer_expires": timedelta(hours=36)}
        policy = dataclasses.replace(load_policy(), **short)
        db = self.lent.lay_down()
        return self.machine(assemble(make_settings(self.lent.url), db, MovingClock(), policy), edge)


@pytest.fixture
def run(lent_sqlite) -> Run:
    return Run(lent_sqlite)


def test_offers_keep_their_promises_whatever_happens(run):
    run(max_examples=told(8, 20))


@pytest.mark.parametrize(
    ("module", "right", "wrong", "begin"),
    [
        (sharing, "    holds.release(tx, offer.id)\n    seats.release", "    seats.release", 2),
        (picking, "    holds.release(tx, offer.id, but_picked=True)\n", "", 4),
        (grants, '"expired" if now >= row.expires_at else ""', '""', 3),
    ],
    ids=["what was declined stays kept", "a pick keeps the other times", "an expired link still answers"],
)  # fmt: skip
def test_machine_finds_a_planted_fault(run, monkeypatch, module, right, wrong, begin):
    """Each of these faults stands in the service for the length of one test; the machine has to fail.

    It may tell sixty stories; with the lots that stand here it finds them within four.
    """
    plant(monkeypatch, module, right, wrong)
    with pytest.raises(AssertionError):
        run(begin, max_examples=60, phases=(Phase.generate,), database=None, report_multiple_bugs=False)


@pytest.mark.both
def test_many_at_once_get_one_time_once(rejoin):
    assert takes_at_once(rejoin) == [False] * 7 + [True]


@pytest.mark.postgres
def test_take_that_ignores_what_it_wrote_is_found(fresh_postgres_url, vault, monkeypatch):
    """Only two writers at once can show it, so not the machine but threads on PostgreSQL do."""
    written = "tx.execute(_take(tx.is_postgresql), values).all()"
    plant(monkeypatch, holds, f"if len({written}) < len(wanted):", f"if {written} is None:")
    db = Database(fresh_postgres_url, vault)
    try:
        said = takes_at_once(assemble(make_settings(fresh_postgres_url), db, MovingClock()))
    finally:
        db.close()
    assert said.count(True) > 1


def takes_at_once(rejoin) -> list[bool]:
    """Eight offers take the same hour of one clinician from eight threads; who got it, sorted."""
    now, gate, said = rejoin.clock.now(), Barrier(8), []
    with rejoin.db.begin() as tx:
        rows = [offers.add(tx, f"reschedule/X{n}/K-{n}", f"X{n}", f"K-{n}", "S-DORA", now)[0] for n in range(8)]

    def take(number: int) -> None:
        gate.wait()
        with rejoin.db.begin() as tx:
            said.append(holds.take(tx, ("S-DORA",), (NINE, NINE + HOUR), number, now))

    threads = [Thread(target=take, args=(row.id,)) for row in rows]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sorted(said)


def plant(monkeypatch, module, right: str, wrong: str) -> None:
    """Put a fault into a module: wherever its functions are used, those of the faulty text take their place."""
    text = inspect.getsource(module)
    assert text.count(right) == 1, "the text to be spoiled is not there (any more)"
    faulty = types.ModuleType(module.__name__)
    exec(compile(text.replace(right, wrong), module.__file__, "exec"), faulty.__dict__)
    # What it raises and returns has to be what others catch and take apart.
    faulty.__dict__.update(inspect.getmembers(module, inspect.isclass))
    for name, function in inspect.getmembers(module, inspect.isfunction):
        for other in [one for key, one in sys.modules.items() if key.startswith("plugin.")]:
            if function.__module__ == module.__name__ and getattr(other, name, None) is function:
                monkeypatch.setattr(other, name, getattr(faulty, name))
