"""What the documents name is there: files, tests, commands, settings, benchmarks; and nothing in docs/ is left over."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks.__main__ import BENCHMARKS
from config.settings import Settings
from plugin.cli.main import COMMANDS

ROOT = Path(__file__).parents[2]
DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
TESTS = {path.name for path in (ROOT / "tests").rglob("*.py")}
TARGETS = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
SETTINGS = {f"REJOIN_{name.upper()}" for name in Settings.model_fields}
PATH = re.compile(r"(?<![\w/.])(?:plugin|webhooks|config|tests|docs|benchmarks)/[\w./@-]*\w")
YOURS = "plugin/adapters/YOURS.py"
"""Stands for a file that somebody is about to write."""


def named_in_vain(text: str) -> Iterator[str]:
    """What a document names and nobody finds."""
    yield from (path for path in PATH.findall(text) if path != YOURS and not (ROOT / path).exists())
    yield from (name for name in re.findall(r"\btest_\w+\.py", text) if name not in TESTS)
    yield from (f"rejoin {name}" for name in re.findall(r"`(?:\S*/)?rejoin ([a-z-]+)", text) if name not in COMMANDS)
    yield from (f"make {name}" for name in re.findall(r"(?:`|^)make ([a-z]+)", text, re.M) if name not in TARGETS)
    yield from (name for name in re.findall(r"REJOIN_[A-Z_]+[A-Z]", text) if name not in SETTINGS)
    yield from (name for name in re.findall(r"-m benchmarks ([a-z]+)", text) if name not in BENCHMARKS)


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_what_a_document_names_is_there(document: Path):
    assert list(named_in_vain(document.read_text())) == []


@pytest.mark.parametrize(
    "text",
    ["see plugin/core/leave.py", "told by test_gone.py", "`rejoin fly`", "`make coffee`", "`REJOIN_COLOUR`",
     "`python -m benchmarks speed`"],
)  # fmt: skip
def test_what_is_gone_is_found_out(text):
    assert len(list(named_in_vain(text))) == 1


def test_every_page_and_picture_is_shown_somewhere():
    told = "".join(path.read_text() for path in DOCUMENTS)
    folders = ("docs/decisions/",)
    assert all(folder in told for folder in folders)
    files = [path.relative_to(ROOT) for path in sorted((ROOT / "docs").rglob("*")) if path.is_file()]
    unseen = [str(path) for path in files if path.name not in told and not str(path).startswith(folders)]
    assert unseen == []


def test_rule_that_is_shown_to_contributors_is_one_that_is_asked():
    [shown] = re.findall(r"```python\n(.*?)```", (ROOT / "CONTRIBUTING.md").read_text(), re.DOTALL)
    assert shown in (ROOT / "plugin" / "core" / "rules" / "doubt.py").read_text()
