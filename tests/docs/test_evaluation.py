"""What the page about the evaluation says of the measured seed is what was measured."""

from __future__ import annotations

import json
import re
from pathlib import Path

DOCS = Path(__file__).parents[2] / "docs"
MEASURED = json.loads((DOCS / "evaluation.json").read_text())
SHOWN = {target["name"]: target["shown"] for target in MEASURED["targets"]}


def test_row_of_the_measured_seed_is_that_of_the_figures():
    [row] = re.findall(r"^\| \d+ \(`make evaluate`\) (.*)\|$", (DOCS / "evaluation.md").read_text(), re.MULTILINE)
    names = ("technical-precision", "technical-recall", "forbidden-no-shows", "false-no-shows", "review")
    told = [cell.strip() for cell in row.strip("|").split("|")]
    assert told == [*(SHOWN[name] for name in names), str(MEASURED["figures"]["wrong"])]


def test_sums_of_all_seeds_are_sums():
    text = (DOCS / "evaluation.md").read_text()
    rows = [[c.strip(" *") for c in line.strip("|").split("|")] for line in text.splitlines() if line.startswith("| ")]
    seeds = [row for row in rows if len(row) == 7 and row[0].split(" ")[0].isdigit()]
    [everything] = [row for row in rows if row[0] == "all five"]
    assert len(seeds) == 5
    for column in (3, 6):
        assert sum(int(row[column]) for row in seeds) == int(everything[column])


def test_picture_shows_the_same_figures():
    figures = MEASURED["figures"]
    told = f"the verdict is right in {figures['right']:,}, wrong in {figures['wrong']:,} and undetermined in"
    assert told in (DOCS / "evaluation.svg").read_text()
