"""`rejoin import-roster`: a file becomes the roster, or nothing happens."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import func, select

from plugin.cli.roster import MOST_PROBLEMS_SHOWN
from plugin.service import roster as roster_service
from plugin.storage import appointment as appointments
from plugin.storage.tables import appointment, audit, work
from tests.cli.conftest import GALLERY

HEADER = "appointment_id,kind,starts_at,ends_at,meeting_id,participant_id,role"


def rows(number: int, minutes: int = 50) -> str:
    lines = [
        f"A{n},individual,2026-12-01T09:00:00Z,2026-12-01T09:{minutes}:00Z,81234567890,C-{n},client"
        for n in range(number)
    ]
    return "\n".join([HEADER, *lines, ""])


def test_appointments_of_an_earlier_version_that_name_no_zone_are_in_the_programs_own_before_anything_else(
    run, stored, settings, monkeypatch
) -> None:
    monkeypatch.setenv("REJOIN_TIMEZONE", "America/Chicago")
    file = Path(settings["REJOIN_DATABASE_URL"].removeprefix("sqlite:///")).with_name("roster.csv")
    file.write_text(rows(1))
    run("import-roster", file)
    with stored.begin() as tx:
        tx.execute(appointment.update().values(timezone=""))
    assert run("import-roster", file).stdout == "0 new, 0 changed, 1 unchanged\n"
    with stored.read() as tx:
        assert appointments.load(tx, "A0").timezone == "America/Chicago"


def test_good_file_becomes_the_roster_and_will_be_judged(run, stored) -> None:
    done = run("import-roster", GALLERY / "good.csv")
    assert (done.exit_code, done.stdout, done.stderr) == (0, "1 new, 0 changed, 0 unchanged\n", "")
    with stored.read() as tx:
        assert [person.participant_id for person in appointments.load(tx, "A1").participants] == ["C-1", "S-1"]
        assert [row.subject for row in tx.execute(work.select())] == ["A1"]
        assert [row.details for row in tx.execute(audit.select())] == [{"new": 1, "changed": 0}]


def test_importing_the_same_file_again_changes_nothing(run, stored, tmp_path) -> None:
    file = tmp_path / "roster.csv"
    file.write_text(rows(3))
    run("import-roster", file)
    with stored.read() as tx:
        before = tx.execute(select(appointment)).all(), tx.execute(select(work)).all(), tx.execute(select(audit)).all()
    assert run("import-roster", file).stdout == "0 new, 0 changed, 3 unchanged\n"
    with stored.read() as tx:
        after = tx.execute(select(appointment)).all(), tx.execute(select(work)).all(), tx.execute(select(audit)).all()
    assert after == before


def test_import_says_what_is_new_and_what_changed(run, settings, tmp_path) -> None:
    file = tmp_path / "roster.csv"
    file.write_text(rows(2))
    run("import-roster", file)
    file.write_text(rows(3, minutes=45).replace("A0,individual,2026-12-01T09:00:00Z,2026-12-01T09:45", "A0,individual,2026-12-01T09:00:00Z,2026-12-01T09:50"))  # fmt: skip  # noqa: E501
    assert run("import-roster", file).stdout == "1 new, 1 changed, 1 unchanged\n"


def test_one_bad_row_keeps_everything_out_and_touches_no_database(run, settings, tmp_path) -> None:
    bad = GALLERY / "role-that-does-not-exist.csv"
    refused = run("import-roster", bad)
    assert refused.exit_code == 2
    assert f"{bad}:3: role is not one of client, clinician, family, staff" in refused.stderr
    assert "Nothing is imported: mend the 1 bad row, or pass --skip-bad-rows." in refused.stderr
    assert not (tmp_path / "rejoin.db").exists()


def test_bad_rows_are_left_out_when_that_is_asked_for(run, stored) -> None:
    done = run("import-roster", "--skip-bad-rows", GALLERY / "role-that-does-not-exist.csv")
    assert done.exit_code == 0
    assert done.stdout == "1 new, 0 changed, 0 unchanged; 1 bad row left out\n"
    assert ":3: role is not one of" in done.stderr
    with stored.read() as tx:
        assert [person.participant_id for person in appointments.load(tx, "A1").participants] == ["C-1"]


@pytest.mark.parametrize(("name", "sentence"), [("empty", "is empty"), ("semicolons", "semicolons")])
def test_file_that_is_no_roster_is_refused_even_when_bad_rows_are_skipped(run, settings, name, sentence) -> None:
    refused = run("import-roster", "--skip-bad-rows", GALLERY / f"{name}.csv")
    assert refused.exit_code == 2
    assert sentence in refused.stderr


def test_file_that_is_not_there_is_a_sentence(run, settings) -> None:
    refused = run("import-roster", "nowhere.csv")
    assert (refused.exit_code, refused.stderr) == (2, "nowhere.csv: cannot be read (No such file or directory)\n")


def test_column_that_is_not_known_is_told_and_does_not_stop_the_import(run, settings) -> None:
    done = run("import-roster", GALLERY / "column-misspelt.csv")
    assert done.exit_code == 0
    assert "the column 'emial' is ignored; did you mean 'email'?" in done.stderr


def test_very_many_bad_rows_are_counted_instead_of_flooding_the_terminal(run, settings, tmp_path) -> None:
    file = tmp_path / "roster.csv"
    file.write_text(rows(MOST_PROBLEMS_SHOWN + 50).replace("client", "guest"))
    refused = run("import-roster", file)
    assert refused.stderr.count("role is not one of") == MOST_PROBLEMS_SHOWN
    assert "and 50 more" in refused.stderr


def test_long_roster_goes_in_over_several_transactions(run, stored, tmp_path) -> None:
    number = roster_service.AT_ONCE * 2 + 1
    file = tmp_path / "roster.csv"
    file.write_text(rows(number))
    assert run("import-roster", file).stdout.startswith(f"{number} new")
    with stored.read() as tx:
        assert tx.execute(select(func.count()).select_from(appointment)).scalar() == number
