"""From the inbox to the appointments concerned."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from plugin.core.appointment import Participant, Role
from plugin.ports.queue import WorkKind
from plugin.service.evidence import record
from plugin.storage import work
from plugin.storage.tables import participant
from tests.service.clinic import ALICE, DORA, NINE, Clinic, appointment, ended, joined, left, unstable


def _due(clinic: Clinic, number: str = "A1"):
    with clinic.rejoin.db.read() as tx:
        return work.due_at(tx, WorkKind.JUDGE, number)


def test_delivery_is_read_and_its_appointment_judged_again(rejoin):
    clinic = Clinic(rejoin)
    clinic.clock.set(NINE + timedelta(minutes=1))
    clinic.receive(joined(DORA, NINE))
    assert clinic.read() == 1
    [row] = clinic.rows()
    assert (row.state, row.event, row.kind) == ("read", "meeting.participant_joined", "joined")
    assert (row.appointment_id, row.meeting_id, row.instance, row.at) == ("A1", "81000000001", "u1==", NINE)
    assert _due(clinic) == clinic.clock.now()


def test_a_byte_order_mark_before_a_body_changes_nothing(rejoin):
    clinic = Clinic(rejoin)
    clinic.clock.set(NINE + timedelta(minutes=1))
    clinic.receive(b"\xef\xbb\xbf" + json.dumps(joined(DORA, NINE)).encode())
    clinic.read()
    [row] = clinic.rows()
    assert (row.state, row.event, row.appointment_id) == ("read", "meeting.participant_joined", "A1")


@pytest.mark.parametrize("where", ["account_id", "uuid", "host_id", "registrant_id", "event"])
def test_character_that_no_database_keeps_stops_neither_its_delivery_nor_the_others(rejoin, where):
    """PostgreSQL refuses a zero in a text; while anything lies unread nobody is judged."""
    clinic = Clinic(rejoin)
    clinic.clock.set(NINE + timedelta(minutes=1))
    odd, zero = joined(ALICE, NINE), "a\\b\0\0c"
    holder = {"account_id": odd["payload"], "event": odd, "registrant_id": odd["payload"]["object"]["participant"]}
    holder.get(where, odd["payload"]["object"])[where] = zero
    clinic.receive(odd)
    clinic.receive(joined(DORA, NINE))
    assert clinic.read() == 2
    assert [row.state for row in clinic.rows()] == ["ignored" if where == "event" else "read", "read"]
    clinic.work()
    assert clinic.verdict() is not None


@pytest.mark.both
def test_spoilt_row_of_the_roster_stops_the_reading_of_nothing(rejoin):
    """A name that cannot be opened any more: whoever comes anywhere at that hour might be that person."""
    clinic = Clinic(rejoin, appointment(), appointment("A2", meeting_id="82000000002", participants=(ALICE,)))
    clinic.clock.set(NINE + timedelta(minutes=1))
    with rejoin.db.begin() as tx:
        people = participant.update().where(participant.c.appointment_id == "A2")
        tx.execute(people.values(name_sealed=b"spoilt"))
    for number in range(5):
        clinic.receive(joined(Participant(f"G{number}", Role.CLIENT), NINE, f"k{number}", meeting="83000000003"))
    clinic.receive(joined(DORA, NINE))
    while clinic.read():
        pass
    assert [row.state for row in clinic.rows()] == ["read"] * 6
    assert {row.problem for row in clinic.rows()} == {None, "whom else it concerns could not be found out"}
    assert _due(clinic) <= clinic.clock.now()
    clinic.work()
    assert clinic.verdict(DORA)["arrived_at"]


def test_delivery_long_before_the_start_waits_for_the_first_deadline(rejoin):
    clinic = Clinic(rejoin)
    clinic.clock.set(NINE - timedelta(hours=3))
    clinic.receive(joined(DORA, NINE - timedelta(hours=3)))
    clinic.read()
    assert _due(clinic) == NINE + timedelta(minutes=5)


def test_bodies_that_cannot_be_read_stop_nobody(rejoin):
    clinic = Clinic(rejoin)
    clinic.clock.set(NINE + timedelta(minutes=1))
    for poison in (b"not json Alice", b"[]", b'{"event":"meeting.started","payload":{}}', b"[" * 100_000, b"\xff\xfe"):
        clinic.receive(poison)
    clinic.receive({"event": "meeting.brand_new_thing", "event_ts": 1, "payload": {}})
    clinic.receive(joined(DORA, NINE))
    assert clinic.read() == 7
    rows = clinic.rows()
    assert [row.state for row in rows] == ["failed"] * 5 + ["ignored", "read"]
    assert all(row.problem and "Alice" not in row.problem for row in rows[:5])
    assert rows[5].event == "meeting.brand_new_thing"
    assert clinic.read() == 0


def test_name_cut_in_the_bytes_of_a_character_costs_nobody_their_arrival(rejoin):
    clinic = Clinic(rejoin)
    clinic.clock.set(NINE + timedelta(minutes=1))
    whole = json.dumps(joined(DORA, NINE)).encode()
    cut = whole.replace(b'"user_name": "', b'"user_name": "\xf0\x9f')
    assert cut != whole
    clinic.receive(cut)
    clinic.work()
    assert [row.state for row in clinic.rows()] == ["read"]
    assert clinic.verdict(DORA)["arrived_at"]


def test_a_body_that_was_tampered_with_is_failed_and_stops_nobody(rejoin):
    clinic = Clinic(rejoin)
    number = clinic.receive(joined(DORA, NINE))
    clinic.receive(joined(ALICE, NINE))
    with rejoin.db.begin() as tx:
        from plugin.storage.tables import delivery

        tx.execute(delivery.update().where(delivery.c.id == number).values(body_sealed=b"\x01\x02k1nonsense"))
    clinic.read()
    assert [row.state for row in clinic.rows()] == ["failed", "read"]


def test_warning_without_a_meeting_number_finds_its_appointment_through_the_instance(rejoin):
    clinic = Clinic(rejoin)
    clinic.clock.set(NINE + timedelta(minutes=10))
    clinic.receive(joined(ALICE, NINE))
    clinic.read()
    clinic.receive(unstable(ALICE, NINE + timedelta(minutes=9)))
    clinic.read()
    assert clinic.rows()[1].appointment_id == "A1"


def test_event_of_a_recurring_meeting_belongs_to_the_nearest_appointment(rejoin):
    days = [appointment(f"A{n}", starts_at=NINE + timedelta(days=n), ends_at=NINE + timedelta(days=n, hours=1))
            for n in range(3)]  # fmt: skip
    clinic = Clinic(rejoin, *days)
    clinic.clock.set(NINE + timedelta(days=1, minutes=5))
    clinic.receive(joined(ALICE, NINE + timedelta(days=1, minutes=5)))
    clinic.read()
    assert clinic.rows()[0].appointment_id == "A1"


def test_deleted_meeting_is_judged_at_once_however_early(rejoin):
    clinic = Clinic(rejoin, appointment(starts_at=NINE + timedelta(days=9), ends_at=NINE + timedelta(days=9, hours=1)))
    deleted = {"event": "meeting.deleted", "event_ts": round(NINE.timestamp() * 1000)}
    deleted["payload"] = {"account_id": "account-1", "object": {"id": 81000000001, "uuid": "u1=="}}
    clinic.clock.set(NINE)
    clinic.receive(deleted)
    assert clinic.work() == 1
    assert clinic.verdict()["outcome"] == "cancelled"


@pytest.mark.both
def test_who_registered_two_months_ago_is_known_by_the_number_of_that_registration(rejoin):
    known = Participant("C-ALICE", Role.CLIENT, email="alice@example.org")
    clinic = Clinic(rejoin, appointment(participants=(known, DORA)))
    clinic.clock.set(NINE - timedelta(days=60))
    registered = {"event": "meeting.registration_created", "event_ts": round(clinic.clock.now().timestamp() * 1000)}
    registrant = {"id": "reg-7", "email": "Alice@example.org"}
    registered["payload"] = {"account_id": "account-1", "object": {"id": 81000000001, "registrant": registrant}}
    clinic.receive(registered)
    clinic.read()
    clinic.clock.set(NINE)
    nameless = {"registrant_id": "reg-7", "email": "", "user_name": ""}
    clinic.receive(joined(DORA, NINE))
    clinic.receive(joined(ALICE, NINE, "7", **nameless))
    clinic.clock.set(NINE + timedelta(hours=1))
    clinic.receive(ended(NINE + timedelta(hours=1)))
    clinic.work()
    assert clinic.verdict()["outcome"] == "attended"


def test_evidence_of_our_own_is_kept_beside_the_deliveries(rejoin):
    clinic = Clinic(rejoin)
    clinic.clock.set(NINE + timedelta(minutes=3))
    with rejoin.db.begin() as tx:
        assert record(tx, rejoin, "rejoin.trouble_reported", "A1", "C-ALICE", clinic.clock.now())
        assert record(tx, rejoin, "rejoin.trouble_reported", "A1", "C-ALICE", clinic.clock.now()) is None
    clinic.read()
    [row] = clinic.rows()
    assert (row.event, row.appointment_id, row.state) == ("rejoin.trouble_reported", "A1", "read")
    assert _due(clinic) == clinic.clock.now()


@pytest.mark.both
def test_platform_incident_concerns_everybody_who_met_at_that_time(rejoin):
    later = appointment("A2", starts_at=NINE + timedelta(hours=4), ends_at=NINE + timedelta(hours=5), meeting_id="82")
    clinic = Clinic(rejoin, appointment(), later)
    clinic.clock.set(NINE + timedelta(minutes=40))
    with rejoin.db.begin() as tx:
        record(
            tx, rejoin, "rejoin.platform_incident", "", "", clinic.clock.now(),
            started_at=(NINE + timedelta(minutes=10)).isoformat(), ended_at=(NINE + timedelta(minutes=30)).isoformat(),
        )  # fmt: skip
    clinic.read()
    assert _due(clinic, "A1") <= clinic.clock.now()
    assert _due(clinic, "A2") == later.starts_at + timedelta(minutes=5)


def test_names_in_a_body_stand_nowhere_in_the_open(rejoin):
    clinic = Clinic(rejoin)
    clinic.receive(joined(ALICE, NINE))
    clinic.receive(left(ALICE, NINE + timedelta(minutes=1)))
    clinic.receive(ended(NINE + timedelta(hours=1)))
    clinic.read()
    stored = repr([tuple(row) for row in clinic.rows()])
    assert "Alice" not in stored
    assert "alice@" not in stored
    assert "Grief" not in stored
