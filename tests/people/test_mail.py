"""Letters on their way: by a real mail server on this machine, or into the local mailbox."""

from __future__ import annotations

import ipaddress
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, LoginPassword
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from icalendar import Calendar
from sqlalchemy import select

from plugin.adapters.mailbox import LocalMailbox
from plugin.adapters.smtp import SmtpMailer
from plugin.ports.mail import Letter
from plugin.ports.outcome import AddressRefused, Permanent, RemoteTrouble, Temporary
from plugin.service.calendar_entry import REQUEST, entry
from plugin.service.wording import Reader
from plugin.storage.tables import message as table
from tests.conftest import MONDAY_MORNING, make_settings
from tests.service.clinic import appointment

SENDER = "sessions@clinic.example"
INVITATION = entry(
    REQUEST, appointment("A1-r1", starts_at=MONDAY_MORNING, ends_at=MONDAY_MORNING + timedelta(minutes=50)), 0,
    Reader(), MONDAY_MORNING, SENDER, "alice@example.org", "https://rejoin.invalid/j/token",
).text  # fmt: skip


def a_letter(**changes) -> Letter:
    values = {
        "key": "message/A1/C-ALICE/missed",
        "appointment_id": "A1",
        "participant_id": "C-ALICE",
        "to": "alice@example.org",
        "subject": "About your appointment",
        "body": "Hello,\n\nwe hope that you are well – truly.\n.\nhttps://rejoin.invalid/a/token\n",
    }
    return Letter(**(values | changes))


class Box:
    """A mail server's end: keeps what it accepts, and answers as it is told to."""

    def __init__(self):
        self.letters: list[tuple[str, list[str], EmailMessage]] = []
        self.answers: dict[str, str] = {}
        self.sessions = []

    async def handle_MAIL(self, server, session, envelope, address, options):
        if "MAIL" not in self.answers:
            envelope.mail_from = address
        return self.answers.get("MAIL", "250 OK")

    async def handle_RCPT(self, server, session, envelope, address, options):
        if "RCPT" not in self.answers:
            envelope.rcpt_tos.append(address)
        return self.answers.get("RCPT", "250 OK")

    async def handle_DATA(self, server, session, envelope):
        if "DATA" in self.answers:
            return self.answers["DATA"]
        self.sessions.append(session)
        parsed = message_from_bytes(envelope.content, policy=policy.default)
        self.letters.append((envelope.mail_from, envelope.rcpt_tos, parsed))
        return "250 OK"

    async def handle_QUIT(self, server, session, envelope):
        return self.answers.get("QUIT", "221 Bye")


@contextmanager
def serving(box: Box, **options) -> Iterator[str]:
    """A mail server on a free port of this machine; gives host and port."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = Controller(box, hostname="127.0.0.1", port=port, **options)
    server.start()
    try:
        yield f"127.0.0.1:{port}"
    finally:
        server.stop()


def known(_server, _session, _envelope, _mechanism, data: LoginPassword) -> AuthResult:
    right = (data.login, data.password) == (b"rejoin@clinic", b"p@ss:word")
    return AuthResult(success=right, handled=right)


@pytest.fixture
def box() -> Box:
    return Box()


@pytest.fixture
def mailer(box) -> Iterator[SmtpMailer]:
    with serving(box) as address:
        yield smtp(f"smtp://{address}")


def smtp(url: str, sender: str = SENDER) -> SmtpMailer:
    return SmtpMailer(make_settings(smtp_url=url, mail_from=sender))


@pytest.fixture(scope="module")
def certificate(tmp_path_factory) -> str:
    """A certificate of 127.0.0.1 that signs itself: file with key and certificate."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "mail.clinic.example")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), True)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("certificate") / "mail.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.write_bytes(private + made.public_bytes(serialization.Encoding.PEM))
    return str(path)


@pytest.fixture
def tls(certificate) -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate)
    return context


class TestLetter:
    """What arrives at the other end."""

    def test_letter_arrives_as_it_was_written(self, box, mailer):
        mailer.send(a_letter())
        ((sender, recipients, found),) = box.letters
        assert (sender, recipients) == (SENDER, ["alice@example.org"])
        assert (found["From"], found["To"], found["Subject"]) == (SENDER, "alice@example.org", "About your appointment")
        assert found["Auto-Submitted"] == "auto-generated"
        assert found.get_content_type() == "text/plain"
        assert found.get_content().replace("\r\n", "\n") == a_letter().body

    def test_same_key_is_the_same_message_and_tells_nothing(self, box, mailer):
        first, again = mailer.send(a_letter()), mailer.send(a_letter())
        other = mailer.send(a_letter(key="message/A1/C-BOB/missed"))
        assert first == again != other
        assert [found["Message-ID"] for _, _, found in box.letters] == [first, again, other]
        assert first.endswith("@clinic.example>")
        assert "ALICE" not in first

    def test_invitation_is_something_that_calendars_understand(self, box, mailer):
        mailer.send(a_letter(invitation=INVITATION))
        ((_, _, found),) = box.letters
        parts = {part.get_content_type(): part for part in found.walk() if not part.is_multipart()}
        assert [p.get_content_type() for p in found.walk()] == [
            "multipart/mixed", "multipart/alternative", "text/plain", "text/calendar", "text/calendar",
        ]  # fmt: skip
        inline = next(p for p in found.walk() if p.get_param("method") == "REQUEST")
        assert inline.get_content_type() == "text/calendar"
        assert parts["text/calendar"].get_filename() == "invite.ics"
        for part in (inline, parts["text/calendar"]):
            text = part.get_content()
            event = Calendar.from_ical(text).walk("VEVENT")[0]
            assert event["UID"] == "A1-r1@rejoin"
            assert event.decoded("DTSTART") == MONDAY_MORNING

    def test_cancellation_is_one_for_calendars_too(self, box, mailer):
        mailer.send(a_letter(invitation=INVITATION, method="CANCEL"))
        ((_, _, found),) = box.letters
        assert [part.get_param("method") for part in found.walk() if part.get_param("method")] == ["CANCEL"]

    def test_one_click_stops_the_mail_as_rfc_8058_wants_it(self, box, mailer):
        address = "https://rejoin.invalid/p/" + "x" * 300
        mailer.send(a_letter(unsubscribe=address))
        ((_, _, found),) = box.letters
        assert found["List-Unsubscribe"] == f"<{address}>"
        assert found["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"

    def test_letter_to_staff_has_no_such_header(self, box, mailer):
        mailer.send(a_letter())
        ((_, _, found),) = box.letters
        assert (found["List-Unsubscribe"], found["List-Unsubscribe-Post"]) == (None, None)

    def test_letter_in_spanish_arrives_as_it_was_written(self, box, mailer):
        mailer.send(a_letter(subject="Su cita no tendrá lugar", body="¿Mañana? Sí, señor.\n"))
        ((_, _, found),) = box.letters
        assert (found["Subject"], found.get_content().strip()) == ("Su cita no tendrá lugar", "¿Mañana? Sí, señor.")

    def test_sender_may_have_a_name(self, box):
        with serving(box) as address:
            reference = smtp(f"smtp://{address}", "Front desk <desk@clinic.example>").send(a_letter())
        ((sender, _, found),) = box.letters
        assert (sender, found["From"]) == ("desk@clinic.example", "Front desk <desk@clinic.example>")
        assert reference.endswith("@clinic.example>")

    @pytest.mark.parametrize(
        "address",
        [
            "alice@example.org\r\nBcc: mallory@example.org",
            "alice@example.org\nX-Mine: yes",
            "alice@example.org, mallory@example.org",
            "Alice <alice@example.org>",
            "alice",
            "alice@@example.org",
            "älice@example.org",
            "alice@example.org\x00",
            "",
        ],
    )
    def test_address_that_is_more_or_less_than_one_address_is_never_written_to(self, box, mailer, address):
        with pytest.raises(Permanent, match="the address of C-ALICE in the roster is no e-mail address") as refusal:
            mailer.send(a_letter(to=address))
        assert box.letters == []
        assert "example" not in str(refusal.value)


class TestServer:
    """How a mail server refuses, and what that means."""

    @pytest.mark.parametrize("at", ["MAIL", "RCPT", "DATA"])
    @pytest.mark.parametrize(
        ("answer", "outcome"),
        [("451 4.7.1 Greylisted alice@example.org", Temporary), ("550 5.1.1 alice@example.org unknown", Permanent)],
    )
    def test_refusal_for_now_is_tried_again_and_one_for_good_is_not(self, box, mailer, at, answer, outcome):
        box.answers[at] = answer
        with pytest.raises(outcome, match=answer[:3]) as refusal:
            mailer.send(a_letter())
        assert "alice" not in str(refusal.value)

    @pytest.mark.parametrize(
        ("at", "answer", "works"),
        [
            ("RCPT", "550 5.1.1 no such user", False),
            ("RCPT", "550 no such user", False),
            ("RCPT", "553 5.1.3 bad address", False),
            ("RCPT", "551 moved", False),
            ("RCPT", "550 5.2.1 mailbox disabled", False),
            ("RCPT", "552 5.2.2 mailbox full", True),
            ("RCPT", "550 5.7.1 relay denied", True),
            ("RCPT", "554 5.7.1 you are on a list", True),
            ("RCPT", "554 no", True),
            ("MAIL", "550 5.1.8 bad sender", True),
            ("DATA", "550 5.1.1 too late", True),
        ],
    )
    def test_only_what_concerns_the_address_marks_it_as_not_working(self, box, mailer, at, answer, works):
        box.answers[at] = answer
        with pytest.raises(Permanent) as refusal:
            mailer.send(a_letter())
        assert isinstance(refusal.value, AddressRefused) is not works

    def test_what_was_accepted_is_not_sent_again_because_of_a_rude_goodbye(self, box, mailer):
        box.answers["QUIT"] = "421 too busy"
        mailer.send(a_letter())
        assert len(box.letters) == 1

    def test_server_that_is_not_there_may_come_back(self):
        with pytest.raises(Temporary, match="REJOIN_SMTP_URL"):
            smtp("smtp://127.0.0.1:1").send(a_letter())

    def test_right_password_is_let_in(self, box):
        with serving(box, authenticator=known, auth_require_tls=False) as address:
            mailer = smtp(f"smtp://rejoin%40clinic:p%40ss%3Aword@{address}")
            mailer.check()
            mailer.send(a_letter())
        assert len(box.letters) == 1

    def test_wrong_password_needs_a_person(self, box):
        with serving(box, authenticator=known, auth_require_tls=False) as address:
            mailer = smtp(f"smtp://rejoin%40clinic:wrong@{address}")
            with pytest.raises(Permanent, match="refused the sign-in: check REJOIN_SMTP_URL") as refusal:
                mailer.check()
        assert "wrong" not in str(refusal.value)

    def test_sign_in_that_is_refused_for_now_is_tried_again(self, box):
        def busy(*_):
            return AuthResult(success=False, handled=False, message="454 4.7.0 Temporary authentication failure")

        with (
            serving(box, authenticator=busy, auth_require_tls=False) as address,
            pytest.raises(Temporary, match="454"),
        ):
            smtp(f"smtp://rejoin:secret@{address}").check()

    def test_server_without_a_sign_in_needs_a_person(self, mailer, box):
        with serving(box) as address, pytest.raises(Permanent, match="lacks what is needed"):
            smtp(f"smtp://rejoin:secret@{address}").check()

    @pytest.mark.parametrize("url", ["mail.clinic.example", "http://mail.clinic.example", "smtp://", ""])
    def test_url_of_another_kind_is_refused_at_once(self, url):
        with pytest.raises(ValueError, match="REJOIN_SMTP_URL"):
            smtp(url)


class TestEncryption:
    """A password, and what is written to clients, do not travel in the open."""

    def test_sign_in_goes_over_starttls_where_it_is_offered(self, box, tls, certificate, monkeypatch):
        monkeypatch.setenv("SSL_CERT_FILE", certificate)
        with serving(box, tls_context=tls, authenticator=known, auth_required=True) as address:
            smtp(f"smtp://rejoin%40clinic:p%40ss%3Aword@{address}").send(a_letter())
        assert box.sessions[0].ssl is not None

    def test_certificate_that_nobody_trusts_stops_the_sign_in(self, box, tls):
        with serving(box, tls_context=tls, authenticator=known) as address:
            mailer = smtp(f"smtp://rejoin%40clinic:p%40ss%3Aword@{address}")
            with pytest.raises(RemoteTrouble, match="SSLCertVerificationError"):
                mailer.check()

    def test_relay_of_this_machine_is_used_as_it_is_without_a_password(self, box, tls):
        with serving(box, tls_context=tls) as address:
            smtp(f"smtp://{address}").send(a_letter())
        assert len(box.letters) == 1

    def test_smtps_is_encrypted_from_the_first_byte(self, box, tls, certificate, monkeypatch):
        monkeypatch.setenv("SSL_CERT_FILE", certificate)
        with serving(box, ssl_context=tls) as address:
            smtp(f"smtps://{address}").send(a_letter())
        assert len(box.letters) == 1

    def test_password_never_goes_to_another_machine_in_the_open(self, box, monkeypatch):
        """Somebody on the way who strips STARTTLS gets no password."""
        with serving(box, authenticator=known, auth_require_tls=False) as address:
            _, _, port = address.partition(":")
            there = socket.getaddrinfo
            monkeypatch.setattr(socket, "getaddrinfo", lambda _host, *more, **named: there("127.0.0.1", *more, **named))
            mailer = smtp(f"smtp://rejoin%40clinic:p%40ss%3Aword@mail.clinic.example:{port}")
            with pytest.raises(Permanent, match="no encryption"):
                mailer.send(a_letter())
        assert box.letters == []


class TestMailbox:
    """The local mailbox, for demonstrations and first days."""

    def test_letter_is_kept_once_and_sealed(self, database, moving_clock):
        mailbox = LocalMailbox(database, moving_clock)
        first = mailbox.send(a_letter(invitation=INVITATION))
        moving_clock.advance(hours=1)
        again = mailbox.send(a_letter(body="Another body"))
        mailbox.send(a_letter(key="message/A1/C-BOB/missed"))
        assert first == again
        with database.read() as tx:
            rows = tx.execute(select(table).order_by(table.c.id)).all()
            assert len(rows) == 2
            assert rows[0].sent_at == MONDAY_MORNING
            assert tx.vault.open_text("message.body_sealed", rows[0].body_sealed) == a_letter().body
            assert tx.vault.open_text("message.invitation_sealed", rows[0].invitation_sealed) == INVITATION
        assert b"alice@example.org" not in rows[0].to_sealed
        assert b"Hello" not in rows[0].body_sealed
