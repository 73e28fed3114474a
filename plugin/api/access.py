"""Who may use the API: a bearer token, and the scope that each operation needs."""

from __future__ import annotations

from collections.abc import Callable

from apiflask import HTTPError, HTTPTokenAuth
from flask import Response, current_app, request

from plugin.api import problem
from plugin.api.blueprint import api, parts
from plugin.storage import api_token
from plugin.storage.api_token import ApiToken, Scope

auth = HTTPTokenAuth(description="A token made by `rejoin token add NAME --scope …`.")


def needs(scope: Scope) -> Callable:
    """Let a program in only with a token that has this scope: 401 without a token, 403 without the scope."""
    return api.auth_required(auth, roles=[scope.value])


@auth.verify_token
def _known(token: str) -> ApiToken | None:
    if not token:
        return None
    with parts().db.read() as tx:
        return api_token.find(tx, token)


@auth.get_user_roles
def _scopes(token: ApiToken) -> list[str]:
    return [scope.value for scope in token.scopes]


@auth.error_processor
def _refused(error: HTTPError) -> Response:
    if error.status_code != 403:
        return problem.as_response(error)
    needed = current_app.view_functions[request.endpoint]._spec["roles"]
    sentence = f"This token lacks the scope {' or '.join(needed)}; `rejoin token add` makes one that has it."
    return problem.as_response(problem.refuse(403, sentence))
