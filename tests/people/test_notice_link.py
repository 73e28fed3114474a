"""The link to tell us in advance, from the invitation as a real mail server got it to the verdict."""

from __future__ import annotations

import re
from dataclasses import replace

import msgspec
import pytest

from plugin.adapters.smtp import SmtpMailer
from plugin.composition import build_app
from plugin.service import picking
from plugin.service.grants import Grant
from plugin.storage.tables import delivery, grant_
from tests.conftest import make_settings
from tests.people.house import ALICE, House, appointment
from tests.people.test_mail import SENDER, Box, serving
from tests.service.clinic import DORA

NOTICE = re.compile(r"https://rejoin\.invalid(/n/\S+)")


@pytest.fixture
def server():
    """A mail server, and how to reach it."""
    box = Box()
    with serving(box) as address:
        yield box, SmtpMailer(make_settings("sqlite://", smtp_url=f"smtp://{address}", mail_from=SENDER))


def invited(rejoin, zoom, server, language: str = "") -> tuple[House, str]:
    """Alice picked a time and has the invitation; the house, and what the mail says."""
    box, mailer = server
    alice = msgspec.structs.replace(ALICE, language=language)
    house = House(rejoin, appointment(client=alice, participants=(alice, DORA)))
    house.miss()
    house.approve()
    with rejoin.db.read() as tx:
        (offered,) = tx.execute(grant_.select().where(grant_.c.offer_id.is_not(None))).all()
    house.do(picking.pick, Grant(offered.id, "answer", "A1", "C-ALICE", offered.offer_id, offered.expires_at), 1)
    house.rejoin = replace(rejoin, mailer=mailer)
    house.act()
    letters = [mail for _, to, mail in box.letters if to == ["alice@example.org"]]
    return house, letters[-1].get_body(("plain",)).get_content()


@pytest.mark.both
@pytest.mark.parametrize(
    ("language", "asks"),
    [("", "If you cannot come, please tell us here"), ("es", "Si no puede acudir, díganoslo aquí")],
)
def test_link_of_the_invitation_excuses_whoever_uses_it_before_the_start(rejoin, zoom, server, language, asks):
    house, said = invited(rejoin, zoom, server, language)
    assert asks in said
    (path,) = NOTICE.findall(said)
    app = build_app(house.rejoin)
    client = app.test_client()
    base = house.rejoin.settings.public_url
    page = client.get(path, base_url=base)
    assert page.status_code == 200
    token = re.search(r'name="csrf_token" value="([^"]*)"', page.text).group(1)
    assert client.post(path, base_url=base, data={"csrf_token": token}, headers={"Referer": base}).status_code == 200
    house.read()
    with house.rejoin.db.read() as tx:
        told = tx.execute(delivery.select().where(delivery.c.event == "rejoin.notice_given")).all()
    assert [row.appointment_id for row in told] == ["A1-r1"]
    app.extensions["inbox"].close()
    app.extensions["tally"].close()


def test_clinician_who_is_told_of_it_gets_no_such_link(rejoin, zoom, server):
    box, _ = server
    invited(rejoin, zoom, server)
    to_dora = [mail.get_body(("plain",)).get_content() for _, to, mail in box.letters if "alice" not in to[0]]
    assert to_dora
    assert not [said for said in to_dora if NOTICE.search(said)]
