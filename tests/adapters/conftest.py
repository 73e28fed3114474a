"""What the stories about adapters share: a real Request Tracker, where the package is installed."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.adapters.request_tracker import RealTracker, running_tracker


@pytest.fixture(scope="session")
def real_tracker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealTracker]:
    """A Request Tracker 5 of this machine on a database of its own; skipped, loudly, where there is none."""
    with running_tracker(tmp_path_factory.mktemp("request-tracker")) as tracker:
        yield tracker
