"""Canaries: a value that occurs nowhere else in every personal field there is; then the whole service is driven, and
every ticket, subject, log line, figure, address, exception and unsealed column is searched for them.

A canary that sings is a leak. What a message body may carry is said in `test_a_message_carries_…`.
"""

from __future__ import annotations

import io
import json
import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext, redirect_stderr
from dataclasses import replace
from datetime import timedelta
from urllib.parse import unquote

import pytest
import requests
import structlog
from sqlalchemy import LargeBinary

from plugin.composition import build_app
from plugin.core.appointment import Appointment, Kind, Participant, Role
from plugin.service import evidence, log, triage
from plugin.storage import staff
from plugin.storage.tables import metadata
from tests.adapters.stand import REMOTES, remote_stand
from tests.people.house import NINE, House
from tests.people.test_desk_watch import follow
from tests.webhooks.sender import Sender

MINUTE = timedelta(minutes=1)
CANARIES = {
    "name": "Zanzibarina",
    "other name": "Quixotella",
    "clinician": "Wolframius",
    "email": "zq-mail",
    "other email": "qx-mail",
    "address of the clinician": "wf-mail",
    "phone": "5550177301",
    "other phone": "5550177302",
    "topic": "Topazcircle",
    "title": "Opalevening",
    "program": "Rubyprogram",
    "reason": "Jadeblurt",
    "public ip": "203.0.113.199",
    "private ip": "10.213.77.88",
    "registrant": "Amberfirst",
    "host email": "garnet-host",
    "computer": "Berylbox",
    "microphone": "Onyxmic",
    "city": "Agateville",
    "hardware": "00:00:5E:00:53:C7",
    "comment": "Pearlremark",
    "answer of a desk": "Coralecho",
    "join link": "sapphirepwd",
}
MEETING = "81000000001"


def person(code: str, role: Role, name: str, email: str, phone: str, key: str) -> Participant:
    link = f"https://zoom.example/j/{MEETING}?pwd={CANARIES['join link']}{code}"
    return Participant(code, role, f"{name} Canary", f"{email}@example.org", f"+1{phone}", key, join_url=link)


ZOE = person("C-1", Role.CLIENT, CANARIES["name"], CANARIES["email"], CANARIES["phone"], "reg-1")
QUINN = person("C-2", Role.CLIENT, CANARIES["other name"], CANARIES["other email"], CANARIES["other phone"], "reg-2")
RAY = Participant("C-3", Role.CLIENT, f"{CANARIES['other name']} Two", "", registrant_id="reg-3")
WOLF = Participant(
    "S-1", Role.CLINICIAN, CANARIES["clinician"], f"{CANARIES['address of the clinician']}@example.org",
    customer_key="S-1",
)  # fmt: skip
ROSTER = Appointment(
    "A1", Kind.GROUP, NINE, NINE + timedelta(hours=1), MEETING, (ZOE, QUINN, RAY, WOLF), CANARIES["program"],
    CANARIES["title"], "America/New_York", host_id="host-1",
)  # fmt: skip
ALONE = Appointment(
    "A2", Kind.INDIVIDUAL, NINE, NINE + timedelta(hours=1), "81000000002", (QUINN, WOLF), CANARIES["program"],
    CANARIES["title"], "America/New_York", host_id="host-1",
)  # fmt: skip


def zoom_says(event: str, at, who: Participant | None = None, connection: str = "", meeting: str = MEETING, **more):
    """A delivery with everything in it that Zoom may send."""
    thing = {
        "id": meeting, "uuid": f"u-{meeting}==", "host_id": "host-1", "topic": CANARIES["topic"],
        "host_email": f"{CANARIES['host email']}@example.org", "start_time": NINE.strftime("%Y-%m-%dT%H:%M:%SZ"),
    }  # fmt: skip
    moment = at.strftime("%Y-%m-%dT%H:%M:%SZ")
    if who is not None:
        connection = connection or who.participant_id
        thing["participant"] = {
            "user_id": connection, "participant_id": connection, "participant_uuid": f"stay-{connection}",
            "user_name": who.name, "email": who.email, "phone_number": who.phone, "registrant_id": who.registrant_id,
            "customer_key": who.customer_key, "public_ip": CANARIES["public ip"], "private_ip": CANARIES["private ip"],
            "join_time": moment, "leave_time": moment, "date_time": moment,
            "leave_reason": f"{who.name} got disconnected from the meeting.<br>Reason: Network connection error. "
            f"{CANARIES['reason']} {CANARIES['private ip']}",
        } | more  # fmt: skip
    else:
        thing |= {"end_time": moment} | more
    sent = round(at.timestamp() * 1000)
    return {"event": event, "event_ts": sent, "payload": {"account_id": "account-1", "object": thing}}


EQUIPMENT = {
    "device": f"WIN {CANARIES['computer']}", "network_type": "Wifi", "microphone": CANARIES["microphone"],
    "location": CANARIES["city"], "pc_name": CANARIES["computer"], "mac_addr": CANARIES["hardware"],
    "signaling_ip_address": CANARIES["public ip"], "data_center": CANARIES["city"],
}  # fmt: skip
REGISTRANT = {"registrant": {"id": "reg-1", "first_name": CANARIES["registrant"], "email": ZOE.email}}
FEEDBACK = {"feedback": {"satisfied": False, "comments": CANARIES["comment"]}}


@contextmanager
def everything_logged() -> Iterator[io.StringIO]:
    """Every log line of the process, as the service writes it."""
    level = logging.getLogger().level
    with redirect_stderr(io.StringIO()) as said:
        log.set_up("DEBUG")
        yield said
    log.take_down()
    logging.getLogger().setLevel(level)
    structlog.reset_defaults()


class Town:
    """The service as it is served, with one member of each role, driven through one bad morning."""

    def __init__(self, rejoin, stand):
        self.stand = stand
        self.house = House(rejoin, ROSTER, ALONE)
        self.rejoin = rejoin
        with rejoin.db.begin() as tx:
            for login, role in (("tess", "tech-support"), ("cora", "coordinator"), ("ada", "admin")):
                staff.add(tx, login, "a-password-of-the-tests", role, rejoin.clock.now())
        self.app = build_app(rejoin)
        self.sender = Sender(self.app.test_client(), rejoin.clock)
        self.pages: dict[str, str] = {}
        self.addresses: list[str] = []

    def hear(self, *bodies: dict | bytes) -> None:
        for number, body in enumerate(bodies):
            answer = self.sender.send(body, f"req-{self.rejoin.clock.now().timestamp()}-{number}")
            assert answer.status_code in (204, 400)
            self.pages[f"answer to delivery {number}"] = answer.text

    def drive(self) -> None:
        """Drops one by one and together, a platform incident, odd deliveries, a desk that is away, and the end."""
        house, at = self.house, lambda minute: NINE + minute * MINUTE
        self.hear(
            zoom_says("meeting.started", at(0)),
            zoom_says("meeting.registration_created", at(-30), **REGISTRANT),
            *(zoom_says("meeting.participant_joined", at(0), who) for who in (WOLF, ZOE, QUINN, RAY)),
            zoom_says("meeting.participant_joined", at(0), WOLF, "w2", "81000000002"),
            zoom_says("meeting.participant_data", at(1), ZOE, data=[EQUIPMENT]),
            zoom_says("meeting.participant_feedback", at(1), ZOE, **FEEDBACK),
            f'{{"event": "meeting.unheard_of", "payload": "{CANARIES["name"]}"}}'.encode(),
            f'{{"event": "meeting.started", "payload": {{"object": "{CANARIES["topic"]}"}}}}'.encode(),
            b'{"not json: ' + CANARIES["name"].encode(),
        )
        house.go_to(at(6))
        if self.stand is not None:
            self.stand.line.disturb(500, f"{CANARIES['answer of a desk']} {CANARIES['name']}")
        house.go_to(at(10))
        self.hear(zoom_says("meeting.participant_left", at(10), ZOE))
        house.go_to(at(12))
        house.act()
        if self.stand is not None:
            self.stand.line.disturb(403, f"{CANARIES['answer of a desk']} {CANARIES['name']}")
            self.rejoin.clock.advance(minutes=5)
            house.act()
            self.visit("/tickets")
            self.stand.line.mend()
            self.try_again()
        house.go_to(at(20))
        self.hear(*(zoom_says("meeting.participant_left", at(20), who) for who in (QUINN, RAY)))
        with self.rejoin.db.begin() as tx:
            told = {"symptom": "cut-off", "device": CANARIES["computer"], "said": CANARIES["comment"]}
            evidence.record(tx, self.rejoin, "rejoin.trouble_reported", "A1", "C-1", house.clock.now(), **told)
        house.go_to(at(23))
        self.try_again()
        self.hear(zoom_says("meeting.participant_joined", at(24), ZOE, "z2"))
        house.go_to(at(27))
        house.act()
        self.hear(*(zoom_says("meeting.ended", at(60), meeting=meeting) for meeting in (MEETING, "81000000002")))
        house.go_to(at(300))
        house.act()
        if self.stand is None:
            ticket = next(row for row in house.tickets() if row.state in ("open", "taken"))
            code = "confirmed-technical"
            house.do(triage.resolve, ticket.id, ticket.version, "tess", "A cable.", code)
            house.go_to(at(301))
        else:
            follow(house)

    def try_again(self) -> None:
        browser = self.signed_in("tess")
        page = browser.get("/tickets", base_url="https://rejoin.invalid").text
        token = re.search(r'name="csrf_token" value="([^"]+)"', page)
        if "try-again" in page:
            browser.post("/tickets/try-again", base_url="https://rejoin.invalid", data={"csrf_token": token.group(1)})
        self.house.act()

    def signed_in(self, login: str):
        browser = self.app.test_client()
        page = browser.get("/sign-in", base_url="https://rejoin.invalid").text
        token = re.search(r'name="csrf_token" value="([^"]+)"', page).group(1)
        form = {"csrf_token": token, "login": login, "password": "a-password-of-the-tests"}
        assert browser.post("/sign-in", base_url="https://rejoin.invalid", data=form).status_code in (302, 303)
        return browser

    def visit(self, *paths: str) -> None:
        """What tech support sees; and the addresses on the pages of everybody."""
        for login in ("tess", "cora", "ada"):
            browser = self.signed_in(login)
            for path in paths:
                answer = browser.get(path, base_url="https://rejoin.invalid", buffered=True)
                if login == "tess":
                    self.pages[path] = answer.text
                self.addresses += re.findall(r'(?:href|action|src)="([^"]*)"', answer.text)


def singing(text: str, besides: tuple[str, ...] = ()) -> list[str]:
    """The canaries that are in a text, however it is written."""
    plain = f"{text} {unquote(text)} {json.dumps(text)}".casefold()
    return [field for field, canary in CANARIES.items() if field not in besides and canary.casefold() in plain]


@pytest.mark.parametrize("desk", ["built-in", *REMOTES])
@pytest.mark.timeout(240)
def test_no_canary_leaves(desk, request, rejoin_on_sqlite):
    tracker = request.getfixturevalue("real_tracker") if desk.startswith("request") else None
    opened = nullcontext() if desk == "built-in" else remote_stand(desk, tracker)
    with opened as stand:
        rejoin = rejoin_on_sqlite if stand is None else replace(rejoin_on_sqlite, helpdesk=stand.desk)
        with everything_logged() as said:
            town = Town(rejoin, stand)
            town.drive()
            numbers = [row.id for row in town.house.tickets()]
            town.visit("/", "/tickets", *(f"/tickets/{n}" for n in numbers), "/appointments/A1", "/appointments/A2")
            figures = town.app.test_client().get("/metrics").text
        sent = "" if stand is None else "".join(f"{c.url} {dict(c.headers)} {c.body!r}" for c in stand.line.sent)
        # The test saw something: tickets were opened, failed, were attached; people were written to.
        assert {row.state for row in town.house.tickets()} >= {"attached"}
        assert town.house.letters()
        assert "C-1" in (sent or town.pages["/tickets/1"])
        assert len(said.getvalue().splitlines()) > 5
        assert "rejoin_" in figures
        whole = "".join(town.pages.values())
        assert "a Windows computer over Wi-Fi" in whole
    assert not singing(sent), "what was sent to the help desk"
    assert not singing(whole), "what tech support sees"
    assert not singing(said.getvalue()), "logs"
    assert not singing(figures), "figures"
    assert not singing(" ".join(town.addresses)), "addresses"
    assert not singing(" ".join(one.subject for one in town.house.letters())), "subjects"
    assert not singing(unsealed(rejoin)), "columns that are not sealed"


def unsealed(rejoin) -> str:
    """Everything in the database that is not sealed: audit, tickets, verdicts, outbox, errors, due work …"""
    said = []
    with rejoin.db.read() as tx:
        for table in metadata.sorted_tables:
            # The program's own word stands in the roster, where the program's pages find it, and nowhere else.
            open_columns = [c for c in table.columns if not isinstance(c.type, LargeBinary) and c.name != "program_id"]
            said += [repr(tuple(row)) for row in tx.execute(table.select().with_only_columns(*open_columns))]
    return "\n".join(said)


def test_a_message_carries_a_time_and_a_link_and_no_canary(rejoin_on_sqlite):
    town = Town(rejoin_on_sqlite, None)
    town.drive()
    letters = town.house.letters()
    assert {one.participant_id for one in letters} >= {"C-1", "C-2"}
    assert not singing(" ".join(f"{one.subject} {one.body} {one.invitation}" for one in letters))
    assert all("https://rejoin.invalid/" in one.body for one in letters)


def test_a_line_that_breaks_with_a_name_in_its_words_keeps_them_to_itself(rejoin_on_sqlite):
    with remote_stand("zammad", None) as stand, everything_logged() as said:
        house = House(replace(rejoin_on_sqlite, helpdesk=stand.desk), ROSTER)
        for body in (zoom_says("meeting.participant_joined", NINE, who) for who in (WOLF, ZOE)):
            house.receive(body)
        house.receive(zoom_says("meeting.participant_left", NINE + 10 * MINUTE, ZOE))
        stand.line.cut(requests.ConnectionError(f"{CANARIES['name']} {CANARIES['email']}"))
        house.go_to(NINE + 15 * MINUTE)
        house.act()
    assert "remote-away" in said.getvalue()
    assert not singing(said.getvalue() + unsealed(rejoin_on_sqlite))
