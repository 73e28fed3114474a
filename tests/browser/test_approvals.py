"""The approvals in a real browser, on a telephone and on a desk: usable, accessible, without JavaScript."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from plugin.storage import offer as offers
from plugin.storage import staff
from tests.people.house import ALICE, BOB, CARA, House
from tests.people.test_hold import missed

PASSWORD = "a-password-of-the-tests"
WINDOWS = {"phone": {"width": 390, "height": 844}, "desk": {"width": 1280, "height": 800}}
PICTURES = Path(__file__).parents[2] / "docs/pictures"
SERIOUS = {"serious", "critical"}


@pytest.fixture
def house(rejoin_on_sqlite) -> House:
    """Three clients did not come; three offers wait for the coordinator."""
    house = missed(rejoin_on_sqlite, ALICE, BOB, CARA)
    with rejoin_on_sqlite.db.begin() as tx:
        staff.add(tx, "cora", PASSWORD, "coordinator", house.clock.now())
    return house


def open_approvals(browser: Browser, address: str, window: str) -> Page:
    """Signed in, without JavaScript."""
    page = browser.new_context(locale="en-US", viewport=WINDOWS[window], java_script_enabled=False).new_page()
    page.goto(f"{address}/sign-in")
    page.get_by_label("Login").fill("cora")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.goto(f"{address}/approvals")
    return page


def complaints(browser: Browser, page: Page, path: str) -> list[str]:
    """What axe-core finds seriously wrong; it needs JavaScript, so it looks in a window of its own."""
    context = browser.new_context(viewport=page.viewport_size, storage_state=page.context.storage_state())
    looked = context.new_page()
    looked.goto(path)
    found = Axe().run(looked).response["violations"]
    context.close()
    return [f"{one['id']}: {one['help']}" for one in found if one["impact"] in SERIOUS]


@pytest.mark.browser
@pytest.mark.timeout(240)
@pytest.mark.parametrize("window", WINDOWS)
def test_two_are_ticked_and_go_out_and_one_is_declined(browser: Browser, address: str, house: House, window: str):
    page = open_approvals(browser, address, window)
    cards = page.get_by_role("article")
    expect(cards).to_have_count(3)
    for told in ("Proposal", "Evidence", "Before this"):
        expect(cards.first.get_by_role("heading", name=told)).to_be_visible()
    # Nothing is cut off: the page is as wide as the window.
    assert page.locator("body").bounding_box()["width"] <= WINDOWS[window]["width"]
    assert complaints(browser, page, f"{address}/approvals") == []
    if os.environ.get("PICTURES"):
        PICTURES.mkdir(exist_ok=True)
        page.screenshot(path=PICTURES / f"approvals-{window}.png")

    for name in ("C-ALICE", "C-BOB"):
        page.get_by_label(re.compile(f"offer for {name}")).check()
    page.get_by_role("button", name="Approve the ticked ones").click()
    expect(page.get_by_text("2 approved. They go out now.")).to_be_visible()
    expect(page.get_by_role("article")).to_have_count(1)

    page.get_by_role("button", name=re.compile("Edit or decline")).click()
    expect(page.get_by_role("heading", name="Evidence")).to_be_visible()
    assert complaints(browser, page, page.url) == []
    page.get_by_text("Decline", exact=True).first.click()
    page.get_by_label("Reason").fill("They called us.")
    page.get_by_role("button", name="Decline this offer").click()
    expect(page.get_by_text("Nothing waits for your approval.")).to_be_visible()
    with house.rejoin.db.read() as tx:
        assert [offers.load(tx, n).state for n in (1, 2, 3)] == ["approved", "approved", "declined"]
