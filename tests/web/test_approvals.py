"""The coordinator: offers of another time, make-up material, tasks."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from sqlalchemy import select

from plugin.composition import performers
from plugin.core.appointment import Kind, Participant, Role
from plugin.core.message import Channel
from plugin.ports.queue import WorkKind
from plugin.service import feedback
from plugin.service.acting import Actor
from plugin.storage import action, offer, work
from plugin.storage import task as tasks
from plugin.storage.tables import audit
from tests.web.conftest import NAME, NINE


def _offer(rejoin):
    with rejoin.db.read() as tx:
        return offer.load(tx, 1)


def test_a_coordinator_sees_times_and_evidence_side_by_side_and_approves(rejoin, visit, missed):
    cora = visit("cora")
    cora.get("/approvals")
    assert f"C-017 {NAME}" in cora.text
    cora.get("/approvals/offers/1")
    assert "Did not come to the session." in cora.text
    assert "A clinician held the session" in cora.text
    assert "Chicago time (CST)" in cora.text
    assert 'class="timeline"' in cora.page.text

    cora.submit("/approve")

    assert "Approved. The client gets the times now." in cora.text
    assert _offer(rejoin).state == "approved"
    with rejoin.db.read() as tx:
        assert [row.actor for row in tx.execute(select(audit).where(audit.c.did == "approved-offer"))] == ["cora"]


def test_a_coordinator_puts_other_times_in_place_of_the_proposed_ones(rejoin, visit, missed):
    cora = visit("cora")
    cora.get("/approvals/offers/1")
    free = re.findall(r'name="slot" value="([^"]+)"', cora.page.text)

    cora.submit("/slots", slot=[free[-1]], other="2026-12-04T17:30")

    assert "The times are changed." in cora.text
    starts = [slot.starts_at.isoformat() for slot in offer.slots_of(_offer(rejoin))]
    assert sorted(starts) == sorted([free[-1], "2026-12-04T22:30:00+00:00"])
    assert _offer(rejoin).state == "proposed"


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"other": "2027-03-14T02:30"}, "That time does not exist: the clock changes"),
        ({"other": "9999-12-31T23:59"}, "could not be read"),
        ({"other": "0001-01-01T00:00"}, "in the past"),
        ({"other": "2026-11-20T09:00"}, "in the past"),
        ({"slot": ["soon"]}, "could not be read"),
        ({"slot": [f"2026-12-0{day}T15:00:00+00:00" for day in (1, 2, 3, 4)]}, "at most 3 times"),
        ({}, "at least one time"),
    ],
)
def test_times_that_cannot_be_are_refused_in_a_sentence(visit, missed, fields, told):
    cora = visit("cora")
    cora.get("/approvals/offers/1")

    assert cora.submit("/slots", **fields).status_code == 422
    assert told in cora.text


def test_declining_needs_a_reason_and_keeps_it(rejoin, visit, missed):
    cora = visit("cora")
    cora.get("/approvals/offers/1")
    assert cora.submit("/decline", reason=" ").status_code == 422
    assert "Please say why." in cora.text

    cora.submit("/decline", reason="Already spoken on the phone.")

    assert _offer(rejoin).state == "declined"
    cora.get("/approvals/offers/1")
    assert "Already spoken on the phone." in cora.text


def test_why_somebody_declined_is_for_those_who_work_with_the_person(visit, missed):
    cora, tess = visit("cora"), visit("tess")
    cora.get("/approvals/offers/1")
    cora.submit("/decline", reason="Their mother rang: they are in hospital.")
    for someone, told in ((cora, True), (tess, False)):
        someone.get("/appointments/A-1")
        assert "declined" in someone.text
        assert ("in hospital" in someone.text) is told


def test_offer_whose_letter_could_not_go_is_back_with_the_reason(rejoin, visit, missed):
    with rejoin.db.begin() as tx:
        feedback.wish(tx, "C-017", Channel.EMAIL, False, rejoin.clock.now())
    cora = visit("cora")
    cora.get("/approvals/offers/1")
    cora.submit("/approve")
    with rejoin.db.begin() as tx:
        (claim,) = work.claim_due(tx, (WorkKind.ACT,), rejoin.clock.now(), rejoin.clock.now())
    Actor(rejoin, performers()).perform(claim)
    for page in ("/approvals", "/approvals/offers/1"):
        cora.get(page)
        assert "The letter did not go out: they want no messages." in cora.text


def test_two_coordinators_decide_at_once_and_the_second_is_told(rejoin, visit, missed):
    cora, ada = visit("cora"), visit("ada")
    cora.get("/approvals/offers/1")
    ada.get("/approvals/offers/1")
    cora.submit("/decline", reason="Not needed.")

    assert ada.submit("/approve").status_code == 409
    assert "Somebody else decided or changed this a moment ago" in ada.text
    assert _offer(rejoin).state == "declined"


@pytest.fixture
def missed_group(rejoin, put, zoom):
    """A group was held and C-017 did not come: make-up material waits for a coordinator."""
    people = (
        Participant("DR-RIVERA", Role.CLINICIAN, registrant_id="reg-rivera"),
        Participant("C-017", Role.CLIENT, name=NAME, email="noor.canary@example.invalid", registrant_id="reg-017"),
        Participant("C-018", Role.CLIENT, registrant_id="reg-018"),
    )
    put("G-1", Kind.GROUP, participants=people)
    zoom.started(NINE)
    for who in ("reg-rivera", "reg-018"):
        zoom.joined(who, NINE)
        zoom.left(who, NINE + timedelta(minutes=50))
    zoom.ended(NINE + timedelta(minutes=50))
    rejoin.clock.set(NINE + timedelta(hours=2))
    zoom.judge("G-1")
    with rejoin.db.read() as tx:
        return action.in_state(tx, action.HELD, ("makeup",))[0].id


def test_make_up_material_goes_out_with_the_words_of_the_coordinator(rejoin, visit, missed_group, act):
    cora = visit("cora")
    cora.get("/approvals")
    assert "Make-up material" in cora.text
    cora.get(f"/approvals/makeups/{missed_group}")
    cora.submit("/approve", text="Please read chapter 3.")
    assert "Approved. It goes out now." in cora.text
    act()

    cora.get("/mailbox")
    assert "Something for you to look at" in cora.text
    cora.get(re.search(r'href="(/mailbox/\d+)">Something', cora.page.text).group(1))
    assert "Please read chapter 3." not in cora.text  # it stands behind the link
    path = re.search(r"https://rejoin\.invalid(/m/[^\s<\"]+)", cora.page.text).group(1)
    client = visit()
    client.get(path)
    assert "Please read chapter 3." in client.text
    cora.get(f"/approvals/makeups/{missed_group}")
    assert "This was decided already" in cora.text


def test_make_up_material_is_declined_with_a_reason(rejoin, visit, missed_group):
    cora = visit("cora")
    cora.get(f"/approvals/makeups/{missed_group}")
    assert cora.submit("/approve", text="").status_code == 422

    cora.submit("/decline", reason="Already has it.")

    with rejoin.db.read() as tx:
        assert action.load(tx, missed_group).note == "Already has it."


def test_a_task_is_done_once_and_by_those_it_is_for(rejoin, visit, put):
    put("A-1")
    with rejoin.db.begin() as tx:
        at = rejoin.clock.now()
        checkin = tasks.open_once(tx, "k1", "checkin", "clinician", "A-1", "C-017", "First no-show.", at).id
        other = tasks.open_once(tx, "k2", "checkin", "clinician", "A-9", "C-099", "First no-show.", at).id
        review = tasks.open_once(tx, "k3", "review", "coordinator", "A-1", "C-017", "Two share a name.", at).id
    rivera, cora = visit("rivera"), visit("cora")

    rivera.get("/tasks")
    assert "C-017" in rivera.text
    assert "C-099" not in rivera.text
    assert "Two share a name." not in rivera.text
    token = re.search(r'name="csrf_token" value="([^"]+)"', rivera.page.text).group(1)
    assert rivera.post(f"/tasks/{other}/done", csrf_token=token).status_code == 404
    assert rivera.post(f"/tasks/{review}/done", csrf_token=token).status_code == 404
    rivera.get("/tasks")
    rivera.submit(f"/tasks/{checkin}/done")
    assert "Done. Thank you." in rivera.text

    cora.get("/tasks")
    assert "Two share a name." in cora.text
    assert "Tasks 1 waiting" in cora.text  # the clinicians' are none of hers
    ada = visit("ada")
    ada.get("/tasks")
    assert "Tasks 2 waiting" in ada.text
    page = cora.page
    cora.submit(f"/tasks/{review}/done")
    cora.page = page
    cora.submit(f"/tasks/{review}/done")
    assert "Somebody else did that a moment ago" in cora.text


def test_proposal_evidence_and_history_stand_side_by_side_and_ticked_ones_go_out(rejoin, visit, missed):
    cora = visit("cora")
    cora.get("/approvals")
    for told in ("Proposal", "client:", "Evidence", "Did not come to the session", "Before this", "Nothing known."):
        assert told in cora.text
    assert "Automatic approval is off in the policy." in cora.text

    row = _offer(rejoin)
    cora.submit("/approvals/many", offer=[f"{row.id}:{row.version}"])

    assert "Approved. The client gets the times now." in cora.text
    assert _offer(rejoin).state == "approved"


def test_ticked_proposal_that_was_changed_meanwhile_is_named_and_not_sent(rejoin, visit, missed):
    cora, ada = visit("cora"), visit("ada")
    cora.get("/approvals")
    row = _offer(rejoin)
    ada.get("/approvals/offers/1")
    ada.submit("/decline", reason="Not needed.")
    page = cora.page
    cora.page = page
    cora.submit("/approvals/many", only=f"{row.id}:{row.version}")
    assert "Offer 1 was not approved. Somebody else decided or changed it a moment ago." in cora.text
    assert _offer(rejoin).state == "declined"


@pytest.mark.parametrize("ticked", [[], ["x"], ["1"], ["1:"], ["-1:2"], ["99999999999999999999:1"], ["²:1"]])
def test_nothing_ticked_or_nonsense_changes_nothing(rejoin, visit, missed, ticked):
    cora = visit("cora")
    cora.get("/approvals")
    cora.submit("/approvals/many", offer=ticked)
    assert "Please tick the proposals that you agree to." in cora.text
    assert _offer(rejoin).state == "proposed"


def test_offer_that_was_sent_is_taken_back_and_looked_for_again(rejoin, visit, link):
    cora, client = visit("cora"), visit()
    cora.get("/approvals/offers/1")
    cora.submit("/take-back", reason="She was there after all.")
    assert "Taken back: its link does not work any more." in cora.text
    assert client.get(link).status_code == 410

    with rejoin.db.begin() as tx:
        offer.change(tx, 1, _offer(rejoin).version, rejoin.clock.now(), state="expired")
    cora.get("/approvals/offers/1")
    cora.submit("/renew")
    assert "Looked for times once more." in cora.text
    assert _offer(rejoin).state == "proposed"
