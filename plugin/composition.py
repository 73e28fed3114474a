"""The composition root: the one place that knows every part and puts them together."""

from __future__ import annotations

from config.policy import PolicyProblem, load_policy
from config.settings import Settings
from plugin.adapters.clock import ClockProblem, read_clock
from plugin.adapters.embedded import EmbeddedQueue
from plugin.ports.clock import Clock
from plugin.ports.queue import WorkQueue
from plugin.service.rejoin import Rejoin
from plugin.storage.database import Database
from plugin.storage.encryption import Vault


class SettingsProblem(Exception):
    """The service cannot start; each of `sentences` says what is wrong and names the setting."""

    def __init__(self, sentences: tuple[str, ...]):
        super().__init__("\n".join(sentences))
        self.sentences = sentences


def build(settings: Settings, clock: Clock | None = None) -> Rejoin:
    """Put the parts together as the settings say; raises SettingsProblem with every reason not to start."""
    problems = []
    vault = policy = None
    if not settings.zoom_webhook_secrets:
        problems.append(
            "REJOIN_ZOOM_WEBHOOK_SECRETS is not set: without the Zoom app's secret token no delivery can be trusted."
        )
    try:
        vault = Vault.from_settings(tuple(key.get_secret_value() for key in settings.data_keys))
    except ValueError as problem:
        problems.append(f"REJOIN_DATA_KEYS: {problem}; it needs `id:base64 of 32 bytes`, comma-separated.")
    try:
        policy = load_policy(settings.policy_file)
    except PolicyProblem as problem:
        problems.append(f"REJOIN_POLICY_FILE: {problem}.")
    try:
        clock = clock or read_clock(settings.clock)
    except ClockProblem as problem:
        problems.append(f"{problem}.")
    if problems:
        raise SettingsProblem(tuple(problems))
    return assemble(settings, Database(settings.database_url, vault), clock, policy)


def assemble(settings: Settings, db: Database, clock: Clock, policy=None) -> Rejoin:
    """Put the parts together around a database and a clock that stand already."""
    from plugin.adapters.helpdesk import BuiltInHelpdesk
    from plugin.adapters.mailbox import LocalMailbox
    from plugin.adapters.smtp import SmtpMailer
    from plugin.adapters.zoom import ZoomMeetings

    mailer = SmtpMailer(settings) if settings.smtp_url else LocalMailbox(db, clock)
    return Rejoin(
        settings=settings,
        policy=policy or load_policy(settings.policy_file),
        db=db,
        queue=work_queue(db, clock),
        clock=clock,
        helpdesk=BuiltInHelpdesk(db, clock),
        mailer=mailer,
        meetings=ZoomMeetings(settings),
    )


def work_queue(db: Database, clock: Clock) -> WorkQueue:
    """Who does due work: procrastinate on PostgreSQL, threads of this process on SQLite."""
    if db.is_postgresql:
        from plugin.adapters.procrastinate import ProcrastinateQueue

        return ProcrastinateQueue(db, clock)
    return EmbeddedQueue(db, clock)
