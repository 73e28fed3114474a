"""The service refuses to start in sentences that name the setting."""

from __future__ import annotations

import subprocess
import sys

import pytest

from plugin.composition import SettingsProblem, build, open_database
from tests.conftest import make_settings


def _sentences(**settings) -> str:
    with pytest.raises(SettingsProblem) as problem:
        build(make_settings(**settings))
    return "\n".join(problem.value.sentences)


def test_no_webhook_secret():
    assert "REJOIN_ZOOM_WEBHOOK_SECRETS is not set" in _sentences(zoom_webhook_secrets="")


def test_no_data_key():
    assert "REJOIN_DATA_KEYS: no data key is set" in _sentences(data_keys="")


def test_data_key_of_the_wrong_length_is_named_and_not_printed():
    said = _sentences(data_keys="k1:c2hvcnQ=")
    assert "REJOIN_DATA_KEYS: data key number 1" in said
    assert "c2hvcnQ" not in said


def test_policy_file_that_is_not_there(tmp_path):
    assert "REJOIN_POLICY_FILE" in _sentences(policy_file=tmp_path / "none.toml")


def test_clock_that_cannot_be_read():
    assert "REJOIN_CLOCK" in _sentences(clock="tomorrow")


def test_database_url_that_is_none_is_not_quoted_for_it_may_hold_a_password():
    said = _sentences(database_url="oracle9://clerk:hunter2@nowhere/x")
    assert "REJOIN_DATABASE_URL" in said
    assert "hunter2" not in said


def test_every_problem_is_told_at_once():
    said = _sentences(zoom_webhook_secrets="", data_keys="", clock="tomorrow")
    for name in ("REJOIN_ZOOM_WEBHOOK_SECRETS", "REJOIN_DATA_KEYS", "REJOIN_CLOCK"):
        assert name in said


def test_database_alone_opens_without_a_webhook_secret(sqlite_url):
    db = open_database(make_settings(sqlite_url, zoom_webhook_secrets=""))
    with db.read() as tx:
        assert not tx.is_postgresql
    db.close()


@pytest.mark.parametrize("command", ["serve", "worker"])
def test_command_ends_with_status_2_and_the_sentences(command, tmp_path):
    said = subprocess.run(
        [sys.executable, "-c", f"from plugin.cli.{command} import {command}; {command}([])"],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env={"PATH": "", "REJOIN_DATABASE_URL": "sqlite:///x.db"},
    )
    assert said.returncode == 2
    assert "REJOIN_ZOOM_WEBHOOK_SECRETS is not set" in said.stderr
    assert "REJOIN_DATA_KEYS" in said.stderr
    assert "Traceback" not in said.stderr


def test_unknown_setting_of_the_environment_file_is_named(tmp_path):
    (tmp_path / ".env").write_text("REJOIN_WEBHOOK_SECRET=oops\n")
    said = subprocess.run(
        [sys.executable, "-c", "from plugin.cli.serve import serve; serve([])"],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env={"PATH": ""},
    )
    assert said.returncode == 2
    assert "REJOIN_WEBHOOK_SECRET" in said.stderr
    assert "oops" not in said.stderr
