"""What the stories about the pages share: the application, its visitors, and a morning of an invented clinic."""

from __future__ import annotations

import re
from datetime import UTC, datetime, time, timedelta
from html import unescape

import pytest
from apiflask import APIFlask

from plugin.composition import performers
from plugin.core.appointment import Appointment, Kind, Participant, Role
from plugin.core.slot import BookableHours
from plugin.service.rejoin import Rejoin
from plugin.storage import action, appointment, board, bookable_hours, staff
from plugin.storage.staff import StaffRole
from plugin.storage.tables import staff as staff_table
from plugin.web.app import create_app
from plugin.web.throttle import Throttle

BASE = "https://rejoin.invalid"
NINE = datetime(2026, 11, 23, 14, 0, tzinfo=UTC)  # 9:00 in New York
PASSWORD = "a-password-of-the-tests"
LOGINS = {
    StaffRole.TECH_SUPPORT: "tess",
    StaffRole.COORDINATOR: "cora",
    StaffRole.CLINICIAN: "rivera",
    StaffRole.ADMIN: "ada",
}
NAME = "Noor Haddad-Canary"
TITLE = "Canary Recovery Group"


class Visitor:
    """A browser without JavaScript: follows links, fills in the forms that a page really has."""

    def __init__(self, app):
        self.client = app.test_client()
        self.page = None

    def get(self, path: str, **options):
        """Open a page."""
        self.page = self.client.get(path, base_url=BASE, buffered=True, **options)
        return self.page

    def post(self, path: str, **fields):
        """Send a form that was not looked at: it has no token."""
        self.page = self.client.post(path, base_url=BASE, data=fields)
        return self.page

    def submit(self, action: str, **fields):
        """Fill in the form of the present page that goes to `action` (or whose button says so) and send it."""
        form = self.form(action)
        path = unescape(re.search(r'action="([^"]*)"', form).group(1))
        hidden = {}
        for tag in re.findall(r"<input[^>]*type=\"hidden\"[^>]*>", form):
            name, value = re.search(r'name="([^"]*)"', tag), re.search(r'value="([^"]*)"', tag)
            hidden[name.group(1)] = unescape(value.group(1))
        self.page = self.client.post(path, base_url=BASE, data=hidden | fields, follow_redirects=True)
        return self.page

    def form(self, part: str) -> str:
        """The form of the present page that has this in it."""
        forms = re.findall(r"<form.*?</form>", self.page.text, re.DOTALL)
        return next(form for form in forms if part in form)

    def sign_in(self, login: str, password: str = PASSWORD):
        """Sign in as this member of staff."""
        self.get("/sign-in")
        return self.submit("/sign-in", login=login, password=password)

    @property
    def text(self) -> str:
        """What the page says, without its tags."""
        body = re.sub(r"<(script|style|head).*?</\1>", " ", self.page.text, flags=re.DOTALL)
        return " ".join(unescape(re.sub(r"<[^>]+>", " ", body)).split())

    @property
    def heading(self) -> str:
        """The page's title as a browser shows and remembers it."""
        return unescape(re.search(r"<title>(.*?)</title>", self.page.text, re.DOTALL).group(1))


@pytest.fixture(scope="session")
def hashed_password() -> str:
    """The password of everybody, as it is stored."""
    return staff.hash_password(PASSWORD)


@pytest.fixture
def rejoin(rejoin_on_sqlite, hashed_password):
    """A Rejoin with one account for each role."""
    with rejoin_on_sqlite.db.begin() as tx:
        for role, login in LOGINS.items():
            tx.execute(
                staff_table.insert().values(
                    login=login,
                    password_hash=hashed_password,
                    role=role,
                    clinician_id="DR-RIVERA" if role is StaffRole.CLINICIAN else None,
                    active=True,
                    session_epoch=1,
                    created_at=rejoin_on_sqlite.clock.now(),
                )
            )
    return rejoin_on_sqlite


class LentApp:
    """The pages, made once: each test gives them its own Rejoin; to make them takes longer than most tests.

    Whoever changes them makes some of its own (`create_app`), or puts everything back (`monkeypatch`).
    """

    def __init__(self) -> None:
        self._app: APIFlask | None = None

    def lend(self, rejoin: Rejoin) -> APIFlask:
        """The pages of this Rejoin, with real errors instead of the page about them; nobody mistyped a password yet."""
        if self._app is None:
            self._app = create_app(rejoin)
            self._app.config["PROPAGATE_EXCEPTIONS"] = True
        assert self._app.config["SECRET_KEY"] == rejoin.db.vault.derive("session")
        assert rejoin.settings.public_url == BASE
        self._app.extensions |= {"rejoin": rejoin, "throttle": Throttle()}
        return self._app


@pytest.fixture(scope="session")
def lent_app() -> LentApp:
    return LentApp()


@pytest.fixture
def app(rejoin, lent_app) -> APIFlask:
    """The pages, with real errors instead of the page about them."""
    return lent_app.lend(rejoin)


@pytest.fixture
def visit(app):
    """`visit()` is somebody who is not signed in, `visit("cora")` a member of staff."""

    def visitor(login: str = "") -> Visitor:
        someone = Visitor(app)
        if login:
            assert someone.sign_in(login).status_code == 200
        return someone

    return visitor


def make_appointment(appointment_id: str = "A-1", kind: Kind = Kind.INDIVIDUAL, **others) -> Appointment:
    """One session at nine with Dr. Rivera and one client, 50 minutes."""
    values = {
        "starts_at": NINE,
        "ends_at": NINE + timedelta(minutes=50),
        "meeting_id": "80112345678",
        "participants": (
            Participant("DR-RIVERA", Role.CLINICIAN, name="Ana Rivera", registrant_id="reg-rivera"),
            Participant(
                "C-017", Role.CLIENT, name=NAME, email="noor.canary@example.invalid", registrant_id="reg-017",
                timezone="America/Chicago",
            ),
        ),
        "title": TITLE,
        "timezone": "America/New_York",
        "host_id": "host-rivera",
    }  # fmt: skip
    return Appointment(appointment_id=appointment_id, kind=kind, **(values | others))


@pytest.fixture
def put(rejoin):
    """Put an appointment into the roster: `put("A-1", starts_at=…)`."""

    def put_it(appointment_id: str = "A-1", kind: Kind = Kind.INDIVIDUAL, **others) -> Appointment:
        made = make_appointment(appointment_id, kind, **others)
        with rejoin.db.begin() as tx:
            appointment.put(tx, made, rejoin.clock.now())
        return made

    return put_it


@pytest.fixture
def zoom(rejoin):
    """What Zoom tells about the meeting of `put("A-1")`."""
    from tests.web.zoom import Zoom

    return Zoom(rejoin, NINE)


@pytest.fixture
def missed(rejoin, put, zoom):
    """Two hours later: C-017 did not come, Dr. Rivera can be booked on weekdays from 9 to 12, an offer is proposed."""
    with rejoin.db.begin() as tx:
        weekdays = [BookableHours(day, time(9), time(12), "America/New_York") for day in range(5)]
        bookable_hours.put(tx, "DR-RIVERA", weekdays)
    put("A-1")
    zoom.started(NINE)
    zoom.joined("reg-rivera", NINE)
    zoom.left("reg-rivera", NINE + timedelta(minutes=50))
    zoom.ended(NINE + timedelta(minutes=50))
    rejoin.clock.set(NINE + timedelta(hours=2))
    zoom.judge("A-1")
    return zoom


@pytest.fixture
def act(rejoin):
    """Carry out everything that is queued now."""

    def act_now() -> None:
        work = performers()
        with rejoin.db.read() as tx:
            queued = action.in_state(tx, action.QUEUED)
        for row in queued:
            reference = work[row.kind](rejoin, row)
            with rejoin.db.begin() as tx:
                action.move(tx, row.id, (action.QUEUED,), action.DONE, rejoin.clock.now(), remote_ref=reference)

    return act_now


@pytest.fixture
def link(rejoin, missed, visit, act):
    """The path behind the link in the letter, once a coordinator approved the offer."""
    cora = visit("cora")
    cora.get("/approvals/offers/1")
    cora.submit("/approve")
    act()
    with rejoin.db.read() as tx:
        letters = [board.letter(tx, row.id) for row in board.letters(tx)]
    offered = next(letter for letter in letters if letter.subject == "Another time for your appointment")
    return re.search(r"https://rejoin\.invalid(/a/\S+)", offered.body).group(1)
