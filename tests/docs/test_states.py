"""The tables of states in the documents are those of the program."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from plugin.core import makeup, offer

STATES = Path(__file__).parents[2] / "docs/states.md"


def section(title: str) -> list[tuple[str, ...]]:
    """The rows of the table below this heading, without its head."""
    text = re.search(rf"^## {title}$(.*?)(?=^## |\Z)", STATES.read_text(), re.MULTILINE | re.DOTALL).group(1)
    rows = [line.strip("|").split("|") for line in text.splitlines() if line.startswith("|")]
    return [tuple(cell.strip() for cell in row) for row in rows[2:]]


@pytest.mark.parametrize(("title", "transitions"), [("Offer", offer.TRANSITIONS), ("Make-up", makeup.TRANSITIONS)])
def test_it_can_go_where_the_table_says_and_nowhere_else(title, transitions):
    told = {(state, step): leads_to for state, step, leads_to, _ in section(title)}
    assert told == {(state.value, step.value): to.value for (state, step), to in transitions.items()}
