"""Who is in an incident: whom a drop leaves alone, and since when whoever was hit is well again."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest

from plugin.core.action import Action
from plugin.core.appointment import Appointment, Kind, Role
from plugin.core.assessment import Assessment, Cause, Confidence, Flag, Outcome, Presence, Stretch
from plugin.core.live import Out
from plugin.core.support import tickets

TEN = datetime(2026, 3, 2, 10, tzinfo=UTC)


def m(minutes: float) -> datetime:
    return TEN + timedelta(minutes=minutes)


def seen(code: str, role: Role, *spans: tuple[float, float], flags: tuple[Flag, ...] = ()) -> Assessment:
    """A provisional verdict on somebody who was there from minute to minute; with a flag, of technical trouble."""
    cause = Cause.TECHNICAL if flags else Cause.NONE
    stretches = tuple(Stretch(Presence.PRESENT, m(a), m(b)) for a, b in spans)
    return Assessment(
        "A1", code, role, Outcome.PARTIAL, cause, flags, Confidence.HIGH, False, 20.0, 10.0, 0.0, 10.0,
        TEN, TEN, None, stretches, (),
    )  # fmt: skip


def opened(now: float, people: Sequence[Assessment], cut_off: Assessment, already: Sequence[str] = ()) -> list[Action]:
    """The tickets while the session runs and one of these people is cut off."""
    appointment = Appointment("A1", Kind.GROUP, m(0), m(60), "93412345678", ())
    return tickets(appointment, people, Out((cut_off,), (cut_off,), m(now - 2)), m(now), already)


CUT_OFF = seen("T1", Role.CLINICIAN, (0, 20), flags=(Flag.DROPPED,))


@pytest.mark.parametrize(("others", "hit"), [((), ("C1", "T1")), (("T2",), ("T1",))])
def test_drop_of_the_only_clinician_leaves_alone_who_is_there(others, hit):
    there = [seen("C1", Role.CLIENT, (0, 25)), *(seen(code, Role.CLINICIAN, (0, 25)) for code in others)]
    gone_before = seen("C2", Role.CLIENT, (0, 15))
    (ticket,) = opened(25, [CUT_OFF, *there, gone_before], CUT_OFF)
    assert ticket.participants == hit
    assert ticket.because.startswith("The clinician was cut off; 2 people") is (len(hit) == 2)


def test_who_was_left_alone_is_well_since_the_clinician_came_back():
    clinician = seen("T1", Role.CLINICIAN, (0, 10), (15, 30), flags=(Flag.INTERRUPTED,))
    alone = seen("C1", Role.CLIENT, (0, 30))
    back_before = seen("C2", Role.CLIENT, (0, 10), (12, 30), flags=(Flag.INTERRUPTED,))
    mother = seen("C4", Role.FAMILY, (0, 10), (18, 30))
    cut_off = seen("C3", Role.CLIENT, (0, 26), flags=(Flag.DROPPED,))
    people = [clinician, alone, back_before, mother, cut_off]
    (ticket,) = opened(30, people, cut_off, ["C1", "C2", "C3", "T1"])
    assert ticket.back == (("C1", m(15)), ("C2", m(12)), ("T1", m(15)))
