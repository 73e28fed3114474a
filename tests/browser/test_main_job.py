"""The main job, walked as people walk it: deliveries in, a client who was missed gets a new time, a ticket is resolved.

The days are chosen so that the new time lies behind a change of the clocks: the missed session is on Friday, 23 October
2026, Europe leaves summer time on the 25th, New York on 1 November. The clinician sees clients on Mondays at ten in New
York, which is three in the afternoon in Berlin on the 26th and four o'clock a week later.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from time import sleep
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Browser, Page, expect

from plugin.adapters.clock import AcceleratedClock, read_clock
from plugin.composition import build
from plugin.core.slot import BookableHours
from plugin.demo import delivery
from plugin.demo.cast import Person, Session, roster_csv
from plugin.demo.player import Player
from plugin.demo.scene import Scene
from plugin.demo.stage import Stage, free_port
from plugin.roster import read_roster
from plugin.service.roster import put_appointment
from plugin.storage import bookable_hours, staff
from plugin.storage.migration import migrate

pytestmark = pytest.mark.alone

NEW_YORK = ZoneInfo("America/New_York")
FRIDAY = date(2026, 10, 23)
PASSWORD = "a-password-of-the-tests"

RUTH = Person("T-4", "clinician", "Ruth Baum", "ruth@clinic.example", zoom_user_id="uRuth")
OMAR = Person("T-5", "clinician", "Omar Haddad", "omar@clinic.example", zoom_user_id="uOmar")
JUNE = Person("C-15", "client", "June Abara", "june@mail.example", registrant_id="reg-june", zone="Europe/Berlin")
NOAH = Person("C-14", "client", "Noah Teller", "noah@mail.example", registrant_id="reg-noah")


def at(clock: str) -> datetime:
    return datetime.fromisoformat(f"{FRIDAY}T{clock}").replace(tzinfo=NEW_YORK)


MISSED = Session("S-5", "individual", "Session", at("10:00"), 50, "84015570005", OMAR, (JUNE,), "June does not come")
BROKEN = Session("S-4", "individual", "Session", at("10:00"), 50, "84015570004", RUTH, (NOAH,), "Noah is cut off")


@dataclass
class House:
    """The running service, and Zoom's part in the story."""

    stage: Stage

    def furnish(self) -> None:
        """Roster, hours and accounts, before the service starts."""
        rejoin = build(self.stage.settings(clock("09:55")))
        migrate(rejoin.db)
        reading = read_roster(roster_csv((MISSED, BROKEN)).encode())
        now = rejoin.clock.now()
        with rejoin.db.begin() as tx:
            for appointment in reading.appointments:
                put_appointment(tx, rejoin, appointment, now)
            for code in (RUTH.code, OMAR.code):
                bookable_hours.put(tx, code, [BookableHours(0, time(10), time(11), NEW_YORK.key)])
            for login, role in (("ada", "coordinator"), ("theo", "tech-support")):
                staff.add(tx, login, PASSWORD, role, now)
        rejoin.db.close()

    def go_to(self, moment: str) -> None:
        """Start the service at this time of the day; if it ran, it is stopped first, and nothing may be lost."""
        self.stage.stop()
        self.setting = clock(moment)
        self.stage.open(self.setting)

    def go_on_to(self, *moments: str) -> None:
        """The same time after time: a service that was away for longer may have missed somebody who came and went."""
        for moment in moments:
            self.go_to(moment)

    def deliver(self, *scenes: Scene) -> None:
        """Send what the scenes collected since the last time."""
        player = Player(f"{self.stage.url}/webhooks/zoom", self.stage.secret, read_clock(self.setting), sleep)
        with closing(player):
            for scene in scenes:
                for cue in scene.cues:
                    assert player.send(cue).status_code == 204
                scene.cues.clear()


def clock(moment: str) -> str:
    """A clock that shows this time of that Friday now and runs at its usual pace, the same for every process."""
    started = read_clock(f"{at(moment).isoformat()}@1")
    assert isinstance(started, AcceleratedClock)
    return f"{at(moment).isoformat()}@1@{started.epoch}"


@pytest.fixture
def house() -> Iterator[House]:
    with Stage(free_port(0), NEW_YORK.key, sleep) as stage:
        house = House(stage)
        house.furnish()
        yield house


def sign_in(browser: Browser, house: House, login: str) -> Page:
    page = browser.new_context(locale="en-US").new_page()
    page.goto(f"{house.stage.url}/sign-in")
    page.get_by_label("Login").fill(login)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Today")
    return page


@pytest.mark.browser
@pytest.mark.timeout(240)
def test_missed_client_gets_a_new_time_and_a_ticket_is_resolved(browser: Browser, house: House):
    expect.set_options(timeout=20_000)
    missed, broken = Scene(MISSED), Scene(BROKEN)
    house.go_to("10:03")
    coordinator = sign_in(browser, house, "ada")

    # Deliveries come in, and the board that stands open shows it without being asked.
    noah = coordinator.get_by_role("listitem").filter(has_text="C-14")
    expect(noah).to_contain_text("not seen yet")
    missed.start("09:58")
    missed.join(OMAR.guest, "09:58")
    broken.start("09:58")
    broken.join(RUTH.guest, "09:58")
    broken.join(NOAH.guest, "09:59")
    house.deliver(missed, broken)
    expect(noah).to_contain_text("in the session since 09:59")
    broken.leave(NOAH.guest, "10:01", delivery.NETWORK)
    house.deliver(broken)
    expect(noah).to_contain_text("cut off")

    # The service is stopped and started again and again until after the sessions; what it was told is still there.
    house.go_on_to("10:12", "10:21", "10:30", "10:39", "10:48", "10:57", "11:00")
    missed.end("10:50")
    broken.end("10:50")
    house.deliver(missed, broken)

    approve_the_offer(coordinator, house)
    link = link_of_the_letter(coordinator, house)
    pick_the_first_time(browser, link)
    the_new_appointment_stands(coordinator, house)
    resolve_the_ticket(sign_in(browser, house, "theo"), house)


def approve_the_offer(page: Page, house: House) -> None:
    page.goto(f"{house.stage.url}/approvals")
    offer = page.get_by_role("link", name=re.compile("C-15"))
    wait_for(page, offer)
    offer.click()
    # Ten in New York on both Mondays; for the client an hour apart.
    rows = page.get_by_role("row")
    expect(rows.filter(has_text="Mon 26 Oct, 10:00")).to_contain_text("Mon 26 Oct, 15:00")
    expect(rows.filter(has_text="Mon 2 Nov, 10:00")).to_contain_text("Mon 2 Nov, 16:00")
    page.get_by_role("button", name="Approve and send").click()


def link_of_the_letter(page: Page, house: House) -> str:
    page.goto(f"{house.stage.url}/mailbox")
    letters = page.get_by_role("row").filter(has_text="C-15").get_by_role("link")
    wait_for(page, letters.nth(1))  # the newest is first; before it she was told that she is missed
    for number in range(letters.count()):
        letters.nth(number).click()
        link = page.locator("pre.letter a")
        if link.count():
            assert "IOP" not in page.get_by_role("heading", level=1).inner_text()
            return link.first.get_attribute("href")
        page.go_back()
    raise AssertionError("no message to C-15 has a link")


def pick_the_first_time(browser: Browser, link: str) -> None:
    page = browser.new_context(locale="en-US", viewport={"width": 390, "height": 844}).new_page()
    page.goto(link)
    first = page.locator("label.choice").filter(has_text="Monday, October 26")
    expect(first).to_contain_text("3:00 PM to 3:50 PM")
    expect(first).to_contain_text("Berlin time (CET)")
    expect(page.locator("label.choice").filter(has_text="Monday, November 2")).to_contain_text("4:00 PM to 4:50 PM")
    first.click()
    page.get_by_role("button", name="Book this time").click()
    expect(page.get_by_role("button", name="Book this time")).to_have_count(0)
    # The link was for one answer; opened again it takes no second one.
    page.goto(link)
    expect(page.get_by_role("button", name="Book this time")).to_have_count(0)


def the_new_appointment_stands(page: Page, house: House) -> None:
    page.goto(f"{house.stage.url}/?day=2026-10-26")
    session = page.get_by_role("article").filter(has_text="C-15")
    wait_for(page, session)
    expect(session).to_contain_text("10:00 – 10:50")
    made = list(house.stage.zoom.meetings.values())
    assert [(m["host_id"], m["start_time"], m["duration"]) for m in made] == [("uOmar", "2026-10-26T14:00:00Z", 50)]
    assert "June" not in made[0]["topic"]
    page.goto(f"{house.stage.url}/mailbox")
    letters = page.get_by_role("row").filter(has_text="C-15").get_by_role("link")
    wait_for(page, letters.nth(2))
    letters.first.click()
    page.get_by_text("Invitation").click()
    expect(page.locator("details pre")).to_contain_text("DTSTART")


def resolve_the_ticket(page: Page, house: House) -> None:
    page.goto(f"{house.stage.url}/tickets")
    expect(page.locator("body")).not_to_contain_text("Noah")
    page.get_by_role("article").get_by_role("link").first.click()
    expect(page.locator("main")).to_contain_text("C-14")
    page.get_by_role("button", name="Take it").click()
    page.get_by_label("What solved it").fill("Talked through the network check; a cable instead of Wi-Fi.")
    page.get_by_label("Technical trouble, confirmed").check()
    page.get_by_role("button", name="Resolve").click()
    expect(page.locator("main")).to_contain_text("resolved")
    page.goto(f"{house.stage.url}/tickets")
    expect(page.get_by_role("article")).to_have_count(0)


def wait_for(page: Page, thing, seconds: float = 20.0) -> None:
    """Look again until it is there: what a page shows may be a moment behind what was decided."""
    give_up_at = datetime.now(NEW_YORK) + timedelta(seconds=seconds)
    while thing.count() == 0 and datetime.now(NEW_YORK) < give_up_at:
        page.wait_for_timeout(300)
        page.reload()
    expect(thing).to_be_visible()
