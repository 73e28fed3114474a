"""The API as one blueprint, and what it tells the application that it is put into."""

from __future__ import annotations

from apiflask import APIBlueprint
from flask import current_app
from flask.blueprints import BlueprintSetupState

from plugin.api import problem
from plugin.service.rejoin import Rejoin

DESCRIPTION = """
The roster goes in (`PUT /appointments/{appointment_id}`), verdicts, tickets and offers come out.

Every request carries `Authorization: Bearer TOKEN`; a token is made by `rejoin token add NAME --scope …` and does what
its scopes say. People are named by the program's own codes; names and addresses are given back only with the scope
`roster:read`. Times are ISO 8601 with an offset, and UTC in answers. A problem is told as `application/problem+json`
(RFC 9457), with a sentence in `detail`. Lists are given a page at a time: pass `next` of one page as `after` of the
following request, until it is null.
"""

api = APIBlueprint("api", __name__, url_prefix="/api/v1", tag="API")


def parts() -> Rejoin:
    """The Rejoin that this application serves."""
    return current_app.extensions["rejoin"]


@api.record_once
def _tell_application(state: BlueprintSetupState) -> None:
    app = state.app
    app.error_callback = problem.as_response
    app.config.update(
        DESCRIPTION=DESCRIPTION.strip(),
        LICENSE={"name": "Apache-2.0", "identifier": "Apache-2.0"},
        TAGS=[{"name": "Roster"}, {"name": "Verdicts"}, {"name": "Tickets"}, {"name": "Platform"}, {"name": "Offers"}],
        # The document is made once; it must not remember by which name its first reader reached the service.
        AUTO_SERVERS=False,
        SERVERS=[{"url": app.extensions["rejoin"].settings.public_url}],
    )
    app.spec_callback = problem.document
