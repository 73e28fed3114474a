"""Our own way into a meeting: opening it says that somebody tried to come, which is evidence.

Looking at the page changes nothing, for machines that scan mail open links too. The button counts; where a person has
the page before them in a browser that runs scripts, the page presses it by itself (`static/join.js`).
"""

from __future__ import annotations

from flask import Blueprint, render_template, request

from plugin.service import answering, grants
from plugin.service.grants import Grant, GrantProblem
from plugin.storage import appointment as appointments
from plugin.storage import board
from plugin.storage.database import Transaction
from plugin.web.client_view import speech
from plugin.web.closed import told_problem
from plugin.web.current import change, now, rejoin
from plugin.web.phrase import Phrases

pages = Blueprint("join", __name__)


@pages.get("/j/<token>")
def go(token: str):
    """The way into the meeting; the page sends the client on by itself where it can."""
    with rejoin().db.read() as tx:
        try:
            grant, url = _way(tx, token)
        except GrantProblem as problem:
            return told_problem(tx, problem, token)
        t = _speech(tx, grant)
    return render_template("join.html", token=token, known=bool(url), t=t)


@pages.post("/j/<token>")
def enter(token: str):
    """Note that they come, and send them on into the meeting."""
    with change() as tx:
        try:
            grant, url = _way(tx, token)
        except GrantProblem as problem:
            return told_problem(tx, problem, token)
        pressed = "by-page" if request.form.get("pressed") == "by-page" else "by-hand"
        answering.tell(tx, rejoin(), grant, "join", now(), pressed=pressed)
        t = _speech(tx, grant)
    # The address goes into the page and not into a redirect: forms of ours lead to pages of ours only.
    return render_template("joining.html", url=url, t=t)


def _speech(tx: Transaction, grant: Grant) -> Phrases:
    booking = board.booking(tx, grant.appointment_id, names=False)
    return speech(booking, booking.person(grant.participant_id) if booking else None)


def _way(tx: Transaction, token: str) -> tuple[Grant, str]:
    """The grant behind the link and the address of the meeting; a link of either purpose leads there."""
    try:
        grant = grants.open_grant(tx, rejoin(), token, grants.JOIN, now())
    except GrantProblem as problem:
        if problem.kind != "invalid":
            raise
        grant = grants.open_grant(tx, rejoin(), token, grants.ANSWER, now())
    return grant, appointments.join_url(tx, grant.appointment_id, grant.participant_id)
