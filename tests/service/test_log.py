"""Logs are for machines, and nothing personal is in them."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr

import structlog

from plugin.service import log


@contextmanager
def logged() -> Iterator[list[dict]]:
    """What is logged inside, each line read as JSON."""
    lines: list[dict] = []
    level = logging.getLogger().level
    with redirect_stderr(io.StringIO()) as said:
        log.set_up("INFO")
        yield lines
    log.take_down()
    logging.getLogger().setLevel(level)
    structlog.reset_defaults()
    lines += [json.loads(line) for line in said.getvalue().splitlines()]


def test_line_is_json_with_time_level_and_values():
    with logged() as lines:
        structlog.get_logger("rejoin.test").warning("delivery-unreadable", delivery=7)
    [line] = lines
    assert (line["event"], line["delivery"], line["level"]) == ("delivery-unreadable", 7, "warning")
    assert line["timestamp"].endswith("Z")


def test_value_under_a_personal_key_is_hidden():
    with logged() as lines:
        structlog.get_logger().error("oops", email="alice@example.org", name="Alice Appleyard", action=3)
    [line] = lines
    assert (line["email"], line["name"], line["action"]) == ("(hidden)", "(hidden)", 3)


def test_exception_of_a_library_keeps_its_type_and_loses_its_words():
    with logged() as lines:
        try:
            raise ValueError("Alice Appleyard <alice@example.org>")
        except ValueError:
            logging.getLogger("some.library").exception("it failed")
    [line] = lines
    assert line["error"] == "ValueError"
    assert "Alice" not in json.dumps(line)


def test_below_the_level_nothing_is_said():
    with logged() as lines:
        structlog.get_logger().info("quiet", number=1)
        structlog.get_logger().debug("quieter")
        logging.getLogger("uvicorn.access").info("GET /a/secret-token")
    assert [line["event"] for line in lines] == ["quiet"]
