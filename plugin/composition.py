"""The composition root: the one place that knows every part and puts them together."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError

from config.policy import PolicyProblem, load_policy
from config.settings import Settings
from plugin.adapters.clock import ClockProblem, read_clock
from plugin.adapters.embedded import EmbeddedQueue
from plugin.ports.clock import Clock
from plugin.ports.queue import Remote, WorkQueue
from plugin.service.rejoin import Rejoin
from plugin.storage.database import Database
from plugin.storage.encryption import Vault
from plugin.storage.migration import migrate
from plugin.storage.tenure import Taken, Tenure

if TYPE_CHECKING:
    from apiflask import APIFlask

    from plugin.ports.helpdesk import Helpdesk
    from plugin.service.acting import Performer
    from plugin.service.running import Work
    from webhooks.inbox import Inbox
    from webhooks.receiver import Receiver


class SettingsProblem(Exception):
    """The service cannot start; each of `sentences` says what is wrong and names the setting."""

    def __init__(self, sentences: tuple[str, ...]):
        super().__init__("\n".join(sentences))
        self.sentences = sentences


def open_vault(settings: Settings) -> Vault:
    """The vault with the configured keys; raises SettingsProblem."""
    try:
        return Vault.from_settings(tuple(key.get_secret_value() for key in settings.data_keys))
    except ValueError as problem:
        sentence = f"REJOIN_DATA_KEYS: {problem}; it needs `id:base64 of 32 bytes`, comma-separated."
        raise SettingsProblem((sentence,)) from None


def open_database(settings: Settings) -> Database:
    """The database alone, for commands that only look; raises SettingsProblem."""
    sentence = "REJOIN_DATABASE_URL is not a URL such as sqlite:///rejoin.db or postgresql://host/rejoin."
    try:
        if make_url(settings.database_url).get_backend_name() not in ("sqlite", "postgresql"):
            raise SettingsProblem((sentence,))
        return Database(settings.database_url, open_vault(settings))
    except (ArgumentError, NoSuchModuleError):
        # The driver's own message would quote the URL with its password.
        raise SettingsProblem((sentence,)) from None


def build(settings: Settings, clock: Clock | None = None) -> Rejoin:
    """Put the parts together as the settings say; raises SettingsProblem with every reason not to start."""
    problems = []
    policy = db = None
    if not settings.zoom_webhook_secrets:
        problems.append(
            "REJOIN_ZOOM_WEBHOOK_SECRETS is not set: without the Zoom app's secret token no delivery can be trusted."
        )
    problems += [
        f"{name} is not set: REJOIN_HELPDESK={settings.helpdesk} needs it." for name in settings.lacking_for_helpdesk()
    ]
    problems += [f"{name} is not set: REJOIN_TWILIO_ACCOUNT_SID needs it." for name in settings.lacking_for_texts()]
    try:
        policy = load_policy(settings.policy_file)
    except PolicyProblem as problem:
        problems.append(f"REJOIN_POLICY_FILE: {problem}.")
    try:
        clock = clock or read_clock(settings.clock)
    except ClockProblem as problem:
        problems.append(f"{problem}.")
    try:
        db = open_database(settings)
    except SettingsProblem as problem:
        problems += [sentence for sentence in problem.sentences if sentence not in problems]
    if problems:
        raise SettingsProblem(tuple(problems))
    return assemble(settings, db, clock, policy)


def assemble(settings: Settings, db: Database, clock: Clock, policy=None) -> Rejoin:
    """Put the parts together around a database and a clock that stand already."""
    from plugin.adapters.mailbox import LocalMailbox
    from plugin.adapters.outside_calendar import OutsideCalendars
    from plugin.adapters.smtp import SmtpMailer
    from plugin.adapters.twilio import TwilioTexts
    from plugin.adapters.zoom import ZoomMeetings
    from plugin.adapters.zoom_log import ZoomLog
    from plugin.adapters.zoom_report import ZoomReports

    mailer = SmtpMailer(settings) if settings.smtp_url else LocalMailbox(db, clock)
    return Rejoin(
        settings=settings,
        policy=policy or load_policy(settings.policy_file),
        db=db,
        queue=work_queue(settings, db, clock),
        clock=clock,
        helpdesk=helpdesk(settings, db, clock),
        mailer=mailer,
        meetings=ZoomMeetings(settings),
        delivery_log=ZoomLog(settings) if settings.zoom_app_id else None,
        reports=ZoomReports(settings) if settings.zoom_client_id else None,
        texts=TwilioTexts(settings) if settings.twilio_account_sid else None,
        calendars=OutsideCalendars(settings),
    )


def helpdesk(settings: Settings, db: Database, clock: Clock) -> Helpdesk:
    """Where tickets go, as REJOIN_HELPDESK says."""
    from plugin.adapters.helpdesk import BuiltInHelpdesk
    from plugin.adapters.jira import Jira
    from plugin.adapters.request_tracker import RequestTracker
    from plugin.adapters.zammad import Zammad
    from plugin.adapters.zendesk import Zendesk

    remote = {one.desk: one for one in (RequestTracker, Zammad, Zendesk, Jira)}.get(settings.helpdesk)
    return remote(settings) if remote else BuiltInHelpdesk(db, clock)


def work_queue(settings: Settings, db: Database, clock: Clock) -> WorkQueue:
    """Who does due work, at the pace that the remotes bear: procrastinate on PostgreSQL, threads of this process on
    SQLite."""
    paces = {
        Remote.CORRESPONDENCE: settings.mail_per_second,
        Remote.MEETINGS: settings.zoom_per_second,
        Remote.HELPDESK: settings.helpdesk_per_second,
    }
    if db.is_postgresql:
        from plugin.adapters.procrastinate import ProcrastinateQueue

        return ProcrastinateQueue(db, clock, paces=paces)
    return EmbeddedQueue(db, clock, paces=paces)


def performers() -> Mapping[str, Performer]:
    """Who carries out each kind of action."""
    from plugin.service import (
        booking,
        booking_change,
        booking_notice,
        linking,
        makeups,
        messaging,
        offering,
        tasks,
        ticketing,
    )

    return {
        "ticket": ticketing.open_ticket,
        ticketing.NOTE: ticketing.write_note,
        "reschedule": offering.send_offer,
        "makeup": makeups.send_makeup,
        makeups.RETURNED: makeups.send_returned,
        "message": messaging.send_message,
        "correction": messaging.apologise,
        "checkin": tasks.open_task,
        "review": tasks.open_task,
        "booking": booking.book,
        linking.LINK: linking.send_link,
        booking_change.INVITATION: booking_notice.tell_client,
        booking_change.CANCELLATION: booking_notice.tell_client,
        booking_change.CLINICIAN: booking_notice.tell_clinician,
        booking_change.MOVING: booking_change.move_meeting,
        booking_change.CALLING_OFF: booking_change.take_meeting_out,
    }


def working(rejoin: Rejoin, give_way: Callable[[], None] = lambda: None) -> Work:
    """The work of one process: reading, judging, acting; `give_way` is asked before each portion of the inbox."""
    from plugin.service.running import Work

    return Work(rejoin, performers(), give_way)


@dataclass(frozen=True)
class Started:
    """A service that runs: the web application, and what stands beside it until `end`."""

    app: APIFlask
    receiver: Receiver
    inbox: Inbox
    end: Callable[[], None]


def build_app(rejoin: Rejoin) -> APIFlask:
    """The web application: receiver, pages, API, health."""
    from plugin.api.app import api
    from plugin.service import metrics
    from plugin.web import health
    from plugin.web.app import create_app
    from webhooks.inbox import Inbox
    from webhooks.receiver import Receiver, received_total
    from webhooks.route import route
    from webhooks.tally import Tally
    from webhooks.twilio import twilio
    from webhooks.unsubscribe import unsubscribe

    metrics.show(received_total)
    inbox = Inbox(rejoin.db, rejoin.clock, rejoin.queue.wake)
    tally = Tally(rejoin.db, rejoin.clock, rejoin.policy.feed.skew_window)
    receiver = Receiver(rejoin.settings, rejoin.clock, tally)
    app = create_app(rejoin, (route(receiver, inbox), twilio(rejoin), unsubscribe(rejoin), api, health.pages))
    app.extensions |= {"inbox": inbox, "tally": tally, "receiver": receiver}
    return app


def start() -> Started:
    """Start the service with the settings of the environment: tables, application, and on SQLite also the work.

    Raises SettingsProblem when it cannot. `end` stores what was taken, reads the inbox to its end and finishes what
    was claimed.
    """
    from plugin.service import log

    settings = Settings()
    log.set_up(settings.log_level)
    rejoin = build(settings)
    tenure = hold(rejoin.db)
    migrate(rejoin.db)
    app = build_app(rejoin)
    inbox = app.extensions["inbox"]
    work = None if rejoin.db.is_postgresql else working(rejoin, inbox.give_way)
    if work:
        work.start()

    def end() -> None:
        inbox.close()
        app.extensions["tally"].close()
        if work:
            work.stop()
        rejoin.db.close()
        tenure.end()

    return Started(app, app.extensions["receiver"], inbox, end)


def hold(db: Database) -> Tenure:
    """Be the one service of this SQLite file; raises SettingsProblem when another one is."""
    try:
        return Tenure(db)
    except Taken as taken:
        sentence = (
            f"REJOIN_DATABASE_URL: this SQLite file is served by another process already ({taken}). It has room for "
            "one; stop that one, or set REJOIN_DATABASE_URL to a PostgreSQL."
        )
        raise SettingsProblem((sentence,)) from None
