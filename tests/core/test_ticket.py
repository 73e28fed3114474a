"""What a ticket says, word for word, and that nothing but words of our own lists can come out."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from plugin.core.appointment import Role
from plugin.core.event import Device, LeaveReason, Network
from plugin.core.incident import shared
from plugin.core.rules import RULES
from plugin.core.ticket import DEVICES, FIRST_STEPS, NETWORKS, REASONS, Facts, compose
from plugin.core.trace import Drop, Trace
from plugin.core.trouble import FIRST_STEPS as TOLD_STEPS

NEW_YORK = ZoneInfo("America/New_York")
TEN = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def say(*people: Facts, zone: ZoneInfo = NEW_YORK, **more):
    return compose(people, TEN, TEN + 60 * MINUTE, zone, **more)


def alice(*drops: Drop, answers=(), letters=(), rules=(), **more) -> Facts:
    return Facts(Trace("C-1", Role.CLIENT, drops, **more), 10.0, 5.0, rules, answers, letters)


LOST = Drop(TEN + 10 * MINUTE, LeaveReason.CONNECTION_LOST)


def test_ticket_of_one_person_word_for_word():
    back = Drop(TEN + 20 * MINUTE, LeaveReason.CLIENT_CLOSED, TEN + 21 * MINUTE)
    said = say(
        alice(
            LOST, back, connections=3, short=1, warned=(TEN + 9 * MINUTE, TEN + 9.5 * MINUTE), opened=(TEN - MINUTE,),
            device=Device.IOS, network=Network.CELLULAR, letters=(("rejoin", TEN + 12 * MINUTE),),
            answers=({"symptom": "no-sound", "tried": "again"},),
        ),
        running=True,
    )  # fmt: skip
    assert said.summary == "Connection trouble of C-1"
    assert said.seen == (
        "Scheduled 2026-11-23 10:00 EST to 2026-11-23 11:00 EST.",
        "C-1: cut off at 10:10:00 EST (connection lost), not back.",
        "C-1: cut off at 10:20:00 EST (app closed or device off), back at 10:21:00 EST.",
        "C-1: on an iPhone or iPad over mobile data.",
        "C-1: Zoom warned of a weak network 2 times, last at 10:09:30 EST.",
        "C-1: came in 3 times, 1 of them broken off at once.",
        "C-1: opened the join link once at 09:59:00 EST.",
        "C-1: a message with the way back went out at 10:12:00 EST.",
        "C-1: present 10.0 min, lost 5.0 min.",
        "C-1 says: no sound or no picture; tried again the same way.",
    )
    assert said.suggestion.startswith("They have a message with the link to come back")
    assert said.suggestion.endswith(TOLD_STEPS["no-sound"])
    assert (said.rule, said.symptom) == ("connection-broke", "no-sound")


def test_link_that_was_opened_again_and_again_is_told_with_the_last_time():
    said = say(alice(opened=(TEN - MINUTE, TEN + MINUTE), warned=(TEN,)))
    assert "C-1: opened the join link 2 times, last at 10:01:00 EST." in said.seen
    assert "C-1: Zoom warned of a weak network once at 10:00:00 EST." in said.seen


def test_who_never_came_in_came_in_no_number_of_times():
    assert not [line for line in say(alice(connections=0, opened=(TEN,))).seen if "came in" in line]


def test_times_are_those_of_the_zone_over_a_change_of_the_clocks():
    assert say(alice(LOST), zone=ZoneInfo("Asia/Kolkata")).seen[1].startswith("C-1: cut off at 20:40:00 IST")
    spring = datetime(2026, 3, 8, 6, 59, tzinfo=UTC)
    facts = alice(Drop(spring, LeaveReason.CONNECTION_LOST, spring + 2 * MINUTE))
    assert say(facts).seen[1] == "C-1: cut off at 01:59:00 EST (connection lost), back at 03:01:00 EDT."


@pytest.mark.parametrize("symptom", sorted(TOLD_STEPS))
def test_every_symptom_has_a_first_step(symptom):
    said = say(alice(answers=({"symptom": symptom},)))
    assert (said.suggestion, said.symptom) == (TOLD_STEPS[symptom], symptom)


@pytest.mark.parametrize("rule", sorted(FIRST_STEPS))
def test_every_technical_rule_has_a_first_step(rule):
    assert say(alice(rules=(rule,))).suggestion == FIRST_STEPS[rule]
    assert rule in {r.name for r in RULES if r.cause == "technical"}


def test_answer_that_is_none_of_ours_says_nothing():
    said = say(alice(answers=({"symptom": "Alice Appleyard", "device": "phone", "said": "my name is Alice"},)))
    assert "Alice" not in repr(said)
    assert "C-1 says: on a phone." in said.seen


def test_incident_says_what_is_shared_and_lists_only_the_first_one_by_one():
    facts = [Facts(Trace(f"C-{n}", Role.CLIENT, (LOST,), network=Network.WIFI)) for n in range(3)]
    clinician = Trace("S-1", Role.CLINICIAN)
    common = shared([f.trace for f in facts], [clinician], timedelta(seconds=90))
    said = say(*facts, count=9, common=common)
    assert said.summary == "9 people had connection trouble"
    assert said.seen[1:6] == (
        "Shared: 3 of 3 dropped within 0 s of 10:10:00 EST.",
        "Shared: the network; 3 of 3 of whom it is known used Wi-Fi.",
        "Not known: the device; Zoom told nothing of it.",
        "Shared: the host, S-1, whose own connection held.",
        "Zoom status: no incident of the platform is known for that time.",
    )
    assert said.seen[-1] == "6 more people are affected; they are listed by code."
    assert said.rule == "group-drop"


def test_every_word_of_ours_is_told_in_words_of_people():
    assert set(DEVICES) == set(Device)
    assert set(NETWORKS) == set(Network)
    assert set(REASONS) < set(LeaveReason)


@pytest.mark.parametrize(("many", "more"), [(8, 3), (12, 7)])
def test_more_drops_than_anybody_reads_are_counted(many, more):
    drops = [Drop(TEN + n * MINUTE, LeaveReason.CONNECTION_LOST) for n in range(many)]
    said = say(alice(*drops)).seen
    assert len([line for line in said if "cut off at" in line]) == 5
    assert f"C-1: {more} more drops." in said


@pytest.mark.parametrize(
    ("known", "told"),
    [
        ({}, []),
        ({"network": Network.WIFI}, ["C-1: on a device not known over Wi-Fi."]),
        ({"by_phone": True}, ["C-1: on a telephone."]),
        ({"by_phone": True, "network": Network.DIAL_UP}, ["C-1: on a telephone over a dial-up line."]),
        ({"device": Device.MAC}, ["C-1: on a Mac."]),
    ],
)
def test_device_and_network_are_told_as_far_as_they_are_known(known, told):
    assert [line for line in say(alice(LOST, **known)).seen if line.startswith("C-1: on ")] == told
