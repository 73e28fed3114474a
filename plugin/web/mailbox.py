"""The local mailbox: what would have been sent, for a demonstration or before a mail server is configured."""

from __future__ import annotations

from flask import Blueprint, abort, render_template

from plugin.storage import board
from plugin.web.current import rejoin

pages = Blueprint("mailbox", __name__)


@pages.get("/mailbox")
def letters():
    """Every message in the local mailbox, the newest first."""
    _only_without_a_mail_server()
    with rejoin().db.read() as tx:
        return render_template("mailbox.html", letters=board.letters(tx))


@pages.get("/mailbox/<number:message_id>")
def letter(message_id: int):
    """One message as its reader would see it."""
    _only_without_a_mail_server()
    with rejoin().db.read() as tx:
        found = board.letter(tx, message_id)
    if found is None:
        abort(404)
    return render_template("letter.html", letter=found)


def _only_without_a_mail_server() -> None:
    # With a mail server messages hold links that act for the client; they are nobody else's to open.
    if rejoin().settings.smtp_url:
        abort(404)
