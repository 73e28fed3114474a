"""The contract in the documents has the words of the program, all of them and no other."""

from __future__ import annotations

import re
from pathlib import Path

from plugin.api.assessment import AssessmentTold
from plugin.core.action import ActionKind
from plugin.core.assessment import Cause, Flag, Outcome
from plugin.core.result import Result
from plugin.roster import OPTIONAL, REQUIRED
from webhooks.wire_kind import OWN_KINDS, REPORT_KINDS

TEXT = (Path(__file__).parents[2] / "docs" / "contract.md").read_text()


def section(title: str) -> str:
    """What stands below this heading."""
    return re.search(rf"^## {re.escape(title)}$(.*?)(?=^## |\Z)", TEXT, re.MULTILINE | re.DOTALL)[1]


def rows(title: str) -> list[tuple[str, ...]]:
    """The rows of the table below this heading, without its head."""
    lines = [line.strip("|").split("|") for line in section(title).splitlines() if line.startswith("|")]
    return [tuple(cell.strip() for cell in row) for row in lines[2:]]


def words(title: str) -> list[str]:
    """What the first column of that table names."""
    return [word for row in rows(title) for word in re.findall(r"`([^`]+)`", row[0])]


def test_columns_of_the_roster_are_those_that_are_read():
    told = {row[0].strip("`"): row[1] for row in rows("ROSTER.csv")}
    assert {name for name, required in told.items() if required == "yes"} == set(REQUIRED)
    assert set(told) == {*REQUIRED, *OPTIONAL}


def test_events_of_our_own_are_those_that_are_read():
    assert set(words("EVENTS.jsonl")) == {*OWN_KINDS, *REPORT_KINDS}


def test_a_result_has_these_fields_in_this_order():
    assert words("A result") == list(Result.__struct_encode_fields__)


def test_the_api_tells_all_of_a_result():
    assert set(Result.__struct_encode_fields__) <= set(AssessmentTold.model_fields)


def test_words_of_a_verdict_are_told():
    assert words("Outcome") == list(Outcome)
    assert words("Cause") == list(Cause)
    assert re.findall(r"`([a-z-]+)`", section("Flags").strip().split("\n\n")[0]) == list(Flag)


def test_actions_are_told():
    assert words("Actions") == list(ActionKind)
