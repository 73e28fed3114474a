"""Messages to people: when they go, on which way, and what becomes of them."""

from __future__ import annotations

import re
from dataclasses import replace as changed
from datetime import timedelta

import pytest
from msgspec.structs import replace

from plugin.core.message import Channel
from plugin.ports.mail import Letter
from plugin.ports.outcome import AddressRefused, Stopped, Temporary
from plugin.ports.text import Text
from plugin.service import feedback, grants, linking, reaching
from plugin.service.acting import retry_dead
from plugin.service.refusal import Refused
from plugin.storage import contact as contacts
from plugin.storage import dispatch as dispatches
from tests.people.house import ALICE, House, appointment
from tests.service.clinic import DORA, NINE, joined, left

PHONE = replace(ALICE, phone="(212) 555-0123")
NUMBER = "+12125550123"
BY_TEXT = replace(PHONE, channel="sms")


class Post:
    """A mail server and a telephone company that refuse what they are told to; they know a key that comes again."""

    def __init__(self):
        self.mail: dict[str, Letter] = {}
        self.texts: dict[str, Text] = {}
        self.asked: list[object] = []
        self.refuse: dict[Channel, Exception] = {}

    def send(self, thing: Letter | Text) -> str:
        channel = Channel.SMS if isinstance(thing, Text) else Channel.EMAIL
        self.asked.append(thing)
        if channel in self.refuse:
            raise self.refuse[channel]
        (self.texts if channel is Channel.SMS else self.mail)[thing.key] = thing
        return f"ref-{len(self.asked)}"

    def check(self) -> None:
        """All is well."""


@pytest.fixture
def post() -> Post:
    return Post()


def house_with(rejoin, post: Post, client=ALICE, **policy) -> House:
    """A clinic whose messages go to this post."""
    limits = changed(rejoin.policy.message, **policy)
    with_post = changed(rejoin, mailer=post, texts=post, policy=changed(rejoin.policy, message=limits))
    return House(with_post, appointment(client=client))


def states(house: House) -> list[tuple[str, str, str]]:
    with house.rejoin.db.read() as tx:
        return [(row.step, row.channel, row.state) for row in dispatches.of_appointment(tx, "A1")]


def missed_message(house: House) -> None:
    house.miss()
    house.act()


class TestWay:
    """On which way a message goes."""

    def test_without_a_wish_it_is_mail(self, rejoin_on_sqlite, post):
        missed_message(house_with(rejoin_on_sqlite, post, PHONE))
        assert ([one.to for one in post.mail.values()], post.texts) == (["alice@example.org"], {})

    def test_who_would_rather_have_a_text_message_gets_one_at_the_number_as_the_world_writes_it(
        self, rejoin_on_sqlite, post
    ):
        missed_message(house_with(rejoin_on_sqlite, post, BY_TEXT))
        ((text,), mail) = post.texts.values(), post.mail
        assert (text.to, mail) == (NUMBER, {})
        assert "Monday, November 23, 7:00 AM PST" in text.body
        assert "https://rejoin.invalid/a/" in text.body

    def test_what_they_chose_themselves_outranks_the_roster(self, rejoin_on_sqlite, post):
        house = house_with(rejoin_on_sqlite, post, BY_TEXT)
        house.do(lambda tx, rejoin, now: contacts.prefers(tx, "C-ALICE", Channel.EMAIL, now))
        missed_message(house)
        assert (len(post.mail), len(post.texts)) == (1, 0)

    def test_number_that_is_none_is_no_way(self, rejoin_on_sqlite, post):
        missed_message(house_with(rejoin_on_sqlite, post, replace(BY_TEXT, phone="555")))
        assert (len(post.mail), len(post.texts)) == (1, 0)

    def test_they_read_it_in_their_language(self, rejoin_on_sqlite, post):
        missed_message(house_with(rejoin_on_sqlite, post, replace(ALICE, language="es-MX")))
        (letter,) = post.mail.values()
        assert letter.subject == "Sobre su cita"
        assert "lunes 23 de noviembre, 7:00 a.m. PST" in letter.body


class TestLink:
    """A link goes where messages go, also to somebody who has a telephone and no mail."""

    by_phone_alone = replace(PHONE, email="")

    def test_fresh_one_is_sent_by_text_message(self, rejoin_on_sqlite, post):
        house = house_with(rejoin_on_sqlite, post, self.by_phone_alone)
        missed_message(house)
        token = re.search(r"/a/(\S+)", *[text.body for text in post.texts.values()]).group(1)
        house.clock.advance(days=8)
        house.do(linking.ask_fresh, token)
        house.act()
        assert states(house)[-1] == ("link", "sms", "sent")

    def test_to_tell_in_advance_is_sent_by_text_message_or_refused_where_nothing_can_be(self, rejoin_on_sqlite, post):
        house = house_with(rejoin_on_sqlite, post, self.by_phone_alone)
        house.clock.set(NINE - timedelta(hours=1))
        house.do(linking.offer_notice, "A1", "C-ALICE", "cora")
        house.act()
        assert states(house) == [("notice", "sms", "sent")]
        house.rejoin = changed(house.rejoin, texts=None)
        with pytest.raises(Refused, match="no address of this person"):
            house.do(linking.offer_notice, "A1", "C-ALICE", "cora")


class TestAddress:
    """An address that does not work is left alone, and somebody is told."""

    unknown = AddressRefused("the mail server does not know this address (550)", "550")

    @pytest.mark.both
    def test_the_other_way_is_tried_at_once_and_the_address_never_again(self, rejoin, post):
        house = house_with(rejoin, post, PHONE)
        post.refuse[Channel.EMAIL] = self.unknown
        missed_message(house)
        assert states(house) == [("missed", "email", "refused"), ("missed", "sms", "sent")]
        (task,) = [task for task in house.tasks() if task.key.startswith("address/")]
        assert (task.role, task.kind) == ("coordinator", "review")
        assert task.because.startswith("The e-mail address of C-ALICE does not work (550).")
        assert "alice@" not in task.key + task.because
        house.approve()
        assert [type(thing) for thing in post.asked] == [Letter, Text, Text]
        assert len([task for task in house.tasks() if task.key.startswith("address/")]) == 1

    def test_a_corrected_address_works_by_itself(self, rejoin_on_sqlite, post):
        house = house_with(rejoin_on_sqlite, post)
        post.refuse[Channel.EMAIL] = self.unknown
        missed_message(house)
        del post.refuse[Channel.EMAIL]
        house.put(appointment(client=replace(ALICE, email="alice.new@example.org")))
        house.approve()
        assert [one.to for one in post.mail.values()] == ["alice.new@example.org"]

    def test_case_makes_no_other_address(self, rejoin_on_sqlite, post):
        house = house_with(rejoin_on_sqlite, post)
        post.refuse[Channel.EMAIL] = self.unknown
        missed_message(house)
        house.put(appointment(client=replace(ALICE, email="Alice@Example.org")))
        house.approve()
        assert len(post.asked) == 1

    def test_when_no_way_is_left_staff_see_why_and_are_asked_to_call(self, rejoin_on_sqlite, post):
        house = house_with(rejoin_on_sqlite, post)
        post.refuse[Channel.EMAIL] = self.unknown
        house.miss()
        house.approve()
        row, offer = house.action("reschedule/A1/C-ALICE"), house.offer()
        why = "C-ALICE cannot be reached: their e-mail address does not work (550); correct the roster, or call them"
        assert (row.state, row.note) == ("held", why)
        assert (offer.state, offer.reason) == ("proposed", f"The letter did not go out: {why}.")
        assert [task for task in house.tasks() if task.key == "call/reschedule/A1/C-ALICE/offer"]

    def test_after_the_roster_was_corrected_the_same_message_can_be_sent_again(self, rejoin_on_sqlite, post):
        house = house_with(rejoin_on_sqlite, post)
        post.refuse[Channel.EMAIL] = self.unknown
        missed_message(house)
        del post.refuse[Channel.EMAIL]
        row = house.action("message/A1/C-ALICE/missed")
        assert row.state == "dead"
        house.do(retry_dead, row.id)
        house.act()
        assert (house.action(row.key).state, post.mail) == ("dead", {}), "it is the same address still"
        house.put(appointment(client=replace(ALICE, email="alice.new@example.org")))
        house.do(retry_dead, row.id)
        house.act()
        assert states(house) == [("missed", "email", "sent")]

    def test_trouble_of_the_server_says_nothing_about_the_address(self, rejoin_on_sqlite, post):
        house = house_with(rejoin_on_sqlite, post, PHONE)
        post.refuse[Channel.EMAIL] = Temporary("the mail server refused for now (451)")
        missed_message(house)
        assert states(house) == [("missed", "email", "sending")]
        assert not [task for task in house.tasks() if task.kind == "review"]
        del post.refuse[Channel.EMAIL]
        house.clock.advance(minutes=15)
        house.act()
        assert states(house) == [("missed", "email", "sent")]


class TestOptOut:
    """Who wants none gets none."""

    def stop(self, house: House, channel: Channel) -> None:
        house.do(lambda tx, rejoin, now: feedback.wish(tx, "C-ALICE", channel, False, now))

    def test_who_stopped_mail_gets_no_mail_and_no_text_message_instead(self, rejoin, post):
        house = house_with(rejoin, post, PHONE)
        self.stop(house, Channel.EMAIL)
        missed_message(house)
        assert post.asked == []
        row = house.action("message/A1/C-ALICE/missed")
        assert (row.state, row.note) == ("skipped", "they want no messages")

    def test_what_they_have_to_be_told_is_a_call_for_a_coordinator(self, rejoin_on_sqlite, post):
        house = house_with(rejoin_on_sqlite, post)
        self.stop(house, Channel.EMAIL)
        missed_message(house)
        assert house.tasks() == [task for task in house.tasks() if task.kind == "checkin"]
        house.approve()
        (task,) = [task for task in house.tasks() if task.key.startswith("call/")]
        assert task.because == "C-ALICE wants no messages, and should know something. Please call."
        assert (house.offer().state, house.action("reschedule/A1/C-ALICE").state) == ("proposed", "held")
        assert house.offer().reason == "The letter did not go out: they want no messages."

    def test_stop_that_only_the_telephone_company_knows_is_learned(self, rejoin_on_sqlite, post):
        house = house_with(rejoin_on_sqlite, post, BY_TEXT)
        post.refuse[Channel.SMS] = Stopped("Twilio answered 400, code 21610: they stopped text messages", "21610")
        missed_message(house)
        house.approve()
        assert (len(post.asked), states(house)) == (1, [("missed", "sms", "refused")])
        assert ("client", "stopped-messages", "participant/C-ALICE") in house.audit()
        assert not [task for task in house.tasks() if task.key.startswith("address/")]

    def test_who_takes_it_back_is_written_to_again(self, rejoin_on_sqlite, post):
        house = house_with(rejoin_on_sqlite, post)
        self.stop(house, Channel.EMAIL)
        house.do(lambda tx, rejoin, now: feedback.wish(tx, "C-ALICE", Channel.EMAIL, True, now))
        missed_message(house)
        assert len(post.mail) == 1

    def test_every_mail_holds_the_link_to_the_page_and_the_header_for_one_click(self, rejoin_on_sqlite, post):
        house = house_with(rejoin_on_sqlite, post)
        missed_message(house)
        (letter,) = post.mail.values()
        assert letter.unsubscribe in letter.body
        token = re.fullmatch(r"https://rejoin\.invalid/p/(\S+)", letter.unsubscribe).group(1)
        house.clock.advance(days=59)
        grant = house.do(grants.open_grant, token, grants.PREFERENCES)
        house.do(lambda tx, rejoin, now: feedback.unsubscribe(tx, grant, now))
        with house.rejoin.db.read() as tx:
            assert contacts.wish_of(tx, "C-ALICE").stopped == {Channel.EMAIL}

    def test_stop_outlives_a_new_key_for_data_at_rest(self, rejoin_on_sqlite, vault):
        db = rejoin_on_sqlite.db
        with db.begin() as tx:
            contacts.stop(tx, Channel.SMS, NUMBER, True, rejoin_on_sqlite.clock.now())
        db.vault = changed(vault, keys=(("k2", bytes(32)), *vault.keys))
        with db.read() as tx:
            assert contacts.state_of(tx, Channel.SMS, NUMBER).stopped
            assert not contacts.state_of(tx, Channel.SMS, "+12125550124").stopped


class TestPeace:
    """Quiet hours and the daily cap, in the running service."""

    def test_a_message_waits_for_the_morning_where_they_are_and_goes_once(self, rejoin, post):
        tokyo = replace(ALICE, timezone="Asia/Tokyo")  # the verdict is final at three in the morning there
        house = house_with(rejoin, post, tokyo)
        missed_message(house)
        row = house.action("message/A1/C-ALICE/missed")
        assert (post.asked, states(house)) == ([], [("missed", "email", "waiting")])
        assert (row.state, row.note) == ("queued", "quiet hours")
        house.clock.set(NINE + timedelta(hours=7, minutes=59))
        house.act()
        assert post.asked == []
        house.clock.set(NINE + timedelta(hours=8))  # 23:00 UTC is eight in the morning in Tokyo
        house.act()
        house.act()
        row = house.action("message/A1/C-ALICE/missed")
        assert (len(post.asked), row.state, row.note) == (1, "done", None)

    def test_waiting_is_no_failed_try(self, rejoin_on_sqlite, post):
        house = house_with(rejoin_on_sqlite, post, replace(ALICE, timezone="Asia/Tokyo"), quiet_until_hour=5)
        for _ in range(40):
            missed_message(house) if not house.action("message/A1/C-ALICE/missed") else house.act()
        assert house.action("message/A1/C-ALICE/missed").state == "queued"

    def test_what_waits_does_not_go_when_its_reason_went(self, rejoin_on_sqlite, post):
        house = house_with(rejoin_on_sqlite, post, replace(ALICE, timezone="Asia/Tokyo"))
        missed_message(house)
        self.was_there(house)
        house.clock.set(NINE + timedelta(hours=9))
        house.act()
        assert (post.asked, states(house)) == ([], [("missed", "email", "withdrawn")])

    def test_a_nudge_goes_in_the_night_because_the_session_runs_then(self, rejoin_on_sqlite, post):
        house = house_with(rejoin_on_sqlite, post, replace(ALICE, timezone="Asia/Tokyo"))
        house.receive(joined(DORA, NINE))
        house.go_to(NINE + timedelta(minutes=6))
        house.act()
        assert states(house) == [("nudge", "email", "sent")]

    def test_beyond_the_cap_it_waits_for_the_next_day(self, rejoin_on_sqlite, post):
        house = house_with(rejoin_on_sqlite, post, daily_cap=1)
        house.miss()
        house.act()
        house.approve()
        assert states(house) == [("missed", "email", "sent"), ("offer", "email", "waiting")]
        house.clock.set(NINE + timedelta(days=1, minutes=59))
        house.act()
        assert len(post.asked) == 1
        house.clock.set(NINE + timedelta(days=1, hours=1))  # eight in the morning for Alice
        house.act()
        assert [step for step, _, state in states(house) if state == "sent"] == ["missed", "offer"]

    def was_there(self, house: House) -> None:
        """What was late comes in: Alice was there all the time."""
        house.receive(joined(ALICE, NINE))
        house.receive(left(ALICE, NINE + timedelta(hours=1)))
        house.work()


class TestCorrection:
    """What was said wrongly is taken back once."""

    apology = "correction/A1/C-ALICE"

    def test_who_was_there_after_all_gets_one_apology_and_nothing_else(self, rejoin, post):
        house = house_with(rejoin, post)
        missed_message(house)
        TestPeace().was_there(house)
        house.act()
        assert house.verdict()["outcome"] == "attended"
        assert states(house) == [("missed", "email", "sent"), ("correction", "email", "sent")]
        assert post.mail[self.apology].subject == "Our mistake"
        for _ in range(3):
            house.clock.advance(hours=1)
            house.put(appointment(title="Another title"))
            house.put(appointment())
            house.work()
            house.act()
        assert len(post.asked) == 2

    def test_nobody_apologises_for_what_was_never_said(self, rejoin_on_sqlite, post):
        house = house_with(rejoin_on_sqlite, post)
        house.miss()
        TestPeace().was_there(house)
        house.act()
        assert (post.asked, house.action(self.apology)) == ([], None)

    def test_apology_that_is_not_right_any_more_does_not_go(self, rejoin_on_sqlite, post):
        from plugin.core.assessment import Cause, Outcome
        from plugin.service import override

        house = house_with(rejoin_on_sqlite, post)
        missed_message(house)
        house.do(override.decide, "A1", "C-ALICE", Outcome.ATTENDED, Cause.NONE, "Seen on camera.", "cora")
        house.work()
        assert house.action(self.apology).state == "queued"
        house.do(override.take_back, 1, "cora")
        house.work()
        house.act()
        assert house.action(self.apology).state == "withdrawn"
        assert len(post.asked) == 1


def test_clinicians_are_told_at_any_hour(rejoin_on_sqlite):
    house = House(rejoin_on_sqlite)
    person = reaching.person_of(appointment(), "S-DORA")
    assert reaching.ways_to(house.rejoin, person) == (reaching.Way(Channel.EMAIL, "dora@clinic.example"),)
