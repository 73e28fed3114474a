"""Telling us in advance that a session will be missed: one link, one button, and how to bridge the gap."""

from __future__ import annotations

from flask import Blueprint, render_template

from plugin.core.standing import Standing
from plugin.service import answering, grants
from plugin.service.grants import NOTICE, Grant, GrantProblem
from plugin.storage.database import Transaction
from plugin.web.answer import told_nothing
from plugin.web.client_view import client_view
from plugin.web.closed import closed, told_problem
from plugin.web.current import change, now, rejoin

pages = Blueprint("notice", __name__)


@pages.get("/n/<token>")
def show(token: str):
    """The question whether they cannot come; looking at it says nothing."""
    with rejoin().db.read() as tx:
        try:
            grant = grants.open_grant(tx, rejoin(), token, NOTICE, now())
        except GrantProblem as problem:
            return _told(tx, problem, token)
        view = client_view(tx, grant, now())
    if view is None or view.standing is Standing.CALLED_OFF:
        return told_nothing()
    return render_template("notice.html", token=token, view=view, t=view.t)


@pages.post("/n/<token>")
def give(token: str):
    """Take the notice; the same link then shows what to do until the next time."""
    with change() as tx:
        try:
            grant = grants.open_grant(tx, rejoin(), token, NOTICE, now())
            answering.give_notice(tx, rejoin(), grant, now())
        except GrantProblem as problem:
            return _told(tx, problem, token)
        return _thanks(tx, grant)


def _told(tx: Transaction, problem: GrantProblem, token: str):
    if problem.kind == "used" and problem.grant is not None:
        return _thanks(tx, problem.grant)
    return told_problem(tx, problem, token)


def _thanks(tx: Transaction, grant: Grant):
    view = client_view(tx, grant, now())
    if view is None:
        return told_nothing()
    t = view.t
    return closed(t, t("notice.done"), [t("told.noticed"), t("next.come-anyway")], tips=True)
