"""The client's page of make-up work behind its own link: what to do, and handing it in."""

from __future__ import annotations

from flask import Blueprint, abort, redirect, render_template, request, url_for
from sqlalchemy import Row

from plugin.core.makeup import OPEN
from plugin.service import grants, makeups
from plugin.service.grants import MAKEUP, GrantProblem
from plugin.service.refusal import Conflict, Refused
from plugin.storage import board
from plugin.storage import makeup as storage
from plugin.storage.database import Transaction
from plugin.web.client_view import speech
from plugin.web.closed import closed, told_problem
from plugin.web.current import change, now, rejoin, said
from plugin.web.upload import given_out, kinds, sent_file

pages = Blueprint("work", __name__)

LONGEST_ANSWER = 20_000
THANKED = ("handed-in", "empty", "file", "meanwhile")


@pages.get("/m/<token>")
def show(token: str, wrote: str = "", said_now: str = ""):
    """What to do, and how it stands; looking at it changes nothing."""
    with rejoin().db.read() as tx:
        try:
            row, booking, t = _found(tx, token)
        except GrantProblem as problem:
            return told_problem(tx, problem, token)
        if row is None or row.state == "withdrawn":
            return closed(t, t("closed.revoked"), [t("work.settled")]), 410
        item = storage.item(tx, row.item_id) if row.item_id is not None else None
        told = said_now or request.args.get("said", "")
        return render_template(
            "work.html",
            token=token,
            t=t,
            row=row,
            item=item,
            booking=booking,
            open=row.state in OPEN,
            note=storage.text_of(tx, row, "note"),
            review=storage.text_of(tx, row, "review"),
            wrote=wrote or storage.text_of(tx, row, "answer"),
            said=told if told in THANKED else "",
            types=kinds(),
            most=t.size(rejoin().policy.makeup.file_bytes),
        )


@pages.get("/m/<token>/file")
def file(token: str):
    """The file of the item."""
    with rejoin().db.read() as tx:
        try:
            row, _, _ = _found(tx, token)
        except GrantProblem as problem:
            return told_problem(tx, problem, token)
        found = storage.item_file(tx, row.item_id) if row is not None and row.item_id is not None else None
    if found is None:
        abort(404)
    return given_out(found)


@pages.post("/m/<token>")
def give(token: str):
    """Hand it in: an answer, a file, or only that it is done."""
    answer = said("text", LONGEST_ANSWER)
    try:
        handed = sent_file("file")
    except Refused:
        return show(token, answer, "file"), 422
    try:
        with change() as tx:
            grant = grants.open_grant(tx, rejoin(), token, MAKEUP, now())
            makeups.hand_in(tx, rejoin(), grant, answer, request.form.get("done") == "yes", handed, now())
            became = "handed-in"
    except GrantProblem:
        became = ""  # the page itself says why
    except Conflict:
        became = "meanwhile"
    except Refused:
        return show(token, answer, "empty"), 422
    return redirect(url_for("work.show", token=token, said=became or None), 303)


def _found(tx: Transaction, token: str) -> tuple[Row | None, board.Booking | None, object]:
    grant = grants.open_grant(tx, rejoin(), token, MAKEUP, now())
    booking = board.booking(tx, grant.appointment_id, names=False)
    t = speech(booking, booking.person(grant.participant_id) if booking else None)
    row = storage.of_person(tx, grant.appointment_id, grant.participant_id) if booking else None
    return row, booking, t
