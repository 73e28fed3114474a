"""The client's page behind a signed link: phone first, plain words, times in the client's own zone, no account.

Opening the page never uses the link up; an answer does. A link that no longer works leads to a page that helps.
"""

from __future__ import annotations

from zoneinfo import ZoneInfo

from flask import Blueprint, redirect, render_template, request, url_for

from plugin.core import trouble
from plugin.core.appointment import Status
from plugin.service import answering, grants, offering
from plugin.service.grants import Grant, GrantProblem
from plugin.service.refusal import Conflict, Refused
from plugin.storage import appointment as appointments
from plugin.storage import board
from plugin.storage import offer as offers
from plugin.storage.board import Booking, Person
from plugin.storage.database import Transaction
from plugin.web import moment
from plugin.web.current import change, now, rejoin, said_number, staff_zone

pages = Blueprint("answer", __name__)

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
HELP = "If you would like another time or have a question, please answer the message you got, or call us."
THANKS = {
    "trouble": "Thank you for telling us. We have noted that you had technical trouble, and will look into it.",
    "details": "Thank you, that helps us to find out what went wrong.",
    "there": "Thank you for telling us. We have noted that you were there, and a person will check it.",
    "cannot": "Thank you for telling us. We have noted that you cannot come, and will be in touch.",
    "gone": "Sorry, that time is no longer free. Please pick another one.",
    "unclear": "Please choose a day or a time of day, so that we know what to look for.",
}

ANSWERED = {
    "accepted": "You picked {time}. The invitation comes in a message of its own.",
    "refused": "You told us that none of the times works for you. We will look for others and get in touch.",
    "proposed": "You asked for other times. We are looking for some, and will write to you.",
}


@pages.get("/a/<token>")
def show(token: str):
    """The page behind the link; looking at it changes nothing."""
    with rejoin().db.read() as tx:
        try:
            return _page(tx, token, grants.open_grant(tx, rejoin(), token, grants.ANSWER, now()))
        except GrantProblem as problem:
            return told_problem(tx, problem)


@pages.post("/a/<token>")
def give(token: str):
    """Take the client's answer: a time, other times, none, trouble, that they were there, or cannot come."""
    answer = request.form.get("answer", "")
    try:
        with change() as tx:
            said = _take(tx, grants.open_grant(tx, rejoin(), token, grants.ANSWER, now()), answer)
    except GrantProblem:
        said = ""  # the page itself says why
    return redirect(url_for("answer.show", token=token, said=said if said in THANKS else None), 303)


def _take(tx: Transaction, grant: Grant, answer: str) -> str:
    """Do what was answered; returns what to say about it."""
    try:
        if answer == "pick":
            offering.pick(tx, rejoin(), grant, said_number("slot"), now())
        elif answer == "none":
            offering.refuse(tx, rejoin(), grant, now())
        elif answer == "other":
            days = [int(day) for day in request.form.getlist("day") if day in "0123456" and len(day) == 1]
            offering.ask_for(tx, rejoin(), grant, days, request.form.getlist("part"), now())
        elif answer == "details":
            answering.tell_details(tx, rejoin(), grant, request.form, now())
        elif answer in ("trouble", "there", "cannot"):
            answering.tell(tx, rejoin(), grant, answer, now())
    except Conflict:
        return "gone"
    except Refused:
        return "unclear" if answer == "other" else "gone"
    return answer


def _page(tx: Transaction, token: str, grant: Grant):
    booking = board.booking(tx, grant.appointment_id, names=False)
    person = booking.person(grant.participant_id) if booking else None
    if booking is None or person is None or booking.status != Status.BOOKED:
        return _told(*CLOSED["revoked"], HELP), 410
    zone, present = client_zone(booking, person), now()
    offer = offers.load(tx, grant.offer_id) if grant.offer_id else None
    slots = list(enumerate(offers.slots_of(offer))) if offer is not None and offer.state == offers.SENT else []
    phase = "before" if present < booking.starts_at else "running" if present < booking.ends_at else "after"
    return render_template(
        "answer.html",
        token=token,
        booking=booking,
        zone=zone,
        phase=phase,
        can_join=phase != "after" and bool(appointments.join_url(tx, booking.appointment_id, grant.participant_id)),
        told=_what_we_saw(person, phase),
        slots=sorted((entry for entry in slots if entry[1].starts_at > present), key=lambda entry: entry[1].starts_at),
        said=request.args.get("said", ""),
        thanks=THANKS.get(request.args.get("said", "")),
        questions=trouble.QUESTIONS,
    )


def _what_we_saw(person: Person, phase: str) -> str:
    result = person.verdict.result if person.verdict else {}
    if phase != "after" or not result:
        return ""
    return TOLD.get("excused" if result["outcome"] == "excused" else result["cause"], "")


def told_problem(tx: Transaction, problem: GrantProblem):
    """A helpful page for a link that does not work (any more)."""
    heading, sentence = CLOSED[problem.kind]
    if problem.kind != "used":
        return _told(heading, sentence, HELP), 410
    grant = problem.grant
    offer = offers.load(tx, grant.offer_id) if grant and grant.offer_id else None
    booking = board.booking(tx, grant.appointment_id, names=False) if grant else None
    if offer is not None and booking is not None and offer.state in ANSWERED:
        zone = client_zone(booking, booking.person(grant.participant_id))
        at = offers.slots_of(offer)[offer.chosen].starts_at if offer.chosen is not None else None
        time = (
            f"{moment.friendly_day(at, zone)}, {moment.friendly_time(at, zone)}, {moment.zone_name(zone, at)}"
            if at
            else ""
        )
        sentence = ANSWERED[offer.state].format(time=time)
    return _told(heading, sentence, HELP), 200


def _told(heading: str, *sentences: str) -> str:
    return render_template("answer_closed.html", heading=heading, sentences=sentences)


def client_zone(booking: Booking, person: Person | None) -> ZoneInfo:
    """The zone in which this person reads times: their own, else the program's, else the staff's."""
    programs = moment.zone_of(booking.timezone, staff_zone())
    return moment.zone_of(person.timezone if person else "", programs)
