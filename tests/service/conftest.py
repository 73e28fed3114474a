"""What the tests of the running service share."""

from __future__ import annotations

import pytest

from tests.service.process import Service


@pytest.fixture
def service(sqlite_url, sqlite_database, tmp_path) -> Service:
    """A service on SQLite that does not run yet."""
    return Service(sqlite_url, tmp_path, sqlite_database)
