"""Who may open what: every route of the application, with every role and with none."""

from __future__ import annotations

import pytest

from plugin.storage.staff import StaffRole
from plugin.web import access
from plugin.web.app import create_app
from tests.web.conftest import BASE, LOGINS, Visitor


def _routes(app):
    values = {"appointment_id": "A-1", "token": "x", "day": "2026-11-23", "filename": "rejoin.css"}
    for rule in app.url_map.iter_rules():
        if rule.endpoint.startswith("openapi."):
            continue
        arguments = {name: values.get(name, 1) for name in rule.arguments}
        with app.test_request_context(base_url=BASE):
            path = app.url_for(rule.endpoint, **arguments)
        for method in rule.methods - {"HEAD", "OPTIONS"}:
            yield rule.endpoint, method, path


def test_every_route_stands_in_the_table_and_every_entry_is_a_route(app):
    endpoints = {endpoint for endpoint, _, _ in _routes(app)}

    assert endpoints == access.PUBLIC | access.WHO_MAY.keys()


@pytest.mark.parametrize("role", StaffRole)
def test_each_role_opens_exactly_what_the_table_allows(app, visit, role):
    someone = visit(LOGINS[role])
    for endpoint, method, path in _routes(app):
        answer = someone.client.open(path, method=method, base_url=BASE, buffered=True)
        allowed = endpoint in access.PUBLIC or role in access.WHO_MAY[endpoint]
        assert (answer.status_code != 403) is allowed, f"{method} {endpoint} as {role}: {answer.status_code}"


def test_without_a_sign_in_every_page_of_staff_leads_to_the_sign_in_page(app, visit):
    someone = visit()
    for endpoint, method, path in _routes(app):
        answer = someone.client.open(path, method=method, base_url=BASE, buffered=True)
        to_sign_in = answer.status_code == 302 and answer.location.startswith("/sign-in")
        assert to_sign_in is (endpoint not in access.PUBLIC), f"{method} {endpoint}: {answer.status_code}"


def test_a_page_that_nobody_listed_stays_shut(rejoin):
    app = create_app(rejoin)
    app.add_url_rule("/forgotten", "forgotten", lambda: "secret")
    ada, somebody = Visitor(app), Visitor(app)
    ada.sign_in("ada")

    assert ada.get("/forgotten").status_code == 403
    assert somebody.get("/forgotten").location.startswith("/sign-in")


def test_tech_support_sees_codes_but_neither_names_nor_titles(visit, put):
    put("A-1")

    for login, sees in (("tess", False), ("cora", True), ("rivera", True), ("ada", True)):
        someone = visit(login)
        for path in ("/", "/appointments/A-1"):
            someone.get(path)
            assert "C-017" in someone.text
            assert ("Canary" in someone.page.text) is sees, f"{login} {path}"


def test_a_clinician_sees_sessions_of_their_own_only(visit, put):
    from plugin.core.appointment import Participant, Role

    put("A-1")
    other = (Participant("DR-SATO", Role.CLINICIAN), Participant("C-040", Role.CLIENT))
    put("A-2", meeting_id="80200000000", participants=other)
    rivera = visit("rivera")

    rivera.get("/")
    assert "A-1" in rivera.text
    assert "A-2" not in rivera.text
    assert rivera.get("/appointments/A-2").status_code == 404
    assert visit("cora").get("/appointments/A-2").status_code == 200
