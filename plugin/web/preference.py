"""The page on which somebody says what they want to get from us: behind a link in every message, without an account."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request, url_for

from plugin.core.message import Channel
from plugin.service import feedback, grants
from plugin.service.grants import Grant, GrantProblem
from plugin.service.reaching import ways_to
from plugin.storage import appointment as appointments
from plugin.storage import board
from plugin.storage import contact as contacts
from plugin.storage.database import Transaction
from plugin.web.client_view import speech
from plugin.web.closed import told_problem
from plugin.web.current import change, now, rejoin

pages = Blueprint("preference", __name__)


@pages.get("/p/<token>")
def show(token: str):
    """What is on and what is off; looking at it changes nothing."""
    with rejoin().db.read() as tx:
        try:
            return _page(tx, token, grants.open_grant(tx, rejoin(), token, grants.PREFERENCES, now()))
        except GrantProblem as problem:
            return told_problem(tx, problem, token)


@pages.post("/p/<token>/choose")
def choose(token: str):
    """Keep what they chose; the link goes on working, so that they can change their mind."""
    try:
        with change() as tx:
            grant = grants.open_grant(tx, rejoin(), token, grants.PREFERENCES, now())
            for channel in {way.channel for way in _ways(tx, grant)}:
                feedback.wish(tx, grant.participant_id, channel, channel.value in request.form.getlist("on"), now())
            rather = request.form.get("rather", "")
            if rather in tuple(Channel):
                contacts.prefers(tx, grant.participant_id, Channel(rather), now())
    except GrantProblem:
        return redirect(url_for("preference.show", token=token), 303)  # the page itself says why
    return redirect(url_for("preference.show", token=token, saved=1), 303)


def _page(tx: Transaction, token: str, grant: Grant):
    booking, person = board.booking(tx, grant.appointment_id, names=False), _person(tx, grant)
    wish, ways = contacts.wish_of(tx, grant.participant_id), _ways(tx, grant)
    blocked = {way.channel for way in ways if contacts.state_of(tx, way.channel, way.to).stopped}
    usual = wish.channel or (Channel(person.channel) if person and person.channel else Channel.EMAIL)
    return render_template(
        "preference.html",
        token=token,
        t=speech(booking, booking.person(grant.participant_id) if booking else None),
        channels=[way.channel.value for way in ways],
        on={way.channel.value for way in ways if way.channel not in wish.stopped},
        rather=usual.value,
        stopped_by_phone=Channel.SMS in blocked,
        saved=request.args.get("saved") == "1",
    )


def _person(tx: Transaction, grant: Grant):
    appointment = appointments.load(tx, grant.appointment_id)
    people = appointment.participants if appointment else ()
    return next((person for person in people if person.participant_id == grant.participant_id), None)


def _ways(tx: Transaction, grant: Grant):
    person = _person(tx, grant)
    return ways_to(rejoin(), person) if person else ()
