"""The truth of small worlds, worked out by hand."""

from __future__ import annotations

from plugin.simulator.course import ABSENCE, CLIENT_CLOSE, PROVIDER, TECHNICAL, Connection, Course, Face, Told, Wait
from plugin.simulator.session import Session
from plugin.simulator.truth import Arrived, truths_of
from plugin.simulator.world import Appointment, Person

START = 1_772_460_000
CLINICIAN = Person("T1", "clinician", "Orla Fenbrook", zoom_id="host")
CLIENT = Person("C1", "client", "Mila Ashvale", registrant_id="registrant-of-mila")
HOST, MILA = Face("Orla Fenbrook", zoom_id="host"), Face("Mila Ashvale", registrant_id="registrant-of-mila")


def at(minutes: float) -> int:
    return START + round(minutes * 60)


def host(*spans: tuple[float, float]) -> Course:
    return Course("T1", [Connection(at(a), at(b), HOST) for a, b in spans], why=[(0, PROVIDER)])


def client(*spans: tuple[float, float], why=((0, ABSENCE),), **more) -> Course:
    course = Course("C1", [Connection(at(a), at(b), MILA) for a, b in spans], why=list(why))
    for name, value in more.items():
        setattr(course, name, value)
    return course


def truth(held: Course, course: Course, blind: int = 0, lost: set = frozenset(), **session) -> dict:
    planned = Appointment(
        "A1", "individual", START, at(50), "UTC", "81234567890", "host", (CLINICIAN, CLIENT), blank=False
    )
    played = Session(planned, {"T1": held, "C1": course}, closings=(at(50),), **session)
    marks = {
        (c.code, (what, n))
        for c in (held, course)
        for n in range(len(c.connections))
        for what in ("joined", "left", "quality")
    }
    return truths_of(played, Arrived(marks - lost, frozenset(), blind))[1]


def verdict(told: dict) -> tuple[str, str]:
    return told["outcome"], told["cause"]


def test_who_was_there_for_three_quarters_of_the_held_time_attended():
    told = truth(host((-1, 40)), client((10, 50)))
    assert verdict(told) == ("attended", "none")
    assert (told["held_minutes"], told["attended_minutes"]) == (40.0, 40.0)


def test_who_was_there_for_a_second_less_was_there_in_part():
    assert verdict(truth(host((0, 40)), client((10 + 1 / 60, 50)))) == ("partial", "absence")


def test_nobody_missed_anything_when_less_than_a_quarter_was_held():
    assert verdict(truth(host((0, 12.49)), client())) == ("not-held", "provider")
    assert verdict(truth(host((0, 12.5)), client())) == ("missed", "absence")


def test_who_stayed_away_is_a_no_show_and_who_said_so_before_is_excused():
    assert truth(host((0, 50)), client())["no_show"]
    told = truth(host((0, 50)), client(told=[Told("notice_given", at(-30))]))
    assert (*verdict(told), told["no_show"]) == ("excused", "absence", False)
    assert verdict(truth(host((0, 50)), client(told=[Told("notice_given", at(1))]))) == ("missed", "absence")


def test_the_cause_that_cost_most_of_the_held_time_wins():
    why = ((0, ABSENCE), (at(15), TECHNICAL))
    assert verdict(truth(host((0, 50)), client((31, 50), why=why))) == ("partial", "technical")
    assert verdict(truth(host((0, 50)), client((29, 50), why=why))) == ("partial", "absence")
    assert verdict(truth(host((0, 50)), client((30, 50), why=why))) == ("partial", "technical")


def test_who_waited_is_no_no_show_however_late():
    waits = [Wait(at(40), at(55), "host", MILA, admitted=False)]
    assert verdict(truth(host((0, 30)), client(waits=waits))) == ("missed", "provider")


def test_broken_connection_leaves_a_trace_only_when_its_left_arrived():
    def dropped() -> Course:
        course = client((0, 10), why=((0, ABSENCE), (at(10), TECHNICAL)))
        course.connections[0].broke, course.connections[0].reason = True, CLIENT_CLOSE
        return course

    assert truth(host((0, 50)), dropped())["trace"]
    told = truth(host((0, 50)), dropped(), lost={("C1", ("left", 0))})
    assert (told["cause"], told["trace"], told["both_ends"]) == ("technical", False, False)


def test_two_devices_count_once():
    assert truth(host((0, 50)), client((0, 30), (10, 50)))["attended_minutes"] == 50.0


def test_who_came_under_a_name_nobody_knows_cannot_be_identified():
    course = client((0, 50))
    course.connections[0].face = Face("sunflower22")
    told = truth(host((0, 50)), course)
    assert (told["outcome"], told["identifiable"]) == ("attended", False)


def test_with_a_stranger_in_the_room_nobody_can_tell_who_is_missing_but_a_known_bot_is_nobody():
    def guest(label: str) -> Course:
        return Course(label, [Connection(at(0), at(50), Face("somebody"))])

    assert not truth(host((0, 50)), client(), guests=(guest("stranger"),))["identifiable"]
    assert truth(host((0, 50)), client(), guests=(guest("bot"),))["identifiable"]


def test_a_minute_without_any_delivery_is_blind():
    assert not truth(host((0, 50)), client(), blind=59)["blind"]
    assert truth(host((0, 50)), client(), blind=60)["blind"]


def test_cancelled_or_deleted_before_the_start():
    assert verdict(truth(host(), client(), cancelled=True)) == ("cancelled", "none")
    assert verdict(truth(host(), client(), deleted_at=at(-60))) == ("cancelled", "none")
