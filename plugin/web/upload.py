"""Files that people hand in or add: how much is let in, what is taken, and how one is given out again."""

from __future__ import annotations

from flask import Flask, Response, request

from plugin.core.makeup import KINDS, Attachment, attachment
from plugin.service.refusal import Refused
from plugin.web.current import rejoin

TAKES_FILES = frozenset({"work.give", "catalogue.save"})
ROOM = 200_000
"""For the other fields of a form that carries a file, in bytes."""


def guard(app: Flask) -> None:
    """Let the pages that take files have more than any other; must come before whatever reads the form."""

    @app.before_request
    def let_in():
        if request.endpoint in TAKES_FILES:
            request.max_content_length = rejoin().policy.makeup.file_bytes + ROOM


def sent_file(name: str) -> Attachment | None:
    """The file of a form, None when there is none; raises Refused for one that is not taken."""
    sent = request.files.get(name)
    if sent is None or not sent.filename:
        return None
    most = rejoin().policy.makeup.file_bytes
    try:
        taken = attachment(sent.filename, sent.stream.read(most + 1), most)
    finally:
        sent.close()
    if taken is None:
        raise Refused(f"That file cannot be taken: {kinds()} up to {most / 1_000_000:g} MB.")
    return taken


def kinds() -> str:
    """The kinds of file that are taken, as people call them."""
    return ", ".join(called for called, _ in KINDS.values())


def given_out(file: Attachment) -> Response:
    """A file to be saved: no browser shows it as a page of ours, whatever stands in it."""
    response = Response(file.content, content_type=file.kind)
    # The name is made of letters, digits, spaces, - and _ alone; what is not ASCII goes the long way (RFC 6266).
    response.headers.set("Content-Disposition", "attachment", filename=file.name)
    response.headers["Content-Security-Policy"] = "sandbox; default-src 'none'"
    return response
