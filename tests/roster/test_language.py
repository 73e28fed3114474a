"""The language in which a person is written to, and the module that a session is about."""

from __future__ import annotations

import pytest

from plugin.roster import read_roster
from plugin.storage import appointment as appointments

HEADER = "appointment_id,kind,starts_at,ends_at,meeting_id,module,participant_id,role,language\n"
TIMES = "2026-03-02T09:00:00-05:00,2026-03-02T10:00:00-05:00"


def _read(module: str, language: str):
    return read_roster(f"{HEADER}A1,education,{TIMES},81234567890,{module},C-1,client,{language}\n".encode())


@pytest.mark.parametrize("language", ["es", "es-MX", "zh-Hant", ""])
def test_language_and_module_come_from_the_roster_and_stay_in_the_database(database, moving_clock, language):
    [appointment] = _read("coping-2", language).appointments
    assert (appointment.module, appointment.participants[0].language) == ("coping-2", language)
    with database.begin() as tx:
        assert appointments.put(tx, appointment, moving_clock.now())
        assert not appointments.put(tx, appointment, moving_clock.now())
        assert appointments.load(tx, "A1") == appointment


@pytest.mark.parametrize("language", ["Spanish please", "e", "es_MX", "es-"])
def test_language_that_is_no_tag_is_named_with_its_line(language):
    [problem] = _read("", language).problems
    assert (problem.line, problem.what) == (2, "language is not a language tag, such as en, es or es-MX")


def test_two_modules_in_one_appointment_disagree():
    rows = f"A1,education,{TIMES},81234567890,m1,C-1,client,\nA1,education,{TIMES},81234567890,m2,C-2,client,\n"
    [problem] = read_roster((HEADER + rows).encode()).problems
    assert "another module" in problem.what
