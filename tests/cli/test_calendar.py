"""`rejoin calendar` and what `rejoin check` says about calendars."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from plugin.storage import calendar as calendars

NOWHERE = "/nowhere/dora.ics"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A calendar in a file, with an hour tomorrow."""
    begin = datetime.now(UTC) + timedelta(days=1)
    lines = (
        "BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//x//EN", "BEGIN:VEVENT", "UID:1", f"DTSTAMP:{begin:%Y%m%dT%H%M%SZ}",
        f"DTSTART:{begin:%Y%m%dT%H%M%SZ}", "DURATION:PT1H", "SUMMARY:Dentist of Dora", "END:VEVENT", "END:VCALENDAR",
    )  # fmt: skip
    path = tmp_path / "dora.ics"
    path.write_text("\r\n".join((*lines, "")))
    return path


def test_calendar_is_set_looked_at_listed_and_removed(settings, run, stored, file):
    told = run("calendar", "set", "S-DORA", file)
    assert (told.exit_code, told.output) == (
        0, "The calendar of S-DORA was looked at, and will be again every few minutes.\n",
    )  # fmt: skip
    with stored.read() as tx:
        assert len(calendars.busy(tx, ["S-DORA"], datetime.now(UTC), datetime.now(UTC) + timedelta(days=2))) == 1
    listed = run("calendar", "list").output
    assert listed.startswith("S-DORA: looked at 20")
    assert "Dentist" not in listed
    assert run("calendar", "remove", "S-DORA").output == "S-DORA has no calendar any more.\n"
    assert run("calendar", "remove", "S-DORA").output == "S-DORA has no calendar here.\n"
    assert run("calendar", "list").output.startswith("No calendar is set")


def test_file_is_found_wherever_the_service_runs(settings, run, stored, file, monkeypatch):
    monkeypatch.chdir(file.parent)
    assert run("calendar", "set", "S-DORA", file.name).exit_code == 0
    with stored.read() as tx:
        assert calendars.address(tx, calendars.load(tx, "S-DORA")) == str(file)


def test_calendar_that_cannot_be_looked_at_is_set_and_said(settings, run):
    told = run("calendar", "set", "S-DORA", NOWHERE)
    assert told.exit_code == 1
    assert "It is set, but could not be looked at" in told.output
    assert "since then: " in run("calendar", "list").output


@pytest.mark.parametrize("address", ["http://example.org/dora/", "http:example", "http://user:word@example.org/"])
def test_password_does_not_travel_unprotected(settings, run, address):
    told = run("calendar", "set", "S-DORA", address)
    assert told.exit_code == 2
    assert "use https" in told.output
    assert run("calendar", "list").output.startswith("No calendar is set")


def test_check_says_of_each_calendar_whether_it_can_be_looked_at(settings, run, file):
    run("calendar", "set", "S-DORA", file)
    run("calendar", "set", "S-EVE", NOWHERE)
    told = run("check")
    lines = [" ".join(line.split()) for line in told.output.splitlines()]
    (fine,) = [line for line in lines if "calendar of S-DORA" in line]
    (wrong,) = [line for line in lines if "calendar of S-EVE" in line]
    assert "it can be looked at" in fine
    assert "it can be looked at" not in wrong
    assert told.exit_code == 1


def test_check_without_calendars_says_nothing_of_them(settings, run):
    assert "calendar of" not in run("check").output
