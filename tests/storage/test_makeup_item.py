"""Items of the catalogue on both databases: nobody overwrites another's change without knowing."""

from __future__ import annotations

from datetime import UTC, datetime

from plugin.storage import makeup as makeups

NOW = datetime(2026, 11, 23, 14, 0, tzinfo=UTC)
WORDS = {"module": "anger-1", "minutes": 20, "title": "Diary", "text": "Three moments.", "link": ""}


def test_item_is_changed_only_as_it_was_seen(database):
    with database.begin() as tx:
        number = makeups.add_item(tx, "a-1", **WORDS, now=NOW)
        assert makeups.add_item(tx, "a-1", **WORDS, now=NOW) is None
        assert makeups.change_item(tx, number, 1, **WORDS | {"minutes": 30}, now=NOW)
        assert not makeups.change_item(tx, number, 1, **WORDS | {"minutes": 40}, now=NOW)
        assert makeups.retire(tx, number, NOW)
        assert not makeups.change_item(tx, number, 2, **WORDS | {"minutes": 40}, now=NOW)
        assert makeups.change_item(tx, number, 3, **WORDS | {"minutes": 50}, now=NOW)
        found = makeups.item(tx, number)
    assert (found.minutes, found.retired_at) == (50, NOW)


def test_file_changes_an_item_and_brings_it_back(database):
    with database.begin() as tx:
        number = makeups.add_item(tx, "a-1", **WORDS, now=NOW)
        makeups.retire(tx, number, NOW)
        makeups.put_item(tx, "a-1", **WORDS | {"minutes": 30}, now=NOW)
        found = makeups.item(tx, number)
        assert not makeups.change_item(tx, number, 2, **WORDS, now=NOW)
    assert (found.minutes, found.retired_at) == (30, None)
