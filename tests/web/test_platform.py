"""Incidents at Zoom on the pages: entered, ended, corrected, withdrawn; what was written is not lost."""

from __future__ import annotations

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from plugin.storage.tables import delivery, platform_incident
from tests.web.conftest import NINE

STATUS = "https://status.zoom.us/incidents/abc"


@pytest.fixture
def tess(visit, rejoin):
    """Tess looks at the page at ten past nine."""
    rejoin.clock.set(NINE + timedelta(minutes=10))
    someone = visit("tess")
    someone.get("/platform")
    return someone


def entered(rejoin) -> list:
    with rejoin.db.read() as tx:
        return list(tx.execute(platform_incident.select().order_by(platform_incident.c.id)))


def words(rejoin) -> int:
    """How many words of evidence there are."""
    with rejoin.db.read() as tx:
        return len(tx.execute(delivery.select()).all())


def wall(rejoin, minutes: int) -> str:
    """So many minutes after nine as the form takes it, by the clock of the staff."""
    return (NINE + timedelta(minutes=minutes)).astimezone(ZoneInfo(rejoin.settings.timezone)).strftime("%Y-%m-%dT%H:%M")


def test_one_is_entered_ended_corrected_and_withdrawn(tess, rejoin):
    tess.submit('action="/platform"', **{"part": "audio", "from": wall(rejoin, 2), "until": "", "source": STATUS})
    assert "It is evidence now" in tess.text
    assert "goes on since" in tess.text
    assert f'href="{STATUS}"' in tess.page.text
    tess.submit('action="/platform/1/end"')
    assert "It is over." in tess.text
    tess.get("/platform/1")
    tess.submit(
        'action="/platform/1"', **{"part": "video", "from": wall(rejoin, 1), "until": wall(rejoin, 9), "source": "N-7"}
    )
    assert "Known from N-7; entered by tess" in tess.text
    tess.get("/platform/1")
    tess.submit('action="/platform/1/withdraw"')
    assert "withdrawn" in tess.text
    (row,) = entered(rejoin)
    assert (row.part, row.state, row.version) == ("video", "withdrawn", 4)
    assert words(rejoin) == 4


def test_what_was_written_stays_in_the_form_when_it_cannot_be_entered(tess, rejoin):
    late = {"part": "audio", "from": wall(rejoin, 30), "until": "", "source": "N-7"}
    assert tess.submit('action="/platform"', **late).status_code == 422
    assert "has not come yet" in tess.text
    assert 'value="N-7"' in tess.page.text
    for wrong in ("yesterday", "2026-13-40T00:00"):
        assert tess.submit('action="/platform"', **(late | {"from": wrong})).status_code == 422
    assert entered(rejoin) == []


def test_who_comes_second_sees_how_it_stands(tess, visit, rejoin):
    fields = {"part": "audio", "from": wall(rejoin, 2), "until": "", "source": "N-7"}
    tess.submit('action="/platform"', **fields)
    tess.get("/platform/1")
    ada = visit("ada")
    ada.get("/platform")
    ada.submit('action="/platform/1/end"')
    assert tess.submit('action="/platform/1"', **(fields | {"part": "video"})).status_code == 409
    assert [(row.part, row.state) for row in entered(rejoin)] == [("audio", "over")]


def test_coordinator_reads_along(visit, tess, rejoin):
    tess.submit('action="/platform"', **{"part": "audio", "from": wall(rejoin, 2), "until": "", "source": "N-7"})
    cora = visit("cora")
    cora.get("/tickets")
    assert "Incidents at Zoom" in cora.text
    cora.get("/platform")
    assert "goes on" in cora.text
    assert "<form" not in cora.page.text.split("<main", 1)[1]
