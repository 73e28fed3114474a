"""The roster as stored: what goes in comes out, and no name stands in the open."""

from __future__ import annotations

from datetime import timedelta

import pytest
from msgspec.structs import replace
from sqlalchemy import inspect

from plugin.core.appointment import Appointment, Kind, Participant, Role, Status
from plugin.storage import appointment as appointments
from tests.conftest import MONDAY_MORNING

NINE = MONDAY_MORNING + timedelta(hours=1)
ALICE = Participant(
    "C-ALICE", Role.CLIENT, "Alice Äppelyard", "alice@example.org", "+12125550123", "reg-1", "ck-1", "Asia/Kolkata"
)
DORA = Participant("S-DORA", Role.CLINICIAN)
HOUR = Appointment(
    "A1", Kind.FAMILY, NINE, NINE + timedelta(hours=1), "81000000001", (DORA, ALICE), "P1", "Grief group",
    "America/New_York", Status.BOOKED, "zoom-dora",
)  # fmt: skip


def _put(database, *all_of_them, **more):
    with database.begin() as tx:
        return [appointments.put(tx, one, NINE, **more) for one in all_of_them]


def test_what_goes_in_comes_out_with_people_in_the_order_of_the_roster(database):
    assert _put(database, HOUR) == [True]
    with database.read() as tx:
        assert appointments.load(tx, "A1") == HOUR
        assert appointments.load(tx, "A2") is None


def test_place_that_was_cancelled_comes_out_so_and_takes_nobodys_time(database):
    out = replace(HOUR, participants=(DORA, replace(ALICE, status=Status.CANCELLED)))
    assert _put(database, HOUR, out, out) == [True, True, False]
    with database.read() as tx:
        assert appointments.load(tx, "A1") == out
        assert appointments.booked_spans(tx, ["C-ALICE"], HOUR.starts_at, HOUR.ends_at) == []
        assert appointments.booked_spans(tx, ["S-DORA"], HOUR.starts_at, HOUR.ends_at) == [(NINE, HOUR.ends_at)]


def test_putting_the_same_again_changes_nothing(database):
    assert _put(database, HOUR, HOUR) == [True, False]


def test_people_who_are_no_longer_expected_are_gone(database):
    _put(database, HOUR, replace(HOUR, participants=(DORA,), status=Status.CANCELLED))
    with database.read() as tx:
        stored = appointments.load(tx, "A1")
    assert (stored.participants, stored.status) == ((DORA,), Status.CANCELLED)


def test_no_name_address_or_title_stands_in_the_open(database):
    _put(database, HOUR, join_url="https://zoom.example/j/81000000001?pwd=secret")
    stored = ""
    with database.read() as tx:
        for table in inspect(tx.connection).get_table_names():
            if not table.startswith("procrastinate"):
                rows = tx.connection.exec_driver_sql(f'SELECT * FROM "{table}"').all()
                stored += repr([[bytes(v) if isinstance(v, memoryview) else v for v in row] for row in rows])
        assert appointments.join_url(tx, "A1") == "https://zoom.example/j/81000000001?pwd=secret"
    for personal in ("Alice", "ppelyard", "alice@", "2125550123", "Grief", "pwd=secret"):
        assert personal not in stored


def test_join_link_and_what_it_replaces_stay_when_the_roster_is_put_again(database):
    _put(database, HOUR, join_url="https://zoom.example/j/1", replaces="A0")
    _put(database, replace(HOUR, ends_at=NINE + timedelta(hours=2)))
    with database.read() as tx:
        assert appointments.join_url(tx, "A1") == "https://zoom.example/j/1"


def test_appointments_of_a_person_that_overlap_a_time(database):
    later = replace(HOUR, appointment_id="A2", starts_at=NINE + timedelta(hours=3), ends_at=NINE + timedelta(hours=4))
    _put(database, HOUR, later, replace(HOUR, appointment_id="A3", participants=(ALICE,)))
    with database.read() as tx:
        found = appointments.of_person(tx, "S-DORA", NINE + timedelta(minutes=59), NINE + timedelta(hours=3, minutes=1))
        assert [one.appointment_id for one in found] == ["A1", "A2"]
        found = appointments.of_person(tx, "S-DORA", NINE + timedelta(hours=1), NINE + timedelta(hours=3))
        assert found == [], "what only touches does not overlap"


def test_events_find_their_appointments_within_a_day_of_them(database):
    _put(database, HOUR)
    with database.read() as tx:
        for at, found in (
            (HOUR.starts_at - timedelta(hours=24), 1),
            (HOUR.starts_at - timedelta(hours=24, seconds=1), 0),
            (HOUR.ends_at + timedelta(hours=24), 1),
            (HOUR.ends_at + timedelta(hours=24, seconds=1), 0),
        ):
            assert len(appointments.concerned(tx, ["81000000001"], at, at)) == found, at


def test_time_without_a_zone_is_refused(database):
    naive = replace(HOUR, starts_at=NINE.replace(tzinfo=None))
    with pytest.raises(Exception, match="without a zone"):
        _put(database, naive)


def test_a_thousand_appointments_are_loaded_at_once(sqlite_database):
    many = [
        replace(
            HOUR, appointment_id=f"A{n:04}", starts_at=NINE + timedelta(minutes=n), ends_at=NINE + timedelta(days=2)
        )
        for n in range(1000)
    ]
    _put(sqlite_database, *many)
    with sqlite_database.read() as tx:
        assert len(appointments.between(tx, NINE, NINE + timedelta(days=1))) == 1000
