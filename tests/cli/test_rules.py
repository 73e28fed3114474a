"""`rejoin rules` as staff and operators use it."""

import ast
import json
import subprocess
import sys
from pathlib import Path

from plugin.core.assessment import Cause, Flag
from plugin.core.rules import RULES
from plugin.core.verdict import REASONS

ROOT = Path(__file__).parents[2]
REJOIN = str(Path(sys.executable).with_name("rejoin"))


def run(*more: str) -> str:
    return subprocess.run([REJOIN, "rules", *more], capture_output=True, text=True, check=True, timeout=60).stdout


def test_the_page_in_the_documents_is_what_the_command_prints():
    assert (ROOT / "docs" / "rules.md").read_text() == run("--format", "markdown")


def test_json_names_each_rule_once_with_a_sentence():
    told = json.loads(run("--format", "json"))
    assert [rule["rule"] for rule in told["rules"]] == [rule.name for rule in RULES]
    assert len({rule["rule"] for rule in told["rules"]}) == len(told["rules"])
    assert all(rule["sentence"].endswith(".") for rule in told["rules"])
    assert {rule["cause"] for rule in told["rules"]} <= {"", *Cause}
    assert {rule["flag"] for rule in told["rules"]} <= {"", *Flag}


def test_table_shows_a_rule_and_a_reason():
    shown = run()
    assert "connection-broke" in shown
    assert "feed-gap" in shown


def test_every_rule_says_something_when_it_has_nothing_to_look_at():
    assert all(rule.otherwise.endswith(".") for rule in RULES)
    assert all(rule.looks_at for rule in RULES)


def test_every_reason_that_the_judgement_gives_is_listed_and_no_other():
    modules = [path.read_text() for path in (ROOT / "plugin" / "core").glob("*.py")]
    judging = [text for text in modules if "from plugin.core.verdict import" in text]
    nodes = [node for text in judging for node in ast.walk(ast.parse(text))]
    texts = {node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)}
    assert set(REASONS) <= texts
    given = set()
    for node in nodes:
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.args:
            place = {"unknown": 0, "Verdict": 3}.get(node.func.id)
            if place is not None and isinstance(node.args[place], ast.Constant):
                given.add(node.args[place].value)
    assert given <= set(REASONS)
    assert len(given) > 8


def test_in_a_pipe_every_rule_stands_with_its_whole_name():
    shown = run()
    assert all(rule.name in shown for rule in RULES)
    assert "…" not in shown
