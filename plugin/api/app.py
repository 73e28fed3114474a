"""The API with all its operations, ready to be put into the application."""

from __future__ import annotations

from apiflask import HTTPError
from sqlalchemy.exc import OperationalError
from werkzeug.exceptions import HTTPException

from plugin.api import appointment, assessment, minutes, offer, platform, problem, ticket
from plugin.api.blueprint import api

__all__ = ["api", "appointment", "assessment", "minutes", "offer", "platform", "ticket"]


@api.errorhandler(HTTPException)
def _refused(error: HTTPException):
    return problem.as_response(HTTPError(error.code or 500))


@api.errorhandler(OperationalError)
def _busy(_error: OperationalError):
    return problem.as_response(problem.refuse(503, problem.SENTENCES[503], Retry_After="1"))


@api.errorhandler(RecursionError)
def _too_deep(_error: RecursionError):
    return problem.as_response(problem.refuse(400, "The body is nested too deeply."))
