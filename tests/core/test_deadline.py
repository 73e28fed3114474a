"""When must an appointment be looked at again?"""

from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from config.policy import load_policy
from plugin.core.appointment import Appointment, Kind, Participant, Role
from plugin.core.assessment import Assessment, Cause, Confidence, Finding, Flag, Outcome, Presence, Stretch
from plugin.core.deadline import deadlines, next_look

TEN = datetime(2026, 3, 2, 10, tzinfo=UTC)
APPOINTMENT = Appointment(
    "A1", Kind.INDIVIDUAL, TEN, TEN + timedelta(minutes=50), "9", (Participant("C1", Role.CLIENT),)
)
POLICY = load_policy()
SECOND = timedelta(seconds=1)
GRACE = POLICY.of(Kind.INDIVIDUAL).drop_grace


def after(minutes: float) -> datetime:
    return TEN + timedelta(minutes=minutes)


def test_the_fixed_moments_are_nudge_no_show_time_end_and_finality():
    assert deadlines(APPOINTMENT, POLICY) == (after(5), after(15), after(50), after(140))


def test_a_moment_that_has_come_is_not_the_next_one():
    assert next_look(APPOINTMENT, (), POLICY, after(5) - SECOND) == after(5)
    assert next_look(APPOINTMENT, (), POLICY, after(5)) == after(15)
    assert next_look(APPOINTMENT, (), POLICY, after(15)) == after(50)
    assert next_look(APPOINTMENT, (), POLICY, after(50)) == after(140)
    assert next_look(APPOINTMENT, (), POLICY, after(140)) is None


def test_drop_is_looked_at_again_when_it_has_lasted_for_the_grace():
    gone = seen(Flag.DROPPED, (after(-2), after(20)))
    due = after(20) + GRACE
    assert next_look(APPOINTMENT, (gone,), POLICY, after(20)) == due
    assert next_look(APPOINTMENT, (gone,), POLICY, due - SECOND) == due
    assert next_look(APPOINTMENT, (gone,), POLICY, due) == after(50)


def test_who_came_back_is_looked_at_again_when_they_stayed_for_the_grace():
    back = seen(Flag.INTERRUPTED, (after(-2), after(20)), (after(26), after(27)), left=False)
    due = after(26) + GRACE
    assert next_look(APPOINTMENT, (back,), POLICY, after(26)) == due
    assert next_look(APPOINTMENT, (back,), POLICY, due - SECOND) == due
    assert next_look(APPOINTMENT, (back,), POLICY, due) == after(50)


@pytest.mark.parametrize(("came", "left", "most_until"), [(0, 20, 20 / 0.75), (20, 40, 20 + 20 / 0.75)])
def test_who_left_is_looked_at_again_when_what_they_had_is_no_longer_most_of_it(came, left, most_until):
    """Of the time that was held: the clinician came at a minute, and the client had been there since the start."""
    gone = msgspec.structs.replace(seen(Flag.LEFT_EARLY, (after(0), after(left))), outcome=Outcome.ATTENDED)
    clinician = msgspec.structs.replace(
        seen(None, (after(came), after(left + 2)), left=False), role=Role.CLINICIAN, outcome=Outcome.ATTENDED
    )
    due = next_look(APPOINTMENT, (gone, clinician), POLICY, after(left + 2))
    assert due == after(most_until) + SECOND
    little = msgspec.structs.replace(gone, outcome=Outcome.PARTIAL)
    assert next_look(APPOINTMENT, (little, clinician), POLICY, after(left + 2)) == after(50)
    still_there = msgspec.structs.replace(gone, left_at=None)
    assert next_look(APPOINTMENT, (still_there, clinician), POLICY, after(left + 2)) == after(50)
    assert next_look(APPOINTMENT, (gone, clinician), POLICY, after(left + 3)) == after(50), "nobody holds it any more"


def test_who_was_gone_for_less_than_the_grace_needs_no_look_of_their_own():
    back = seen(Flag.INTERRUPTED, (after(-2), after(20)), (after(20) + GRACE - SECOND, after(27)), left=False)
    assert next_look(APPOINTMENT, (back,), POLICY, after(22)) == after(50)


def test_who_came_back_needs_no_look_of_their_own_once_the_session_is_over():
    back = seen(Flag.INTERRUPTED, (after(-2), after(20)), (after(49), after(50)), left=False)
    assert next_look(APPOINTMENT, (back,), POLICY, after(50) - SECOND) == after(50)
    assert next_look(APPOINTMENT, (back,), POLICY, after(50)) == after(140)


def seen(flag: Flag, *there: tuple[datetime, datetime], left: bool = True) -> Assessment:
    """A client who was present from when to when, and is not any more unless they have not left."""
    return Assessment(
        "A1", "C1", Role.CLIENT, Outcome.PARTIAL, Cause.TECHNICAL, (flag,), Confidence.HIGH, final=False,
        held_minutes=20, attended_minutes=20, waited_minutes=0, lost_minutes=0,
        arrived_at=there[0][0], joined_at=there[0][0], left_at=there[-1][1] if left else None,
        stretches=tuple(Stretch(Presence.PRESENT, begin, end) for begin, end in there), findings=(),
    )  # fmt: skip


def test_clinician_who_came_is_looked_at_again_when_others_had_the_time_to_come_after_them():
    came = msgspec.structs.replace(seen(Flag.LATE, (after(20), after(21)), left=False), role=Role.CLINICIAN)
    assert next_look(APPOINTMENT, (came,), POLICY, after(21)) == after(25)
    assert next_look(APPOINTMENT, (came,), POLICY, after(25)) == after(50)


def test_who_stopped_waiting_is_looked_at_again_as_they_may_be_on_the_way_inside():
    waited = msgspec.structs.replace(
        seen(None, (after(1), after(20)), left=False),
        stretches=(Stretch(Presence.WAITING, after(1), after(20)),),
    )
    due = after(20) + GRACE
    assert next_look(APPOINTMENT, (waited,), POLICY, after(20)) == after(50)  # they wait at this very moment
    assert next_look(APPOINTMENT, (waited,), POLICY, after(20) + SECOND) == due
    assert next_look(APPOINTMENT, (waited,), POLICY, due) == after(50)
    assert next_look(APPOINTMENT, (waited,), POLICY, due + SECOND) == after(50)


def test_who_opened_the_link_is_looked_at_again_when_they_had_the_time_to_join():
    opened = msgspec.structs.replace(
        seen(Flag.TRIED_TO_JOIN, (after(20), after(20)), left=False),
        stretches=(), findings=(Finding("too-early", True, "They may be joining."),),
    )  # fmt: skip
    assert next_look(APPOINTMENT, (opened,), POLICY, after(14)) == after(15)
    assert next_look(APPOINTMENT, (opened,), POLICY, after(20)) == after(22)
    assert next_look(APPOINTMENT, (opened,), POLICY, after(50)) == after(140)
    kept_out = msgspec.structs.replace(opened, findings=(Finding("missed", True, "They were kept out."),))
    assert next_look(APPOINTMENT, (kept_out,), POLICY, after(22)) == after(50)


def test_what_is_not_final_when_all_its_moments_have_passed_is_looked_at_again_when_it_will_be():
    """As when a run of the meeting ended late, or is left open for the sessions that follow."""
    open_still = seen(Flag.INTERRUPTED, (after(-2), after(20)))
    assert next_look(APPOINTMENT, (open_still,), POLICY, after(139), after(500)) == after(140)
    for now in (140, 200, 499):
        assert next_look(APPOINTMENT, (open_still,), POLICY, after(now), after(500)) == after(500)
    sure = msgspec.structs.replace(open_still, final=True)
    assert next_look(APPOINTMENT, (sure,), POLICY, after(200), after(500)) is None
