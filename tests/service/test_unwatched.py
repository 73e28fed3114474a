"""After a time in which nobody worked, the feed is looked at before anybody is judged: it may have been blind."""

from __future__ import annotations

from datetime import timedelta

from plugin.ports.queue import WorkKind
from plugin.service.watching import FEED, Watch
from plugin.storage import work
from plugin.storage.work import UNWATCHED
from tests.service.clinic import DORA, NINE, Clinic, ended, joined, left

MINUTE = timedelta(minutes=1)
TEN = NINE + timedelta(hours=1)


def down_before_the_end(rejoin) -> Clinic:
    """Dora held it for fifty minutes, and then the machine stopped; it starts again when everything is long due."""
    clinic = Clinic(rejoin)
    with rejoin.db.begin() as tx:
        rejoin.queue.request(tx, WorkKind.WATCH, FEED, NINE)
    for minute in range(50):
        clinic.clock.set(NINE + minute * MINUTE)
        if not minute:
            clinic.receive(joined(DORA, NINE))
        look_if_due(clinic)
        clinic.work()
    clinic.clock.set(NINE + 50 * MINUTE)
    clinic.receive(left(DORA, NINE + 50 * MINUTE))
    clinic.receive(ended(NINE + 50 * MINUTE))
    clinic.work()
    look_if_due(clinic)
    clinic.clock.set(TEN + timedelta(hours=2))
    return clinic


def look_if_due(clinic: Clinic) -> None:
    now = clinic.clock.now()
    with clinic.rejoin.db.begin() as tx:
        claims = work.claim_due(tx, (WorkKind.WATCH,), now, now, subject=FEED)
    for claim in claims:
        Watch(clinic.rejoin).perform(claim)


def test_nobody_is_absent_before_it_is_known_that_nobody_listened(rejoin):
    clinic = down_before_the_end(rejoin)
    clinic.work()
    assert not [row for row in clinic.history() if row.final], "nobody has looked yet"
    look_if_due(clinic)
    clinic.work()
    last = clinic.history()[0]
    assert (last.outcome, last.final, last.flags) == ("undetermined", True, ["feed-gap"])
    assert [row.outcome for row in clinic.history() if row.final] == ["undetermined"]
    assert "message missed" not in clinic.actions(), "they were not written to, not even for a moment"


def test_who_looks_a_little_late_keeps_no_verdict_waiting(rejoin):
    clinic = Clinic(rejoin)
    with rejoin.db.begin() as tx:
        rejoin.queue.request(tx, WorkKind.WATCH, FEED, NINE)
    clinic.clock.set(NINE + UNWATCHED - timedelta(seconds=1))
    clinic.receive(joined(DORA, NINE))
    clinic.work()
    assert clinic.verdict() is not None


def test_a_look_that_fails_again_and_again_stops_no_judging(rejoin):
    clinic = Clinic(rejoin)
    with rejoin.db.begin() as tx:
        rejoin.queue.request(tx, WorkKind.WATCH, FEED, NINE)
    clinic.clock.set(NINE + 20 * MINUTE)
    clinic.receive(joined(DORA, NINE))
    now = clinic.clock.now()
    with rejoin.db.begin() as tx:
        [claim] = work.claim_due(tx, (WorkKind.WATCH,), now, now, subject=FEED)
        work.fail(tx, claim, "it tripped", now + MINUTE, now)
    clinic.work()
    assert clinic.verdict() is not None
