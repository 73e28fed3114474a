"""The verdict changes while something is just being done about it: the fact wins, and people are told."""

from __future__ import annotations

import time
from threading import Thread

import pytest
from sqlalchemy import text

from plugin.composition import assemble, performers
from plugin.core.assessment import Cause, Outcome
from plugin.ports.queue import WorkKind
from plugin.service import override
from plugin.service.acting import Actor
from plugin.storage import action as outbox
from plugin.storage import work
from plugin.storage.database import Database
from tests.conftest import make_settings
from tests.people.house import ALICE, BOB, CARA, NINE, TEN, House
from tests.people.test_incident import DANA, DORA, MINUTE, dropped, go_on, group, members  # noqa: F401
from tests.service.clinic import ended, joined, left


def overtaken(house: House, kind: str) -> None:
    """Alice's deliveries come in, and are judged, between the moment this was begun and the moment it is done."""
    real = performers()

    def slowly(rejoin, row):
        house.receive(joined(ALICE, NINE))
        house.receive(left(ALICE, TEN))
        house.work()
        return real[kind](rejoin, row)

    actor, now = Actor(house.rejoin, dict(real) | {kind: slowly}), house.clock.now()
    with house.rejoin.db.begin() as tx:
        claims = work.claim_due(tx, (WorkKind.ACT,), now, now)
        kinds = {claim: outbox.load(tx, int(claim.subject)).kind for claim in claims}
    for claim in claims:
        if kinds[claim] == kind:
            actor.perform(claim)


@pytest.mark.both
def test_check_in_that_was_just_being_opened_when_it_was_withdrawn_is_taken_back(rejoin):
    house = House(rejoin)
    house.miss()
    overtaken(house, "checkin")
    assert house.actions()["checkin"] == "done"
    house.clock.advance(seconds=1)
    house.work()
    assert house.tasks() == []


def somebody_waits(db: Database) -> bool:
    waiting = "datname = current_database() AND wait_event_type = 'Lock'"
    with db.read() as tx:
        return bool(tx.execute(text(f"SELECT count(*) FROM pg_stat_activity WHERE {waiting}")).scalar())


@pytest.mark.postgres
def test_whoever_did_it_and_whoever_judges_just_then_never_wait_for_each_other(vault, fresh_postgres_url, moving_clock):
    db = Database(fresh_postgres_url, vault)
    rejoin = assemble(make_settings(fresh_postgres_url), db, moving_clock)
    house, now = House(rejoin), moving_clock.now()
    house.miss()
    with db.begin() as tx:
        [row] = [one for one in outbox.of_appointment(tx, "A1") if one.kind == "checkin"]
        [claim] = work.claim_due(tx, (WorkKind.ACT,), house.clock.now(), now, subject=str(row.id))
        outbox.move(tx, row.id, (outbox.QUEUED,), outbox.WITHDRAWN, now)
    actor = Thread(target=Actor(rejoin, {"checkin": lambda _rejoin, _row: "done"})._carry_out, args=(claim, row))
    with db.begin() as judge:
        rejoin.queue.request(judge, WorkKind.JUDGE, "A1", now)
        actor.start()
        while actor.is_alive() and not somebody_waits(db):
            time.sleep(0.01)
        assert outbox.move(judge, row.id, (outbox.WITHDRAWN,), outbox.WITHDRAWN, now, note="judged")
    actor.join(20)
    assert house.actions()["checkin"] == "done"
    db.close()


def test_who_turns_out_absent_or_there_hours_later_did_not_come_back_then(group):  # noqa: F811
    """What a ticket says of somebody is what happened, not when it became known."""
    dropped(group, ALICE, BOB, CARA)
    group.go_to(TEN)
    for who in (DANA, DORA):
        group.receive(left(who, TEN))
    group.receive(ended(TEN))
    go_on(group, 250)
    for who, outcome, cause in ((CARA, Outcome.MISSED, Cause.ABSENCE), (ALICE, Outcome.ATTENDED, Cause.NONE)):
        group.do(override.decide, "A1", who.participant_id, outcome, cause, "Told us.", "cora")
        group.clock.advance(seconds=1)
        group.work()
        group.act()
    assert members(group) == {"C-ALICE": False, "C-BOB": True, "C-CARA": False}
    assert group.notes() == ["C-CARA turned out not to have been hit.", "C-ALICE turned out not to have been hit."]
