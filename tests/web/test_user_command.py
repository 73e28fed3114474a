"""`rejoin user`: accounts made by whoever runs the service."""

from __future__ import annotations

import pytest
from click.testing import CliRunner

from plugin.cli.user import user
from plugin.storage import staff
from tests.conftest import HASHER_OF_THE_SERVICE, KEY


@pytest.fixture
def run(monkeypatch, sqlite_url):
    """`run("add", "cora", …, typed="…")` as an operator would at a prompt."""
    for name, value in {"DATABASE_URL": sqlite_url, "DATA_KEYS": KEY, "ZOOM_WEBHOOK_SECRETS": "s"}.items():
        monkeypatch.setenv(f"REJOIN_{name}", value)
    return lambda *words, typed="": CliRunner().invoke(user, list(words), input=typed)


def test_an_operator_adds_a_coordinator_with_the_password_on_standard_input(run, sqlite_database):
    done = run("add", "Cora", "--role", "coordinator", typed="correct horse battery\n")

    assert done.exit_code == 0, done.output
    assert "correct horse" not in done.output
    with sqlite_database.read() as tx:
        assert staff.by_login(tx, "cora").role == "coordinator"
        assert staff.password_is_right(staff.password_hash(tx, "cora"), "correct horse battery")


def test_to_try_one_password_takes_64_mib_and_more_than_a_moment(monkeypatch):
    monkeypatch.setattr(staff, "_hasher", HASHER_OF_THE_SERVICE)
    stored = staff.hash_password("correct horse battery")
    assert stored.startswith("$argon2id$v=19$m=65536,t=3,p=4$")
    assert staff.password_is_right(stored, "correct horse battery")
    assert not staff.password_is_right(stored, "wrong horse battery")


@pytest.mark.parametrize(
    ("words", "typed", "told"),
    [
        (("add", "cora", "--role", "coordinator"), "short\n", "10 to 200 characters"),
        (("add", "c o r a", "--role", "coordinator"), "correct horse battery\n", "without spaces"),
        (("add", "rivera", "--role", "clinician"), "correct horse battery\n", "--clinician CODE"),
        (("add", "cora", "--role", "boss"), "", "'boss' is not one of"),
        (("password", "nobody"), "correct horse battery\n", "no account with the login 'nobody'"),
    ],
)
def test_what_cannot_be_is_refused_in_a_sentence(run, words, typed, told):
    done = run(*words, typed=typed)

    assert done.exit_code != 0
    assert told in done.output


def test_a_login_is_given_once_only(run):
    run("add", "cora", "--role", "coordinator", typed="correct horse battery\n")

    assert "is taken" in run("add", "CORA", "--role", "admin", typed="correct horse battery\n").output


def test_a_locked_account_cannot_sign_in_until_it_is_unlocked(run, sqlite_database):
    run("add", "cora", "--role", "coordinator", typed="correct horse battery\n")
    run("lock", "cora")
    with sqlite_database.read() as tx:
        assert staff.password_hash(tx, "cora") is None
    run("unlock", "cora")
    with sqlite_database.read() as tx:
        assert staff.password_hash(tx, "cora")
