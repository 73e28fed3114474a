"""A clinician's own calendar: its busy times are not offered, and nothing else of it is known here."""

from __future__ import annotations

import dataclasses
import sqlite3
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from plugin.adapters.calendar_file import busy_of_text
from plugin.adapters.outside_calendar import OutsideCalendars
from plugin.ports.outcome import Permanent, Temporary
from plugin.ports.queue import WorkKind
from plugin.service import calendar_watch, offering, picking
from plugin.service.calendar_watch import CalendarWatch
from plugin.storage import calendar as calendars
from plugin.storage import work
from tests.conftest import make_settings
from tests.people.house import House
from tests.people.radicale import PASSWORD, USER, Radicale

NEW_YORK = ZoneInfo("America/New_York")
SECRET = "Canary Therapy of Dora"
# Mondays from 10 to 11 in New York, but not on 2 November; the clocks change on 1 November 2026.
WEEKLY = f"""BEGIN:VCALENDAR\r
VERSION:2.0\r
PRODID:-//tests//EN\r
BEGIN:VTIMEZONE\r
TZID:America/New_York\r
BEGIN:DAYLIGHT\r
DTSTART:20070311T020000\r
RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=2SU\r
TZOFFSETFROM:-0500\r
TZOFFSETTO:-0400\r
TZNAME:EDT\r
END:DAYLIGHT\r
BEGIN:STANDARD\r
DTSTART:20071104T020000\r
RRULE:FREQ=YEARLY;BYMONTH=11;BYDAY=1SU\r
TZOFFSETFROM:-0400\r
TZOFFSETTO:-0500\r
TZNAME:EST\r
END:STANDARD\r
END:VTIMEZONE\r
BEGIN:VEVENT\r
UID:weekly@tests\r
DTSTAMP:20260101T000000Z\r
SUMMARY:{SECRET}\r
DTSTART;TZID=America/New_York:20261019T100000\r
DTEND;TZID=America/New_York:20261019T110000\r
RRULE:FREQ=WEEKLY;COUNT=5\r
EXDATE;TZID=America/New_York:20261102T100000\r
END:VEVENT\r
END:VCALENDAR\r
"""
FROM, UNTIL = datetime(2026, 10, 19, tzinfo=UTC), datetime(2026, 12, 1, tzinfo=UTC)


def event(lines: str, number: int = 1) -> str:
    return (
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//tests//EN\r\nBEGIN:VEVENT\r\n"
        f"UID:{number}@tests\r\nDTSTAMP:20260101T000000Z\r\nSUMMARY:{SECRET}\r\n{lines}\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
    )


def shown(spans) -> list[str]:
    return [f"{begin.astimezone(NEW_YORK):%d %b %H:%M}–{end.astimezone(NEW_YORK):%H:%M}" for begin, end in spans]


MONDAYS = ["19 Oct 10:00–11:00", "26 Oct 10:00–11:00", "09 Nov 10:00–11:00", "16 Nov 10:00–11:00"]


class TestFile:
    """An iCalendar file."""

    def test_ten_oclock_stays_ten_oclock_when_the_clocks_change_and_a_left_out_day_is_free(self):
        spans = busy_of_text(WEEKLY.encode(), "UTC", FROM, UNTIL)
        assert shown(spans) == MONDAYS
        assert spans[1][0].hour == 14  # summer time
        assert spans[2][0].hour == 15

    @pytest.mark.parametrize("lines", ["TRANSP:TRANSPARENT", "STATUS:CANCELLED"])
    def test_what_is_transparent_or_cancelled_keeps_nobody_busy(self, lines):
        text = event(f"DTSTART:20261020T140000Z\r\nDTEND:20261020T150000Z\r\n{lines}")
        assert busy_of_text(text.encode(), "UTC", FROM, UNTIL) == ()

    def test_whole_day_is_busy_in_the_zone_of_the_clinician(self):
        text = event("DTSTART;VALUE=DATE:20261101\r\nDTEND;VALUE=DATE:20261102")
        ((begin, end),) = busy_of_text(text.encode(), NEW_YORK.key, FROM, UNTIL)
        assert end - begin == timedelta(hours=25)  # the clocks go back on that day

    def test_time_without_a_zone_lies_in_the_zone_of_the_clinician(self):
        text = event("DTSTART:20261020T100000\r\nDTEND:20261020T110000")
        assert shown(busy_of_text(text.encode(), NEW_YORK.key, FROM, UNTIL)) == ["20 Oct 10:00–11:00"]

    @pytest.mark.parametrize("raw", [b"", b"no calendar", b"BEGIN:VCALENDAR\r\nBEGIN:VEVENT", b"\xff\xfe\x00"])
    def test_what_is_no_calendar_is_a_sentence_without_its_text(self, raw):
        with pytest.raises(Permanent, match="not a valid iCalendar text"):
            busy_of_text(raw, "UTC", FROM, UNTIL)

    def test_missing_file_is_a_sentence(self, tmp_path):
        outside = OutsideCalendars(make_settings())
        with pytest.raises(Permanent, match="cannot be read"):
            outside.busy(str(tmp_path / "gone.ics"), "UTC", FROM, UNTIL)


@pytest.fixture(scope="module")
def radicale(tmp_path_factory):
    with Radicale(tmp_path_factory.mktemp("radicale")) as server:
        server.put(WEEKLY)
        server.put(event("DTSTART:20261020T140000Z\r\nDTEND:20261020T150000Z\r\nTRANSP:TRANSPARENT", 2))
        yield server


class TestCalDav:
    """A real Radicale."""

    def test_free_busy_report_says_the_same_as_the_file(self, radicale):
        outside = OutsideCalendars(make_settings(caldav_user=USER, caldav_password=PASSWORD))
        assert shown(outside.busy(radicale.address, "UTC", FROM, UNTIL)) == MONDAYS

    def test_wrong_password_names_the_settings(self, radicale):
        outside = OutsideCalendars(make_settings(caldav_user=USER, caldav_password="wrong"))
        with pytest.raises(Permanent, match="REJOIN_CALDAV_USER and REJOIN_CALDAV_PASSWORD"):
            outside.busy(radicale.address, "UTC", FROM, UNTIL)

    def test_calendar_that_is_not_there_says_what_to_set(self, radicale):
        outside = OutsideCalendars(make_settings(caldav_user=USER, caldav_password=PASSWORD))
        with pytest.raises(Permanent, match="rejoin calendar set"):
            outside.busy(f"{radicale.url}{USER}/gone/", "UTC", FROM, UNTIL)

    def test_server_that_is_down_may_come_back(self):
        outside = OutsideCalendars(make_settings())
        with pytest.raises(Temporary, match="does not answer"):
            outside.busy("http://127.0.0.1:9/dora/", "UTC", FROM, UNTIL)


class TestOffers:
    """What follows from it for offers."""

    @pytest.fixture
    def house(self, rejoin_on_sqlite, radicale):
        settings = make_settings(caldav_user=USER, caldav_password=PASSWORD)
        house = House(dataclasses.replace(rejoin_on_sqlite, calendars=OutsideCalendars(settings)))
        radicale.put(event("DTSTART:20261125T150000Z\r\nDTEND:20261125T220000Z", 3))  # Wednesday, all of Dora's hours
        house.do(calendar_watch.put, "S-DORA", radicale.address)
        return house

    def watch(self, house):
        now = house.clock.now()
        with house.rejoin.db.begin() as tx:
            (claim,) = work.claim_due(tx, (WorkKind.CALENDAR,), now, now)
        CalendarWatch(house.rejoin).perform(claim)

    def test_busy_time_is_not_proposed_and_nothing_of_it_but_its_span_is_stored(self, house):
        house.miss()
        self.watch(house)
        house.clock.advance(minutes=30)
        house.look()
        days = {slot.starts_at.date().isoformat() for slot in house.slots()}
        assert days
        assert "2026-11-25" not in days
        with sqlite3.connect(house.rejoin.db.engine.url.database) as raw:
            assert SECRET not in "\n".join(raw.iterdump())
            assert "http://" not in "\n".join(line for line in raw.iterdump() if '"calendar"' in line)

    def test_nothing_is_proposed_of_a_calendar_that_was_not_looked_at_and_staff_are_told(self, house):
        house.miss()
        assert house.slots() == ()
        with house.rejoin.db.read() as tx:
            told = calendar_watch.unseen(tx, house.rejoin, "S-DORA", house.clock.now())
        assert told == "The clinician's calendar was not looked at yet. Nothing is proposed from it."

    @pytest.mark.parametrize(("minutes", "counts"), [(59, True), (60, True), (61, False)])
    def test_look_counts_for_an_hour(self, house, minutes, counts):
        self.watch(house)
        house.clock.advance(minutes=minutes)
        with house.rejoin.db.read() as tx:
            assert (calendar_watch.unseen(tx, house.rejoin, "S-DORA", house.clock.now()) == "") is counts

    def test_times_are_proposed_once_it_could_be_looked_at_again(self, house):
        house.miss()
        self.watch(house)
        house.clock.advance(minutes=30)
        house.look()
        assert house.slots()

    def test_failure_is_kept_and_looked_at_again(self, house):
        self.watch(house)
        broken = OutsideCalendars(make_settings(caldav_user=USER, caldav_password="wrong"))
        sick = dataclasses.replace(house.rejoin, calendars=broken)
        house.clock.advance(minutes=15)
        now = house.clock.now()
        with sick.db.begin() as tx:
            (claim,) = work.claim_due(tx, (WorkKind.CALENDAR,), now, now)
        CalendarWatch(sick).perform(claim)
        with sick.db.read() as tx:
            row = calendars.load(tx, "S-DORA")
            assert "REJOIN_CALDAV_PASSWORD" in row.problem
            assert work.due_at(tx, WorkKind.CALENDAR, "S-DORA") == now + timedelta(minutes=15)

    def test_time_that_the_clinician_filled_meanwhile_cannot_be_picked(self, house):
        house.miss()
        self.watch(house)
        house.clock.advance(minutes=30)
        house.look()
        house.approve()
        slot = house.slots()[0]
        with house.rejoin.db.begin() as tx:
            calendars.looked(tx, "S-DORA", [(slot.starts_at, slot.ends_at)], house.clock.now())
        with pytest.raises(offering.Conflict):
            house.do(picking.pick, house.grant(), 0)


def test_removed_calendar_counts_no_more(rejoin_on_sqlite):
    house = House(rejoin_on_sqlite)
    house.do(calendar_watch.put, "S-DORA", "/nowhere/dora.ics")
    with rejoin_on_sqlite.db.begin() as tx:
        assert calendars.remove(tx, "S-DORA")
        assert not calendars.remove(tx, "S-DORA")
        assert calendar_watch.unseen(tx, rejoin_on_sqlite, "S-DORA", house.clock.now()) == ""
    now = house.clock.now()
    with rejoin_on_sqlite.db.begin() as tx:
        (claim,) = work.claim_due(tx, (WorkKind.CALENDAR,), now, now)
    CalendarWatch(rejoin_on_sqlite).perform(claim)
    with rejoin_on_sqlite.db.read() as tx:
        assert work.due_at(tx, WorkKind.CALENDAR, "S-DORA") is None
