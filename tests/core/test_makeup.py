"""Make-up work: what may be handed in, and what may stand in an item of the catalogue."""

from __future__ import annotations

import pytest

from plugin.core.makeup import attachment
from plugin.core.makeup_item import ItemProblem, checked

ITEM = {"code": "M1", "title": "Chapter two", "module": "", "text": "", "link": "", "minutes": "30"}


@pytest.mark.parametrize(
    ("content", "taken"),
    [(b"", False), (b"%PDF", False), (b"%PDF-", True), (b"%PDF-12345", True), (b"%PDF-123456", False)],
)
def test_file_is_taken_by_how_it_begins_and_up_to_the_size_that_is_allowed(content, taken):
    assert (attachment("notes.pdf", content, 10) is not None) is taken


@pytest.mark.parametrize(
    ("name", "most"), [("code", 100), ("title", 200), ("module", 100), ("text", 4000), ("link", 500)]
)
def test_value_of_an_item_is_as_long_as_there_is_room_for(name, most):
    begin = "https://" if name == "link" else ""
    longest = begin + "x" * (most - len(begin))
    assert checked(ITEM | {name: longest})[name] == longest
    with pytest.raises(ItemProblem, match=f"The {name} is longer than {most} characters"):
        checked(ITEM | {name: longest + "x"})


@pytest.mark.parametrize(
    ("link", "taken"),
    [("", True), ("https://a.example/x", True), ("http://a.example/x", False), ("https://a.example/x y", False)],
)
def test_link_of_an_item_is_a_safe_one_without_a_space(link, taken):
    assert _is_taken(link=link) is taken


@pytest.mark.parametrize(("name", "taken"), [("title", False), ("module", False), ("code", False), ("text", True)])
def test_only_the_text_of_an_item_has_several_lines(name, taken):
    assert _is_taken(**{name: "one\ntwo"}) is taken


@pytest.mark.parametrize(
    ("minutes", "taken"),
    [("0", True), ("600", True), ("601", False), ("99999", False), ("100000", False), ("", False), ("-1", False),
     ("1.5", False), ("٣", False), ("9" * 5000, False)],
)  # fmt: skip
def test_minutes_of_an_item_are_a_number_up_to_ten_hours(minutes, taken):
    assert _is_taken(minutes=minutes) is taken


def _is_taken(**changes: str) -> bool:
    try:
        return bool(checked(ITEM | changes))
    except ItemProblem:
        return False
