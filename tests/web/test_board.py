"""Today's board and an appointment's own page, from deliveries to what a person reads."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from plugin.core.appointment import Status
from plugin.storage.tables import participant
from plugin.web.moment import zone_name
from tests.web.conftest import NAME, NINE
from tests.web.zoom import LOST, Zoom


def minutes(number: float) -> timedelta:
    return timedelta(minutes=number)


@pytest.fixture
def running(rejoin, put, zoom):
    """Ten past nine: the session was opened by Dr. Rivera at nine."""
    put("A-1")
    zoom.started(NINE)
    zoom.joined("reg-rivera", NINE)
    rejoin.clock.set(NINE + minutes(10))
    return zoom


def test_whoever_waits_has_arrived(visit, running):
    running.waits("reg-017", NINE + minutes(2))
    running.judge("A-1")
    cora = visit("cora")

    cora.get("/")

    assert "arrived, waiting to be let in since 09:02" in cora.text
    assert "1 running · 1 in session · 1 waiting to be let in · 0 missing or cut off" in cora.text
    assert "not seen" not in cora.text


def test_somebody_cut_off_is_told_from_somebody_who_never_came(visit, running, put):
    running.joined("reg-017", NINE + minutes(1))
    running.left("reg-017", NINE + minutes(7), LOST)
    put("A-2", meeting_id="80299999999")
    running.judge("A-1", "A-2")
    tess = visit("tess")

    tess.get("/")

    assert "C-017 client cut off since 09:07" in tess.text
    assert "C-017 client not seen yet since 09:00" in tess.text


def test_the_board_asks_again_and_is_answered_only_when_something_changed(visit, running):
    running.judge("A-1")
    cora = visit("cora")
    cora.get("/")
    again = re.search(r'hx-get="([^"]+)"', cora.page.text).group(1).replace("&amp;", "&")

    assert cora.get(again).status_code == 204
    running.joined("reg-017", NINE + minutes(9))
    running.judge("A-1")
    changed = cora.get(again)

    assert changed.status_code == 200
    assert "in the session since 09:09" in cora.text
    assert "<html" not in changed.text
    assert 'hx-swap-oob="innerHTML"' in changed.text


def test_a_name_that_cannot_be_opened_any_more_takes_no_page_away_and_is_told_where_it_stands(
    visit, rejoin, running, put
):
    put("A-2", meeting_id="80299999999")
    with rejoin.db.begin() as tx:
        theirs = participant.update().where(participant.c.appointment_id == "A-2", participant.c.role == "client")
        tx.execute(theirs.values(name_sealed=b"spoilt"))
    cora = visit("cora")

    cora.get("/")

    assert "A-1" in cora.page.text
    assert NAME in cora.text
    assert cora.text.count("(cannot be opened)") == 1


def test_a_fragment_for_somebody_whose_session_ended_sends_the_whole_page_to_the_sign_in(visit):
    answer = visit().get("/board/live", headers={"HX-Request": "true"})

    assert answer.status_code == 401
    assert answer.headers["HX-Redirect"] == "/sign-in"


def test_the_day_is_a_day_of_the_staffs_zone(visit, put):
    put("LATE", starts_at=NINE + timedelta(hours=14), ends_at=NINE + timedelta(hours=14.8))  # 23:00 in New York
    cora = visit("cora")

    assert "LATE" in cora.get("/?day=2026-11-23").text
    assert "LATE" not in cora.get("/?day=2026-11-24").text
    assert cora.get("/?day=nonsense").status_code == 200


def test_a_cancelled_session_is_shown_as_such(visit, put):
    put("A-1", status=Status.CANCELLED)
    cora = visit("cora")

    cora.get("/")

    assert "Cancelled" in cora.text
    assert "not seen" not in cora.text


def test_an_appointment_shows_its_picture_its_table_and_its_reasons(visit, rejoin, running):
    running.joined("reg-017", NINE + minutes(1))
    running.left("reg-017", NINE + minutes(12), LOST)
    running.joined("reg-017", NINE + minutes(15))
    running.left("reg-017", NINE + minutes(50))
    running.left("reg-rivera", NINE + minutes(50))
    running.ended(NINE + minutes(50))
    rejoin.clock.set(NINE + timedelta(hours=4))
    running.judge("A-1")
    cora = visit("cora")

    page = cora.get("/appointments/A-1").text

    assert page.count('class="bar present"') == 3
    assert "C-017: in the session from 09:01 to 09:12; gone from 09:12 to 09:15; in the session from 09:15" in cora.text
    assert re.search(r"C-017</th><td>in the session</td><td>09:15:00</td><td>09:50:00", page)
    assert "Attended the session. Final." in cora.text
    assert "was cut off and came back" in cora.text
    assert "The person's connection broke." in cora.text
    assert re.search(r"\d+ other rules asked, not met", cora.text)
    number = re.search(r'href="#delivery-(\d+)"', page).group(1)
    assert f'id="delivery-{number}"' in page
    assert "History of the verdicts" in cora.text


def test_what_a_verdict_rests_on_from_another_meeting_is_on_the_page_and_told_apart(visit, rejoin, running, put):
    elsewhere = Zoom(rejoin, NINE + minutes(50), "80299999999")
    put("A-2", meeting_id="80299999999", starts_at=NINE + minutes(50), ends_at=NINE + minutes(100))
    running.joined("reg-017", NINE + minutes(1))
    running.left("reg-017", NINE + minutes(30), LOST)
    running.left("reg-rivera", NINE + minutes(50))
    running.ended(NINE + minutes(50))
    elsewhere.started(NINE + minutes(50))
    elsewhere.joined("reg-rivera", NINE + minutes(50))
    elsewhere.left("reg-rivera", NINE + minutes(100))
    elsewhere.ended(NINE + minutes(100))
    rejoin.clock.set(NINE + timedelta(hours=5))
    running.judge("A-1", "A-2")
    cora = visit("cora")

    page = cora.get("/appointments/A-2").text

    assert "They had dropped out of their session before, in another meeting, at 09:30:00 EST" in cora.text
    assert "4 deliveries about this appointment and 1 from elsewhere that a verdict rests on" in cora.text
    assert "participant_left from elsewhere 09:30:00" in cora.text
    cited, shown = set(re.findall(r'href="#delivery-(\d+)"', page)), set(re.findall(r'id="delivery-(\d+)"', page))
    assert len(cited) >= 3
    assert cited <= shown
    assert not re.search(r"Rests on deliver(y|ies) (<a[^>]*>\d+</a>, )*\d", page)


def test_where_clinician_and_client_met_instead_is_on_the_page_of_a_session_of_which_nothing_was_heard(
    visit, rejoin, put
):
    elsewhere = Zoom(rejoin, NINE, "80299999999")
    put("A-1")
    elsewhere.joined("reg-rivera", NINE)
    elsewhere.joined("reg-017", NINE + minutes(2))
    elsewhere.ended(NINE + minutes(50))
    rejoin.clock.set(NINE + timedelta(hours=5))
    elsewhere.judge("A-1")
    cora = visit("cora")

    page = cora.get("/appointments/A-1").text

    assert "A clinician and a client were in another meeting together at that time" in cora.text
    assert "0 deliveries about this appointment and 2 from elsewhere that a verdict rests on" in cora.text
    cited, shown = set(re.findall(r'href="#delivery-(\d+)"', page)), set(re.findall(r'id="delivery-(\d+)"', page))
    assert len(cited) == 2
    assert cited == shown


@pytest.mark.parametrize(
    ("left", "told"),
    [
        (timedelta(minutes=12), "in the session from 09:01 to 09:12; gone from 09:12 to 09:40."),
        (timedelta(minutes=39), "in the session from 09:01 to 09:39; gone from 09:39 to 09:40."),
        (timedelta(minutes=39, seconds=1), "in the session from 09:01 to 09:39."),
    ],
    ids=["long before the clinician", "a minute before", "with the clinician"],
)
def test_the_picture_shows_who_did_not_come_back_as_gone_until_the_clinician_went(visit, rejoin, running, left, told):
    running.joined("reg-017", NINE + minutes(1))
    running.left("reg-017", NINE + left, LOST)
    running.left("reg-rivera", NINE + minutes(40))
    running.ended(NINE + minutes(40))
    rejoin.clock.set(NINE + timedelta(hours=4))
    running.judge("A-1")
    cora = visit("cora")

    cora.get("/appointments/A-1")

    assert f"C-017: {told}" in cora.text


def test_a_corrected_verdict_keeps_its_history(visit, rejoin, running):
    rejoin.clock.set(NINE + minutes(30))
    running.judge("A-1")
    cora = visit("cora")
    cora.get("/appointments/A-1")
    assert "Did not come to the session. Provisional" in cora.text

    running.joined("reg-017", NINE + minutes(1))
    running.judge("A-1")
    cora.get("/appointments/A-1")

    assert "Attended the session. Provisional" in cora.text
    history = cora.text.split("History of the verdicts")[1]
    assert "Did not come to the session" in history
    assert "(stands)" in history


def test_an_appointment_that_does_not_exist_is_said_kindly(visit):
    cora = visit("cora")

    assert cora.get("/appointments/NOPE").status_code == 404
    assert "There is no such page" in cora.text


def test_an_appointment_before_its_start_has_a_page_too(visit, rejoin, put):
    rejoin.clock.set(NINE - timedelta(days=1))
    put("A-1")
    cora = visit("cora")

    assert cora.get("/appointments/A-1").status_code == 200
    assert "Nothing has been judged yet." in cora.text


@pytest.mark.parametrize(
    ("zone", "told"),
    [("America/New_York", "New York time (EST)"), ("Asia/Dubai", "Dubai time (UTC+0400)"), ("UTC", "UTC")],
)
def test_a_zone_is_named_as_people_name_it(zone, told):
    from zoneinfo import ZoneInfo

    assert zone_name(ZoneInfo(zone), NINE) == told
