"""A roster file read as the replay contract has it."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugin.core.appointment import Appointment, Kind, Participant, Role, Status
from plugin.roster import RosterProblem, read_roster

GALLERY = Path(__file__).parents[1] / "rosters"
HEADER = "appointment_id,kind,starts_at,ends_at,meeting_id,participant_id,role"
ROW = "A1,individual,2026-03-02T09:00:00-05:00,2026-03-02T09:50:00-05:00,81234567890,C-1,client"


def read(*lines: str):
    return read_roster("\n".join(lines).encode())


def test_rows_of_one_appointment_become_one_appointment_in_utc() -> None:
    reading = read_roster(GALLERY / "good.csv")
    assert reading.problems == ()
    assert reading.appointments == (
        Appointment(
            appointment_id="A1",
            kind=Kind.INDIVIDUAL,
            starts_at=datetime(2026, 3, 2, 14, 0, tzinfo=UTC),
            ends_at=datetime(2026, 3, 2, 14, 50, tzinfo=UTC),
            meeting_id="81234567890",
            timezone="America/New_York",
            participants=(
                Participant("C-1", Role.CLIENT, "Alice Appleyard", "alice@example.org", timezone="America/Chicago"),
                Participant("S-1", Role.CLINICIAN, "Dora Dimmock", "dora@clinic.example", timezone="America/Chicago"),
            ),
        ),
    )


@pytest.mark.parametrize(
    ("before", "newline"), [(b"", b"\n"), (b"\xef\xbb\xbf", b"\r\n"), (b"", b"\r")], ids=["plain", "excel", "old-mac"]
)
def test_byte_order_mark_and_line_ends_make_no_difference(before: bytes, newline: bytes) -> None:
    content = before + newline.join([HEADER.encode(), ROW.encode(), b""])
    assert read_roster(content) == read(HEADER, ROW)
    assert read(HEADER, ROW).appointments[0].participants == (Participant("C-1", Role.CLIENT),)


def test_order_of_columns_is_free_and_outer_spaces_do_not_count() -> None:
    turned = [" , ".join(reversed(line.split(","))) for line in (HEADER, ROW)]
    assert read(*turned).appointments == read(HEADER, ROW).appointments


def test_blank_optional_cells_mean_nothing_is_known() -> None:
    (appointment,) = read(HEADER + ",status,timezone,email", ROW + ",,,").appointments
    assert appointment.status is Status.BOOKED
    assert (appointment.timezone, appointment.participants[0].email) == ("", "")


@pytest.mark.parametrize("columns", [",zHost,America/New_York", ",,"], ids=["first", "later"])
def test_one_row_of_an_appointment_may_tell_what_another_leaves_blank(columns) -> None:
    """As a roster does that names the host beside the clinician only."""
    header, other = HEADER + ",host_id,timezone", ",," if columns != ",," else ",zHost,America/New_York"
    reading = read(header, ROW + columns, ROW.replace("C-1", "C-2") + other)
    assert reading.problems == ()
    (appointment,) = reading.appointments
    assert (appointment.host_id, appointment.timezone) == ("zHost", "America/New_York")
    assert [person.participant_id for person in appointment.participants] == ["C-1", "C-2"]


def statuses(*rows: str) -> tuple[Status, list[Status]]:
    """The status of an appointment, and of each person's place in it, from rows of CODE ROLE STATUS."""
    written = [
        ROW.replace("C-1", code).replace("client", role) + f",{status}" for code, role, status in map(str.split, rows)
    ]
    (appointment,) = read(HEADER + ",status", *[row.replace(",-", ",") for row in written]).appointments
    return appointment.status, [person.status for person in appointment.participants]


def test_status_is_that_of_a_persons_own_place() -> None:
    booked, cancelled = Status.BOOKED, Status.CANCELLED
    assert statuses("T clinician -", "C-1 client cancelled", "C-2 client -") == (booked, [booked, cancelled, booked])
    assert statuses("T clinician -", "C-1 client -", "F family cancelled") == (booked, [booked, booked, cancelled])


@pytest.mark.parametrize(
    "rows",
    [
        ("T clinician -", "C-1 client cancelled", "F family cancelled"),
        ("T clinician cancelled", "C-1 client -", "C-2 client booked"),
        ("T clinician cancelled", "C-1 client cancelled"),
        ("C-1 client cancelled",),
    ],
    ids=["nobody comes", "nobody holds it", "nobody is left", "its only row"],
)
def test_appointment_without_anybody_to_come_or_to_hold_it_is_cancelled_for_all(rows) -> None:
    assert statuses(*rows) == (Status.CANCELLED, [Status.BOOKED] * len(rows))


def test_what_a_row_told_after_a_blank_one_holds_for_the_next() -> None:
    header = HEADER + ",host_id"
    rows = [ROW.replace("C-1", code) + host for code, host in (("C-1", ","), ("C-2", ",zHost"), ("C-3", ",zOther"))]
    [problem] = read(header, *rows).problems
    assert (problem.line, "another host_id" in problem.what) == (4, True)


def test_the_word_null_is_a_text_like_any_other_because_only_blank_means_nothing() -> None:
    (appointment,) = read(HEADER + ",customer_key", ROW + ",null").appointments
    assert appointment.participants[0].customer_key == "null"


@pytest.mark.parametrize("zulu", ["Z", "z", "+00:00", "+0000"])
def test_same_moment_written_with_another_offset_is_no_disagreement(zulu: str) -> None:
    again = f"A1,individual,2026-03-02T14:00:00{zulu},2026-03-02T14:50:00{zulu},812 3456 7890,S-1,clinician"
    reading = read(HEADER, ROW, again)
    assert reading.problems == ()
    assert len(reading.appointments[0].participants) == 2


def test_appointment_whose_first_row_is_bad_stands_with_its_good_rows() -> None:
    reading = read(HEADER, ROW.replace("client", "guest"), ROW.replace("C-1", "C-2"))
    assert [problem.line for problem in reading.problems] == [2]
    assert [person.participant_id for person in reading.appointments[0].participants] == ["C-2"]


def test_lines_are_counted_as_an_editor_counts_them() -> None:
    titled = HEADER + ",title"
    reading = read(titled, ROW + ',"two\nlines"', "", ",,,,,,,", ROW.replace("A1", "A2").replace("client", "guest"))
    # The title with a line break takes lines 2 and 3, and empty rows are no rows.
    assert [problem.line for problem in reading.problems] == [6]


def test_line_break_in_a_title_is_a_space() -> None:
    assert read(HEADER + ",title", ROW + ',"two\nlines"').appointments[0].title == "two lines"


def about_hours(*written: str, zone: str = "America/New_York") -> list[tuple[int, bool]]:
    """The lines about whose offset something is remarked, and whether it speaks of several appointments."""
    rows = [f"A{n},individual,{at},2026-12-31T09:00:00Z,81234567890,C-1,client,{zone}" for n, at in enumerate(written)]
    return [(one.line, "appointments" in one.what) for one in read(HEADER + ",timezone", *rows).remarks]


@pytest.mark.parametrize(
    ("written", "zone", "off"),
    [
        ("2026-03-08T01:59:59-05:00", "America/New_York", False),
        ("2026-03-08T03:00:00-04:00", "America/New_York", False),
        ("2026-03-09T09:00:00-05:00", "America/New_York", True),
        ("2026-03-07T09:00:00-04:00", "America/New_York", True),
        ("2026-11-01T01:30:00-04:00", "America/New_York", False),
        ("2026-11-01T01:30:00-05:00", "America/New_York", False),
        ("2026-11-02T09:00:00-04:00", "America/New_York", True),
        ("2026-07-02T09:00:00-07:00", "America/New_York", False),  # written where the office is
        ("2026-07-02T09:00:00z", "Europe/London", False),
        ("2026-07-02T09:00:00+11:00", "Australia/Sydney", True),
        ("2026-03-09T09:00:00-07:00", "America/Phoenix", False),
        ("2026-03-09T09:00:00-06:00", "America/Phoenix", False),
        ("2026-03-09T09:00:00-05:00", "", False),
    ],
)
def test_offset_of_another_season_may_be_an_hour_off_and_is_pointed_out(written, zone, off) -> None:
    assert about_hours(written, zone=zone) == [(2, False)] * off


def test_offsets_of_another_season_are_pointed_out_once_for_the_whole_file() -> None:
    right, wrong = "2026-07-02T09:00:00-04:00", "2026-07-02T09:00:00-05:00"
    assert about_hours(right, wrong, right, wrong) == [(3, True)]
    assert about_hours(right, right) == []


def test_every_bad_row_is_told_at_once() -> None:
    reading = read(HEADER, *(ROW.replace("A1", f"A{n}").replace("client", "guest") for n in range(50)))
    assert [problem.line for problem in reading.problems] == list(range(2, 52))
    assert reading.appointments == ()


def test_reading_goes_on_below_a_row_that_is_no_csv() -> None:
    reading = read(HEADER, ROW.replace("C-1", '"C"-1'), ROW)
    assert [problem.line for problem in reading.problems] == [2]
    assert [person.participant_id for person in reading.appointments[0].participants] == ["C-1"]


def test_file_that_is_not_there_is_named() -> None:
    with pytest.raises(RosterProblem, match=r"nowhere\.csv: cannot be read \(No such file or directory\)"):
        read_roster("nowhere.csv")
    with pytest.raises(RosterProblem, match="cannot be read"):
        read_roster(GALLERY)


def test_a_header_alone_is_a_roster_without_appointments() -> None:
    assert read(HEADER).appointments == ()


@given(content=st.binary(max_size=300) | st.text(alphabet='A1,"\n\r -:+T0', max_size=200).map(lambda t: t.encode()))
def test_any_content_below_the_header_is_read_or_named(content: bytes) -> None:
    reading = read_roster((HEADER + "\n" + ROW + "\n").encode() + content)
    lines = content.replace(b"\r\n", b"\n").replace(b"\r", b"\n").count(b"\n") + 3
    assert all(3 <= problem.line <= lines for problem in reading.problems)
    assert "C-1" in {person.participant_id for person in reading.appointments[0].participants}


def test_a_long_roster_is_read_a_row_at_a_time() -> None:
    rows = (ROW.replace("A1", f"A{number // 4}").replace("C-1", f"C-{number % 4}") for number in range(20_000))
    reading = read(HEADER, *rows)
    assert (len(reading.appointments), reading.problems) == (5_000, ())
