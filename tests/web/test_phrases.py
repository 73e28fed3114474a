"""What the clients' pages say: the same in every language, each with the same names to fill in."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path
from string import Formatter
from zoneinfo import ZoneInfo

import pytest

from plugin.core import trouble
from plugin.core.standing import OVER, Choice, Standing
from plugin.service.language import DEFAULT
from plugin.web.phrase import languages, phrases, texts

CHICAGO = ZoneInfo("America/Chicago")
AT = datetime(2026, 11, 23, 14, 5, tzinfo=UTC)
TEMPLATES = Path(__file__).parents[2] / "plugin" / "web" / "templates"
# Words that would say what kind of session it is, or blame somebody.
TELLING = (
    "therap", "terap", "group session", "individual", "clinic", "mental", "treatment", "tratamiento", "diagnos",
    "no-show", "failed to", "fault", "culpa", "absent", "ausente",
)  # fmt: skip


def _flat(table, before: str = "") -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for key, value in table.items():
        name = f"{before}{key}"
        if isinstance(value, str):
            found[name] = [value]
        elif isinstance(value, list):
            found[name] = value
        else:
            found |= _flat(value, f"{name}.")
    return found


def _names(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name}


def test_there_are_english_and_spanish():
    assert set(languages()) >= {"en", "es"}


@pytest.mark.parametrize("language", [one for one in languages() if one != DEFAULT])
def test_every_language_has_the_same_texts_with_the_same_names(language):
    here, there = _flat(texts(DEFAULT)), _flat(texts(language))
    assert set(here) == set(there)
    for key in here.keys() - {"day"}:
        assert len(here[key]) == len(there[key]), key
        assert [_names(text) for text in here[key]] == [_names(text) for text in there[key]], key


@pytest.mark.parametrize("language", languages())
def test_no_text_says_what_kind_of_session_it_is_or_blames_somebody(language):
    said = " ".join(text for one in _flat(texts(language)).values() for text in one).lower()
    assert not [word for word in TELLING if word in said]


@pytest.mark.parametrize("language", languages())
def test_every_state_question_and_answer_has_its_text(language):
    known = _flat(texts(language))
    wanted = {f"told.{one}" for one in OVER | {Standing.NOTICED, Standing.CALLED_OFF}}
    wanted |= {f"next.{one}" for one in Choice if one is not Choice.NONE}
    for question in trouble.QUESTIONS:
        wanted |= {f"questions.{question.name}.{code}" for code in ("text", *question.answers)}
    assert not wanted - known.keys()


def test_templates_ask_for_no_text_that_there_is_not():
    known = _flat(texts(DEFAULT))
    asked = set()
    for path in TEMPLATES.glob("*.html"):
        asked |= set(re.findall(r'\bt(?:\.list)?\("([a-z.-]+[a-z])"', path.read_text()))
    assert len(asked) > 40
    assert not asked - known.keys()


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("", "Monday, November 23, 8:05 AM, Chicago time (CST)"),
        ("en-GB", "Monday, November 23, 08:05, Chicago time (CST)"),
        ("es", "lunes 23 de noviembre, 8:05 a.m., hora de Chicago (CST)"),
        ("es-QQ", "lunes 23 de noviembre, 8:05 a.m., hora de Chicago (CST)"),
        ("ES-mx", "lunes 23 de noviembre, 8:05 a.m., hora de Chicago (CST)"),
        ("fr", "Monday, November 23, 8:05 AM, Chicago time (CST)"),
    ],
)
def test_times_are_told_by_the_customs_of_the_reader(language, said):
    assert phrases(language, CHICAGO).moment(AT) == said


def test_who_has_no_language_in_the_roster_is_read_by_their_browser():
    assert phrases("", CHICAGO, ["pt-BR", "es-MX", "en"]).language == "es"
    assert phrases("en", CHICAGO, ["es"]).language == "en"


@pytest.mark.parametrize(
    ("zone", "name"),
    [("America/Sao_Paulo", "Sao Paulo time (UTC-0300)"), ("Europe/Berlin", "Berlin time (CET)"), ("UTC", "UTC")],
)
def test_zones_without_a_short_name_are_told_by_their_distance(zone, name):
    assert phrases("", ZoneInfo(zone)).zone_at(AT) == name
