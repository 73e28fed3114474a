"""What a judgement asks of the inbox costs the same in the tenth year as on the first day."""

from __future__ import annotations

import msgspec
from sqlalchemy import event

from plugin.storage import delivery
from tests.storage.test_appointment import HOUR

OTHER = msgspec.structs.replace(HOUR, appointment_id="A2", meeting_id="82000000002")


def test_deliveries_of_an_appointment_are_found_by_meeting_and_time_not_by_reading_years(sqlite_database):
    asked = []
    event.listen(sqlite_database.engine, "before_cursor_execute", lambda *told: asked.append((told[2], told[3])))
    with sqlite_database.read() as tx:
        delivery.of_appointments(tx, [HOUR, OTHER], HOUR.ends_at)
        [_begin, (statement, values)] = asked
        plan = [row[3] for row in tx.connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values)]
    by_meeting = "SEARCH delivery USING INDEX ix_delivery_meeting_id_at (meeting_id=? AND at"
    assert len([step for step in plan if step.startswith(by_meeting)]) >= 4, "two by themselves, two for the instances"
    assert "SEARCH delivery USING INDEX ix_delivery_appointment_id (appointment_id=?)" in plan
    assert not [step for step in plan if step.startswith("SCAN") and "delivery" in step]
