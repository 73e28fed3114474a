"""Who asks the loaded tests about a mutant is told the truth: noticed, survived, reached by no test, to be loaded."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
CORE = """
from functools import lru_cache

LIMIT = 2


def late(minutes):
    return minutes > LIMIT


@lru_cache
def kept(minutes):
    return (minutes > 4
            and minutes < 9)


def once():
    return 1


def never():
    return 1


KNOWN = once()
"""
TESTS = """
from plugin.core import clinic

BEFORE = []


def test_two_minutes_are_not_late():
    BEFORE.append("two")
    assert not clinic.late(2)


def test_something_is_said_of_five():
    BEFORE.append("five")
    clinic.kept(5)


def test_five_are_kept():
    assert clinic.kept(5)


def test_fails_after_the_first_alone():
    clinic.late(1)
    assert BEFORE in ([], ["two", "five"])
"""


def _mutant(what: str, instead: str) -> dict[str, object]:
    line = CORE[: CORE.index(what)].count("\n") + 1 + what.count("\n")
    return {"line": line, "after": CORE.replace(what, instead)}


@pytest.fixture(scope="module")
def ask(tmp_path_factory):
    """Ask the tests of a small clinic about a change of it."""
    folder = tmp_path_factory.mktemp("clinic")
    files = {"plugin/__init__.py": "", "plugin/core/__init__.py": "", "plugin/core/clinic.py": CORE}
    for name, text in (files | {"tests/core/test_clinic.py": TESTS}).items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    command = [sys.executable, "-m", "tests.mutants.loaded", "tests/core/test_clinic.py"]
    environment = os.environ | {"PYTHONPATH": f"{folder}:{ROOT}"}
    pipe = subprocess.PIPE
    with subprocess.Popen(command, cwd=folder, env=environment, stdin=pipe, stdout=pipe, text=True) as tests:
        assert json.loads(tests.stdout.readline())["failed"] == []

        def ask(what: str, instead: str) -> tuple[str, str]:
            about = {"file": f"{folder}/plugin/core/clinic.py", "before": CORE, "near": []}
            print(json.dumps(about | _mutant(what, instead)), file=tests.stdin, flush=True)
            told = json.loads(tests.stdout.readline())
            return told["fate"], told["by"].partition("::")[2]

        yield ask
        tests.stdin.close()


def test_a_test_that_fails_notices(ask):
    assert ask("minutes > LIMIT", "minutes >= LIMIT") == ("killed", "test_two_minutes_are_not_late")


def test_what_only_the_cache_keeps_from_a_line_reaches_it(ask):
    assert ask("minutes < 9", "minutes < 1") == ("killed", "test_five_are_kept")


def test_what_makes_no_difference_to_any_test_survives(ask):
    assert ask("minutes < 9", "minutes < 8") == ("survived", "")


def test_a_test_that_fails_after_another_only_notices_nothing(ask):
    # Who noticed the last one is asked first; two of the four come to the line.
    assert ask("minutes > LIMIT", "minutes >= LIMIT") == ("killed", "test_two_minutes_are_not_late")
    assert ask("minutes > LIMIT", "minutes > 7") == ("survived", "")


def test_a_line_where_no_test_comes_is_told(ask):
    assert ask("never():\n    return 1", "never():\n    return 2") == ("unreached", "")


@pytest.mark.parametrize(
    ("what", "instead"), [("LIMIT = 2", "LIMIT = 3"), ("once():\n    return 1", "once():\n    return 3")]
)
def test_what_has_run_before_the_tests_has_to_be_loaded(ask, what, instead):
    assert ask(what, instead)[0] == "afresh"
