"""What the stories about people share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import responses

from tests.people.house import House, zoom_makes


@pytest.fixture
def house(rejoin) -> House:
    """One appointment of Alice with Dora, on both databases."""
    return House(rejoin)


@pytest.fixture
def missed(house) -> House:
    """Alice did not come; an offer is proposed."""
    house.miss()
    return house


@pytest.fixture
def sent(missed) -> House:
    """A coordinator approved the offer, and it went out."""
    missed.approve()
    return missed


@pytest.fixture
def zoom() -> Iterator[responses.RequestsMock]:
    """A Zoom that makes what it is asked for."""
    with responses.RequestsMock(assert_all_requests_are_fired=False) as edge:
        zoom_makes(edge)
        yield edge
