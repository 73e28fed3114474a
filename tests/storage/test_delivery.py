"""What a judgement asks of the inbox costs the same in the tenth year as on the first day."""

from __future__ import annotations

from sqlalchemy import event

from plugin.storage import delivery
from tests.storage.test_appointment import HOUR


def test_deliveries_of_an_appointment_are_found_by_meeting_and_time_not_by_reading_years(sqlite_database):
    asked = []
    event.listen(sqlite_database.engine, "before_cursor_execute", lambda *told: asked.append((told[2], told[3])))
    with sqlite_database.read() as tx:
        delivery.of_appointment(tx, HOUR, HOUR.ends_at)
        plans = [
            [row[3] for row in tx.connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values)]
            for statement, values in asked[1:]  # after BEGIN
        ]
    by_meeting = "SEARCH delivery USING INDEX ix_delivery_meeting_id_at (meeting_id=? AND at"
    assert [plan[0].startswith(by_meeting) for plan in plans] == [True, True, True, False], plans
    assert plans[3] == ["SEARCH delivery USING INDEX ix_delivery_appointment_id (appointment_id=?)"]
    assert not [step for plan in plans for step in plan if step.startswith("SCAN")]
