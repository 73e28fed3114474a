"""A client in a rush: through the service alone, or on a phone with the real page of a real server.

Both do what a person does: open the page, tap one of the times that are left, and say what came of it.
"""

from __future__ import annotations

import random
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urljoin

import requests
from sqlalchemy.exc import OperationalError

from benchmarks.rush_stage import open_service
from plugin.service import grants, picking
from plugin.service.availability import open_slots
from plugin.service.refusal import Conflict
from plugin.storage import offer as offers
from plugin.web.phrase import TEXTS

PICKED, NONE_LEFT, TAKEN, BUSY, LOST = "picked", "none is left", "taken a moment ago", "busy", "lost"
AGAIN = (TAKEN, BUSY)
"""After these a person looks again."""
PATIENCE_SECONDS = 1500.0
"""For so long people look again."""
TIMEOUT = (30, 120)
"""Seconds for which a phone waits."""


class AtService:
    """The clients of one process, on a service of its own; they take turns at random."""

    at_once = 1
    """How many of them tap at the same time."""

    def __init__(self, url: str):
        self._rejoin, self.seconds = open_service(url), []

    def tap(self, token: str, chance: random.Random) -> str:
        """Open the page, tap one of the times that are left."""
        rejoin = self._rejoin
        try:
            now = rejoin.clock.now()
            with rejoin.db.read() as tx:
                grant = grants.open_grant(tx, rejoin, token, grants.ANSWER, now)
                left = open_slots(tx, rejoin, offers.load(tx, grant.offer_id), now)
            if not left:
                return NONE_LEFT
            with rejoin.db.begin() as tx:
                try:
                    picking.pick(tx, rejoin, grant, chance.choice(left)[0], rejoin.clock.now())
                except Conflict:
                    return TAKEN
            return PICKED
        except OperationalError:  # the page says that the service is busy, and the person taps again
            return BUSY

    def close(self) -> None:
        """Close its database."""
        self._rejoin.db.close()


@dataclass(eq=False)
class Page(HTMLParser):
    """What a phone makes of a page: its text, and its forms with what can be chosen in them."""

    text: list[str] = field(default_factory=list)
    forms: list[dict] = field(default_factory=list)
    styles: list[str] = field(default_factory=list)

    def __post_init__(self):
        super().__init__()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = dict(attrs)
        if tag == "form":
            self.forms.append({"action": said["action"], "hidden": {}, "choices": [], "buttons": []})
        elif tag == "link" and said.get("rel") == "stylesheet":
            self.styles.append(said["href"])
        elif tag == "input" and said.get("type") == "hidden":
            self.forms[-1]["hidden"][said["name"]] = said["value"]
        elif tag == "input" and said.get("type") == "radio" and "disabled" not in said:
            self.forms[-1]["choices"].append((said["name"], said["value"]))
        elif tag == "button":
            self.forms[-1]["buttons"].append((said.get("name"), said.get("value")))

    def handle_data(self, data: str) -> None:
        self.text.append(data)

    def says(self, sentence: str) -> bool:
        """Whether this sentence of the phrases stands on it, as far as nothing is filled in."""
        return sentence.partition("{")[0] in " ".join("".join(self.text).split())

    def choice_of_times(self) -> dict | None:
        """The form with the times that are left, when there is one."""
        return next((f for f in self.forms if ("answer", "pick") in f["buttons"] and f["choices"]), None)


class OnPhones:
    """The clients of one process, each with a phone of their own: a browser's cookies, its links, its forms."""

    at_once = 200

    def __init__(self, base: str):
        self._base, self.seconds = base, []
        said = TEXTS.of("en")
        self._next, self._gone = said["next"], said["thanks"]["gone"]

    def tap(self, token: str, chance: random.Random) -> str:
        """Open the link of the message, tap one of the times that are left, read the page that comes."""
        try:
            with requests.Session() as phone:
                page = self._read(phone.get(f"{self._base}/a/{token}", timeout=TIMEOUT))
                for style in page.styles:
                    phone.get(urljoin(self._base, style), timeout=TIMEOUT).raise_for_status()
                form = page.choice_of_times()
                if form is None:
                    return self._without_a_choice(page)
                name, value = chance.choice(form["choices"])
                filled = form["hidden"] | {name: value, "answer": "pick"}
                page = self._read(phone.post(urljoin(self._base, form["action"]), data=filled, timeout=TIMEOUT))
        except _Busy:
            return BUSY
        return TAKEN if page.says(self._gone) else self._without_a_choice(page)

    def _without_a_choice(self, page: Page) -> str:
        if page.says(self._next["accepted"]):
            return PICKED
        # What it says and offers then: other days and times to ask for, or that somebody looks already.
        asks = any(("answer", "other") in form["buttons"] for form in page.forms)
        if (page.says(self._next["gone"]) and asks) or page.says(self._next["prepared"]):
            return NONE_LEFT
        return LOST

    def _read(self, response: requests.Response) -> Page:
        self.seconds.append(response.elapsed.total_seconds() + sum(r.elapsed.total_seconds() for r in response.history))
        if response.status_code in (429, 503):
            raise _Busy
        response.raise_for_status()
        page = Page()
        page.feed(response.text)
        return page

    def close(self) -> None:
        """Nothing stays open."""


class _Busy(Exception):
    """The page asks to come again in a moment."""


def crowd(kind: type, address: str, tokens: list[str], seed: int, gate, told) -> None:
    """One process with its clients, who begin when the gate opens; tells what came of all their taps."""
    clients = kind(address)
    gate.wait(PATIENCE_SECONDS)
    if clients.at_once == 1:
        said = _until_done(clients, tokens, random.Random(seed))
    else:
        with ThreadPoolExecutor(clients.at_once) as threads:
            each = [threads.submit(_until_done, clients, [token], random.Random(token)) for token in tokens]
            said = sum((one.result() for one in each), Counter())
    clients.close()
    told.put((said, clients.seconds))


def _until_done(clients: AtService | OnPhones, tokens: list[str], chance: random.Random) -> Counter:
    """Let these clients tap until each has a time or knows that none is left; what came of their taps."""
    said, waiting, give_up_at = Counter(), list(tokens), time.monotonic() + PATIENCE_SECONDS
    while waiting and time.monotonic() < give_up_at:
        token = waiting.pop(chance.randrange(len(waiting)))
        outcome = clients.tap(token, chance)
        said[outcome] += 1
        if outcome in AGAIN:
            waiting.append(token)
    return said
