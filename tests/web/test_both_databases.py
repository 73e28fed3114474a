"""Every page once on SQLite and once on PostgreSQL, on the same morning."""

from __future__ import annotations

from datetime import timedelta

from plugin.composition import assemble
from plugin.storage import appointment, audit, staff
from plugin.web.app import create_app
from tests.conftest import make_settings
from tests.web.conftest import NINE, PASSWORD, Visitor, make_appointment
from tests.web.zoom import Zoom


def test_an_administrator_opens_every_page(database, moving_clock):
    url = database.engine.url.render_as_string(hide_password=False)
    rejoin = assemble(make_settings(url), database, moving_clock)
    with database.begin() as tx:
        appointment.put(tx, make_appointment("A-1"), NINE)
        staff.add(tx, "ada", PASSWORD, "admin", NINE)
        audit.record(tx, NINE, "ada", "looked", "appointment/A-1", {})
    zoom = Zoom(rejoin, NINE)
    zoom.started(NINE)
    zoom.joined("reg-rivera", NINE)
    zoom.ended(NINE + timedelta(minutes=50))
    moving_clock.set(NINE + timedelta(hours=2))
    zoom.judge("A-1")
    app = create_app(rejoin)
    app.config["PROPAGATE_EXCEPTIONS"] = True
    ada = Visitor(app)
    ada.sign_in("ada")

    pages = ["/", "/board/live", "/appointments/A-1", "/tickets", "/approvals", "/approvals/offers/1", "/tasks"]
    pages += ["/mailbox", "/admin/audit?before=99", "/admin/failed", "/admin/accounts"]
    for page in pages:
        assert ada.get(page).status_code == 200, page
    assert ada.get("/appointments/%00").status_code == 404
    ada.get("/approvals/offers/1")
    ada.submit("/decline", reason="Spoken\0 on the phone.")
    assert "Declined." in ada.text
    ada.get("/")
    ada.submit("/sign-out")
    assert ada.sign_in("a\0da").status_code == 200
