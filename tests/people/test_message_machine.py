"""Messages as a state machine on the running service: whatever happens in whatever order, people are left in peace.

Never more than the daily cap, none in quiet hours, none after an opt-out, none to an address that does not work, none
twice. The table of the states stands in docs/states.md.
"""

from __future__ import annotations

from dataclasses import replace as changed
from datetime import timedelta

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from msgspec.structs import replace

from plugin.composition import assemble, performers
from plugin.core.message import COUNTED, LIVE, Channel, MessageState, Step, day_of, quiet_hours_end
from plugin.ports.mail import Letter
from plugin.ports.outcome import AddressRefused, Permanent, Temporary
from plugin.ports.queue import WorkKind
from plugin.ports.text import Text
from plugin.service import feedback, messaging
from plugin.service.acting import Actor, retry_dead
from plugin.service.messaging import Message
from plugin.storage import action as outbox
from plugin.storage import appointment as appointments
from plugin.storage import contact as contacts
from plugin.storage import dispatch as dispatches
from plugin.storage import work
from tests.conftest import LentFile, MovingClock, make_settings, told
from tests.people.house import ALICE, BOB, appointment
from tests.service.clinic import NINE

CAP = 2
PEOPLE = (
    replace(ALICE, phone="+12125550123", timezone="America/Los_Angeles"),
    replace(BOB, phone="+12125550124", timezone="Asia/Tokyo", channel="sms"),
)
STEPS = (Step.MISSED, Step.NUDGE, Step.CANCELLED, Step.OFFER)
SAID = st.lists(st.sampled_from(STEPS), min_size=1, max_size=5)
MOODS = ["fine"] * 8 + ["away", "refuses", "unknown", "crashes", "crashes-later", "crashes-later"]
SELDOM_NOT = st.sampled_from([True, True, True, False])


class Crash(BaseException):
    """The process ends here."""


class Outside:
    """The mail server and the telephone company: what they took, when, and how they behave just now."""

    def __init__(self, clock: MovingClock):
        self.clock = clock
        self.took: list[tuple] = []
        self.known: set[tuple] = set()
        self.mood: str = "fine"
        self.broken: set[str] = set()
        self.crashed: set[tuple] = set()
        self.twice: set[tuple] = set()

    def send(self, thing: Letter | Text) -> str:
        channel = Channel.SMS if isinstance(thing, Text) else Channel.EMAIL
        mark = (thing.key, channel)
        if isinstance(thing, Text) and thing.tried_at is not None and mark in self.known:
            return f"ref-{thing.key}"  # looked for, and found
        if self.mood == "away":
            raise Temporary("away")
        if self.mood == "refuses":
            raise Permanent("refused for good")
        if self.mood == "unknown" or thing.to in self.broken:
            self.broken.add(thing.to)
            raise AddressRefused("no such address", "550")
        # SMTP has no way to ask whether a mail went before a crash; the telephone company has.
        again = channel is Channel.EMAIL and mark in self.crashed
        if mark in self.known and not again:
            self.twice.add(mark)  # raised here, it would be one more failed try to the service
        self.known.add(mark)
        self.took.append((self.clock.now(), thing.participant_id, channel, thing.key))
        if self.mood == "crashes":
            self.mood = "fine"
            self.crashed.add(mark)
            raise Crash
        return f"ref-{thing.key}"

    def check(self) -> None:
        """Never asked here."""


class Messages(RuleBasedStateMachine):
    """One day after the other, with whatever can happen to messages to two people."""

    lent: LentFile

    @initialize()
    def begin(self):
        self.clock = MovingClock(NINE + timedelta(hours=5))  # noon for Alice, five in the morning for Bob
        self.outside = Outside(self.clock)
        rejoin = assemble(make_settings(self.lent.url), self.lent.lay_down(), self.clock)
        limits = changed(rejoin.policy.message, daily_cap=CAP)
        policy = changed(rejoin.policy, message=limits)
        self.rejoin = changed(rejoin, mailer=self.outside, texts=self.outside, policy=policy)
        self.stopped: set[tuple[str, Channel]] = set()
        self.until: dict[str, object] = {}
        self.said: set[str] = set()
        self.gone: set[str] = set()
        self.never_arrived: set[tuple[str, Channel]] = set()
        self.checked = self.number = 0
        with self.rejoin.db.begin() as tx:
            for number, person in enumerate(PEOPLE):
                meeting = {"meeting_id": f"8100000000{number}", "timezone": "America/New_York"}
                appointments.put(tx, appointment(f"A{number}", person, **meeting), NINE)

    def teardown(self):
        if hasattr(self, "rejoin"):
            self.rejoin.db.close()

    @rule(who=st.integers(0, 1), steps=SAID, worth=st.integers(1, 30))
    def something_is_to_be_said(self, who, steps, worth):
        for step in steps:
            self.say_later(who, step, worth)
        self.somebody_works()

    def say_later(self, who, step, worth):
        self.number += 1
        key = f"{step.value}/{self.number}"
        self.said.add(key)
        if step in LIVE or step is Step.CANCELLED:
            self.until[key] = self.clock.now() + timedelta(hours=worth)
        with self.rejoin.db.begin() as tx:
            row = outbox.add_row(
                tx, key=key, kind="message", appointment_id=f"A{who}", participant_id=PEOPLE[who].participant_id,
                because="It happened.", state=outbox.QUEUED, now=self.clock.now(), details={"step": step.value},
            )  # fmt: skip
            self.rejoin.queue.request(tx, WorkKind.ACT, str(row.id), self.clock.now())

    @rule(minutes=st.sampled_from([3, 120, 300, 600]))
    def time_goes_by(self, minutes):
        self.clock.advance(minutes=minutes)
        self.somebody_works()

    @rule()
    def somebody_works(self):
        actor = Actor(self.rejoin, dict(performers()) | {"message": self.say})
        now = self.clock.now()
        with self.rejoin.db.begin() as tx:
            claims = work.claim_due(tx, (WorkKind.ACT,), now, now)
        try:
            for claim in claims:
                actor.perform(claim)
        except Crash:
            pass  # the claims stay until their lease runs out

    def say(self, rejoin, action):
        with rejoin.db.read() as tx:
            about = appointments.load(tx, action.appointment_id)
        step = Step(action.details["step"])
        values = {"starts_at": about.starts_at, "link": f"https://rejoin.invalid/a/{action.key}"}
        message = Message(step, values, useful_until=self.until.get(action.key))
        reference = messaging.send(rejoin, action, about, message)
        if self.outside.mood == "crashes-later":
            self.outside.mood = "fine"
            raise Crash  # it went and that is written down, and the action does not know it yet
        return reference

    @rule(mood=st.sampled_from(MOODS))
    def the_outside_changes(self, mood):
        self.outside.mood = mood

    @rule(who=st.integers(0, 1), channel=st.sampled_from(Channel), wanted=SELDOM_NOT)
    def they_say_what_they_want(self, who, channel, wanted):
        code = PEOPLE[who].participant_id
        with self.rejoin.db.begin() as tx:
            feedback.wish(tx, code, channel, wanted, self.clock.now())
        (self.stopped.discard if wanted else self.stopped.add)((code, channel))

    @rule(who=st.integers(0, 1), started=SELDOM_NOT)
    def they_answer_stop_or_start(self, who, started):
        stopped, number = not started, PEOPLE[who].phone
        with self.rejoin.db.begin() as tx:
            feedback.stop_number(tx, number, stopped, self.clock.now())
            texted = dispatches.people_at(tx, contacts.marks_of(tx, Channel.SMS, number))
        (self.stopped.add if stopped else self.stopped.discard)((number, Channel.SMS))
        if started:  # it takes back what they said on a page before, if it is known whose number that is
            self.stopped -= {(code, Channel.SMS) for code in texted}

    @rule(number=st.integers(1, 20))
    def its_reason_goes(self, number):
        with self.rejoin.db.begin() as tx:
            row = outbox.load(tx, number)
            if row is not None and outbox.move(
                tx, number, (outbox.QUEUED, outbox.DEAD), outbox.WITHDRAWN, self.clock.now()
            ):
                messaging.withdraw(tx, row, self.clock.now())
                self.gone.add(row.key)

    @rule(number=st.integers(1, 20))
    def its_reason_comes_back(self, number):
        with self.rejoin.db.begin() as tx:
            if outbox.move(tx, number, (outbox.WITHDRAWN,), outbox.QUEUED, self.clock.now()):
                self.rejoin.queue.request(tx, WorkKind.ACT, str(number), self.clock.now())
                self.gone.discard(outbox.load(tx, number).key)

    @rule(number=st.integers(1, 20))
    def somebody_tries_it_again(self, number):
        with self.rejoin.db.begin() as tx:
            retry_dead(tx, self.rejoin, number, self.clock.now())

    @rule(number=st.integers(1, 20), arrived=st.booleans())
    def the_network_reports(self, number, arrived):
        with self.rejoin.db.begin() as tx:
            row = dispatches.load_number(tx, number)
            if row is None or row.channel != Channel.SMS or row.state != MessageState.SENT:
                return
            if arrived:
                feedback.arrived(tx, row.id, row.reference, self.clock.now())
            else:
                self.never_arrived.add((row.key, Channel(row.channel)))
                feedback.could_not_be_delivered(
                    tx, self.rejoin, row, row.reference, "a landline", True, self.clock.now()
                )

    @invariant()
    def people_are_left_in_peace(self):
        if not hasattr(self, "rejoin"):
            return
        assert not self.outside.twice, f"{self.outside.twice} went twice"
        limits = self.rejoin.policy.message
        zones = {person.participant_id: person for person in PEOPLE}
        for at, code, channel, key in self.outside.took[self.checked :]:
            person = zones[code]
            assert key in self.said, "nobody wanted to say that"
            assert key not in self.gone, "its reason had gone"
            assert (code, channel) not in self.stopped, "they had said that they want none"
            assert channel is not Channel.SMS or (person.phone, channel) not in self.stopped, "they had answered STOP"
            quiet = quiet_hours_end(at, person.timezone, limits)
            until = self.until.get(key)
            urgent = key.startswith(Step.NUDGE) or (until is not None and quiet is not None and quiet >= until)
            assert quiet is None or urgent, "it was quiet there"
            assert until is None or at < until, "it was worth nothing any more"
            begin, end = day_of(at, person.timezone)
            that_day = {
                k
                for when, who, way, k in self.outside.took
                if who == code and begin <= when < end and (k, way) not in self.never_arrived
            }
            assert len(that_day) <= CAP, "more than enough for one day"
        self.checked = len(self.outside.took)

    @invariant()
    def the_rows_agree_with_what_went(self):
        if not hasattr(self, "rejoin"):
            return
        with self.rejoin.db.read() as tx:
            rows = [row for who in (0, 1) for row in dispatches.of_appointment(tx, f"A{who}")]
        for row in rows:
            went = (row.key, Channel(row.channel)) in self.outside.known
            assert not went or row.state in (*COUNTED, MessageState.REFUSED, MessageState.WAITING, MessageState.SKIPPED)
            assert went or row.state not in (MessageState.SENT, MessageState.DELIVERED)
            assert (row.due_at is not None) is (row.state == MessageState.WAITING)


def test_messages_leave_people_in_peace_whatever_happens(lent_sqlite):
    machine = type("Machine", (Messages,), {"lent": lent_sqlite})
    few = settings(
        max_examples=told(12, settings.default.max_examples),
        stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    run_state_machine_as_test(machine, settings=few)
