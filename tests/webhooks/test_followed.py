"""One delivery is followed by one number through the whole log: received, read, judged, acted upon."""

from __future__ import annotations

import hashlib
import json
from datetime import timedelta

from plugin.composition import performers
from plugin.ports.queue import WorkKind
from plugin.service.acting import Actor
from plugin.storage import work
from plugin.storage.arrival import Arrival, Arrivals
from plugin.storage.delivery import BODY, bodies
from tests.service.clinic import ALICE, DORA, NINE, Clinic, joined, left
from tests.service.test_log import logged
from tests.webhooks.sender import stored_bodies

NETWORK = "Network connection error"


def _act(rejoin) -> None:
    actor = Actor(rejoin, performers())
    while True:
        now = rejoin.clock.now()
        with rejoin.db.begin() as tx:
            claims = work.claim_due(tx, (WorkKind.ACT,), now, now)
        if not claims:
            return
        for claim in claims:
            actor.perform(claim)


def test_delivery_is_found_by_its_number_from_the_door_to_the_ticket_and_the_letter(rejoin, door, inbox):
    clinic = Clinic(rejoin)
    zoom = door(inbox, rejoin.clock)
    cut_off = json.dumps(left(ALICE, NINE + timedelta(minutes=20), "k1", NETWORK)).encode()
    with logged() as lines:
        for minutes, body in ((0, joined(DORA, NINE)), (1, joined(ALICE, NINE + timedelta(minutes=1), "k1"))):
            rejoin.clock.set(NINE + timedelta(minutes=minutes))
            assert zoom.send(json.dumps(body).encode()).status_code == 204
            clinic.work()
        rejoin.clock.set(NINE + timedelta(minutes=20))
        assert zoom.send(cut_off).status_code == 204
        assert zoom.send(cut_off).status_code == 204, "a repetition"
        clinic.work()
        clinic.go_to(NINE + timedelta(minutes=26))
        _act(rejoin)
    number = stored_bodies(rejoin.db).index(cut_off) + 1
    mine = [line for line in lines if number in line.get("deliveries", ())]
    assert [line["event"] for line in mine][:3] == ["deliveries-received", "deliveries-read", "appointment-judged"]
    assert {line["kind"] for line in mine if line["event"] == "action-done"} >= {"ticket", "message"}
    assert sum(line["event"] == "deliveries-received" for line in mine) == 1
    assert sum(line.get("duplicates", 0) for line in lines) == 1


def test_each_of_many_in_one_commit_has_the_number_under_which_it_stands(database, moving_clock):
    arrivals = Arrivals(database)
    groups = ([b"1", b"2", b"3"], [b"4", b"2", b"5", b"5", b"6"], [b"1"], [b"7"])
    given = {}
    for group in groups:
        batch = [
            Arrival(None, hashlib.sha256(body).digest(), moving_clock.now(), database.vault.seal(BODY, body))
            for body in group
        ]
        for body, number in zip(group, arrivals.store(batch), strict=True):
            assert (number is None) == (body in given)
            given.setdefault(body, number)
    arrivals.close()
    with database.read() as tx:
        assert bodies(tx, list(given.values())) == {number: body for body, number in given.items()}
