"""The page on which somebody says what they want to get, one click in a mail program, and the previews of staff."""

from __future__ import annotations

from dataclasses import replace as changed

import pytest

from plugin.core.appointment import Participant, Role
from plugin.core.message import Channel, Step
from plugin.service import grants
from plugin.storage import contact as contacts
from tests.web.conftest import BASE
from webhooks.unsubscribe import unsubscribe

CLIENT = Participant("C-017", Role.CLIENT, "Noor Haddad-Canary", "noor@example.invalid", "+12125550123")


@pytest.fixture
def app(rejoin):
    from plugin.web.app import create_app

    with_texts = changed(rejoin, texts=object())  # somebody could send them; nothing is sent here
    app = create_app(with_texts, (unsubscribe(with_texts),))
    app.config["PROPAGATE_EXCEPTIONS"] = True
    return app


def link(rejoin, put, client: Participant = CLIENT) -> str:
    put("A-1", participants=(Participant("DR-RIVERA", Role.CLINICIAN), client))
    now = rejoin.clock.now()
    with rejoin.db.begin() as tx:
        expires_at = now + rejoin.policy.message.preferences
        token = grants.issue(tx, rejoin, grants.PREFERENCES, "k", "A-1", client.participant_id, expires_at, now)
    return grants.link(rejoin, token, grants.PREFERENCES).removeprefix(BASE)


def wish(rejoin) -> contacts.Wish:
    with rejoin.db.read() as tx:
        return contacts.wish_of(tx, "C-017")


def test_looking_changes_nothing_and_saving_does(rejoin, visit, put):
    someone, path = visit(), link(rejoin, put)
    someone.get(path)
    assert "Messages by e-mail" in someone.text
    assert wish(rejoin) == contacts.Wish()
    someone.submit("/choose", on=["sms"], rather="sms")
    assert "Saved." in someone.text
    assert wish(rejoin) == contacts.Wish(Channel.SMS, frozenset({Channel.EMAIL}))
    someone.submit("/choose", on=["sms", "email"], rather="email")
    assert wish(rejoin) == contacts.Wish(Channel.EMAIL, frozenset())


def test_page_says_nothing_about_anybody_and_speaks_their_language(rejoin, visit, put):
    someone = visit()
    someone.get(link(rejoin, put, Participant("C-017", Role.CLIENT, CLIENT.name, CLIENT.email, language="es")))
    assert "¿Qué desea recibir de nosotros?" in someone.text
    assert '<html lang="es">' in someone.page.text
    assert not [word for word in ("Noor", "Canary", "noor@", "2125550123", "C-017") if word in someone.page.text]
    assert "Mensajes de texto" not in someone.text, "the roster has no number of theirs"


def test_one_click_stops_mail_without_a_page_in_between(rejoin, visit, put):
    path, someone = link(rejoin, put), visit()
    answer = someone.client.post(path, base_url=BASE, data={"List-Unsubscribe": "One-Click"})
    assert answer.status_code == 200
    assert wish(rejoin).stopped == {Channel.EMAIL}


def test_machine_that_only_looks_or_posts_something_else_stops_nothing(rejoin, visit, put):
    path, someone = link(rejoin, put), visit()
    someone.client.get(path, base_url=BASE)
    someone.client.head(path, base_url=BASE)
    assert someone.client.post(path, base_url=BASE, data={"x": "y"}).status_code == 400
    assert wish(rejoin).stopped == frozenset()


def test_link_for_something_else_stops_nothing(rejoin, visit, put):
    link(rejoin, put)
    now = rejoin.clock.now()
    with rejoin.db.begin() as tx:
        token = grants.issue(tx, rejoin, grants.ANSWER, "k", "A-1", "C-017", now + rejoin.policy.offer_expires, now)
    someone = visit()
    click = {"List-Unsubscribe": "One-Click"}
    assert someone.client.post(f"/p/{token}", base_url=BASE, data=click).status_code == 404
    assert someone.get(f"/p/{token}").status_code == 410
    assert wish(rejoin).stopped == frozenset()


def test_link_that_ended_leads_to_a_page_that_helps(rejoin, visit, put):
    path = link(rejoin, put)
    rejoin.clock.advance(days=61)
    someone = visit()
    assert someone.get(path).status_code == 410
    assert "This link has expired" in someone.text
    assert someone.client.post(path, base_url=BASE, data={"List-Unsubscribe": "One-Click"}).status_code == 410


class TestPreviews:
    """What staff see before anybody gets it."""

    @pytest.mark.parametrize("language", ["en", "es"])
    def test_every_text_is_shown_in_every_language(self, visit, language):
        cora = visit("cora")
        cora.get(f"/messages?language={language}")
        assert cora.page.text.count('<article class="card"') == len(Step)
        assert ("Sobre su cita" in cora.text) is (language == "es")
        assert "Nothing is sent between 21:00 and 8:00" in cora.text

    def test_what_one_person_would_get_says_the_way_the_time_and_the_language(self, rejoin, visit, put):
        link(rejoin, put, Participant("C-017", Role.CLIENT, language="es", phone="+12125550123", channel="sms"))
        cora = visit("cora")
        cora.get("/appointments/A-1")
        assert "What would they get now?" in cora.text
        cora.get("/messages?appointment=A-1&person=C-017")
        assert "would go by text message" in cora.text
        assert "in Spanish" in cora.text

    def test_why_nobody_would_be_reached_is_told(self, rejoin, visit, put):
        link(rejoin, put, Participant("C-017", Role.CLIENT))
        cora = visit("cora")
        cora.get("/messages?appointment=A-1&person=C-017")
        assert "No message would reach them: the roster has no e-mail address of them." in cora.text

    @pytest.mark.parametrize("query", ["appointment=A-9&person=C-017", "appointment=A-1&person=C-9", "person=C-017"])
    def test_nobody_is_nobody(self, rejoin, visit, put, query):
        link(rejoin, put)
        assert visit("cora").get(f"/messages?{query}").status_code == 404
