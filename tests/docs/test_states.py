"""The tables of states in the documents are those of the program."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from plugin.core import makeup, offer
from plugin.core.message import MessageState
from plugin.storage import platform_incident, ticket

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


@pytest.mark.parametrize(
    ("title", "to", "states"),
    [
        ("Ticket", 3, {ticket.OPEN, ticket.TAKEN, ticket.RESOLVED, ticket.ATTACHED}),
        ("Incident of the platform", 3, {platform_incident.ON, platform_incident.OVER, platform_incident.WITHDRAWN}),
        ("Message", 1, set(MessageState)),
    ],
)
def test_table_names_the_states_that_there_are(title, to, states):
    assert {state for row in section(title) for state in re.findall(r"`([a-z-]+)`", row[0] + row[to])} == states
