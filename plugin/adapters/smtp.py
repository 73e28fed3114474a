"""Mail by SMTP: plain text, a neutral sender, and an invitation that calendars understand."""

from __future__ import annotations

import hashlib
import re
import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from email import policy
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import formatdate, parseaddr
from urllib.parse import unquote, urlsplit

from config.settings import Settings
from plugin.ports.mail import Letter
from plugin.ports.outcome import AddressRefused, Away, Permanent, Temporary

TIMEOUT_SECONDS = 15
LONGEST_LINE = 990
"""A signed link in a header must not be folded: mail programs read it as it stands (RFC 5322 allows 998)."""
LOOPBACK = ("127.0.0.1", "localhost", "::1")
ENHANCED = re.compile(r"5\.(?P<subject>\d{1,3})\.\d{1,3}(?!\d)")


class SmtpMailer:
    """Sends letters over `REJOIN_SMTP_URL`: smtp://user:password@host:port (STARTTLS when offered) or smtps://…."""

    def __init__(self, settings: Settings):
        self._sender = settings.mail_from
        url = urlsplit(settings.smtp_url)
        if url.scheme not in ("smtp", "smtps") or not url.hostname:
            raise ValueError("REJOIN_SMTP_URL is not of the form smtp://user:password@host:port")
        self._url = url

    def send(self, letter: Letter) -> str:
        """Send one letter; the same key gives the same Message-ID, by which a mail server knows a repetition."""
        message = self._message(letter)
        with _sorted_out(), self._connection() as server:
            server.send_message(message)
        return message["Message-ID"]

    def check(self) -> None:
        """Connect, sign in and say NOOP; raises Permanent or Temporary with a sentence that names the setting."""
        with _sorted_out(), self._connection() as server:
            server.noop()

    @contextmanager
    def _connection(self) -> Iterator[smtplib.SMTP]:
        server = self._connect()
        try:
            yield server
        finally:
            # What was accepted stays accepted, whatever is said at the goodbye.
            with suppress(OSError, smtplib.SMTPException):
                server.quit()
            server.close()

    def _connect(self) -> smtplib.SMTP:
        host, url = self._url.hostname or "", self._url
        context = ssl.create_default_context()
        if url.scheme == "smtps":
            server: smtplib.SMTP = smtplib.SMTP_SSL(host, url.port or 465, timeout=TIMEOUT_SECONDS, context=context)
        else:
            server = smtplib.SMTP(host, url.port or 587, timeout=TIMEOUT_SECONDS)
        try:
            server.ehlo()
            if url.scheme == "smtp":
                self._secure(server, context)
            if url.username:
                server.login(unquote(url.username), unquote(url.password or ""))
        except BaseException:
            server.close()
            raise
        return server

    def _secure(self, server: smtplib.SMTP, context: ssl.SSLContext) -> None:
        """STARTTLS when it is offered; a password never leaves this machine without it."""
        near = self._url.hostname in LOOPBACK
        # A relay on this machine has a certificate that nobody signed; without a password nothing needs it.
        if server.has_extn("starttls") and not (near and not self._url.username):
            server.starttls(context=context)
            server.ehlo()
        elif self._url.username and not near:
            raise Permanent("the mail server offers no encryption for the sign-in: use smtps:// in REJOIN_SMTP_URL")

    def _message(self, letter: Letter) -> EmailMessage:
        domain = parseaddr(self._sender)[1].rpartition("@")[2]
        message = EmailMessage(policy.default.clone(max_line_length=LONGEST_LINE))
        message["Message-ID"] = f"<{hashlib.sha256(letter.key.encode()).hexdigest()[:32]}@{domain}>"
        message["Date"] = formatdate()
        message["Auto-Submitted"] = "auto-generated"  # no out-of-office answers (RFC 3834)
        message["From"], message["Subject"] = self._sender, letter.subject
        try:
            # One bare address: a list would tell one person of the other, a line break would begin a header.
            message["To"] = Address(addr_spec=letter.to)
        except (ValueError, IndexError, MessageError):
            sentence = f"the address of {letter.participant_id} in the roster is no e-mail address"
            raise AddressRefused(sentence, "no address") from None
        if letter.unsubscribe:
            # RFC 8058: one POST to this address, without a page in between, stops the mail.
            message["List-Unsubscribe"] = f"<{letter.unsubscribe}>"
            message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
        message.set_content(letter.body)
        if letter.invitation:
            message.add_alternative(letter.invitation, subtype="calendar", params={"method": letter.method})
            message.add_attachment(letter.invitation.encode(), "text", "calendar", filename="invite.ics")
        return message


CLOSING = 421  # RFC 5321, 4.2.3: the server closes the channel, whoever the letter is for


@contextmanager
def _sorted_out() -> Iterator[None]:
    """Turns what smtplib raises into Away, Temporary and Permanent, without the addresses in its messages."""
    try:
        yield
    except smtplib.SMTPNotSupportedError:
        raise Permanent("the mail server lacks what is needed: a sign-in, or addresses in other scripts") from None
    except (OSError, smtplib.SMTPException) as error:
        code = _code(error)
        if code is None:
            what = type(error).__name__
            raise Away(f"the mail server cannot be reached ({what}): see REJOIN_SMTP_URL") from None
        if code < 500:
            raise (Away if code == CLOSING else Temporary)(f"the mail server refused for now ({code})") from None
        if isinstance(error, smtplib.SMTPAuthenticationError):
            raise Permanent("the mail server refused the sign-in: check REJOIN_SMTP_URL") from None
        if _concerns_the_address(error):
            raise AddressRefused(f"the mail server does not know this address ({code})", str(code)) from None
        raise Permanent(f"the mail server refused for good ({code})") from None


def _concerns_the_address(error: BaseException) -> bool:
    """Whether the recipient was refused for what they are, not we for what we do.

    The enhanced code says it where there is one (RFC 3463: x.1 is about addressing, x.2.1 a mailbox that is shut, x.7
    is about us); else 550, 551 and 553 in answer to RCPT (RFC 5321, 4.2.3).
    """
    if not isinstance(error, smtplib.SMTPRecipientsRefused):
        return False
    code, said = max(error.recipients.values())
    enhanced = ENHANCED.match(said.decode("ascii", "replace") if isinstance(said, bytes) else str(said))
    if enhanced:
        return enhanced["subject"] == "1" or enhanced.group() == "5.2.1"
    return code in (550, 551, 553)


def _code(error: BaseException) -> int | None:
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return max(code for code, _ in error.recipients.values())
    return error.smtp_code if isinstance(error, smtplib.SMTPResponseException) else None
