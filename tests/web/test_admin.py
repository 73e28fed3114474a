"""An administrator: the audit log, what failed, the mailbox."""

from __future__ import annotations

import pytest

from plugin.adapters.mailbox import LocalMailbox
from plugin.ports.mail import Letter
from plugin.ports.queue import WorkKind
from plugin.storage import action, work
from plugin.web.app import create_app
from tests.web.conftest import NINE, Visitor


def _dead(rejoin) -> int:
    with rejoin.db.begin() as tx:
        row = action.add_row(
            tx, key="message/A-1/C-017/missed", kind="message", purpose="missed", appointment_id="A-1",
            participant_id="C-017", because="Did not come.", state=action.QUEUED, now=rejoin.clock.now(),
        )  # fmt: skip
        action.move(tx, row.id, (action.QUEUED,), action.DEAD, rejoin.clock.now(), note="the mail server refused: 550")
        return row.id


def test_what_failed_is_shown_with_its_reason_and_tried_again(rejoin, visit, put):
    put("A-1")
    dead = _dead(rejoin)
    ada = visit("ada")
    ada.get("/admin/failed")
    assert "the mail server refused: 550" in ada.text
    page = ada.page

    ada.submit(f"/admin/failed/{dead}/again")

    assert "It will be tried again now." in ada.text
    with rejoin.db.read() as tx:
        assert action.load(tx, dead).state == action.QUEUED
    ada.page = page
    ada.submit(f"/admin/failed/{dead}/again")
    assert "somebody else was quicker" in ada.text
    ada.get("/admin/audit")
    assert "ada retried action action/" in ada.text


@pytest.mark.parametrize(("kind", "told"), [(WorkKind.JUDGE, "Judging appointment A-1"), (WorkKind.ACT, "action")])
def test_work_that_was_given_up_is_shown_and_done_again(rejoin, visit, put, kind, told):
    put("A-1")
    subject = "A-1" if kind is WorkKind.JUDGE else str(_dead(rejoin))
    with rejoin.db.begin() as tx:
        action.move(tx, 1, (action.DEAD,), action.QUEUED, NINE)
        work.request(tx, kind, subject, NINE)
        [claim] = work.claim_due(tx, [kind], NINE, NINE, subject=subject)
        work.fail(tx, claim, "KeyError in plugin/core/case.py:1", None, NINE)
    ada = visit("ada")
    ada.get("/admin/failed")
    assert "Failed 1" in ada.text
    assert told in ada.text
    assert "KeyError in plugin/core/case.py:1" in ada.text
    page = ada.page

    ada.submit(f"/admin/failed/work/{claim.work_id}/again")

    assert "It will be tried again now." in ada.text
    assert "Nothing has failed." in ada.text
    with rejoin.db.read() as tx:
        assert work.due_at(tx, kind, subject) == NINE
    ada.page = page
    ada.submit(f"/admin/failed/work/{claim.work_id}/again")
    assert "somebody else was quicker" in ada.text


def test_the_audit_log_is_read_a_page_at_a_time(rejoin, visit):
    from plugin.storage import audit

    with rejoin.db.begin() as tx:
        for number in range(150):
            audit.record(tx, rejoin.clock.now(), "cora", "approved-offer", f"offer/{number}", {})
    ada = visit("ada")
    ada.get("/admin/audit")
    assert "offer/149" in ada.text
    assert "offer/3 " not in ada.text

    ada.get(ada.page.text.split('href="/admin/audit?before=')[1].join(["/admin/audit?before=", ""]).split('"')[0])

    assert "offer/3 " in ada.text


def test_the_mailbox_shows_a_letter_with_its_link(rejoin, visit):
    body = "Hello,\nhttps://rejoin.invalid/a/abc\n<b>&"
    LocalMailbox(rejoin.db, rejoin.clock).send(Letter("k", "A-1", "C-017", "noor@example.invalid", "About it", body))
    cora = visit("cora")
    cora.get("/mailbox")
    assert "About it" in cora.text
    cora.get("/mailbox/1")

    assert 'href="https://rejoin.invalid/a/abc"' in cora.page.text
    assert "<b>" not in cora.page.text
    assert "noor" not in cora.heading


def test_with_a_mail_server_there_is_no_mailbox(rejoin, hashed_password):
    from dataclasses import replace

    settings = rejoin.settings.model_copy(update={"smtp_url": "smtp://mail.invalid"})
    ada = Visitor(create_app(replace(rejoin, settings=settings)))
    ada.sign_in("ada")

    assert "Mailbox" not in ada.text
    assert ada.get("/mailbox").status_code == 404
    assert ada.get("/mailbox/1").status_code == 404


def test_accounts_are_listed_without_anything_secret(visit):
    ada = visit("ada")
    ada.get("/admin/accounts")

    assert "rivera clinician DR-RIVERA may sign in" in ada.text
    assert "argon2" not in ada.page.text
