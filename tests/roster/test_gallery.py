"""The gallery of bad rosters: one file for each mistake that people make, and what they are told."""

from __future__ import annotations

from pathlib import Path

import pytest

from plugin.roster import RosterProblem, read_roster
from plugin.roster_remark import Remark

GALLERY = Path(__file__).parents[1] / "rosters"

BAD_ROWS = {
    "appointment-without-an-id": (3, "appointment_id must not be blank"),
    "role-left-blank": (3, "role must not be blank"),
    "kind-that-does-not-exist": (3, "kind is not one of individual, group, education, family, case_management"),
    "role-that-does-not-exist": (3, "role is not one of client, clinician, family, staff"),
    "status-that-does-not-exist": (3, "status is not one of booked, cancelled"),
    "start-without-an-offset": (3, "starts_at has no offset"),
    "start-as-a-spreadsheet-writes-it": (3, "starts_at is not an ISO 8601 time"),
    "start-before-the-first-year": (3, "starts_at is outside the years"),
    "start-in-the-last-year": (3, "starts_at is outside the years 2001 to 2098"),
    "end-before-start": (3, "ends_at is not after starts_at"),
    "end-at-start": (3, "ends_at is not after starts_at"),
    "zone-that-does-not-exist": (3, "timezone is not an IANA time zone"),
    "zone-that-is-a-path": (3, "timezone is not an IANA time zone"),
    "persons-zone-is-an-abbreviation": (3, "participant_timezone is not an IANA time zone"),
    "meeting-number-with-letters": (3, "meeting_id is not a Zoom meeting number"),
    "meeting-number-rounded-by-a-spreadsheet": (3, "meeting_id was rounded by a spreadsheet"),
    "capacity-in-words": (3, "capacity is not a whole number of clients from 0 to 1000"),
    "same-person-twice": (3, "the same participant_id as in line 2"),
    "rows-disagree-on-the-start": (3, "another starts_at, ends_at than in line 2"),
    "rows-disagree-on-the-meeting": (3, "another meeting_id than in line 2"),
    "rows-disagree-on-the-capacity": (3, "another capacity than in line 2"),
    "a-comma-too-many": (3, "it has 13 fields, the header 12"),
    "row-cut-short": (3, "ends_at, meeting_id, participant_id, role must not be blank"),
    "name-far-too-long": (3, "name is longer than 500 characters"),
    "field-without-end": (3, "is longer than 131,072 characters"),
    "nul-byte": (3, "name holds a control character (U+0000)"),
    "line-break-in-an-address": (3, "email holds a control character (U+000A)"),
    "invisible-character-in-an-id": (3, "participant_id holds an invisible character (U+200B)"),
    "quotation-mark-never-closed": (3, "never closed"),
    "quotation-mark-inside-a-field": (3, "a quotation mark stands inside a field"),
    "row-in-latin-1": (3, "name is not UTF-8"),
}
BAD_FILES = {
    "whole-file-in-utf-16": "is not UTF-8",
    "empty": "is empty",
    "events-instead-of-a-roster": "the first line must name the columns: a quotation mark stands inside a field",
    "header-missing": "the header lacks the columns appointment_id, kind",
    "column-missing": "the header lacks the columns kind, role",
    "column-twice": "the header has the column role twice",
    "semicolons": "separated by semicolons",
    "tabs": "separated by tabs",
}
FINE = {"good", "column-misspelt"}


@pytest.mark.parametrize("name", BAD_ROWS)
def test_bad_row_is_named_with_its_line_and_the_others_stand(name: str) -> None:
    line, sentence = BAD_ROWS[name]
    reading = read_roster(GALLERY / f"{name}.csv")
    assert [problem.line for problem in reading.problems] == [line]
    assert sentence in reading.problems[0].what
    (good,) = reading.appointments
    assert [person.participant_id for person in good.participants] == ["C-1"]


@pytest.mark.parametrize("name", BAD_FILES)
def test_bad_file_is_refused_as_a_whole(name: str) -> None:
    with pytest.raises(RosterProblem) as refused:
        read_roster(GALLERY / f"{name}.csv")
    assert f"{name}.csv:1: " in str(refused.value)
    assert BAD_FILES[name] in str(refused.value)


def test_misspelt_column_is_ignored_and_pointed_out() -> None:
    reading = read_roster(GALLERY / "column-misspelt.csv")
    assert reading.remarks == (Remark(1, "the column 'emial' is ignored; did you mean 'email'?"),)
    assert reading.appointments[0].participants[0].email == ""


def test_problems_never_repeat_what_stands_in_the_file() -> None:
    told = " ".join(problem.what for name in BAD_ROWS for problem in read_roster(GALLERY / f"{name}.csv").problems)
    for personal in ("Bob", "Birch", "bob@", "patient", "tuesday"):
        assert personal not in told


def test_every_file_of_the_gallery_is_in_a_test() -> None:
    assert {path.stem for path in GALLERY.glob("*.csv")} == BAD_ROWS.keys() | BAD_FILES.keys() | FINE
