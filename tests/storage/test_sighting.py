"""What is asked of the whole account costs the same in the tenth year as on the first day, however full the hour."""

from __future__ import annotations

import hashlib
import re
from datetime import timedelta

import pytest
from sqlalchemy import event, insert, select

from plugin.storage import appointment, delivery, registration, sighting, tables
from plugin.storage.tables import delivery as table
from tests.storage.test_appointment import HOUR
from tests.storage.test_delivery import OTHER

BEGIN, END = HOUR.starts_at, HOUR.ends_at
DAYS, A_DAY = 40, 50
QUESTIONS = {
    "first-heard": (lambda tx: sighting.first_heard(tx, END), "ix_delivery_at"),
    "heard-in": (lambda tx: sighting.heard_in(tx, BEGIN, END, END), "ix_delivery_at"),
    "arriving-between": (lambda tx: sighting.arriving_between(tx, BEGIN, END), "ix_delivery_at"),
    "arriving-since": (
        lambda tx: sighting.arriving_since(tx, sighting.Horizon(DAYS, (3, 5)), sighting.Horizon(DAYS + 1)),
        "ix_delivery_read_in",
    ),
    "touching-all": (lambda tx: sighting.touching_all(tx, BEGIN, END, END), "ix_delivery_apart"),
    "of-appointments": (
        lambda tx: delivery.of_appointments(tx, [HOUR, OTHER], END), "ix_delivery_meeting_id_at"
    ),
    "registered": (lambda tx: registration.registered(tx, [("80", "reg-80-1")]), "ix_participant_registered"),
    "registrations": (lambda tx: registration.registrations(tx, ["C-80-1"]), "ix_participant_registrations"),
    "expected": (
        lambda tx: appointment.expected_in(tx, ["80"], BEGIN, END), "ix_appointment_meeting_id_starts_at"
    ),
}  # fmt: skip


@pytest.fixture
def years(database):
    """A table with history: so many days before the hour, most of it read long ago, a little still unread."""
    rows = [
        {
            "body_hash": hashlib.sha256(f"{day} {number}".encode()).digest(),
            "body_sealed": b"sealed", "event": "meeting.participant_joined", "kind": "joined", "read_in": DAYS - day,
            "received_at": BEGIN - timedelta(days=day), "at": BEGIN - timedelta(days=day, minutes=number),
            "meeting_id": f"8{number}", "instance": f"u{number}-{day}", "state": "read",
        }
        for day in range(DAYS)
        for number in range(A_DAY)
    ]  # fmt: skip
    sessions = [
        {
            "appointment_id": f"A{number}", "kind": "group", "starts_at": BEGIN, "ends_at": END, "status": "booked",
            "meeting_id": str(number), "updated_at": BEGIN,
        }
        for number in range(500)
    ]  # fmt: skip
    people = [
        {
            "appointment_id": f"A{number}", "participant_id": f"C-{number}-{place}", "position": place,
            "role": "client", "registrant_id": f"reg-{number}-{place}" if number % 10 == 0 else "",
        }
        for number in range(500)
        for place in range(4)
    ]  # fmt: skip
    with database.begin() as tx:
        tx.execute(insert(table), rows)
        tx.execute(insert(tables.appointment), sessions)
        tx.execute(insert(tables.participant), people)
        delivery.store(tx, b"unread", END)
    with database.begin() as tx:
        for name in ("delivery", "appointment", "participant"):
            tx.connection.exec_driver_sql(f"ANALYZE {name}")
    return database


def plan_of(db, ask) -> str:
    asked = []

    def note(_connection, _cursor, statement, parameters, *_):
        asked.append((statement, parameters))

    with db.read() as tx:
        tx.execute(select(1))
        event.listen(db.engine, "before_cursor_execute", note)
        ask(tx)
        event.remove(db.engine, "before_cursor_execute", note)
        explain = "EXPLAIN" if tx.is_postgresql else "EXPLAIN QUERY PLAN"
        steps = tx.connection.exec_driver_sql(f"{explain} {asked[0][0]}", asked[0][1]).all()
    return "\n".join(str(step[-1]) for step in steps)


@pytest.mark.parametrize("question", QUESTIONS)
def test_question_walks_along_its_own_index(years, question):
    ask, index = QUESTIONS[question]
    plan = plan_of(years, ask)
    assert index in plan, plan
    assert "ix_delivery_state_id" not in plan
    # The few instances of a meeting may be sorted, to have each of them once.
    plan = re.sub(r"Sort  \(.*\n *Sort Key: delivery_\d+\.instance\n", "", plan)
    for dear in ("TEMP B-TREE FOR ORDER BY", "Sort", "Seq Scan", "SCAN"):
        assert dear not in plan.replace("SCAN delivery USING INDEX ix_delivery_at", ""), plan


def test_the_old_way_would_be_noticed(years):
    """That the plans above can fail: the condition that was in the way picks the index of states on SQLite."""
    if years.is_postgresql:
        pytest.skip("PostgreSQL knows from its statistics that nearly all is read")
    plan = plan_of(years, lambda tx: tx.execute(select(table.c.id).where(table.c.state == "read").order_by(table.c.at)))
    assert "ix_delivery_state_id" in plan
