"""What the stories about the pages share: the application, its visitors, and a morning of an invented clinic."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from html import unescape

import pytest

from plugin.core.appointment import Appointment, Kind, Participant, Role
from plugin.storage import appointment, staff
from plugin.storage.staff import StaffRole

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
    return staff.hash_password(PASSWORD)


@pytest.fixture
def rejoin(rejoin_on_sqlite, hashed_password, monkeypatch):
    """A Rejoin with one account for each role."""
    # Hashing takes a tenth of a second on purpose; the same hash four times tells the same story.
    monkeypatch.setattr(staff, "hash_password", lambda _password: hashed_password)
    with rejoin_on_sqlite.db.begin() as tx:
        for role, login in LOGINS.items():
            code = "DR-RIVERA" if role is StaffRole.CLINICIAN else None
            staff.add(tx, login, PASSWORD, role, rejoin_on_sqlite.clock.now(), code)
    monkeypatch.undo()
    return rejoin_on_sqlite


@pytest.fixture
def app(rejoin):
    """The pages, with real errors instead of the page about them."""
    from plugin.web.app import create_app

    app = create_app(rejoin)
    app.config["PROPAGATE_EXCEPTIONS"] = True
    return app


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
