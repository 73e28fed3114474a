"""The same at the door of the running service, on both databases: kept, named, and without effect on anybody else."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from tests.conftest import MONDAY_MORNING
from tests.hostile.specimens import ABSURD, NO_EVENTS
from tests.service.clinic import ALICE, DORA, NINE, Clinic, ended, joined, left
from tests.webhooks.conftest import sender_to
from tests.webhooks.sender import Sender
from webhooks.inbox import Inbox

EVERYTHING = {**NO_EVENTS, **{name: json.dumps(body).encode() for name, body in ABSURD.items()}}


def an_hour_with(clinic: Clinic, *strays: bytes) -> list[dict]:
    """Dora holds the hour, Alice is cut off after twenty minutes; the strays come in the middle of it."""
    for minutes, *bodies in (
        (0, joined(DORA, NINE), joined(ALICE, NINE)),
        (20, left(ALICE, NINE + timedelta(minutes=20), reason="Network connection error")),
        (30, *strays),
        (60, left(DORA, NINE + timedelta(minutes=60)), ended(NINE + timedelta(minutes=60))),
    ):
        clinic.go_to(NINE + timedelta(minutes=minutes))
        for body in bodies:
            clinic.receive(body)
        clinic.work()
    clinic.go_to(NINE + timedelta(hours=4))
    verdicts = [clinic.verdict(person) for person in (ALICE, DORA)]
    for verdict in verdicts:
        for finding in verdict["findings"]:
            finding.pop("events")  # the numbers of deliveries, which the strays move
    return verdicts


def test_strays_are_kept_and_named_and_move_no_verdict(rejoin):
    verdicts = an_hour_with(Clinic(rejoin), *EVERYTHING.values())
    assert [v["outcome"] for v in verdicts] == ["partial", "attended"]
    assert [v["cause"] for v in verdicts] == ["technical", "none"]
    rows = Clinic(rejoin).rows()
    assert len(rows) == len(EVERYTHING) + 5
    for row in rows:
        assert row.state in ("read", "ignored", "failed")
        assert bool(row.problem) == (row.state != "read")
    assert sum(row.state == "read" for row in rows) >= 5
    assert sum(row.state == "failed" for row in rows) >= len(NO_EVENTS) - 4


def test_verdicts_are_the_same_without_them(rejoin, rejoin_on_sqlite, moving_clock):
    with_them = an_hour_with(Clinic(rejoin), *EVERYTHING.values())
    moving_clock.set(MONDAY_MORNING)
    assert an_hour_with(Clinic(rejoin_on_sqlite)) == with_them


@pytest.mark.parametrize("body", EVERYTHING.values(), ids=EVERYTHING)
def test_signed_it_is_answered_and_never_breaks_the_receiver(sqlite_database, moving_clock, body):
    inbox = Inbox(sqlite_database, moving_clock)
    zoom: Sender = sender_to(inbox, moving_clock)
    try:
        status = zoom.send(body).status_code
        assert status in (200, 204, 400, 413)
        assert zoom.send({"event": "meeting.started", "payload": {"object": {"id": 1}}}).status_code in (200, 204)
    finally:
        inbox.close()
