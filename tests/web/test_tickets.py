"""The tech-support queue: take, note, resolve, reopen, and two people at one ticket."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from plugin.ports.helpdesk import TicketDraft
from plugin.storage import ticket as tickets
from plugin.storage.tables import audit
from tests.web.conftest import NINE


@pytest.fixture
def ticket(rejoin, put):
    """An open ticket about C-017, who was cut off while the session runs."""
    put("A-1")
    rejoin.clock.set(NINE + timedelta(minutes=20))
    return _open(rejoin, "C-017", "A-1")


def _open(rejoin, code: str, appointment_id: str) -> int:
    seen = (f"{code}: A connection ended abnormally at 09:12.",)
    draft = TicketDraft(
        f"t/{code}", appointment_id, (code,), False, f"Connection trouble of {code}", seen, "Ask about Wi-Fi."
    )
    with rejoin.db.begin() as tx:
        return tickets.open_once(tx, draft, rejoin.clock.now())[0].id


def test_tech_support_takes_notes_resolves_and_reopens_a_ticket(rejoin, visit, ticket):
    tess = visit("tess")
    tess.get("/tickets")
    assert "session still running" in tess.text
    tess.submit(f"/tickets/{ticket}/take")
    assert "It is yours now." in tess.text
    tess.submit("/note", text="Called. The router was restarted.")
    assert "The router was restarted." in tess.text
    tess.submit("/resolve", text="Moved closer to the router.", code="confirmed-technical")
    assert "Resolved. Thank you." in tess.text
    assert "Moved closer to the router." in tess.text
    tess.get("/tickets")
    assert "No ticket is waiting." in tess.text
    tess.get("/tickets?state=resolved")
    assert "Connection trouble of C-017" in tess.text
    tess.get(f"/tickets/{ticket}")
    tess.submit("/reopen")
    assert "The ticket is open again." in tess.text
    with rejoin.db.read() as tx:
        did = [row.did for row in tx.execute(select(audit).where(audit.c.subject == f"ticket/{ticket}"))]
    assert did == ["took-ticket", "noted-ticket", "resolved-ticket", "reopened-ticket"]


def test_of_two_people_who_resolve_one_ticket_the_second_is_told_and_loses_no_word(rejoin, visit, ticket):
    tess, ada = visit("tess"), visit("ada")
    tess.get(f"/tickets/{ticket}")
    ada.get(f"/tickets/{ticket}")
    tess.submit("/take")

    answer = ada.submit("/resolve", text="A long story about a cable.", code="no-fault-found")

    assert answer.status_code == 409
    assert "Somebody else changed this ticket a moment ago" in ada.text
    assert "A long story about a cable." in ada.page.text
    with rejoin.db.read() as tx:
        assert tickets.load(tx, ticket).state == "taken"
    assert ada.submit("/resolve", text="A long story about a cable.", code="no-fault-found").status_code == 200


def test_a_resolution_without_words_is_refused_in_a_sentence(visit, ticket):
    tess = visit("tess")
    tess.get(f"/tickets/{ticket}")

    assert tess.submit("/resolve", text="   ", code="no-fault-found").status_code == 422
    assert "Please say what solved it." in tess.text


def test_tickets_of_sessions_still_running_come_first(rejoin, visit, ticket, put):
    put("A-0", starts_at=NINE - timedelta(hours=3), ends_at=NINE - timedelta(hours=2), meeting_id="80100000000")
    _open(rejoin, "C-001", "A-0")
    tess = visit("tess")

    tess.get("/tickets")

    assert tess.text.index("C-017") < tess.text.index("C-001")


def test_a_coordinator_reads_along_but_finds_no_button(visit, ticket):
    cora = visit("cora")
    cora.get(f"/tickets/{ticket}")

    assert "Ask about Wi-Fi." in cora.text
    assert f'action="/tickets/{ticket}' not in cora.page.text
    assert cora.post(f"/tickets/{ticket}/take").status_code == 403


@pytest.mark.parametrize("path", ["/tickets/999", "/tickets/0x1", "/tickets/99999999999999999999"])
def test_a_ticket_that_does_not_exist_is_a_calm_page(visit, path):
    tess = visit("tess")

    assert tess.get(path).status_code == 404
    assert "There is no such page" in tess.text


def test_a_version_that_no_ticket_can_have_is_a_conflict_and_no_fault(visit, ticket):
    tess = visit("tess")
    tess.get(f"/tickets/{ticket}")

    assert tess.submit("/take", version="99999999999999999999").status_code == 409
