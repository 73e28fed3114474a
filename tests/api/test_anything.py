"""Whatever is sent, the service answers; it never falls over."""

from __future__ import annotations

import sqlite3

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from plugin.api.appointment import EXAMPLE

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
person = st.fixed_dictionaries({}, optional=dict.fromkeys(EXAMPLE["participants"][1], json_values))
changes = st.dictionaries(st.sampled_from([*EXAMPLE, "title", "status"]), json_values, max_size=2)
queries = st.dictionaries(st.sampled_from(["limit", "after", "state"]), st.text(max_size=9))


@pytest.fixture
def rejoin(rejoin_on_sqlite):
    return rejoin_on_sqlite


@given(changed=changes, people=st.none() | st.lists(person, max_size=2))
@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_json_is_stored_or_refused(program, changed: dict, people: list | None) -> None:
    feed = _feed(program)
    body = changed if people is None else changed | {"participants": people}
    answer = feed.put("A1", **body)
    assert answer.status_code in (200, 201, 422)
    if answer.status_code != 422:
        assert feed.get("/appointments/A1").status_code == 200


@given(
    path=st.text(max_size=20), query=st.dictionaries(st.sampled_from(["limit", "after", "state"]), st.text(max_size=9))
)
@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_address_and_query_is_answered(program, path: str, query: dict) -> None:
    feed = _feed(program)
    path = path.replace("?", "").replace("#", "").encode("utf-8", "surrogatepass").decode("latin-1")
    for collection in ("/appointments", "/tickets", "/offers"):
        assert feed.get(collection, **query).status_code in (200, 422)
        assert feed.get(f"{collection}/{path}").status_code in (200, 404, 405)


def test_busy_database_asks_the_program_to_come_again(program, rejoin) -> None:
    feed = program()
    other = sqlite3.connect(rejoin.db.engine.url.database, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    try:
        answer = feed.put("A1")
    finally:
        other.rollback()
        other.close()
    assert answer.status_code == 503
    assert answer.headers["Retry-After"] == "1"
    assert feed.put("A1").status_code == 201


def _feed(program):
    """One program for all examples of a property: its token is made once."""
    if not hasattr(program, "feed"):
        program.feed = program()
    return program.feed
