"""Logs for machines: one JSON object a line on stderr, and nothing personal in it."""

from __future__ import annotations

import logging
import sys

import structlog

# Words under which a person could be named by mistake; their values never reach a log.
PERSONAL = frozenset(
    {"name", "email", "phone", "to", "title", "topic", "subject_line", "body", "address", "ip", "remote_addr", "url"}
)


def set_up(level: str = "INFO") -> None:
    """Send every log of the process, ours and the libraries', to stderr from this level on."""
    number = logging.getLevelNamesMapping()[level]
    shared = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        hide_personal,
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                without_traceback,
                structlog.processors.JSONRenderer(),
            ],
        )
    )
    take_down()
    root = logging.getLogger()
    root.addHandler(handler)
    root.setLevel(number)
    for chatty in ("procrastinate", "urllib3", "uvicorn", "alembic"):
        logging.getLogger(chatty).setLevel(max(number, logging.WARNING))


def take_down() -> None:
    """Stop writing; whatever else listens to the logs stays."""
    root = logging.getLogger()
    for handler in list(root.handlers):
        if isinstance(handler.formatter, structlog.stdlib.ProcessorFormatter):
            root.removeHandler(handler)


def hide_personal(_logger, _method: str, event: dict) -> dict:
    """A key that could hold something personal keeps its name and loses its value."""
    return {key: "(hidden)" if key in PERSONAL else value for key, value in event.items()}


def without_traceback(_logger, _method: str, event: dict) -> dict:
    """Of an exception only its type is kept: messages and arguments may quote what was being handled."""
    error = event.pop("exc_info", None)
    if isinstance(error, tuple):
        error = error[1]
    if error is True:
        error = sys.exc_info()[1]
    if isinstance(error, BaseException):
        event["error"] = type(error).__name__
    return event
