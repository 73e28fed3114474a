"""A link that does not work (any more) leads to a page that helps: what became of it, and what to do next."""

from __future__ import annotations

from flask import Blueprint, render_template, request

from plugin.service import grants, linking
from plugin.service.grants import GrantProblem
from plugin.storage import board
from plugin.storage import offer as offers
from plugin.storage.database import Transaction
from plugin.web.client_view import speech
from plugin.web.current import change, now, rejoin
from plugin.web.phrase import Phrases
from plugin.web.upload import kinds

pages = Blueprint("fresh", __name__)

OF_CLIENTS = ("answer", "fresh", "join", "notice", "preference", "work")
"""The pages that a client's link opens."""
ADDRESSES = ("/a", "/fresh", "/j", "/m", "/n", "/p")
"""How the addresses of these pages begin."""

CAN_BE_RENEWED = ("expired", "used")
STATUS = {"used": 200}
"""A link that was used did what it was for; the others are gone (410)."""


def told_problem(tx: Transaction, problem: GrantProblem, token: str):
    """The page about a link that does not work; `token` is what the client holds."""
    grant = problem.grant
    booking = board.booking(tx, grant.appointment_id, names=False) if grant else None
    t = speech(booking, booking.person(grant.participant_id) if booking else None)
    sentences = [_became(tx, t, problem) or t(f"closed.{problem.kind}-why"), t("closed.help")]
    page = closed(t, t(f"closed.{problem.kind}"), sentences, token if problem.kind in CAN_BE_RENEWED else "")
    return page, STATUS.get(problem.kind, 410)


def closed(t: Phrases, heading: str, sentences: list[str], token: str = "", tips: bool = False) -> str:
    """A page with nothing to answer; with a token it offers to send a fresh link in its place."""
    return render_template("closed.html", t=t, heading=heading, sentences=sentences, token=token, show_tips=tips)


def _became(tx: Transaction, t: Phrases, problem: GrantProblem) -> str:
    """What a choice led to, for a link that was used for one; "" for any other."""
    grant = problem.grant
    offer = offers.load(tx, grant.offer_id) if problem.kind == "used" and grant and grant.offer_id else None
    if offer is None:
        return ""
    if offer.state == offers.ACCEPTED and offer.chosen is not None:
        return t("next.accepted", time=t.moment(offers.slots_of(offer)[offer.chosen].starts_at))
    if offer.state == offers.REFUSED:
        return t("next.refused")
    return t("next.asked") if offer.wish else ""


@pages.get("/fresh/<token>")
def show(token: str):
    """The page that asks whether a new link should be sent; looking at it sends nothing."""
    with rejoin().db.read() as tx:
        try:
            grant, problem = grants.identify(tx, rejoin(), token, now())
        except GrantProblem as invalid:
            return told_problem(tx, invalid, token)
        return told_problem(tx, GrantProblem(problem or "expired", grant), token)


@pages.post("/fresh/<token>")
def ask(token: str):
    """Send a new link to the address on record; the page says the same whether there is one or not."""
    with change() as tx:
        linking.ask_fresh(tx, rejoin(), token, now())
    t = _speech_behind(token)
    return closed(t, t("closed.fresh-sent"), [t("closed.fresh-sent-why")])


def is_clients() -> bool:
    """Whether a client asks: one of their pages, or an address that began as one and was broken in the middle."""
    begun = f"{request.path}/".startswith(tuple(f"{begin}/" for begin in ADDRESSES))
    return request.blueprint in OF_CLIENTS or (request.endpoint is None and begun)


def went_wrong(code: int) -> str:
    """What a client reads when a request cannot be answered, for the reason that this HTTP status names."""
    if request.endpoint is None and code == 404:
        t = speech(None, None)
        return closed(t, t("closed.invalid"), [t("closed.invalid-why"), t("closed.help")])
    t = speech(None, None) if code >= 500 else _speech_behind((request.view_args or {}).get("token", ""))
    size = t.size(rejoin().policy.makeup.file_bytes)
    why = [t("thanks.file", types=kinds(), size=size)] if code == 413 else []
    return closed(t, t("problem.title"), [*why, t("problem.again")])


def _speech_behind(token: str) -> Phrases:
    """How somebody reads who holds this link; of one that nobody signed only the browser tells."""
    with rejoin().db.read() as tx:
        try:
            grant, _ = grants.identify(tx, rejoin(), token, now())
        except GrantProblem:
            return speech(None, None)
        booking = board.booking(tx, grant.appointment_id, names=False)
        return speech(booking, booking.person(grant.participant_id) if booking else None)


def refuse_prefetch():
    """Of a client's page a browser or a scanner that fetches ahead gets nothing: nobody has asked for the page yet.

    The real visit comes again without these headers. 503 is not kept for later by anybody.
    """
    if request.blueprint not in OF_CLIENTS:
        return None
    ahead = " ".join(request.headers.get(name, "") for name in ("Sec-Purpose", "Purpose", "X-Purpose", "X-Moz"))
    if any(word in ahead.lower() for word in ("prefetch", "prerender", "preview")):
        return "", 503, {"Retry-After": "1"}
    return None
