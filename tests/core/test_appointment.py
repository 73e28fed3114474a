"""The people of an appointment are found by the program's own code for them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from plugin.core.appointment import Appointment, Kind, Participant, Role

TEN = datetime(2026, 3, 2, 10, tzinfo=UTC)


def test_person_is_found_by_their_code_and_nobody_by_another():
    people = tuple(Participant(code, Role.CLIENT) for code in ("C1", "C2", "C3"))
    appointment = Appointment("A1", Kind.GROUP, TEN, TEN + timedelta(hours=1), "9", people)
    assert [appointment.participant("".join(["C", n])) for n in "123"] == list(people)
    with pytest.raises(LookupError):
        appointment.participant("C4")
