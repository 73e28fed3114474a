"""Staff decide about a verdict, read its history, and take the decision back."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from plugin.core.appointment import Participant, Role
from plugin.ports.queue import WorkKind
from plugin.service.judging import Judge
from plugin.storage import assessment, work
from plugin.storage.tables import audit
from plugin.storage.tables import override as override_table
from tests.web.conftest import NINE


def judge_now(rejoin) -> None:
    now = rejoin.clock.now()
    with rejoin.db.begin() as tx:
        claims = work.claim_due(tx, (WorkKind.JUDGE,), now, now)
    for claim in claims:
        Judge(rejoin).perform([claim])


@pytest.fixture
def judged(rejoin, put):
    """A-1 is over and nothing was heard of it, so its verdict is left open and waits for a review."""
    put("A-1")
    rejoin.clock.set(NINE + timedelta(hours=4))
    with rejoin.db.begin() as tx:
        rejoin.queue.request(tx, WorkKind.JUDGE, "A-1", rejoin.clock.now())
    judge_now(rejoin)


def verdict(rejoin) -> dict:
    with rejoin.db.read() as tx:
        return assessment.current(tx, "A-1")["C-017"].result


def test_coordinator_decides_and_the_review_is_withdrawn(rejoin, visit, judged):
    cora = visit("cora")
    cora.get("/appointments/A-1")
    assert verdict(rejoin)["outcome"] == "undetermined"
    cora.submit('value="C-017"', verdict="attended/none", reason="The clinician's notes say so.")
    assert "Your decision stands." in cora.text
    rejoin.clock.advance(seconds=1)
    judge_now(rejoin)
    result = verdict(rejoin)
    assert (result["outcome"], result["cause"], result["confidence"], result["final"]) == (
        "attended", "none", "high", True,
    )  # fmt: skip
    assert result["findings"][0]["rule"] == "decided-by-staff"
    cora.get("/appointments/A-1")
    assert "cora decided it" in cora.text
    assert "The clinician's notes say so." in cora.text
    assert "Withdrawn before it was done: Review by a person" in cora.text


def test_rules_do_not_change_it_and_staff_take_it_back(rejoin, visit, judged):
    cora = visit("cora")
    cora.get("/appointments/A-1")
    cora.submit('value="C-017"', verdict="missed/technical", reason="Told us by phone.")
    for _ in range(2):
        rejoin.clock.advance(minutes=10)
        with rejoin.db.begin() as tx:
            rejoin.queue.request(tx, WorkKind.JUDGE, "A-1", rejoin.clock.now())
        judge_now(rejoin)
        assert (verdict(rejoin)["outcome"], verdict(rejoin)["cause"]) == ("missed", "technical")
    cora.get("/appointments/A-1")
    cora.submit("/decisions/take-back/")
    assert "Taken back" in cora.text
    rejoin.clock.advance(seconds=1)
    judge_now(rejoin)
    assert verdict(rejoin)["outcome"] == "undetermined"
    cora.get("/appointments/A-1")
    assert "cora took a decision back" in cora.text


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"verdict": "attended/none", "reason": "  "}, "Please write why"),
        ({"verdict": "attended/absence", "reason": "x"}, "do not go together"),
        ({"verdict": "", "reason": "x"}, "Please choose what happened."),
        ({"verdict": "cancelled/none", "reason": "x"}, "do not go together"),
    ],
)
def test_what_cannot_stand_is_refused_in_a_sentence(rejoin, visit, judged, fields, sentence):
    cora = visit("cora")
    cora.get("/appointments/A-1")
    cora.submit('value="C-017"', **fields)
    assert sentence in cora.text
    with rejoin.db.read() as tx:
        assert tx.execute(select(override_table)).first() is None


def test_of_two_who_decide_the_second_is_told(rejoin, visit, judged):
    cora, ada = visit("cora"), visit("ada")
    for one in (cora, ada):
        one.get("/appointments/A-1")
    cora.submit('value="C-017"', verdict="attended/none", reason="She was there.")
    ada.submit('value="C-017"', verdict="missed/absence", reason="She was not.")
    assert "Somebody else decided about this person a moment ago" in ada.text
    with rejoin.db.read() as tx:
        assert [row.outcome for row in tx.execute(select(override_table))] == ["attended"]


def test_decision_takes_the_place_of_one_about_the_same_person_alone(rejoin, visit, judged, put):
    """A clinician whose form names a decision about somebody else's session changes nothing about that one."""
    dora = Participant("DR-OTHER", Role.CLINICIAN)
    put("A-2", participants=(dora, Participant("C-018", Role.CLIENT)), meeting_id="80112345679")
    cora, rivera = visit("cora"), visit("rivera")
    cora.get("/appointments/A-2")
    cora.submit('value="C-018"', verdict="attended/none", reason="She was there.")
    with rejoin.db.read() as tx:
        [foreign] = tx.execute(select(override_table)).all()
    rivera.get("/appointments/A-1")
    rivera.submit('value="C-017"', verdict="attended/none", reason="I saw them.", instead_of=foreign.id)
    assert "Somebody else decided about this person a moment ago" in rivera.text
    with rejoin.db.read() as tx:
        assert [(row.appointment_id, row.undone_at) for row in tx.execute(select(override_table))] == [("A-2", None)]


def test_tech_support_cannot_decide_and_sees_no_reason(rejoin, visit, judged):
    cora, tess = visit("cora"), visit("tess")
    cora.get("/appointments/A-1")
    cora.submit('value="C-017"', verdict="attended/none", reason="Something personal.")
    tess.get("/appointments/A-1")
    assert "Decide otherwise" not in tess.text
    assert "Something personal." not in tess.text
    refused = tess.post("/decisions/A-1", participant="C-017", verdict="missed/absence", reason="x")
    assert refused.status_code in (400, 403)
    with rejoin.db.read() as tx:
        assert [row.outcome for row in tx.execute(select(override_table))] == ["attended"]


def test_every_decision_stands_in_the_audit_log_without_its_reason(rejoin, visit, judged):
    cora = visit("cora")
    cora.get("/appointments/A-1")
    cora.submit('value="C-017"', verdict="attended/none", reason="Something personal.")
    cora.get("/appointments/A-1")
    cora.submit("/decisions/take-back/")
    with rejoin.db.read() as tx:
        rows = list(tx.execute(select(audit).where(audit.c.subject == "appointment/A-1")))
    assert [row.did for row in rows] == ["decided-verdict", "took-back-decision"]
    assert "personal" not in str(rows)
