"""The client's page behind a signed link: phone first, plain words, times in the client's own zone, no account.

Opening the page never uses the link up; an answer does. A link that no longer works leads to a page that helps.
"""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request, url_for

from plugin.service import evidence, grants, offering
from plugin.service.grants import GrantProblem
from plugin.service.ticketing import Conflict, Refused
from plugin.storage import board
from plugin.storage import offer as offers
from plugin.storage.database import Transaction
from plugin.web.current import change, now, rejoin

pages = Blueprint("answer", __name__)

PURPOSE = "answer"
# What we saw, in words that say nothing about the kind of session and blame nobody.
TOLD = {
    "technical": "It looks as if your connection failed. That happens, and it does not count against you.",
    "provider": "It did not take place as planned. That was on our side, and we are sorry.",
    "absence": "We missed you there, and hope that all is well.",
    "excused": "Thank you for telling us in advance that you could not come.",
    "unknown": "We could not tell whether everything worked for you.",
    "none": "",
}
CLOSED = {
    "used": ("Thank you, we have your answer", "There is nothing more to do here."),
    "expired": ("This link has expired", "To protect you, our links work for some days only."),
    "revoked": ("This link is no longer needed", "What it was about has changed, or was settled another way."),
    "invalid": (
        "This link does not work",
        "It may have been cut off when it was copied. Please open it from the message again.",
    ),
}
HELP = "If you would like another time or have a question, please answer the message that brought you here, or call us."
THANKS = {
    "trouble": "Thank you for telling us. We have noted that you had technical trouble, and will look into it.",
    "there": "Thank you for telling us. We have noted that you were there, and a person will check it.",
    "taken": "Sorry, somebody else took that time a moment ago. Please pick another one.",
}
EVIDENCE = {"trouble": "rejoin.trouble_reported", "there": "rejoin.presence_claimed"}


@pages.get("/a/<token>")
def show(token: str):
    """The page behind the link; looking at it changes nothing."""
    try:
        with rejoin().db.read() as tx:
            grant = grants.open_grant(tx, rejoin(), token, PURPOSE, now())
            return _page(tx, token, grant)
    except GrantProblem as problem:
        return _closed(problem.kind)


@pages.post("/a/<token>")
def give(token: str):
    """Take the client's answer: a time, none of them, trouble, or that they were there."""
    answer = request.form.get("answer", "")
    try:
        with change() as tx:
            grant = grants.open_grant(tx, rejoin(), token, PURPOSE, now())
            if answer == "pick":
                offering.pick(tx, rejoin(), grant, request.form.get("slot", -1, type=int), now())
            elif answer == "none":
                offering.refuse(tx, rejoin(), grant, now())
            elif answer in EVIDENCE:
                name = EVIDENCE[answer]
                evidence.record(tx, rejoin(), name, grant.appointment_id, grant.participant_id, now())
    except GrantProblem as problem:
        return _closed(problem.kind)
    except (Conflict, Refused):
        answer = "taken"
    return redirect(url_for("answer.show", token=token, said=answer if answer in THANKS else None), 303)


def _page(tx: Transaction, token: str, grant):
    booking = board.booking(tx, grant.appointment_id, names=False)
    person = booking.person(grant.participant_id) if booking else None
    if person is None:
        return _closed("revoked")
    zone = client_zone(booking, person)
    offer = offers.load(tx, grant.offer_id) if grant.offer_id else None
    slots = _slots(offer, now()) if offer is not None and offer.state == "sent" else []
    result = person.verdict.result if person.verdict else {}
    outcome = result.get("outcome")
    return render_template(
        "answer.html",
        token=token,
        booking=booking,
        zone=zone,
        told=TOLD.get("excused" if outcome == "excused" else result.get("cause", "unknown"), ""),
        slots=slots,
        thanks=THANKS.get(request.args.get("said", "")),
    )
