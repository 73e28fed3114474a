"""Looks at everything Rejoin depends on, and says in sentences what is fine, what is wrong and what it did not see."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from plugin.checkup.calendar import look_at_calendars
from plugin.checkup.database import look_at_database
from plugin.checkup.feed import look_at_feed
from plugin.checkup.point import Point, State
from plugin.checkup.remote import look_at_helpdesk, look_at_mail, look_at_texts, look_at_zoom
from plugin.checkup.setting import look_at_policy, read_settings

TWILIO = tuple(f"REJOIN_TWILIO_{part}" for part in ("ACCOUNT_SID", "AUTH_TOKEN", "API_SECRET", "FROM", "API_URL"))
HELPDESK = tuple(f"REJOIN_HELPDESK{part}" for part in ("", "_URL", "_USER", "_TOKEN", "_QUEUE"))


def check_up() -> Iterator[Point]:
    """Look at settings, policy, database and every remote in turn; a wrong one does not stop the next."""
    settings, points = read_settings()
    yield from points
    if settings is None:
        for subject in ("policy", "database", "feed", "Zoom", "mail", "text messages", "help desk"):
            yield Point(subject, State.UNSEEN, "the settings cannot be read.")
        return
    wrong = {point.subject for point in points if point.state is State.WRONG}
    yield from _unless_wrong(wrong, "policy", ("REJOIN_POLICY_FILE",), lambda: look_at_policy(settings))
    yield from _unless_wrong(wrong, "database", ("REJOIN_DATABASE_URL",), lambda: look_at_database(settings))
    yield from _unless_wrong(wrong, "feed", ("REJOIN_DATABASE_URL",), lambda: look_at_feed(settings))
    yield from _unless_wrong(
        wrong, "Zoom", ("REJOIN_ZOOM_API_URL", "REJOIN_ZOOM_OAUTH_URL"), lambda: look_at_zoom(settings)
    )
    yield from _unless_wrong(wrong, "mail", ("REJOIN_SMTP_URL",), lambda: look_at_mail(settings))
    yield from _unless_wrong(wrong, "text messages", TWILIO, lambda: look_at_texts(settings))
    yield from _unless_wrong(wrong, "calendars", ("REJOIN_DATABASE_URL",), lambda: look_at_calendars(settings))
    yield from _unless_wrong(wrong, "help desk", HELPDESK, lambda: look_at_helpdesk(settings))


def _unless_wrong(
    wrong: set[str], subject: str, needed: tuple[str, ...], look: Callable[[], Iterator[Point]]
) -> Iterator[Point]:
    spoiled = [name for name in needed if name in wrong]
    if spoiled:
        yield Point(subject, State.UNSEEN, f"{spoiled[0]} must be mended first.")
    else:
        yield from look()
