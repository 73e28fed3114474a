"""Staff pages in a real browser, on a telephone and on a desk: nothing is cut off, and axe-core finds nothing serious.

Message previews, the catalogue and a held make-up, seats in another group, a calendar that cannot be looked at, and
the review of what a client handed in.
"""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe
from msgspec.structs import replace
from playwright.sync_api import Browser, Page

from plugin.core.makeup import MakeupStep
from plugin.service import calendar_watch, makeups
from plugin.storage import action as outbox
from plugin.storage import makeup as storage
from plugin.storage import staff
from tests.people.house import ALICE, BOB, NINE, House
from tests.people.test_seats import crowd, group, missed_group
from tests.service.clinic import DORA

PASSWORD = "a-password-of-the-tests"
WINDOWS = {"phone": {"width": 390, "height": 844}, "desk": {"width": 1280, "height": 800}}
SERIOUS = ("serious", "critical")

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]


@pytest.fixture
def house(rejoin_on_sqlite) -> House:
    """Alice missed a group: two others have seats. Bob's make-up work is handed in. Dora's calendar is not there."""
    house = missed_group(rejoin_on_sqlite, group("G2", 2, crowd(3)), group("G3", 3, hours=4))
    with rejoin_on_sqlite.db.begin() as tx:
        now = house.clock.now()
        staff.add(tx, "cora", PASSWORD, "coordinator", now)
        item = storage.add_item(tx, "M1-2", "M1", 30, "Sleep well", "Read chapter two.", "", now)
        outbox.add_row(
            tx, key="makeup/A1/C-BOB", kind="makeup", appointment_id="A1", participant_id="C-BOB", because="x",
            state=outbox.HELD, now=now,
        )  # fmt: skip
        calendar_watch.put(tx, rejoin_on_sqlite, "S-DORA", "/nowhere/dora.ics", now)
    house.put(replace(_roster(house), participants=(ALICE, BOB, DORA)))
    house.do(makeups.approve, house.action("makeup/A1/C-BOB").id, item, None, "", "cora")
    with rejoin_on_sqlite.db.begin() as tx:
        row = storage.by_action(tx, "makeup/A1/C-BOB")
        storage.step(tx, row, MakeupStep.HAND_IN, now, **storage.handed_in(tx, "I slept.", None, now))
    house.busy("A7", BOB, NINE, participants=(BOB, DORA))
    return house


@pytest.mark.parametrize("window", WINDOWS)
def test_pages_of_the_staff_are_for_everybodys_eyes(browser: Browser, address: str, house: House, window: str):
    held = house.action("makeup/A1/C-ALICE").id
    with house.rejoin.db.read() as tx:
        work = storage.by_action(tx, "makeup/A1/C-BOB").id
    page = signed_in(browser, address, window)
    for path, heading in (
        ("/messages", "Messages"),
        ("/makeups", "Make-up"),
        (f"/approvals/makeups/{held}", "Make-up material for C-ALICE"),
        (f"/approvals/offers/{house.offer().id}", "A seat in another group for C-ALICE"),
        ("/approvals", "Approvals"),
        ("/makeups/work", ""),
        (f"/makeups/work/{work}", ""),
        ("/appointments/G2", "Appointment G2"),
    ):
        page.goto(address + path)
        assert heading in page.locator("h1").inner_text(), path
        wide = page.evaluate("document.documentElement.scrollWidth")
        assert wide <= WINDOWS[window]["width"], f"{path} is {wide} wide"
        found = Axe().run(page).response["violations"]
        assert [(path, one["id"], one["help"]) for one in found if one["impact"] in SERIOUS] == []


def test_name_of_one_long_word_makes_no_page_wider_than_a_telephone(browser: Browser, address: str, house: House):
    house.put(replace(_roster(house), participants=(replace(ALICE, name="Wolfeschlegelstein" * 4), BOB, DORA)))
    page = signed_in(browser, address, "phone")
    for path in ("/appointments/A1", "/approvals", f"/approvals/makeups/{house.action('makeup/A1/C-ALICE').id}"):
        page.goto(address + path)
        assert "Wolfeschlegelstein" in page.locator("main").inner_text(), path
        wide = page.evaluate("document.documentElement.scrollWidth")
        assert wide <= WINDOWS["phone"]["width"], f"{path} is {wide} wide"


def signed_in(browser: Browser, address: str, window: str) -> Page:
    page = browser.new_context(locale="en-US", viewport=WINDOWS[window]).new_page()
    page.goto(f"{address}/sign-in")
    page.get_by_label("Login").fill("cora")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    return page


def _roster(house: House):
    from plugin.storage import appointment as appointments

    with house.rejoin.db.read() as tx:
        return appointments.load(tx, "A1")
