"""Every verdict that was ever stored can be recomputed from what was stored, by the policy that it names."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from config.policy import load_policy, read_policy
from plugin.core.appointment import Kind, Participant, Role
from plugin.core.result import as_result
from plugin.service.docket import Docket
from plugin.storage import policy
from plugin.storage.tables import assessment
from tests.service.clinic import ALICE, DORA, NINE, Clinic, appointment, ended, joined, left


def a_morning(clinic: Clinic, seed: int) -> None:
    """Dora and Alice come, drop and go; deliveries arrive late, twice, out of order, or never."""
    chance = random.Random(seed)
    happened = [(0, joined(DORA, NINE))]
    for number, (begin, end) in enumerate(((2, 20), (23, 41), (45, 59))):
        if chance.random() < 0.8:
            happened.append((begin, joined(ALICE, NINE + timedelta(minutes=begin), f"k{number}")))
        if chance.random() < 0.8:
            reason = chance.choice(["left the meeting", "Network connection error", "Client Close"])
            happened.append((end, left(ALICE, NINE + timedelta(minutes=end), f"k{number}", reason)))
    happened += [(60, left(DORA, NINE + timedelta(hours=1))), (60, ended(NINE + timedelta(hours=1)))]
    arriving = []
    for minutes, body in happened:
        delay = chance.choice([0, 0, 0, 5, 25, 85])
        arriving.append((minutes + delay, body))
        if chance.random() < 0.2:
            arriving.append((minutes + delay + 5, body))
    for minutes, body in sorted(arriving, key=lambda one: one[0]):
        clinic.go_to(max(NINE + timedelta(minutes=minutes), clinic.clock.now()))
        clinic.clock.advance(seconds=1)  # no delivery arrives at the very moment of a judgement
        clinic.receive(body)
        clinic.work()
    clinic.go_to(NINE + timedelta(hours=4))


@pytest.mark.parametrize("seed", [*range(3), *[pytest.param(n, marks=pytest.mark.long) for n in range(3, 6)]])
def test_every_revision_is_what_its_rows_and_its_policy_say(rejoin, tmp_path, seed):
    clinic = Clinic(rejoin)
    a_morning(clinic, seed)
    with rejoin.db.read() as tx:
        stored = list(tx.execute(select(assessment).order_by(assessment.c.id)))
        texts = {row.policy_version: policy.text_of(tx, row.policy_version) for row in stored}
    assert len(stored) >= 4
    for row in stored:
        then = replace(rejoin, policy=read_policy(texts[row.policy_version].encode(), "as stored"))
        found = Docket(then).look(row.appointment_id, row.judged_at)
        again = {one.participant_id: as_result(one, found.actions) for one in found.assessments}
        assert again[row.participant_id] == row.result


def test_verdict_whose_minutes_went_on_under_another_policy_names_that_one(rejoin, tmp_path):
    """A provisional verdict is renewed while the session runs; what it says now the policy of now has said."""
    later = tmp_path / "later.toml"
    later.write_text(load_policy().text.replace("no_show_after_minutes = 15", "no_show_after_minutes = 20"))
    clinic = Clinic(rejoin)
    clinic.go_to(NINE)
    clinic.receive(joined(DORA, NINE))
    clinic.go_to(NINE + timedelta(minutes=10))
    assert {row.policy_version for row in clinic.history()} == {rejoin.policy.version}
    changed = Clinic(replace(rejoin, policy=load_policy(later)))
    changed.go_to(NINE + timedelta(minutes=15))
    changed.receive(joined(DORA, NINE, "second"))
    changed.work()
    assert {row.policy_version for row in changed.history()} == {changed.rejoin.policy.version}
    for row in changed.history():
        with rejoin.db.read() as tx:
            text = policy.text_of(tx, row.policy_version)
        then = replace(rejoin, policy=read_policy(text.encode(), "as stored"))
        found = Docket(then).look("A1", row.judged_at)
        assert [as_result(one, found.actions) for one in found.assessments if one.participant_id == "C-ALICE"] == [
            row.result
        ]


def test_policy_that_was_replaced_is_still_known(rejoin, tmp_path):
    other = tmp_path / "other.toml"
    other.write_text(load_policy().text.replace("attended_fraction = 0.75", "attended_fraction = 0.5"))
    assert load_policy(other).version != load_policy().version
    a_morning(Clinic(replace(rejoin, policy=load_policy(other))), 1)
    with rejoin.db.read() as tx:
        assert policy.text_of(tx, load_policy(other).version) == other.read_text()
        assert policy.text_of(tx, load_policy().version) is None


def test_what_became_one_incident_later_is_no_incident_before(rejoin):
    """First Alice was cut off alone, later three together: what stood about Alice is what it was."""
    others = [a_client(number) for number in ("C-BERT", "C-CLEO")]
    clinic = Clinic(rejoin, appointment(kind=Kind.GROUP, participants=(ALICE, *others, DORA)))
    clinic.go_to(NINE)
    clinic.clock.advance(seconds=1)  # no delivery arrives at the very moment of a judgement
    for person in (DORA, ALICE, *others):
        clinic.receive(joined(person, NINE))
    clinic.go_to(NINE + timedelta(minutes=20))
    clinic.clock.advance(seconds=1)
    clinic.receive(left(ALICE, NINE + timedelta(minutes=20), reason="Network connection error"))
    clinic.go_to(NINE + timedelta(minutes=30))
    clinic.clock.advance(seconds=1)
    for person in others:
        clinic.receive(left(person, NINE + timedelta(minutes=30), reason="Network connection error"))
    clinic.go_to(NINE + timedelta(minutes=34))
    clinic.clock.advance(seconds=1)
    for person in (ALICE, *others):
        clinic.receive(joined(person, NINE + timedelta(minutes=34), "again"))
    clinic.go_to(NINE + timedelta(hours=4))
    assert "ticket" in clinic.actions()
    with rejoin.db.read() as tx:
        stored = list(tx.execute(select(assessment).order_by(assessment.c.id)))
    assert any(action.get("incident") for row in stored for action in row.result["actions"])
    for row in stored:
        found = Docket(rejoin).look(row.appointment_id, row.judged_at)
        again = {one.participant_id: as_result(one, found.actions) for one in found.assessments}
        assert again[row.participant_id] == row.result


def test_who_joined_an_incident_later_is_in_none_of_it_before(rejoin):
    """Three were cut off together and came back; when Dan is cut off later, it is the same incident."""
    others = [a_client(number) for number in ("C-BERT", "C-CLEO", "C-DAN")]
    together, (dan,) = (ALICE, *others[:2]), others[2:]
    clinic = Clinic(rejoin, appointment(kind=Kind.GROUP, participants=(ALICE, *others, DORA)))

    def at(minutes: int, *bodies: dict) -> None:
        clinic.go_to(NINE + timedelta(minutes=minutes))
        clinic.clock.advance(seconds=1)  # no delivery arrives at the very moment of a judgement
        for body in bodies:
            clinic.receive(body)

    def cut_off(minutes: int, *people: Participant) -> None:
        lost = [left(who, NINE + timedelta(minutes=minutes), reason="Network connection error") for who in people]
        at(minutes, *lost)

    at(0, *[joined(who, NINE) for who in (DORA, *together, dan)])
    cut_off(20, *together)
    at(24, *[joined(who, NINE + timedelta(minutes=24), f"again-{who.participant_id}") for who in together])
    cut_off(35, dan)
    clinic.go_to(NINE + timedelta(hours=4))
    with rejoin.db.read() as tx:
        stored = list(tx.execute(select(assessment).order_by(assessment.c.id)))
    sizes = {len(action["participants"]) for row in stored for action in row.result["actions"] if "incident" in action}
    assert sizes == {3, 4}
    for row in stored:
        found = Docket(rejoin).look(row.appointment_id, row.judged_at)
        again = {one.participant_id: as_result(one, found.actions) for one in found.assessments}
        assert again[row.participant_id] == row.result


def a_client(code: str) -> Participant:
    return Participant(code, Role.CLIENT, "", registrant_id=f"reg-{code}")
