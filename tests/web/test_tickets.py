"""The tech-support queue: take, note, resolve, reopen, and two people at one ticket."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from plugin.ports.helpdesk import TicketDraft
from plugin.storage import action, affected
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


def test_what_was_found_is_corrected_at_a_resolved_ticket_and_the_page_says_what_stood_there(rejoin, visit, ticket):
    tess, ada = visit("tess"), visit("ada")
    tess.get(f"/tickets/{ticket}")
    tess.submit("/resolve", text="Nobody answered.", code="was-absence")
    ada.get(f"/tickets/{ticket}")
    assert "Did it turn out to be something else?" in tess.text
    assert 'value="was-absence" required checked' in tess.form("/classify")
    tess.submit("/classify", code="provider-fault")
    assert "Found: It was on the program's side." in tess.text
    assert "in place of “It was absence after all”" in tess.text
    assert ada.submit("/classify", code="no-fault-found").status_code == 409
    assert "Somebody else changed this ticket a moment ago." in ada.text
    assert 'value="no-fault-found" required checked' in ada.form("/classify"), "what they chose is still there"
    cora = visit("cora")
    cora.get(f"/tickets/{ticket}")
    assert "/classify" not in cora.page.text


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


class TestTriage:
    """The page of a busy person."""

    @pytest.fixture
    def queue(self, rejoin, put, ticket):
        """Beside the live one an incident of yesterday and one that tess has."""
        put("A-0", starts_at=NINE - timedelta(hours=3), ends_at=NINE - timedelta(hours=2), meeting_id="80100000000")
        incident = TicketDraft(
            "t/incident", "A-0", ("C-1", "C-2"), True, "2 people had connection trouble", ("Seen.",), "Look.",
            "group-drop", "group-drop",
        )  # fmt: skip
        words = ("Connection trouble of C-9", ("Seen.",), "Ask.", "trouble-reported", "no-sound")
        own = TicketDraft("t/own", "A-0", ("C-9",), False, *words)
        with rejoin.db.begin() as tx:
            now = rejoin.clock.now()
            number = tickets.open_once(tx, incident, now)[0].id
            then = NINE - timedelta(hours=2, minutes=30)
            affected.join(tx, "t/incident", "A-0", "C-1", then)
            affected.join(tx, "t/incident", "A-0", "C-2", then)
            affected.recover(tx, "t/incident", "A-0", "C-2", then + timedelta(minutes=10))
            attached = tickets.open_once(tx, replace(own, key="t/part", participants=("C-1",)), now)[0]
            tickets.change(tx, attached.id, 1, now, state=tickets.ATTACHED, part_of=number)
            mine = tickets.open_once(tx, own, now)[0]
            tickets.change(tx, mine.id, 1, now, state=tickets.TAKEN, assignee="tess")
        return rejoin

    @pytest.mark.parametrize(
        ("address", "shown"),
        [
            ("", ["C-017", "2 people", "C-9"]),
            ("?live=1", ["C-017"]),
            ("?mine=1", ["C-9"]),
            ("?kind=incident", ["2 people"]),
            ("?kind=single", ["C-017", "C-9"]),
            ("?symptom=no-sound", ["C-9"]),
            ("?state=open", ["C-017", "2 people"]),
            ("?state=taken", ["C-9"]),
            ("?state=resolved", []),
            ("?state=nonsense&kind=%00&symptom=%00", ["C-017", "2 people", "C-9"]),
            ("?live=1&mine=1", []),
        ],
    )
    def test_filters_stand_in_the_address(self, visit, queue, address, shown):
        tess = visit("tess")
        tess.get(f"/tickets{address}")
        headings = re.findall(r'<h2 id="t\d+"><a[^>]*>([^<]*)</a>', tess.page.text)
        assert [next(word for word in ("C-017", "2 people", "C-9") if word in heading) for heading in headings] == shown

    def test_once_the_session_is_over_nobody_is_said_to_be_in_trouble_still(self, rejoin, visit, put):
        put("A-1")
        people = ("C-1", "C-2", "C-3", "C-4")
        incident = TicketDraft("t/over", "A-1", people, True, "4 people had trouble", ("Seen.",), "Look.")
        with rejoin.db.begin() as tx:
            number = tickets.open_once(tx, incident, NINE)[0].id
            for code, minute in zip(people, (12, 12, 60, 60), strict=True):
                affected.join(tx, "t/over", "A-1", code, NINE + timedelta(minutes=minute))
            affected.recover(tx, "t/over", "A-1", "C-2", NINE + timedelta(minutes=20))
            affected.recover(tx, "t/over", "A-1", "C-4", NINE + timedelta(minutes=61))
        tess = visit("tess")
        rejoin.clock.set(NINE + timedelta(minutes=49))
        tess.get(f"/tickets/{number}")
        assert "C-1 , appointment A-1 , in trouble since 09:12" in tess.text
        rejoin.clock.set(NINE + timedelta(minutes=50))
        tess.get(f"/tickets/{number}")
        assert "in trouble since" not in tess.text
        for told in (
            "C-1 , appointment A-1 , was hit from 09:12 on; the session is over",
            "C-2 , appointment A-1 , well since 09:20",
            "C-3 , appointment A-1 , was hit; the session is over",
            "C-4 , appointment A-1 , turned out not to have been hit",
        ):
            assert told in tess.text
        tess.get("/tickets")
        assert "C-1 , C-2 back 09:20 , C-3 , C-4 not hit" in tess.text

    def test_incident_shows_whom_it_affects_who_is_back_and_what_is_part_of_it(self, visit, queue):
        tess = visit("tess")
        tess.get("/tickets?kind=incident")
        assert "incident, 2 affected" in tess.text
        assert "C-2 back 06:40" in tess.text
        assert "Part of it: no. 3 (C-1)" in tess.text
        tess.get("/tickets/3")
        assert "This ticket is part of an incident: go on at no. 2" in tess.text
        assert "Take it" not in tess.text

    def test_symptoms_are_told_in_words(self, visit, queue):
        tess = visit("tess")
        tess.get("/tickets")
        assert "no sound or no picture · no." in tess.text
        assert "several cut off together · no." in tess.text

    def test_ticket_is_given_to_a_colleague_who_works_on_tickets(self, visit, queue, ticket):
        tess = visit("tess")
        tess.get(f"/tickets/{ticket}")
        tess.submit("/assign", to="ada")
        assert "It is theirs now." in tess.text
        assert "by ada" in tess.text
        assert tess.submit("/assign", to="cora").status_code == 422
        assert "does not work on tickets" in tess.text

    def test_hit_rate_of_a_rule_is_shown(self, visit, queue):
        tess = visit("tess")
        tess.get("/tickets/2")
        tess.submit("/resolve", text="A switch.", code="confirmed-technical")
        tess.get("/tickets")
        assert re.search(r"group-drop Several people .* 1 1 100 %", tess.text)

    def test_of_two_who_take_one_ticket_the_second_is_told_kindly(self, visit, ticket):
        tess, ada = visit("tess"), visit("ada")
        for someone in (tess, ada):
            someone.get("/tickets")
        tess.submit(f"/tickets/{ticket}/take")
        assert ada.submit(f"/tickets/{ticket}/take").status_code == 409
        assert "Somebody else changed this ticket a moment ago" in ada.text
        assert "taken by tess" in ada.text


class TestDeskAway:
    """What is not at the help desk yet stands on the page."""

    def queued(self, rejoin, state: str, note: str | None = None):
        with rejoin.db.begin() as tx:
            row = action.add_row(
                tx, key="ticket/A-1/C-017", kind="ticket", appointment_id="A-1", participant_id="C-017", because="x",
                state=state, now=rejoin.clock.now(), participants=["C-017"],
            )  # fmt: skip
            action.move(tx, row.id, (state,), state, rejoin.clock.now(), note=note)

    def test_what_waits_is_shown_once_it_waits_long(self, rejoin, visit, put):
        put("A-1")
        self.queued(rejoin, action.QUEUED)
        tess = visit("tess")
        tess.get("/tickets")
        assert "not at the built-in queue yet" not in tess.text
        rejoin.clock.advance(minutes=3)
        tess.get("/tickets")
        assert "1 not at the built-in queue yet" in tess.text
        assert "Support ticket for C-017" in tess.text
        assert "Put right" not in tess.text

    def test_refusal_names_the_setting_and_is_tried_again_by_a_button(self, rejoin, visit, put):
        put("A-1")
        self.queued(rejoin, action.DEAD, "Zammad has no active group as REJOIN_HELPDESK_QUEUE names it")
        tess = visit("tess")
        tess.get("/tickets")
        assert "given up. Zammad has no active group as REJOIN_HELPDESK_QUEUE names it" in tess.text
        tess.submit("/tickets/try-again")
        assert "They are on their way again." in tess.text
        with rejoin.db.read() as tx:
            assert action.by_key(tx, "ticket/A-1/C-017").state == "queued"
