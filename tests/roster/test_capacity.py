"""The room of one session: a column of the roster, a field of the API, and what is none."""

from __future__ import annotations

import pytest

from plugin.roster import read_roster

HEAD = b"appointment_id,kind,starts_at,ends_at,meeting_id,participant_id,role,capacity\n"
ROW = b"A1,group,2026-03-02T09:00:00-05:00,2026-03-02T09:50:00-05:00,81234567890,C-1,client,%s\n"


@pytest.mark.parametrize(("written", "read"), [(b"", None), (b"0", 0), (b" 8 ", 8), (b"08", 8), (b"1000", 1000)])
def test_room_is_a_whole_number_or_not_said(written, read):
    (one,) = read_roster(HEAD + ROW % written).appointments
    assert one.capacity == read


@pytest.mark.parametrize("written", [b"-1", b"1001", b"8.0", b"+8", b"eight", "\u0668".encode(), b"1e2", b"9" * 30])
def test_what_is_no_room_is_named_with_line_and_column_and_not_repeated(written):
    reading = read_roster(HEAD + ROW % written)
    assert reading.appointments == ()
    (problem,) = reading.problems
    assert (problem.line, problem.what) == (2, "capacity is not a whole number of clients from 0 to 1000, such as 8")


def test_rosters_without_the_column_are_as_before():
    (one,) = read_roster(HEAD.replace(b",capacity", b"") + ROW[:-4] % () + b"\n").appointments
    assert one.capacity is None
