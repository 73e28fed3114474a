"""What the README promises is so: its settings are the settings, its links lead somewhere, its commands exist."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from config.settings import Settings
from plugin.cli.main import COMMANDS

ROOT = Path(__file__).parents[2]
DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
LINK = re.compile(r"\]\(([^)#]+)(?:#[^)]*)?\)")
VALUE = (bool, int, float, str)


def row_of(name: str) -> str:
    """A setting's row of the table, made from its definition."""
    setting = Settings.model_fields[name]
    default = setting.default
    shown = f"`{default}`" if isinstance(default, VALUE) and default != "" else ""
    return f"| `REJOIN_{name.upper()}` | {shown} | {setting.description} |"


@pytest.mark.parametrize("name", Settings.model_fields)
def test_setting_stands_in_the_table_as_it_is_defined(name: str):
    lines = (ROOT / "README.md").read_text().splitlines()
    assert row_of(name) in lines, f"README.md lacks this row of the settings table:\n{row_of(name)}"


def test_table_has_no_setting_that_does_not_exist():
    told = set(re.findall(r"^\| `REJOIN_([A-Z_]+)`", (ROOT / "README.md").read_text(), re.MULTILINE))
    assert told == {name.upper() for name in Settings.model_fields}


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_lead_to_files_that_are_there(document: Path):
    targets = [target for target in LINK.findall(document.read_text()) if "://" not in target]
    missing = [target for target in targets if not (document.parent / target).exists()]
    assert not missing, f"{document.name} links to what is not there: {missing}"


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_into_a_page_lead_to_a_heading(document: Path):
    links = re.findall(r"\]\(([^)#:]*)#([^)]+)\)", document.read_text())
    assert [to for page, to in links if to not in headings((document.parent / page) if page else document)] == []


def headings(page: Path) -> set[str]:
    """What a page's headings are called in a link."""
    told = re.findall(r"^#+ (.+)$", page.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", one.lower()).strip().replace(" ", "-") for one in told}


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_is_told(command: str):
    assert f"`rejoin {command}" in (ROOT / "README.md").read_text()
