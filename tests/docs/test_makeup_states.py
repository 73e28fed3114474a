"""The table of make-up states in the documents is that of the program."""

from __future__ import annotations

import re
from pathlib import Path

from plugin.core.makeup import TRANSITIONS

STATES = Path(__file__).parents[2] / "docs/states.md"


def test_makeup_work_can_go_where_the_table_says_and_nowhere_else():
    text = re.search(r"^## Make-up$(.*?)(?=^## |\Z)", STATES.read_text(), re.MULTILINE | re.DOTALL).group(1)
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in text.splitlines() if line[:1] == "|"][2:]
    told = {(state, step): leads_to for state, step, leads_to, _ in rows}
    assert told == {(state.value, step.value): to.value for (state, step), to in TRANSITIONS.items()}
