"""The client's page in a real browser: on a phone and at a desk, with and without JavaScript, for everybody's eyes."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect
from werkzeug.serving import make_server

from plugin.composition import assemble
from plugin.core.appointment import Kind
from plugin.service import makeups
from plugin.storage import makeup as storage
from plugin.storage.database import Database
from tests.conftest import MovingClock, make_settings
from tests.people.house import appointment
from tests.web import journey
from tests.web.journey import STATES, Journey

PICTURES = Path(__file__).parents[2] / "docs" / "pictures"
PHONE, DESK = {"width": 390, "height": 844}, {"width": 1280, "height": 800}
SERIOUS = ("serious", "critical")
SMALLEST_TARGET = 44
"""CSS pixels, as WCAG 2.5.5 wants it; 24 would do for 2.5.8."""
SMALL = """
least => [...document.querySelectorAll("main button, main a, main summary, main label.choice, footer a")]
  .map(e => [e.innerText.trim().slice(0, 40), Math.round(e.getBoundingClientRect().height)])
  .filter(([_, high]) => high && high < least)
"""
LOOKED_AT = ("before", "running", "technical", "offer_open", "offer_partly_taken", "noticed", "link_expired", "tap")

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]


@dataclass
class Stand:
    """The pages on a free port, and the journey whose states they show."""

    journey: Journey
    url: str


@pytest.fixture
def stand(sqlite_url, vault) -> Iterator[Stand]:
    from plugin.web.app import create_app

    server = make_server("127.0.0.1", 0, lambda *_: [], threaded=True)
    url = f"http://127.0.0.1:{server.server_port}"
    reached = {"contact_phone": "+1 555 010 0199", "contact_email": "help@example.org"}
    settings = make_settings(sqlite_url, public_url=url, **reached)
    rejoin = assemble(settings, Database(sqlite_url, vault), MovingClock())
    server.app = create_app(rejoin)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield Stand(Journey(rejoin), url)
    server.shutdown()
    thread.join()
    server.server_close()
    rejoin.db.close()


def opened(browser: Browser, stand: Stand, path: str, size=PHONE, **context) -> Page:
    page = browser.new_context(locale="en-US", viewport=size, **context).new_page()
    page.goto(stand.url + path)
    return page


@pytest.fixture
def picture(tmp_path):
    """Takes a picture for the documents (`PICTURES=1` puts it there), small enough for a slow line."""
    folder = PICTURES if os.environ.get("PICTURES") else tmp_path

    def take(page: Page, name: str, whole: bool = True) -> None:
        page.screenshot(path=folder / name, full_page=whole)
        assert (folder / name).stat().st_size < 150_000

    return take


def has_no_barrier(page: Page) -> None:
    """axe-core finds nothing serious, contrast included; every target is large enough; nothing scrolls sideways."""
    # By night the page changes its colours, which takes it a moment; in the middle of it nothing has its contrast.
    page.evaluate("Promise.all(document.getAnimations().map(change => change.finished))")
    found = Axe().run(page).response["violations"]
    told = [(one["id"], [node["html"][:90] for node in one["nodes"]]) for one in found if one["impact"] in SERIOUS]
    assert told == []
    assert page.evaluate(SMALL, SMALLEST_TARGET) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


@pytest.mark.parametrize("state", [one for one in STATES if one.__name__ in LOOKED_AT], ids=lambda one: one.__name__)
def test_page_has_no_barrier_on_a_phone_by_day_and_at_a_desk_by_night(browser, stand, state):
    path = state(stand.journey)
    page = opened(browser, stand, path)
    has_no_barrier(page)
    page.emulate_media(color_scheme="dark")
    page.set_viewport_size(DESK)
    has_no_barrier(page)
    page.context.close()


@pytest.mark.parametrize("javascript", [True, False], ids=["with-javascript", "without-javascript"])
@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
def test_client_tells_of_trouble_answers_and_picks_a_time_with_the_keyboard(browser, stand, size, javascript):
    page = opened(browser, stand, journey.offer_open(stand.journey), size, java_script_enabled=javascript)
    page.get_by_role("button", name="I had technical trouble").press("Enter")
    expect(page.get_by_role("status")).to_contain_text("We have noted that you had technical trouble")
    page.get_by_label("I was cut off").check(force=True)
    page.get_by_role("button", name="Send").press("Enter")
    expect(page.get_by_role("status")).to_contain_text("that helps us")
    page.get_by_role("radio").first.press("Space")
    page.get_by_role("button", name="Book this time").press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Thank you, we have your answer")
    assert stand.journey.offer().state == "accepted"
    page.context.close()


def test_way_in_is_pressed_by_a_person_and_not_by_a_machine(browser, stand):
    """A browser that is driven by a program says so, and the page's own press leaves it alone."""
    path = journey.running_unseen(stand.journey).replace("/a/", "/j/")
    page = opened(browser, stand, path)
    page.wait_for_load_state("networkidle")
    assert "rejoin.join_clicked" not in told(stand)
    page.route("https://zoom.example/**", lambda route: route.fulfill(body="the meeting"))
    page.get_by_role("button", name="Join now").click()
    page.wait_for_url("https://zoom.example/**")
    assert "rejoin.join_clicked" in told(stand)
    page.context.close()


def told(stand: Stand) -> str:
    return " ".join(
        stand.journey.rejoin.db.vault.open_text("delivery.body_sealed", row.body_sealed) for row in stand.journey.rows()
    )


def test_pictures_for_the_documents(browser, stand, picture):
    path = journey.offer_partly_taken(stand.journey)
    stand.journey.deliver(*broken_off())
    page = opened(browser, stand, path, device_scale_factor=1)
    picture(page, "client-phone.png")
    page.set_viewport_size(DESK)
    picture(page, "client-desk.png", whole=False)
    page.context.close()


def broken_off() -> tuple[dict, ...]:
    from tests.people.house import ALICE, NINE
    from tests.service.clinic import joined, left

    return (
        joined(ALICE, NINE + 3 * journey.MINUTE, "k1"),
        left(ALICE, NINE + 14 * journey.MINUTE, "k1", journey.BROKE),
        joined(ALICE, NINE + 19 * journey.MINUTE, "k2"),
        left(ALICE, NINE + 26 * journey.MINUTE, "k2", journey.BROKE),
    )


def test_make_up_work_is_handed_in_on_a_phone(browser, stand, picture):
    house = stand.journey
    house.put(appointment(kind=Kind.EDUCATION, module="coping-2"))
    house.miss()
    with house.rejoin.db.begin() as tx:
        text = "Read the two pages about sleep.\nThen write down one thing that you would like to try this week."
        item = storage.add_item(
            tx, "c-2", "coping-2", 40, "Sleeping better, part 2", text, "https://x.example/v", house.clock.now()
        )
    held = house.action("makeup/A1/C-ALICE")
    house.do(makeups.approve, held.id, item, None, "Take your time. It is fine to do it in two parts.", "cora")
    house.act()
    link = next(one.body for one in house.letters("Something")).split(stand.url)[1].split()[0]
    page = opened(browser, stand, link)
    has_no_barrier(page)
    picture(page, "makeup-phone.png")
    page.get_by_label("Your answer").fill("I would like to try a fixed time for getting up.")
    page.get_by_role("button", name="Hand it in").click()
    expect(page.get_by_role("status")).to_contain_text("We have it, and somebody reads it.")
    has_no_barrier(page)
    page.context.close()
