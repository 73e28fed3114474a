"""Links: what each is for, one-tap answers, telling in advance, a fresh one, and taking one back."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from msgspec.structs import replace
from sqlalchemy import select

from plugin.core.appointment import Role, Status
from plugin.service import grants, linking
from plugin.storage import appointment, board
from plugin.storage.tables import audit, delivery
from plugin.storage.tables import grant_ as grant_table
from plugin.web.closed import ADDRESSES, OF_CLIENTS
from tests.web.conftest import BASE, NINE

BEFORE = NINE - timedelta(hours=2)


def _evidence(rejoin) -> list[str]:
    with rejoin.db.read() as tx:
        bodies = [tx.vault.open_text("delivery.body_sealed", row.body_sealed) for row in tx.execute(select(delivery))]
    return re.findall(r"rejoin\.\w+", " ".join(bodies))


def _letters(rejoin) -> list[board.OpenLetter]:
    with rejoin.db.read() as tx:
        return [board.letter(tx, row.id) for row in board.letters(tx)]


def _path(letter: board.OpenLetter) -> str:
    return re.search(r"https://rejoin\.invalid(/\w/\S+)", letter.body).group(1)


@pytest.fixture
def issue(rejoin, put):
    """`issue(purpose)`: a link about A-1, two hours before it begins; it works for a day."""
    put("A-1")
    rejoin.clock.set(BEFORE)

    def make(purpose: str = grants.ANSWER, key: str = "k", lasts=timedelta(days=1), tap: str = "") -> str:
        with rejoin.db.begin() as tx:
            now = rejoin.clock.now()
            token = grants.issue(tx, rejoin, purpose, key, "A-1", "C-017", now + lasts, now)
        return grants.link(rejoin, token, purpose, tap).removeprefix("https://rejoin.invalid")

    return make


class TestOneTap:
    """A link in a message that names an answer leads to a page with one button, which alone answers."""

    @pytest.mark.parametrize(
        ("tap", "minutes", "asks", "event"),
        [
            ("cannot", -30, "Can’t you make it?", "rejoin.notice_given"),
            ("trouble", 6, "Can’t you connect?", "rejoin.trouble_reported"),
            ("there", 6, "Are you there?", "rejoin.presence_claimed"),
            ("trouble", 90, "Did you have technical trouble?", "rejoin.trouble_reported"),
            ("there", 90, "Were you there?", "rejoin.presence_claimed"),
        ],
    )
    def test_opening_says_nothing_and_the_button_does(self, rejoin, visit, issue, tap, minutes, asks, event):
        path = issue(tap=tap)
        rejoin.clock.set(NINE + timedelta(minutes=minutes))
        client = visit()
        for _ in range(2):
            client.get(path)
            client.client.head(path, base_url="https://rejoin.invalid")
        assert asks in client.text
        assert len(re.findall("<button", client.page.text)) == 1
        assert _evidence(rejoin) == []
        client.submit("<button", answer=tap)
        assert _evidence(rejoin) == [event]
        assert "Thank you for telling us" in client.text

    @pytest.mark.parametrize(("tap", "minutes"), [("there", -30), ("cannot", 90), ("none", 6)])
    def test_what_makes_no_sense_any_more_leads_to_how_it_stands(self, rejoin, visit, issue, tap, minutes):
        path = issue(tap=tap)
        rejoin.clock.set(NINE + timedelta(minutes=minutes))
        client = visit()
        client.get(path, follow_redirects=True)
        assert "This was settled in the meantime" in client.text

    def test_an_answer_that_there_is_not_is_no_page(self, visit, issue):
        assert visit().get(f"{issue()}/everything").status_code == 404


class TestFetchedAhead:
    """A scanner or browser that fetches a link ahead gets nothing; the person who comes later gets the page."""

    @pytest.mark.parametrize(
        "header", [{"Purpose": "prefetch"}, {"Sec-Purpose": "prefetch;prerender"}, {"X-Purpose": "preview"}]
    )
    @pytest.mark.parametrize("purpose", [grants.ANSWER, grants.JOIN, grants.NOTICE])
    def test_nothing_is_given_ahead(self, rejoin, visit, issue, purpose, header):
        path = issue(purpose)
        ahead = visit().get(path, headers=header)
        assert (ahead.status_code, ahead.text) == (503, "")
        assert ahead.headers["Cache-Control"] == "no-store"
        assert visit().get(path).status_code == 200
        assert _evidence(rejoin) == []

    def test_a_post_ahead_is_no_click_either(self, rejoin, visit, issue, put):
        path, made = issue(grants.JOIN), put("A-1")
        with rejoin.db.begin() as tx:
            appointment.put(tx, made, rejoin.clock.now(), join_url="https://zoom.example/j/1?pwd=x")
        client = visit()
        client.get(path)
        token = re.search(r'name="csrf_token" value="([^"]+)"', client.page.text).group(1)
        sent = {"base_url": "https://rejoin.invalid", "data": {"csrf_token": token}}
        assert client.client.post(path, headers={"Purpose": "prefetch"}, **sent).status_code == 503
        assert _evidence(rejoin) == []
        assert client.client.post(path, **sent).status_code == 200
        assert _evidence(rejoin) == ["rejoin.join_clicked"]


class TestTellingInAdvance:
    """One link, one button, and how to bridge the gap."""

    def test_notice_before_the_start_excuses(self, rejoin, visit, issue, zoom):
        client = visit()
        path = issue(grants.NOTICE)
        client.get(path)
        assert "Can’t make it on Monday, November 23?" in client.text
        assert "It begins at 8:00 AM, Chicago time (CST)." in client.text
        assert _evidence(rejoin) == []
        client.submit("I can’t make it")
        assert "Thank you, you told us" in client.text
        assert "Have your plan for hard moments at hand" in client.text
        assert _evidence(rejoin) == ["rejoin.notice_given"]
        assert "Thank you, you told us" in visit_text(visit, path)  # used twice: the same help, not an error

        zoom.started(NINE)
        zoom.joined("reg-rivera", NINE)
        zoom.left("reg-rivera", NINE + timedelta(minutes=50))
        zoom.ended(NINE + timedelta(minutes=50))
        rejoin.clock.set(NINE + timedelta(hours=3))
        zoom.judge("A-1")
        assert "Thank you for telling us in advance" in visit_text(visit, issue(key="after"))

    def test_page_says_that_they_told_us_and_may_come_after_all(self, rejoin, visit, issue, zoom):
        path = issue()
        client = visit()
        client.get(path)
        client.submit("I can’t make it", answer="cannot")
        zoom.judge("A-1")
        client.get(path)
        assert "You told us that you cannot come." in client.text
        assert "If you can come after all, just join." in client.text
        assert "Until the next time" in client.text
        assert "I can’t make it" not in client.text

    def test_link_is_worth_nothing_once_it_began_and_a_fresh_one_leads_to_the_clients_page(
        self, rejoin, visit, issue, act
    ):
        path = issue(grants.NOTICE, lasts=NINE - BEFORE)
        rejoin.clock.set(NINE)
        client = visit()
        assert client.get(path).status_code == 410
        assert "This link has expired" in client.text
        client.submit("Send me a new link")
        act()
        [letter] = _letters(rejoin)
        assert "/a/" in letter.body
        assert visit().get(_path(letter)).status_code == 200

    def test_staff_have_the_link_sent_and_never_see_it(self, rejoin, visit, issue, act):
        issue()
        cora = visit("cora")
        cora.get("/appointments/A-1")
        cora.submit("Send a link to tell us in advance")
        assert "On its way to the address of the roster." in cora.text
        act()
        [letter] = _letters(rejoin)
        assert letter.to == "noor.canary@example.invalid"
        assert "/n/" in letter.body
        cora.get("/appointments/A-1")
        assert "tell us in advance" in cora.text
        assert "/n/" not in cora.page.text
        assert visit().get(_path(letter)).status_code == 200

    def test_staff_note_it_for_somebody_who_called(self, rejoin, visit, issue):
        issue()
        cora = visit("cora")
        cora.get("/appointments/A-1")
        cora.submit("They told us that they will miss it")
        assert _evidence(rejoin) == ["rejoin.notice_given"]
        rejoin.clock.set(NINE)
        cora.post("/links/noted/A-1", participant="C-017")
        assert _evidence(rejoin) == ["rejoin.notice_given"]

    def test_nothing_is_noted_for_whom_the_roster_took_out_and_their_page_says_so(self, rejoin, visit, issue, put):
        path, made = issue(), put("A-1")
        out = [replace(one, status=Status.CANCELLED) if one.role is Role.CLIENT else one for one in made.participants]
        put("A-1", participants=tuple(out))
        cora = visit("cora")
        cora.post("/links/noted/A-1", participant="C-017")
        assert _evidence(rejoin) == []
        cora.get("/")
        assert "cancelled" in cora.text
        assert "called off" in visit_text(visit, path)

    def test_link_for_a_message_is_the_same_each_time(self, rejoin, issue, put):
        at, codes = put("A-1").starts_at, ("A-1", "C-017")
        with rejoin.db.begin() as tx:
            told = {grants.issue(tx, rejoin, grants.NOTICE, "invitation/1", *codes, at, NINE) for _ in range(2)}
        assert len(told) == 1


def visit_text(visit, path: str) -> str:
    client = visit()
    client.get(path)
    return client.text


class TestFreshLink:
    """Asked for from an old link, sent to the address of the roster, shown to nobody."""

    def test_it_goes_to_the_address_on_record_at_most_once_a_day(self, rejoin, visit, issue, act):
        path = issue(lasts=timedelta(minutes=1))
        rejoin.clock.advance(minutes=1)
        client = visit()
        client.get(path)
        for _ in range(3):
            client.get(path)
            client.submit("Send me a new link")
            assert "Look for a message from us" in client.text
            assert "noor" not in client.page.text
            act()
        [letter] = _letters(rejoin)
        assert (letter.to, letter.subject) == ("noor.canary@example.invalid", "Your new link")
        assert _path(letter) != path
        assert visit().get(_path(letter)).status_code == 200

    def test_page_says_the_same_when_there_is_no_address(self, rejoin, visit, issue, put, act):
        path = issue(lasts=timedelta(minutes=1))
        made = put("A-1")
        put("A-1", participants=tuple(replace(person, email="") for person in made.participants))
        rejoin.clock.advance(minutes=1)
        client = visit()
        client.get(path)
        client.submit("Send me a new link")
        assert "Look for a message from us" in client.text
        act()
        assert _letters(rejoin) == []

    def test_link_that_staff_took_back_brings_no_other(self, rejoin, visit, issue, act):
        path = issue()
        client = visit()
        client.get(path)
        cora = visit("cora")
        cora.get("/appointments/A-1")
        cora.submit("Take back")
        assert "Taken back" in cora.text
        assert client.get(path).status_code == 410
        assert "This link is no longer needed" in client.text
        assert "Send me a new link" not in client.text
        with rejoin.db.begin() as tx:
            linking.ask_fresh(tx, rejoin, path.removeprefix("/a/"), rejoin.clock.now())
        act()
        assert _letters(rejoin) == []

    def test_looking_at_the_page_that_asks_sends_nothing(self, rejoin, visit, issue, act):
        path = issue()
        visit().get(path.replace("/a/", "/fresh/"))
        act()
        assert _letters(rejoin) == []

    def test_damaged_link_says_how_to_reach_the_program_and_asks_for_nothing(self, app, rejoin, visit, issue):
        path = issue()
        client = visit()
        for damaged in (path[:-4], path.replace("/a/", "/j/")[:-4], "/n/x", "/fresh/x"):
            assert client.get(damaged).status_code == 410
            assert "This link does not work" in client.text
            assert "You can reach us" in client.text
            assert "<form" not in client.page.text

    def test_what_went_wrong_is_told_in_their_language_with_how_to_reach_the_program(self, visit, issue, put):
        """A browser that lost its cookie has no token for the button any more."""
        path, made = issue(), put("A-1")
        put("A-1", participants=tuple(replace(person, language="es") for person in made.participants))
        client = visit()
        for answer in (client.post(path, answer="cannot"), client.get(f"{path}/nonsense")):
            assert answer.status_code in (400, 404)
            assert "Eso no funcionó" in client.text
            assert "Cómo encontrarnos" in client.text
        assert 'lang="es"' in client.page.text

    @pytest.mark.parametrize("broken", ["/a/", "/a", "/a/x/y/z", "/n/", "/j/x/y", "/p/", "/m/x/y/z", "/fresh/"])
    def test_address_broken_in_the_middle_is_a_clients_page_too(self, visit, broken):
        client = visit()
        client.page = client.client.get(broken, base_url=BASE, headers={"Accept-Language": "es-MX,es;q=0.9"})
        assert client.page.status_code == 404
        assert 'lang="es"' in client.page.text
        assert "Este enlace no funciona" in client.text
        assert "Cómo encontrarnos" in client.text

    def test_button_that_an_address_does_not_have_is_told_as_a_clients_page(self, visit, issue):
        client = visit()
        client.page = client.client.post(f"{issue()}/file", base_url=BASE, data={"csrf_token": "x"})
        assert client.page.status_code in (400, 404, 405)
        assert "You can reach us" in client.text

    def test_every_page_of_a_client_begins_as_its_broken_addresses_do(self, app):
        rules = [rule.rule for rule in app.url_map.iter_rules() if rule.endpoint.split(".")[0] in OF_CLIENTS]
        assert {f"/{rule.split('/')[1]}" for rule in rules} == set(ADDRESSES)

    def test_a_purpose_opens_only_its_own_page(self, visit, issue):
        for purpose, others in ((grants.NOTICE, "aj"), (grants.JOIN, "an"), (grants.ANSWER, "n")):
            path = issue(purpose, key=purpose)
            for letter in others:
                assert visit().get(re.sub(r"^/\w/", f"/{letter}/", path)).status_code == 410

    def test_a_page_in_the_language_of_the_browser_when_nobody_is_known(self, visit, issue):
        page = visit().get("/a/nonsense", headers={"Accept-Language": "es-MX,es;q=0.9"})
        assert 'lang="es"' in page.text
        assert "Este enlace no funciona" in page.text


def test_taking_a_link_back_is_for_those_who_work_with_the_person(rejoin, visit, issue):
    issue()
    with rejoin.db.read() as tx:
        [row] = tx.execute(select(grant_table)).all()
    tess = visit("tess")
    tess.get("/appointments/A-1")
    assert "Links of the clients" not in tess.text
    rivera = visit("rivera")
    rivera.get("/appointments/A-1")
    rivera.submit("Take back")
    with rejoin.db.read() as tx:
        assert tx.execute(select(grant_table.c.revoked_at)).scalar_one() is not None
        assert [r.subject for r in tx.execute(select(audit)) if r.did == "revoked-link"] == ["appointment/A-1"]
    rivera.get("/appointments/A-1")
    assert "taken back" in rivera.text
    assert row.id not in rivera.page.text


def test_how_to_reach_the_program_stands_on_every_page(rejoin, visit, issue):
    path = issue()
    told = rejoin.settings.model_copy(update={"contact_phone": "+1 555 010 0199", "contact_email": "help@example.org"})
    object.__setattr__(rejoin, "settings", told)
    for page in (path, "/a/nonsense", issue(grants.NOTICE)):
        client = visit()
        client.get(page)
        assert 'href="tel:+15550100199"' in client.page.text
        assert 'href="mailto:help@example.org"' in client.page.text


def test_a_join_url_of_the_roster_is_behind_the_button_only(rejoin, visit, issue, put):
    made = put("A-1")
    with rejoin.db.begin() as tx:
        appointment.put(tx, made, rejoin.clock.now(), join_url="https://zoom.example/j/1?pwd=x")
    client = visit()
    client.get(issue(grants.JOIN))
    assert "zoom.example" not in client.page.text
    client.submit("Join now")
    assert "https://zoom.example/j/1?pwd=x" in client.page.text
    with rejoin.db.read() as tx:
        body = tx.vault.open_text("delivery.body_sealed", tx.execute(select(delivery)).one().body_sealed)
    assert '"pressed": "by-hand"' in body
