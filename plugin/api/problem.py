"""How the API says that something is wrong: application/problem+json (RFC 9457) with a sentence."""

from __future__ import annotations

import re

from apiflask import HTTPError
from flask import Response, json
from pydantic import BaseModel, Field
from werkzeug.http import HTTP_STATUS_CODES

MEDIA_TYPE = "application/problem+json"
# APIFlask names a schema used inside of another one after both.
PREFIX_OF_A_SCHEMA = re.compile(r'("#/components/schemas/)[A-Za-z]+\.(?=[A-Za-z]+")')

SENTENCES = {
    400: "The body is not JSON.",
    401: "The request needs the header `Authorization: Bearer TOKEN` with a token that was issued and not revoked.",
    404: "There is nothing at this address.",
    405: "This address does not take that method.",
    413: "The body is larger than the service accepts.",
    422: "Something in the request does not fit; `errors` says where.",
    500: "Something went wrong on our side. It is in the log; nothing of the request was stored.",
    503: "The database is busy. Try again in a moment.",
}


class Misfit(BaseModel):
    """One value of a request that does not fit."""

    where: str = Field(description="The value's place, such as `participants.0.role`")
    what: str = Field(description="What is wrong with it")


class Problem(BaseModel):
    """What is wrong, as RFC 9457 has it."""

    type: str = Field("about:blank", description="Always about:blank: the status says which kind of problem it is")
    title: str = Field(description="The status in words")
    status: int
    detail: str = Field(description="A sentence for people")
    errors: list[Misfit] = Field([], description="Every value that does not fit")


def as_response(error: HTTPError) -> Response:
    """The answer for an error of the framework or of ours; a sentence of ours stands as it is."""
    title = HTTP_STATUS_CODES.get(error.status_code, "Error")
    # The framework's own messages are only the status in words, or say less than our sentence.
    own = isinstance(error, Refusal)
    sentence = error.message if own else SENTENCES.get(error.status_code, f"{title}.")
    errors = [
        Misfit(where=location if place == "_schema" else place, what=what.removeprefix("Value error, "))
        for location, places in (error.detail or {}).items()
        for place, told in places.items()
        for what in told
    ]
    problem = Problem(title=title, status=error.status_code, detail=sentence, errors=errors)
    body = json.dumps(problem.model_dump(exclude=None if errors else {"errors"}))
    return Response(body, error.status_code, dict(error.headers), mimetype=MEDIA_TYPE)


class Refusal(HTTPError):
    """A problem told in a sentence of our own."""


def refuse(status: int, sentence: str, **headers: str) -> Refusal:
    """The error to raise."""
    return Refusal(status, sentence, headers={name.replace("_", "-"): value for name, value in headers.items()})


def misfit(place: str, what: str) -> Refusal:
    """The error to raise for one value that does not fit (422)."""
    return Refusal(422, SENTENCES[422], detail={"path": {place: [what]}})


def document(spec: dict) -> dict:
    """Mend the OpenAPI document: how problems are told, and one name for a schema that several others use."""
    schema = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
    schemas = spec["components"]["schemas"] | schema.pop("$defs") | {"Problem": schema}
    spec["components"]["schemas"] = {
        name.rpartition(".")[2]: body for name, body in schemas.items() if name not in ("HTTPError", "ValidationError")
    }
    content = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    for operations in spec["paths"].values():
        for operation in operations.values():
            answers = operation["responses"]
            answers |= {
                "401": {"description": "No token, or one that is not known"},
                "403": {"description": "The token lacks the scope"},
                "503": {"description": "The database is busy"},
            }
            if "requestBody" in operation:
                operation["requestBody"]["required"] = True
                answers |= {"400": {"description": "No JSON"}, "413": {"description": "Too large"}}
            for status, answer in answers.items():
                if status >= "400":
                    answer["content"] = content
    return json.loads(PREFIX_OF_A_SCHEMA.sub(r"\1", json.dumps(spec)))
