"""The picture: well-formed, told to those who cannot see it, and with the numbers as text."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest

from plugin.evaluation.picture import picture
from plugin.evaluation.target import hold_against
from tests.evaluation.people import figures, judged, no_show, open_verdict, was

SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture
def drawn() -> ElementTree.Element:
    came, blamed, unclear = was("attended", minutes=50.0), was("missed", "technical"), was("missed", "absence")
    found = figures((came, judged(came)), (blamed, no_show(blamed)), (unclear, open_verdict(unclear)))
    return ElementTree.fromstring(picture(found, hold_against(found)))


def words(drawn: ElementTree.Element) -> list[str]:
    return [text.text or "" for text in drawn.iter(f"{SVG}text")]


def test_every_count_of_the_matrix_stands_as_text(drawn: ElementTree.Element):
    cells = [text.text for text in drawn.iter(f"{SVG}text") if text.get("class") in {"n", "n z"}]
    counts = [int(cell) for cell in cells if cell.isdigit()]
    assert len(counts) == 6 * 7
    assert sum(counts) == 3


def test_it_is_told_to_those_who_cannot_see_it(drawn: ElementTree.Element):
    assert drawn.get("role") == "img"
    named = {element.get("id") for element in drawn if element.tag in {f"{SVG}title", f"{SVG}desc"}}
    assert drawn.get("aria-labelledby", "").split() == ["title", "desc"]
    assert named == {"title", "desc"}
    assert "right in 1, wrong in 1 and undetermined in 1" in (drawn.findtext(f"{SVG}desc") or "")


def test_confidence_and_targets_are_in_it(drawn: ElementTree.Element):
    assert "50 % of 2" in words(drawn)
    assert "none says anything; 1 undetermined" in words(drawn)
    assert "not met" in words(drawn)


def test_causes_are_in_it_with_precision_and_recall(drawn: ElementTree.Element):
    shown = words(drawn)
    row = shown.index("no-show", shown.index("Causes, and no-shows") + 1)
    # One was a no-show and was left open; the one verdict that says so is wrong.
    assert shown[row : row + 6] == ["no-show", "1", "1", "1", "0 %", "0 %"]


def test_colours_tell_right_open_and_wrong_apart(drawn: ElementTree.Element):
    coloured = [r.get("class") for r in drawn.iter(f"{SVG}rect") if r.get("class") in {"right", "open", "wrong"}]
    # attended as attended; missed (for technical reasons) as missed is the outcome right, its cause is not; one open.
    assert coloured[:3] == ["right", "right", "open"]


def test_it_needs_nothing_from_elsewhere_and_stays_within_its_frame(drawn: ElementTree.Element):
    text = ElementTree.tostring(drawn, encoding="unicode")
    assert "href" not in text
    assert "url(" not in text
    _, _, width, height = map(float, drawn.get("viewBox", "").split())
    for rect in drawn.iter(f"{SVG}rect"):
        assert float(rect.get("x", 0)) + float(rect.get("width", 0)) <= width
        assert float(rect.get("y", 0)) + float(rect.get("height", 0)) <= height
    assert all(float(text.get("y", 0)) <= height for text in drawn.iter(f"{SVG}text"))
