"""Triage on a phone and on a desk: what is live comes first, the keyboard is enough, axe-core finds nothing serious.

With PICTURES=1 those of the documents are taken anew.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect
from werkzeug.serving import make_server

from plugin.composition import assemble, build_app
from plugin.core.appointment import Kind, Participant, Role
from plugin.service import evidence
from plugin.storage import staff
from tests.conftest import make_settings
from tests.people.house import ALICE, BOB, CARA, NINE, House, appointment
from tests.people.test_ticketing import drop
from tests.service.clinic import DORA, joined

PICTURES = Path(__file__).parents[2] / "docs/pictures"
MINUTE = timedelta(minutes=1)
PASSWORD = "a-password-of-the-tests"
PHONE, DESK = {"width": 390, "height": 844}, {"width": 1280, "height": 800}
EVE = Participant("C-EVE", Role.CLIENT, "Eve Eden", "eve@example.org", registrant_id="reg-eve")
FINN = Participant("C-FINN", Role.CLIENT, "Finn Falk", "finn@example.org", registrant_id="reg-finn")
EQUIPMENT = {"device": "iPhone", "network_type": "Wifi"}


@dataclass
class Served:
    """The pages at an address, and the house behind them."""

    house: House
    url: str

    def sign_in(self, browser: Browser, window: dict, login: str = "tess") -> Page:
        page = browser.new_context(locale="en-US", viewport=window).new_page()
        page.goto(f"{self.url}/sign-in")
        page.get_by_label("Login").fill(login)
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Sign in").click()
        page.goto(f"{self.url}/tickets")
        return page


@pytest.fixture
def served(sqlite_database, moving_clock) -> Iterator[Served]:
    """A morning with trouble: three of a group dropped (one had a ticket, one is back), and one who cannot connect."""
    server = make_server("127.0.0.1", 0, lambda environ, start: app(environ, start), threaded=True)
    url = f"http://127.0.0.1:{server.server_port}"
    database = sqlite_database.engine.url.render_as_string(hide_password=False)
    rejoin = assemble(make_settings(database, public_url=url), sqlite_database, moving_clock)
    group = appointment(kind=Kind.GROUP, participants=(ALICE, BOB, CARA, EVE, DORA))
    alone = appointment("A2", FINN, meeting_id="81000000002", participants=(FINN, DORA))
    house = House(rejoin, group, alone)
    with rejoin.db.begin() as tx:
        for login in ("tess", "tom"):
            staff.add(tx, login, PASSWORD, "tech-support", moving_clock.now())
    trouble(house)
    app = build_app(rejoin)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield Served(house, url)
    server.shutdown()
    thread.join()
    server.server_close()
    app.extensions["inbox"].close()
    app.extensions["tally"].close()


def trouble(house: House) -> None:
    for who in (DORA, ALICE, BOB, CARA, EVE):
        house.receive(joined(who, NINE))
    house.receive(joined(DORA, NINE, "d2", meeting="81000000002", instance="u2=="))
    for who in (ALICE, BOB):
        told = {"user_id": f"k-{who.participant_id}", "participant_id": f"k-{who.participant_id}", "data": [EQUIPMENT]}
        thing = {"uuid": "u1==", "participant": told}
        house.receive({"event": "meeting.participant_data", "event_ts": round(NINE.timestamp() * 1000) + 60_000,
                       "payload": {"account_id": "account-1", "object": thing}})  # fmt: skip
    go_to(house, 6)
    with house.rejoin.db.begin() as tx:
        told = {"symptom": "no-sound", "device": "phone", "tried": "again"}
        evidence.record(tx, house.rejoin, "rejoin.trouble_reported", "A2", "C-FINN", house.clock.now(), **told)
    go_to(house, 9)
    house.receive(drop(ALICE, NINE + 9 * MINUTE))
    go_to(house, 12)
    for who in (BOB, CARA):
        house.receive(drop(who, NINE + 12 * MINUTE))
    go_to(house, 16)
    house.receive(joined(BOB, NINE + 16 * MINUTE, "bob-again"))
    go_to(house, 20)


def go_to(house: House, minute: float) -> None:
    house.go_to(NINE + minute * MINUTE)
    house.act()


BENEATH = """
() => [...document.querySelectorAll("main label:has(> [type=radio])")].flatMap(label => {
  const button = label.querySelector("[type=radio]").getBoundingClientRect(), words = document.createRange();
  words.selectNodeContents(label.lastChild);
  const lines = [...words.getClientRects()].filter(line => line.width > 1);
  return lines.filter(line => line.left < button.right).map(_ => label.innerText);
})
"""
"""Labels of which a line stands beneath their button instead of beside it."""


def nothing_serious(page: Page) -> None:
    """axe-core finds nothing that keeps somebody out."""
    found = Axe().run(page).response["violations"]
    serious = [one for one in found if one["impact"] in ("serious", "critical")]
    assert not serious, [(one["id"], [node["html"] for node in one["nodes"]]) for one in serious]


def picture(page: Page, name: str) -> None:
    if os.environ.get("PICTURES") and (PICTURES / name).exists():
        page.screenshot(path=PICTURES / name)


@pytest.mark.browser
@pytest.mark.timeout(240)
def test_triage_on_a_desk_by_keyboard_alone(browser: Browser, served: Served):
    page = served.sign_in(browser, DESK)
    cards = page.get_by_role("article")
    expect(cards).to_have_count(2)
    expect(cards.filter(has_text="incident, 3 affected")).to_contain_text("C-BOB back 10:16")
    expect(page.locator(".keys")).to_be_visible()
    nothing_serious(page)
    picture(page, "triage-desk.png")
    page.keyboard.press("j")
    first = cards.first.get_by_role("link").first
    expect(first).to_be_focused()
    page.keyboard.press("j")
    page.keyboard.press("k")
    expect(first).to_be_focused()
    page.keyboard.press("t")
    expect(page.get_by_text("It is yours now.")).to_be_visible()
    nothing_serious(page)
    page.get_by_label("What solved it").fill("The microphone was not allowed.")
    page.get_by_label("Technical trouble, confirmed").check()
    page.get_by_role("button", name="Resolve").click()
    expect(page.get_by_text("Found: Technical trouble, confirmed.")).to_be_visible()
    page.goto(f"{served.url}/tickets")
    expect(page.get_by_role("article")).to_have_count(1)
    page.get_by_text("How often the rules that open tickets were right").click()
    expect(page.get_by_role("row").last).to_contain_text("100 %")
    nothing_serious(page)


@pytest.mark.browser
@pytest.mark.timeout(240)
def test_triage_on_a_phone(browser: Browser, served: Served):
    page = served.sign_in(browser, PHONE)
    nothing_serious(page)
    picture(page, "triage-phone.png")
    wide = page.evaluate("document.documentElement.scrollWidth")
    assert wide <= PHONE["width"], "nothing hangs out at the side"
    page.get_by_label("Kind").select_option("incident")
    page.get_by_role("button", name="Show", exact=True).click()
    assert "kind=incident" in page.url
    expect(page.get_by_role("article")).to_have_count(1)
    page.get_by_role("article").get_by_role("link").first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("3 people had connection trouble")
    expect(page.locator("main")).to_contain_text("Shared: the network; 2 of 2 of whom it is known used Wi-Fi.")
    nothing_serious(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    assert page.get_by_role("radio").count() > 3
    assert page.evaluate(BENEATH) == []


@pytest.mark.browser
@pytest.mark.timeout(240)
def test_everything_works_without_scripts(browser: Browser, served: Served):
    page = browser.new_context(viewport=PHONE, java_script_enabled=False).new_page()
    page.goto(f"{served.url}/sign-in")
    page.get_by_label("Login").fill("tom")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.goto(f"{served.url}/tickets")
    expect(page.locator(".keys")).to_be_hidden()
    page.get_by_role("button", name="Take it").first.click()
    expect(page.get_by_text("It is yours now.")).to_be_visible()


@pytest.mark.browser
@pytest.mark.timeout(240)
@pytest.mark.parametrize("window", [PHONE, DESK], ids=["phone", "desk"])
def test_incident_at_zoom_is_entered_and_hits_the_ticket(browser: Browser, served: Served, window: dict):
    page = served.sign_in(browser, window)
    page.get_by_role("link", name="Incidents at Zoom").click()
    nothing_serious(page)
    page.get_by_label("What is in trouble").select_option("meetings")
    page.get_by_label("Since").fill("2026-11-23T10:05")
    page.get_by_label("Known from").fill("https://status.zoom.us/incidents/abc")
    page.get_by_role("button", name="Enter it").click()
    expect(page.get_by_text("It is evidence now")).to_be_visible()
    served.house.work()
    served.house.act()
    page.goto(f"{served.url}/platform")
    expect(page.get_by_role("article")).to_contain_text("4 affected")
    nothing_serious(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= window["width"]
    picture(page, f"platform-{'phone' if window is PHONE else 'desk'}.png")
    page.get_by_role("link", name="Correct").click()
    nothing_serious(page)
    picture(page, f"platform-edit-{'phone' if window is PHONE else 'desk'}.png")
    page.get_by_label("Until").fill("2026-11-23T10:15")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("article")).to_contain_text("10:05 to Mon 23 Nov, 10:15")
