"""The feed on the pages: a banner wherever staff look, and a page that says what is known."""

from __future__ import annotations

from datetime import timedelta

import pytest

from plugin.core.feed import BlindCause, BlindInterval
from plugin.storage import blindness, feed
from plugin.storage.feed import Sign
from tests.web.conftest import LOGINS, NINE

BANNER = "We may not hear everything from Zoom"


@pytest.fixture
def blind(rejoin):
    """Since nine nothing was heard from Zoom; it is half past nine."""
    rejoin.clock.set(NINE + timedelta(minutes=30))
    with rejoin.db.begin() as tx:
        why = "Nothing at all was heard from Zoom, though 2 scheduled meetings should have begun."
        gap = BlindInterval(BlindCause.SILENCE, NINE, None, why)
        return blindness.open_interval(tx, gap, NINE + timedelta(minutes=10))


@pytest.mark.parametrize("login", LOGINS.values())
def test_everybody_sees_that_we_are_blind_on_every_page(visit, blind, login):
    someone = visit(login)
    for path in ("/", "/feed"):
        someone.get(path)
        assert f"{BANNER} since Mon 23 Nov, 09:00: nothing heard from Zoom." in someone.text


def test_who_is_not_signed_in_sees_nothing_of_it(visit, blind):
    someone = visit()
    someone.get("/sign-in")
    assert BANNER not in someone.text


def test_without_a_blind_time_there_is_no_banner(visit, rejoin):
    cora = visit("cora")
    cora.get("/")
    assert BANNER not in cora.text
    cora.get("/feed")
    assert "Nothing was heard from Zoom yet." in cora.text
    assert "None so far." in cora.text


def test_page_tells_signs_and_what_became_of_blind_times(visit, rejoin, blind, zoom):
    zoom.started(NINE - timedelta(minutes=5))
    with rejoin.db.begin() as tx:
        feed.note(
            tx, "receiver-1",
            [
                Sign(feed.VALIDATED, 1, NINE - timedelta(hours=2), NINE - timedelta(hours=2)),
                Sign(feed.SKEW, 12, NINE, NINE + timedelta(minutes=29), timedelta(seconds=-0.4)),
                Sign(feed.DELIVERY, 1, NINE, NINE + timedelta(minutes=29)),
                Sign(feed.REFUSED_VALIDATION, 2, NINE, NINE),
            ],
        )  # fmt: skip
        blindness.close_interval(tx, blind, NINE + timedelta(minutes=29), NINE + timedelta(minutes=30))
        blindness.tell_recovery(tx, blind, "Zoom's log had 3 failed deliveries; 2 of them were new to us.")
    tess = visit("tess")
    tess.get("/feed")
    assert "Zoom is heard." in tess.text
    assert "Last delivery Mon 23 Nov, 09:29" in tess.text
    assert "Last validation by Zoom Mon 23 Nov, 07:00" in tess.text
    assert "-0.4 s from 12 deliveries" in tess.text
    assert "Something may be missing; nobody is called absent for it." in tess.text
    assert "2 of them were new to us." in tess.text
    with rejoin.db.begin() as tx:
        blindness.heal(tx, blind, NINE + timedelta(minutes=30))
    tess.get("/feed")
    assert "What was missed is known" in tess.text


def test_validation_that_failed_twice_is_remarked_before_zoom_stops(visit, rejoin):
    with rejoin.db.begin() as tx:
        feed.note(tx, "receiver-1", [Sign(feed.REFUSED_VALIDATION, 2, NINE, NINE)])
    ada = visit("ada")
    ada.get("/feed")
    assert "failed 2 times in a row; after 6 Zoom stops sending." in ada.text
