"""One click in a mail program: `POST /p/TOKEN`, from machines, without a page in between (RFC 8058).

Looking at the same address shows the page on which a person decides by themselves; `plugin/web/preference.py`.
"""

from __future__ import annotations

from flask import Blueprint, Response, request

from plugin.service import feedback, grants
from plugin.service.grants import GrantProblem
from plugin.service.rejoin import Rejoin

FIELD, CLICK = "List-Unsubscribe", "One-Click"


def unsubscribe(rejoin: Rejoin) -> Blueprint:
    """The door for mail programs as a blueprint; the signed link is all that it asks for."""
    blueprint = Blueprint("unsubscribe", __name__)

    @blueprint.post("/p/<token>")
    def click(token: str) -> Response:
        """Stop all mail to the person behind the link; doing it twice is harmless."""
        if request.form.get(FIELD) != CLICK:
            return Response(status=400)
        now = rejoin.clock.now()
        try:
            with rejoin.db.begin() as tx:
                feedback.unsubscribe(tx, grants.open_grant(tx, rejoin, token, grants.PREFERENCES, now), now)
        except GrantProblem as problem:
            return Response(status=410 if problem.kind == "expired" else 404)
        return Response(status=200)

    return blueprint
