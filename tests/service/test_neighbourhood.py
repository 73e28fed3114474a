"""What the rest of the account said: read once for many, and read again when something changed."""

from __future__ import annotations

from datetime import timedelta

from plugin.service.memory import Memory
from plugin.service.neighbourhood import Neighbourhood
from tests.service.clinic import ALICE, DORA, NINE, Clinic, appointment, joined


def _around(clinic: Clinic, neighbourhood: Neighbourhood, number: str = "A1", now=None):
    from plugin.storage import appointment as appointments

    with clinic.rejoin.db.read() as tx:
        one = appointments.load(tx, number)
        numbers = clinic.rejoin.policy.of(one.kind)
        return neighbourhood.around(tx, one, numbers, now or clinic.clock.now())


def test_surroundings_of_the_same_hours_are_built_once(rejoin):
    clinic = Clinic(rejoin, appointment("A1"), appointment("A2", meeting_id="82"))
    clinic.clock.set(NINE + timedelta(minutes=5))
    neighbourhood = Neighbourhood(Memory())
    assert _around(clinic, neighbourhood, "A1") is _around(clinic, neighbourhood, "A2")


def test_what_is_read_since_is_in_it_at_once(rejoin):
    clinic = Clinic(rejoin)
    clinic.clock.set(NINE + timedelta(minutes=5))
    neighbourhood = Neighbourhood(Memory())
    assert not _around(clinic, neighbourhood).heard_between(NINE, NINE + timedelta(hours=1))
    clinic.receive(joined(DORA, NINE + timedelta(minutes=4), meeting="83"))
    clinic.read()
    assert _around(clinic, neighbourhood).heard_between(NINE, NINE + timedelta(hours=1))


def test_an_earlier_moment_does_not_see_what_came_later(rejoin):
    clinic = Clinic(rejoin)
    clinic.clock.set(NINE + timedelta(minutes=5))
    clinic.receive(joined(DORA, NINE + timedelta(minutes=4), meeting="83"))
    clinic.read()
    neighbourhood = Neighbourhood(Memory())
    assert _around(clinic, neighbourhood).heard_between(NINE, NINE + timedelta(hours=1))
    before = _around(clinic, neighbourhood, now=NINE + timedelta(minutes=4, seconds=30))
    assert not before.heard_between(NINE, NINE + timedelta(hours=1))


def test_appointment_that_is_added_to_the_hour_is_in_it(rejoin):
    clinic = Clinic(rejoin)
    clinic.clock.set(NINE + timedelta(minutes=5))
    clinic.receive(joined(ALICE, NINE + timedelta(minutes=4), meeting="83"))
    clinic.read()
    neighbourhood = Neighbourhood(Memory())
    hour = (NINE - timedelta(minutes=30), NINE + timedelta(hours=1))
    assert _around(clinic, neighbourhood).sightings(ALICE, "81000000001", *hour), "a room where nobody expects her"
    clinic.put(appointment("A2", meeting_id="83", participants=(ALICE, DORA)))
    assert not _around(clinic, neighbourhood).sightings(ALICE, "81000000001", *hour)


def test_memory_keeps_no_more_than_it_may(rejoin):
    clinic = Clinic(rejoin)
    for minute in range(10):
        clinic.receive(joined(ALICE, NINE + timedelta(minutes=minute)))
    clinic.read()
    memory = Memory(size=4)
    with rejoin.db.read() as tx:
        rows = clinic.rows()
        assert [event.at for event in memory.events(tx, rows)] == [NINE + timedelta(minutes=m) for m in range(10)]
        assert len(memory._events) == 4
        assert [event.delivery for event in memory.events(tx, rows)] == [row.id for row in rows]
