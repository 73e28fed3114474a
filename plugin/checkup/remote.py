"""Whether Zoom, the mail server, Twilio and the help desk accept us; nothing is made or sent."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from config.settings import Settings
from plugin.adapters.jira import Jira
from plugin.adapters.request_tracker import RequestTracker
from plugin.adapters.smtp import SmtpMailer
from plugin.adapters.twilio import TwilioTexts
from plugin.adapters.zammad import Zammad
from plugin.adapters.zendesk import Zendesk
from plugin.adapters.zoom import ZoomMeetings
from plugin.adapters.zoom_report import ZoomReports
from plugin.checkup.point import Point, State
from plugin.ports.outcome import RemoteTrouble


def look_at_zoom(settings: Settings) -> Iterator[Point]:
    """The credentials of Zoom's REST API."""
    given = {
        "REJOIN_ZOOM_ACCOUNT_ID": settings.zoom_account_id,
        "REJOIN_ZOOM_CLIENT_ID": settings.zoom_client_id,
        "REJOIN_ZOOM_CLIENT_SECRET": settings.zoom_client_secret.get_secret_value(),
    }
    lacking = [name for name, value in given.items() if not value]
    if not lacking:
        yield _asked("Zoom", ZoomMeetings(settings).check, "it accepts the credentials.")
        yield _asked("Zoom's reports", ZoomReports(settings).check, "the app may read who was in a meeting.")
    elif len(lacking) < len(given):
        yield Point("Zoom", State.WRONG, f"{' and '.join(lacking)} must be set as well.")
    else:
        sentence = f"{', '.join(lacking)} are not set: a time that a client picks cannot be booked."
        yield Point("Zoom", State.UNSEEN, sentence)
    if settings.zoom_webhook_secrets:
        sentence = "whether REJOIN_ZOOM_WEBHOOK_SECRETS is right shows only when Zoom delivers something."
        yield Point("Zoom's deliveries", State.UNSEEN, sentence)


def look_at_mail(settings: Settings) -> Iterator[Point]:
    """The mail server: connect, secure, sign in."""
    if settings.smtp_url:
        yield _asked("mail", SmtpMailer(settings).check, "the server accepts us; nothing was sent.")
    else:
        yield Point("mail", State.UNSEEN, "REJOIN_SMTP_URL is not set: messages stay in the local mailbox.")


def look_at_texts(settings: Settings) -> Iterator[Point]:
    """Twilio: sign in and look at the account."""
    if settings.twilio_account_sid:
        yield _asked("text messages", TwilioTexts(settings).check, "Twilio accepts us; nothing was sent.")
    else:
        sentence = "REJOIN_TWILIO_ACCOUNT_SID is not set: nobody is written to by text message."
        yield Point("text messages", State.UNSEEN, sentence)


def look_at_helpdesk(settings: Settings) -> Iterator[Point]:
    """The help desk, when it is not the built-in queue: address, credentials, queue."""
    adapter_class = {one.desk: one for one in (RequestTracker, Zammad, Zendesk, Jira)}.get(settings.helpdesk)
    if adapter_class is None:
        yield Point("help desk", State.FINE, "tickets go to the built-in queue.")
    else:
        fine = f"{adapter_class.name} accepts us, and tickets can be opened; none was."
        yield _asked("help desk", adapter_class(settings).check, fine)


def _asked(subject: str, ask: Callable[[], None], fine: str) -> Point:
    try:
        ask()
    except RemoteTrouble as trouble:
        return Point(subject, State.WRONG, f"{trouble}".rstrip(".") + ".")
    return Point(subject, State.FINE, fine)
