"""The client's page behind a signed link: phone first, plain words, their own language and zone, no account.

Opening a page changes nothing, since machines that scan mail open links too; only a button does. A link that no longer
works leads to a page that helps.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from flask import Blueprint, abort, redirect, render_template, request, url_for

from plugin.core import trouble
from plugin.core.asked_time import NoSuchTime, TimeProblem, read_time
from plugin.core.slot import PARTS
from plugin.core.standing import Choice
from plugin.service import answering, grants, picking
from plugin.service.grants import ANSWER, TAPS, Grant, GrantProblem
from plugin.service.refusal import Conflict, Refused
from plugin.storage import board
from plugin.storage.database import Transaction
from plugin.web.client_view import ClientView, client_view, client_zone, speech
from plugin.web.closed import closed, told_problem
from plugin.web.current import change, now, rejoin, said, said_number

pages = Blueprint("answer", __name__)

THANKED = ("trouble", "details", "there", "cannot", "gone", "again", "meanwhile")
UNCLEAR = "unclear"
"""They asked for another time and named none."""
ALL_GONE = "all-gone"
"""The time that they wanted is no longer free, and there is no other one to pick."""
AT_THE_CLOCK = (TimeProblem.SKIPPED, TimeProblem.TWICE)
"""What is wrong then is the time, not the day."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What stands in the form for another time: as they left it, with what is wrong about it."""

    days: tuple[str, ...] = ()
    parts: tuple[str, ...] = ()
    on: str = ""
    at: str = ""
    problem: str = ""

    @classmethod
    def from_form(cls) -> Asked:
        """As it was sent, bounded."""
        days, parts = (tuple(word[:10] for word in request.form.getlist(name)[:10]) for name in ("day", "part"))
        return cls(days, parts, said("on", 40), said("at", 40))

    @property
    def wrong(self) -> str:
        """The field at which it is said, and where the page begins: `day`, `on` or `at`; blank when nothing is."""
        if self.problem in ("", UNCLEAR):
            return "day" if self.problem else ""
        lacks_time = self.problem == TimeProblem.UNREADABLE and self.on and not self.at
        return "at" if self.problem in AT_THE_CLOCK or lacks_time else "on"


@pages.get("/a/<token>")
def show(token: str):
    """The page behind the link."""
    told = request.args.get("said", "")
    return _page(token, told if told in THANKED else "", Asked())


def _page(token: str, told: str, asked: Asked):
    """The page, with what is to be said on top of it, and a form as it was left."""
    with rejoin().db.read() as tx:
        try:
            grant = grants.open_grant(tx, rejoin(), token, ANSWER, now())
        except GrantProblem as problem:
            return told_problem(tx, problem, token)
        view = client_view(tx, grant, now())
    if view is None:
        return told_nothing()
    page = render_template(
        "answer.html",
        token=token,
        view=view,
        t=view.t,
        said=ALL_GONE if told == "gone" and not view.slots else told,
        asked=asked,
        questions=trouble.QUESTIONS,
        may_ask_again=grant.offer_id is not None and view.choice is Choice.EXPIRED,
    )
    return page, 422 if asked.problem else 200


@pages.get("/a/<token>/<tap>")
def tap(token: str, tap: str):
    """A page with one button, for the answer that a link in a message names; only the button gives it."""
    if tap not in TAPS:
        abort(404)
    with rejoin().db.read() as tx:
        try:
            grant = grants.open_grant(tx, rejoin(), token, ANSWER, now())
        except GrantProblem as problem:
            return told_problem(tx, problem, token)
        view = client_view(tx, grant, now())
    if view is None:
        return told_nothing()
    if not _fits(tap, view):
        return redirect(url_for("answer.show", token=token, said="meanwhile"))
    return render_template("tap.html", token=token, view=view, t=view.t, tap=tap)


@pages.post("/a/<token>")
def give(token: str):
    """Take the client's answer: a time, other times, none, trouble, that they were there, or cannot come.

    A day or time that cannot be asked for stands in the form again, with what is wrong about it.
    """
    answer = request.form.get("answer", "")
    try:
        with change() as tx:
            told = _take(tx, grants.open_grant(tx, rejoin(), token, ANSWER, now()), answer)
    except GrantProblem:
        told = ""  # the page itself says why
    if told == UNCLEAR or told in set(TimeProblem):
        return _page(token, "", replace(Asked.from_form(), problem=told))
    return redirect(url_for("answer.show", token=token, said=told if told in THANKED else None), 303)


def _take(tx: Transaction, grant: Grant, answer: str) -> str:
    """Do what was answered; returns what to say about it."""
    try:
        if answer == "pick":
            picking.pick(tx, rejoin(), grant, said_number("slot"), now())
        elif answer == "none":
            picking.refuse(tx, rejoin(), grant, now())
        elif answer == "other":
            days = [int(day) for day in request.form.getlist("day") if day in "0123456" and len(day) == 1]
            parts = [part for part in request.form.getlist("part") if part in PARTS]
            at = _exact(tx, grant)
            if not (days or parts or at):
                return UNCLEAR
            picking.ask_for(tx, rejoin(), grant, days, parts, now(), at)
        elif answer == "again":
            answering.ask_again(tx, rejoin(), grant, now())
        elif answer == "details":
            answering.tell_details(tx, rejoin(), grant, request.form, now())
        elif answer in ("trouble", "there", "cannot"):
            answering.tell(tx, rejoin(), grant, answer, now())
    except NoSuchTime as nothing:
        return nothing.problem.value
    except (Conflict, Refused):
        return "gone" if answer == "pick" else "meanwhile"
    return answer


def _exact(tx: Transaction, grant: Grant) -> datetime | None:
    """The exact day and time that they ask for, as a clock where they are shows it; raises NoSuchTime."""
    day, clock = said("on", 40), said("at", 40)
    booking = board.booking(tx, grant.appointment_id, names=False)
    if booking is None or not (day or clock):
        return None
    return read_time(day, clock, client_zone(booking, booking.person(grant.participant_id)), now())


def _fits(tap: str, view: ClientView) -> bool:
    """Whether an answer still makes sense: nobody was there before it began, or cannot come when it is over."""
    if tap == "none":
        return bool(view.slots)
    if tap == "cannot":
        return view.phase in ("before", "running")
    return view.phase in ("running", "over")


def told_nothing():
    """The page when the session is not in the roster any more."""
    t = speech(None, None)
    return closed(t, t("closed.revoked"), [t("closed.revoked-why"), t("closed.help")]), 410
