"""When must an appointment be looked at again?"""

from datetime import UTC, datetime, timedelta

from config.policy import load_policy
from plugin.core.appointment import Appointment, Kind, Participant, Role
from plugin.core.deadline import deadlines, next_look

TEN = datetime(2026, 3, 2, 10, tzinfo=UTC)
APPOINTMENT = Appointment(
    "A1", Kind.INDIVIDUAL, TEN, TEN + timedelta(minutes=50), "9", (Participant("C1", Role.CLIENT),)
)
POLICY = load_policy()


def after(minutes: float) -> datetime:
    return TEN + timedelta(minutes=minutes)


def test_the_fixed_moments_are_nudge_no_show_time_end_and_finality():
    assert deadlines(APPOINTMENT, POLICY) == (after(5), after(15), after(50), after(140))


def test_a_moment_that_has_come_is_not_the_next_one():
    second = timedelta(seconds=1)
    assert next_look(APPOINTMENT, (), POLICY, after(5) - second) == after(5)
    assert next_look(APPOINTMENT, (), POLICY, after(5)) == after(15)
    assert next_look(APPOINTMENT, (), POLICY, after(15)) == after(50)
    assert next_look(APPOINTMENT, (), POLICY, after(50)) == after(140)
    assert next_look(APPOINTMENT, (), POLICY, after(140)) is None
