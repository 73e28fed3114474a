"""Several accounts deliver to one service: what one of them says proves nothing of another's feed."""

from __future__ import annotations

from datetime import timedelta

import pytest

from plugin.storage import delivery, sighting
from tests.service.clinic import ALICE, DORA, NINE, appointment, ended, joined, left
from tests.service.test_feed import Watched

TEN = NINE + timedelta(hours=1)
MINUTE = timedelta(minutes=1)


def of(account: str, body: dict) -> dict:
    body["payload"]["account_id"] = account
    return body


def held_unheard(rejoin, of_the_other: str) -> Watched:
    """Dora came before the start and went after the end; in between only another meeting was heard, of an account."""
    clinic = Watched(rejoin, appointment(), appointment("A2", meeting_id="82", participants=(DORA,)))
    clinic.clock.set(NINE - MINUTE)
    clinic.receive(of("mine", joined(DORA, NINE - MINUTE)))
    clinic.look(NINE + 10 * MINUTE)
    clinic.receive(of(of_the_other, joined(DORA, NINE + 10 * MINUTE, "d2", meeting="82", instance="u2==")))
    clinic.look(TEN + MINUTE)
    clinic.receive(of("mine", left(DORA, TEN + MINUTE)))
    clinic.receive(of("mine", ended(TEN + MINUTE)))
    clinic.go_to(TEN + timedelta(hours=3))
    return clinic


@pytest.mark.both
def test_another_account_that_was_heard_is_no_proof_of_an_absence(rejoin):
    verdict = held_unheard(rejoin, "another").verdict()
    assert (verdict["outcome"], verdict["flags"]) == ("undetermined", ["feed-gap"])


@pytest.mark.parametrize("account", ["mine", ""])
def test_the_same_account_or_one_that_is_not_named_proves_that_the_feed_was_alive(rejoin, account):
    assert held_unheard(rejoin, account).verdict()["outcome"] == "missed"


def test_what_was_read_before_accounts_were_kept_tells_of_any_of_them(rejoin):
    """The rows of before the upgrade, and those that a process of the older version reads beside a new one."""
    clinic = Watched(rejoin, appointment())
    clinic.clock.set(NINE)
    clinic.receive(of("mine", joined(DORA, NINE)))
    clinic.read()
    with rejoin.db.begin() as tx:
        tx.execute(delivery.delivery.update().values(account_id=None))
    with rejoin.db.read() as tx:
        heard, *_ = sighting.heard_in(tx, NINE - MINUTE, TEN, NINE, {"another"})
    assert (heard.at, heard.account_id) == (NINE, "")


def test_app_that_was_removed_from_one_account_is_not_back_because_another_one_is_heard(rejoin):
    clinic = Watched(rejoin, appointment(), appointment("A2", meeting_id="82", participants=(DORA,)))
    clinic.clock.set(NINE)
    clinic.receive(of("mine", joined(DORA, NINE)))
    clinic.look(NINE + 20 * MINUTE)
    gone = {"account_id": "mine", "deauthorization_time": "2026-11-23T15:20:00Z"}
    clinic.receive({"event": "app_deauthorized", "event_ts": 1, "payload": gone})
    clinic.look(NINE + 21 * MINUTE)
    clinic.clock.set(NINE + 25 * MINUTE)
    clinic.receive(of("another", joined(DORA, NINE + 25 * MINUTE, "d2", meeting="82", instance="u2==")))
    clinic.look(NINE + 30 * MINUTE)
    [blind] = clinic.intervals()
    assert (blind.cause, blind.from_at, blind.to_at) == ("deauthorized", NINE + 20 * MINUTE, None)
    clinic.look(TEN)
    assert clinic.verdict(ALICE)["outcome"] == "undetermined"
    clinic.clock.set(TEN + MINUTE)
    clinic.receive(of("mine", left(DORA, TEN)))
    clinic.look(TEN + 2 * MINUTE)
    assert clinic.intervals()[0].to_at == TEN + MINUTE


@pytest.mark.parametrize("before", [10 * MINUTE, timedelta(days=20)], ids=str)
def test_app_that_was_removed_from_one_account_makes_nobody_of_another_blind(rejoin, before):
    clinic = Watched(rejoin, appointment(), appointment("A2", meeting_id="82", participants=(DORA,)))
    at = NINE - before
    clinic.clock.set(at)
    gone = {"account_id": "another", "deauthorization_time": at.strftime("%Y-%m-%dT%H:%M:%SZ")}
    clinic.receive({"event": "app_deauthorized", "event_ts": round(at.timestamp() * 1000), "payload": gone})
    clinic.look(at + 2 * MINUTE)
    clinic.clock.set(NINE)
    clinic.receive(of("mine", joined(DORA, NINE)))
    clinic.look(TEN)
    for body in (left(DORA, TEN), ended(TEN)):
        clinic.receive(of("mine", body))
    clinic.go_to(TEN + timedelta(hours=3))
    assert [row.to_at for row in clinic.intervals()] == [None], "of that account nothing is heard any more"
    assert (clinic.verdict()["outcome"], clinic.verdict()["flags"]) == ("missed", [])
