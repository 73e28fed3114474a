"""The command line as a whole: what it imports, and how it says that something is wrong."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from plugin.cli.main import COMMANDS
from tests.cli.conftest import GALLERY
from tests.conftest import administer

HEAVY = ("flask", "apiflask", "sqlalchemy", "alembic", "requests", "zoomus", "uvicorn", "procrastinate", "pydantic")
MEASURE = f"""
import sys
from pathlib import Path
from plugin.cli.main import main
main(sys.argv[1:], standalone_mode=False)
loaded = [name for name in {HEAVY!r} if name in sys.modules]
sys.exit(f"imported: {{loaded}}" if loaded else 0)
"""


def test_replay_waits_neither_for_the_web_nor_for_the_database(tmp_path) -> None:
    (tmp_path / "events.jsonl").write_text("")
    arguments = ["replay", "--roster", str(GALLERY / "good.csv"), "--events", "events.jsonl", "--format", "json"]
    ran = subprocess.run(
        [sys.executable, "-c", MEASURE, *arguments], capture_output=True, text=True, cwd=tmp_path, check=False
    )
    assert (ran.returncode, ran.stderr) == (0, "")
    assert ran.stdout.count("\n") == 2


def test_list_of_commands_names_every_one_with_what_it_does(run) -> None:
    shown = run("--help")
    assert shown.exit_code == 0
    for name in COMMANDS:
        assert f"  {name} " in shown.output


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_tells_how_it_is_used(run, name: str) -> None:
    shown = run(name, "--help")
    assert shown.exit_code == 0
    assert shown.output.startswith("Usage: ")


def test_command_that_does_not_exist_is_a_sentence(run) -> None:
    refused = run("replya")
    assert refused.exit_code == 2
    assert "No such command" in refused.stderr


COMMANDS_OF_A_HOUSE = [
    ("import-roster", GALLERY / "good.csv"),
    ("token", "list"),
    ("token", "add", "feed", "--scope", "roster:write"),
    ("explain", "A1", "C-1"),
    ("worker",),
]


@pytest.mark.parametrize("command", COMMANDS_OF_A_HOUSE, ids=lambda command: command[0])
@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("REJOIN_DATA_KEYS", "k1:short", "REJOIN_DATA_KEYS: data key number 1 is not of the form"),
        ("REJOIN_DATABASE_URL", "nonsense", "REJOIN_DATABASE_URL is not a URL"),
        ("REJOIN_DATABASE_URL", "sqlite:////nowhere/at/all.db", "REJOIN_DATABASE_URL: the database cannot be used"),
        ("REJOIN_WEBHOOK_MAX_BYTES", "many", "REJOIN_WEBHOOK_MAX_BYTES: Input should be a valid integer"),
        ("REJOIN_TIMEZONE", "Mars/Olympus", "REJOIN_TIMEZONE: is not an IANA time zone, such as America/New_York."),
        ("REJOIN_LOG_LEVEL", "LOUD", "REJOIN_LOG_LEVEL: is not one of DEBUG, INFO, WARNING, ERROR."),
    ],
)
def test_wrong_setting_is_a_sentence_and_no_traceback(
    run, settings, monkeypatch, command: tuple, name: str, value: str, sentence: str
) -> None:
    monkeypatch.setenv(name, value)
    refused = run(*command)
    assert refused.exit_code == 2
    assert sentence in refused.stderr
    assert "Traceback" not in refused.output


@pytest.mark.postgres
@pytest.mark.parametrize("command", [("explain", "A1", "C-1"), ("rules", "--hit-rates")])
def test_tables_that_nobody_made_yet_are_a_sentence_and_no_traceback(
    run, settings, monkeypatch, fresh_postgres_url, command
) -> None:
    administer(fresh_postgres_url, "DROP SCHEMA public CASCADE")
    monkeypatch.setenv("REJOIN_DATABASE_URL", fresh_postgres_url)
    refused = run(*command)
    assert refused.exit_code == 2
    assert "REJOIN_DATABASE_URL: the database cannot be used" in refused.stderr
    assert "does not exist" in refused.stderr


def test_several_wrong_settings_are_told_at_once(run, settings, monkeypatch) -> None:
    monkeypatch.setenv("REJOIN_DATA_KEYS", "")
    monkeypatch.setenv("REJOIN_ZOOM_WEBHOOK_SECRETS", "")
    refused = run("token", "list")
    assert refused.exit_code == 2
    assert "REJOIN_DATA_KEYS" in refused.stderr
    assert "REJOIN_ZOOM_WEBHOOK_SECRETS" in refused.stderr


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="a disk that is full is a file of Linux")
@pytest.mark.parametrize("form", ["json", "table"])
def test_results_that_nobody_has_room_for_are_a_sentence(tmp_path, form) -> None:
    (tmp_path / "events.jsonl").write_text("")
    command = [sys.executable, "-c", "from plugin.cli.main import main; main()", "replay", "--format", form]
    files = ["--roster", str(GALLERY / "good.csv"), "--events", "events.jsonl"]
    with open("/dev/full", "wb") as full:
        ran = subprocess.run(
            [*command, *files], stdout=full, stderr=subprocess.PIPE, text=True, cwd=tmp_path, check=False
        )
    assert (ran.returncode, ran.stderr) == (2, "the output: cannot be written (No space left on device).\n")
