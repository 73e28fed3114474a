"""Whether Zoom and the mail server accept us; nothing is made or sent."""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Iterator
from urllib.parse import unquote, urlsplit

from config.settings import Settings
from plugin.checkup.point import Point, State, reason
from plugin.ports.outcome import RemoteTrouble

ANSWERS_WITHIN_SECONDS = 10


def look_at_zoom(settings: Settings) -> Iterator[Point]:
    """The credentials of Zoom's REST API."""
    given = {
        "REJOIN_ZOOM_ACCOUNT_ID": settings.zoom_account_id,
        "REJOIN_ZOOM_CLIENT_ID": settings.zoom_client_id,
        "REJOIN_ZOOM_CLIENT_SECRET": settings.zoom_client_secret.get_secret_value(),
    }
    lacking = [name for name, value in given.items() if not value]
    if len(lacking) == len(given):
        yield Point(
            "Zoom", State.UNSEEN, f"{', '.join(lacking)} are not set: a time that a client picks cannot be booked."
        )
    elif lacking:
        yield Point("Zoom", State.WRONG, f"{', '.join(lacking)} must be set as well.")
    else:
        from plugin.adapters.zoom import ZoomMeetings

        try:
            ZoomMeetings(settings).check()
        except RemoteTrouble as trouble:
            yield Point("Zoom", State.WRONG, f"{trouble}".rstrip(".") + ".")
        else:
            yield Point("Zoom", State.FINE, "it accepts the credentials.")
    if settings.zoom_webhook_secrets:
        sentence = "whether REJOIN_ZOOM_WEBHOOK_SECRETS is right shows only when Zoom delivers something."
        yield Point("Zoom's deliveries", State.UNSEEN, sentence)


def look_at_mail(settings: Settings) -> Iterator[Point]:
    """The mail server: connect, secure, sign in."""
    if not settings.smtp_url:
        yield Point("mail", State.UNSEEN, "REJOIN_SMTP_URL is not set: messages stay in the local mailbox.")
        return
    server = urlsplit(settings.smtp_url)
    try:
        context = ssl.create_default_context()
        if server.scheme == "smtps":
            client = smtplib.SMTP_SSL(
                server.hostname, server.port or 465, timeout=ANSWERS_WITHIN_SECONDS, context=context
            )
        else:
            client = smtplib.SMTP(server.hostname, server.port or 587, timeout=ANSWERS_WITHIN_SECONDS)
        with client:
            client.ehlo()
            if server.scheme == "smtp" and client.has_extn("starttls"):
                client.starttls(context=context)
            if server.username:
                client.login(unquote(server.username), unquote(server.password or ""))
            client.noop()
    except smtplib.SMTPAuthenticationError as error:
        yield Point("mail", State.WRONG, f"REJOIN_SMTP_URL: the server refuses user and password ({error.smtp_code}).")
    except (smtplib.SMTPException, OSError, ValueError) as error:
        yield Point("mail", State.WRONG, f"REJOIN_SMTP_URL: the server does not answer as it should ({reason(error)}).")
    else:
        yield Point("mail", State.FINE, "the server accepts us; nothing was sent.")
