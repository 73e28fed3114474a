"""The web application: the pages, and beside them whatever else is served (the receiver, the API)."""

from __future__ import annotations

import traceback
from collections.abc import Iterable

import structlog
from apiflask import APIFlask
from apiflask.exceptions import HTTPError
from flask import Blueprint, render_template, request
from flask_login import current_user
from flask_wtf.csrf import CSRFError, CSRFProtect
from werkzeug.exceptions import HTTPException, InternalServerError
from werkzeug.routing import IntegerConverter

from plugin.service.rejoin import Rejoin
from plugin.storage import board as storage_board
from plugin.storage.staff import StaffRole
from plugin.web import (
    access,
    admin,
    answer,
    appointment,
    approvals,
    board,
    booking,
    catalogue,
    closed,
    current,
    feed,
    header,
    join,
    links,
    mailbox,
    makeups,
    messages,
    moment,
    notice,
    override,
    platform,
    preference,
    review,
    session,
    tasks,
    tickets,
    upload,
    words,
    work,
)

log = structlog.get_logger(__name__)
MACHINE_PATHS = ("/api/", "/webhooks/")

SENTENCES = {
    400: "The service could not understand this request.",
    401: "Please sign in first.",
    403: "Your role may not open this page. If you need it, ask an administrator.",
    404: "There is no such page. The address may be mistyped, or what it showed is gone.",
    405: "This page cannot be used that way.",
    413: "That was more than the service accepts at once.",
    422: "Something in what was sent does not fit. Please go back and check it.",
    429: "That was too often in a short time. Please wait a little and try again.",
    500: "Something went wrong on our side. Nothing of what you entered was kept; please try again.",
    503: "The service is busy. Please try again in a moment.",
}


def create_app(rejoin: Rejoin, blueprints: Iterable[Blueprint] = ()) -> APIFlask:
    """The application with its pages and the given blueprints.

    The blueprints are spoken to by machines: they are exempt from the sign-in and from CSRF tokens, and see to their
    own authentication. Problems under /api/ and /webhooks/ are told as JSON, everywhere else as a page.
    """
    https = rejoin.settings.public_url.startswith("https://")
    app = APIFlask(
        "plugin.web", title="Rejoin", version="1", spec_path="/api/v1/openapi.json", docs_path=None, json_errors=False
    )
    app.extensions["rejoin"] = rejoin
    app.config.update(
        SEND_FILE_MAX_AGE_DEFAULT=3600,
        MAX_CONTENT_LENGTH=1_000_000,
        MAX_FORM_MEMORY_SIZE=100_000,
        # The token lives as long as the session: a client may think about a time for more than an hour.
        WTF_CSRF_TIME_LIMIT=None,
        # It would insist on a referrer, which our own policy keeps browsers from sending.
        WTF_CSRF_SSL_STRICT=False,
    )
    app.url_map.converters["number"] = _Number
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    header.guard(app, https)
    session.set_up(app, https)
    upload.guard(app)
    _guard_forms_and_doors(app, tuple(blueprints))
    staff = (board, appointment, tickets, approvals, makeups, tasks, messages, mailbox, admin, feed, override, links)
    for pages in (*staff, booking, catalogue, platform, review):
        app.register_blueprint(pages.pages)
    app.before_request(closed.refuse_prefetch)
    for pages in (answer, closed, join, notice, preference, work):  # of clients
        app.register_blueprint(pages.pages)
    for blueprint in blueprints:
        app.register_blueprint(blueprint)
    moment.teach(app)
    words.teach(app)
    app.context_processor(_page_context)
    _tell_problems(app)
    return app


class _Number(IntegerConverter):
    """A number in an address; one that no row can have is no address at all."""

    def __init__(self, url_map):
        super().__init__(url_map, max=current.LARGEST_ID - 1)


def _guard_forms_and_doors(app: APIFlask, machine: tuple[Blueprint, ...]) -> None:
    csrf = CSRFProtect()
    for blueprint in machine:
        csrf.exempt(blueprint)
    names = {blueprint.name for blueprint in machine} | {"openapi"}

    @app.before_request
    def door():
        return None if names & set(request.blueprints) else session.check_the_door()

    # After the door: who is not signed in is sent there, and not told about tokens.
    csrf.init_app(app)


# What stands in the bar at the top, for whoever may open it, and what waits there.
MENU = (
    ("board.day", "Today", ()),
    ("ticket.queue", "Tickets", ("tickets",)),
    ("approval.queue", "Approvals", ("approvals",)),
    ("task.queue", "Tasks", ("tasks-coordinator", "tasks-clinician")),
    ("messages.previews", "Messages", ()),
    ("review.queue", "Make-up", ("makeups",)),
    ("mailbox.letters", "Mailbox", ()),
    ("feed.show", "Feed", ()),
    ("admin.dead_letters", "Failed", ("dead",)),
    ("admin.audit_log", "Audit log", ()),
    ("admin.accounts", "Accounts", ()),
)


def _page_context() -> dict:
    signed_in = bool(current_user) and current_user.is_authenticated
    role = current_user.member.role if signed_in else None
    settings = current.rejoin().settings
    return {
        "contact_phone": settings.contact_phone,
        "contact_email": settings.contact_email,
        "may_open": lambda endpoint: access.may_open(role, endpoint),
        "menu": lambda: _menu(role),
        "sees_names": role in access.SEES_NAMES,
        "blind_now": feed.blind_now,
    }


def _menu(role: StaffRole) -> list[tuple[str, str, int]]:
    parts = current.rejoin()
    with parts.db.read() as tx:
        waiting = storage_board.waiting_for_people(tx)
    if role is StaffRole.CLINICIAN:  # theirs alone are shown, so the number of all would not fit
        waiting = {}
    elif role is not StaffRole.ADMIN:  # nor would the clinicians' for anybody but an administrator
        waiting.pop("tasks-clinician", None)
    return [
        (endpoint, label, sum(waiting.get(queue, 0) for queue in queues))
        for endpoint, label, queues in MENU
        if access.may_open(role, endpoint) and (endpoint != "mailbox.letters" or not parts.settings.smtp_url)
    ]


def _tell_problems(app: APIFlask) -> None:
    @app.errorhandler(HTTPException)
    def tell(problem: HTTPException):
        original = getattr(problem, "original_exception", None)
        if original is not None:
            _log_failure(original)
        if request.path.startswith(MACHINE_PATHS):
            return app.error_callback(HTTPError(problem.code or 500, message=problem.name))
        if problem.response is not None or (problem.code or 500) < 400:
            return problem
        sentence = SENTENCES.get(problem.code or 500, SENTENCES[400])
        if isinstance(problem, CSRFError):
            sentence = "This page was open for too long, or cookies are switched off. Go back, reload it and try again."
        if closed.is_clients():
            page = closed.went_wrong(problem.code or 500)
        else:
            page = render_template("problem.html", sentence=sentence, title=problem.name)
        return page, problem.code, [(k, v) for k, v in problem.get_headers() if k == "Allow"]

    # The default log line has the path, and the path of a client's page opens it.
    app.log_exception = lambda _info: None
    app.errorhandler(InternalServerError)(tell)


def _log_failure(error: BaseException) -> None:
    """One line that says where it went wrong, without the path and the message: they may hold secrets and names."""
    frames = traceback.extract_tb(error.__traceback__)
    where = [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames[-6:]]
    rule = request.url_rule.rule if request.url_rule else None
    log.error("page-failed", route=rule, method=request.method, error=type(error).__name__, where=where)
