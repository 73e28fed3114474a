"""What keeps the pages from being misused: tokens, headers, escaping, problems told without details."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import structlog
from flask import Blueprint
from sqlalchemy import select

import plugin.web
from plugin.core.appointment import Participant, Role
from plugin.storage.tables import ticket
from plugin.web.app import create_app
from tests.web.conftest import BASE, LOGINS, Visitor

FOLDER = Path(plugin.web.__file__).parent


def test_every_unsafe_route_refuses_a_request_without_its_token(app, visit):
    visitors = {login: visit(login) for login in LOGINS.values()}
    checked = 0
    for rule in app.url_map.iter_rules():
        if not rule.methods & {"POST", "PUT", "PATCH", "DELETE"}:
            continue
        with app.test_request_context(base_url=BASE):
            path = app.url_for(rule.endpoint, **dict.fromkeys(rule.arguments, "1"))
        answers = {login: visitor.post(path).status_code for login, visitor in visitors.items()}
        assert 400 in answers.values(), rule.endpoint
        assert set(answers.values()) <= {400, 403}, rule.endpoint
        checked += 1
    assert checked >= 12


def test_a_missing_token_is_explained_in_plain_words(visit):
    cora = visit("cora")

    cora.post("/sign-out")

    assert cora.page.status_code == 400
    assert "Go back, reload it and try again" in cora.text


def test_what_machines_speak_to_needs_no_token_and_tells_problems_as_json(rejoin):
    machine = Blueprint("machine", __name__)
    machine.add_url_rule("/api/v1/thing", "thing", lambda: {"stored": True}, methods=["POST"])
    someone = Visitor(create_app(rejoin, (machine,)))

    assert someone.post("/api/v1/thing").json == {"stored": True}
    assert someone.get("/api/v1/nothing").json["message"] == "Not Found"
    assert someone.get("/api/v1/nothing").status_code == 404
    assert someone.get("/api/v1/openapi.json").status_code == 200


@pytest.mark.parametrize("path", ["/sign-in", "/", "/no-such-page", "/a/not-a-token", "/static/rejoin.css"])
def test_the_headers_are_on_every_answer(visit, path):
    headers = visit().get(path).headers

    policy = headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert "noindex" in headers["X-Robots-Tag"]
    assert headers["Strict-Transport-Security"].startswith("max-age=")
    if not path.startswith("/static"):
        assert headers["Cache-Control"] == "no-store"


def test_no_template_has_an_inline_script_or_style_or_a_file_from_elsewhere():
    for template in (FOLDER / "templates").glob("*.html"):
        text = template.read_text()
        assert not re.search(r"<script(?![^>]*\bsrc=)", text), template.name
        assert not re.search(r"\son\w+=|\sstyle=|<style|javascript:|\|safe", text), template.name
        assert not re.search(r"(src|href)=\"(https?:)?//", text), template.name


def test_a_name_made_of_html_is_shown_as_it_is_written(visit, put):
    hostile = '<script>alert("x")</script>\'"><img src=x onerror=alert(1)>'
    people = (Participant("DR-RIVERA", Role.CLINICIAN), Participant("C-666", Role.CLIENT, name=hostile))
    put("A-6", participants=people, title=hostile)
    cora = visit("cora")

    for path in ("/", "/appointments/A-6"):
        page = cora.get(path).text
        assert "<script>alert" not in page
        assert "<img src=x" not in page
        assert hostile in cora.text or "alert" in cora.text


def test_a_fault_of_ours_is_a_calm_page_and_its_log_line_holds_no_secret(app, visit, monkeypatch):
    monkeypatch.setitem(app.config, "PROPAGATE_EXCEPTIONS", False)
    cora = visit("cora")

    def break_down():
        raise RuntimeError("Noor Haddad-Canary, noor.canary@example.invalid")

    monkeypatch.setitem(app.view_functions, "board.day", break_down)
    with structlog.testing.capture_logs() as lines:
        answer = cora.get("/?next=secret-in-the-query")

    assert answer.status_code == 500
    assert "Something went wrong on our side" in cora.text
    assert "Canary" not in cora.page.text
    assert [line["event"] for line in lines] == ["page-failed"]
    assert lines[0]["error"] == "RuntimeError"
    assert "Canary" not in str(lines)
    assert "secret-in-the-query" not in str(lines)


def test_titles_and_addresses_of_pages_hold_nothing_personal(visit, put):
    put("A-1")
    ada = visit("ada")
    paths = ["/", "/appointments/A-1", "/tickets", "/approvals", "/tasks", "/mailbox", "/admin/audit", "/admin/failed"]
    for path in paths:
        ada.get(path)
        assert ada.page.status_code == 200, path
        assert "Canary" not in ada.heading
        for address in re.findall(r'(?:href|action|src|hx-get)="([^"]*)"', ada.page.text):
            assert "canary" not in address.lower()


def test_the_door_is_checked_before_anything_is_read(rejoin, visit):
    visit().post("/tickets/1/take")

    with rejoin.db.read() as tx:
        assert not tx.execute(select(ticket)).all()
