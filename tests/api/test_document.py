"""The OpenAPI document says what the API really does."""

from __future__ import annotations

import re
from datetime import timedelta

import jsonschema
import pytest
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

from plugin.api.appointment import EXAMPLE
from plugin.core.action import Action, ActionKind, Purpose
from plugin.core.appointment import Role
from plugin.core.assessment import Assessment, Cause, Confidence, Finding, Flag, Outcome, Presence, Stretch
from plugin.core.result import as_result
from plugin.storage import assessment as assessments
from plugin.storage.api_token import Scope
from plugin.storage.tables import offer, ticket

DOCUMENT = "urn:rejoin"


@pytest.fixture
def rejoin(rejoin_on_sqlite):
    return rejoin_on_sqlite


@pytest.fixture
def document(stranger) -> dict:
    answer = stranger.get("/openapi.json")
    assert answer.status_code == 200
    return answer.json


@pytest.fixture
def fits(document):
    """Says whether an answer is what the document promises of this operation."""
    registry = Registry().with_resource(DOCUMENT, Resource(document, DRAFT202012))

    def check(path: str, method: str, answer) -> None:
        promised = document["paths"][f"/api/v1{path}"][method]["responses"][str(answer.status_code)]
        schema = promised["content"][answer.mimetype]["schema"]
        full = {"$ref": DOCUMENT + schema["$ref"]}
        validator = jsonschema.Draft202012Validator(full, registry=registry, format_checker=jsonschema.FormatChecker())
        validator.validate(answer.json)
        properties = document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]["properties"]
        assert answer.json.keys() <= properties.keys()

    return check


def operations(document: dict) -> list[tuple[str, str, dict]]:
    return [(path, method, said) for path, methods in document["paths"].items() for method, said in methods.items()]


def test_every_route_of_the_api_is_in_the_document_and_nothing_else(document, api_app) -> None:
    served = {
        (re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule), method.lower())
        for rule in api_app.url_map.iter_rules()
        if rule.endpoint.startswith("api.")
        for method in rule.methods - {"HEAD", "OPTIONS"}
    }
    assert served == {(path, method) for path, method, _ in operations(document)}


def test_every_operation_names_its_scope_its_problems_and_itself(document) -> None:
    names = set()
    for _path, _method, said in operations(document):
        ((scheme, scopes),) = said["security"][0].items()
        assert document["components"]["securitySchemes"][scheme] | {"description": ""} == {
            "type": "http",
            "scheme": "bearer",
            "description": "",
        }
        assert {Scope(scope) for scope in scopes}
        assert said["responses"].keys() >= {"200", "401", "403"}
        assert said["summary"].endswith(".")
        names.add(said["operationId"])
    assert len(names) == len(operations(document))


def test_every_reference_of_the_document_leads_somewhere(document) -> None:
    schemas = document["components"]["schemas"]
    for name in re.findall(r"#/components/schemas/([\w.]+)", str(document)):
        assert name in schemas
        assert "." not in name
    for schema in schemas.values():
        jsonschema.Draft202012Validator.check_schema(schema)


def test_example_of_the_document_is_accepted_by_its_schema_and_by_the_service(document, program, fits) -> None:
    body = document["paths"]["/api/v1/appointments/{appointment_id}"]["put"]["requestBody"]
    example = body["content"]["application/json"]["example"]
    assert example == EXAMPLE
    registry = Registry().with_resource(DOCUMENT, Resource(document, DRAFT202012))
    schema = {"$ref": f"{DOCUMENT}#/components/schemas/AppointmentPut"}
    jsonschema.Draft202012Validator(schema, registry=registry).validate(example)
    for status in (201, 200):
        answer = program(name=f"feed {status}").put("A1")
        assert answer.status_code == status
        fits("/appointments/{appointment_id}", "put", answer)


def test_answers_about_the_roster_are_what_the_document_promises(program, stranger, fits) -> None:
    feed = program()
    feed.put("A1")
    window = {"from": "2026-03-01T00:00:00Z", "to": "2026-04-01T00:00:00Z"}
    fits("/appointments", "get", feed.get("/appointments", **window))
    fits("/appointments", "get", feed.get("/appointments"))
    fits("/appointments", "get", stranger.get("/appointments"))
    fits("/appointments/{appointment_id}", "get", feed.get("/appointments/A1"))
    fits("/appointments/{appointment_id}", "get", feed.get("/appointments/none"))
    fits("/appointments/{appointment_id}", "put", feed.put("A1", kind="lecture"))
    fits("/appointments/{appointment_id}", "put", program(Scope.ROSTER_READ).put("A1"))


def test_verdicts_are_the_results_of_the_contract_with_their_revision(program, rejoin, fits) -> None:
    program().put("A1")
    now = rejoin.clock.now()
    verdict = Assessment(
        appointment_id="A1", participant_id="C-017", role=Role.CLIENT, outcome=Outcome.PARTIAL, cause=Cause.TECHNICAL,
        flags=(Flag.DROPPED,), confidence=Confidence.HIGH, final=True, held_minutes=50.0, attended_minutes=12.5,
        waited_minutes=0.5, lost_minutes=37.0, arrived_at=now, joined_at=now, left_at=now + timedelta(minutes=12.5),
        stretches=(Stretch(Presence.PRESENT, now, now + timedelta(minutes=12.5), True),),
        findings=(Finding("dropped", True, "The connection ended with a network error.", (3, 5)),),
    )  # fmt: skip
    actions = (
        Action(ActionKind.TICKET, "A1", "C-017", False, "Technical.", incident=True, participants=("C-017", "C-018")),
        Action(ActionKind.MESSAGE, "A1", "C-017", False, "Neutral note.", purpose=Purpose.MISSED),
        Action(ActionKind.RESCHEDULE, "A1", "C-017", True, "More than half was lost."),
    )
    result = as_result(verdict, actions)
    with rejoin.db.begin() as tx:
        for revision, trigger in enumerate(("deadline", "delivery"), 1):
            changes = assessments.Changes(replaced=[row.id for row in assessments.current(tx, "A1").values()])
            changes.revise(verdict, result, revision, "test", now, {}, trigger, {}, [])
            changes.write(tx)
    answer = program(Scope.ASSESSMENTS_READ).get("/appointments/A1/assessments")
    fits("/appointments/{appointment_id}/assessments", "get", answer)
    (told,) = answer.json["assessments"]
    assert told["revision"] == 2
    assert {name: told[name] for name in result.keys() - {"actions"}} == {
        n: v for n, v in result.items() if n != "actions"
    }
    for action, promised in zip(told["actions"], result["actions"], strict=True):
        assert action.items() >= promised.items()


def test_verdicts_come_in_the_order_of_the_roster_and_none_before_the_first_deadline(program, fits) -> None:
    feed = program()
    feed.put("A1")
    answer = feed.get("/appointments/A1/assessments")
    fits("/appointments/{appointment_id}/assessments", "get", answer)
    assert answer.json == {"assessments": []}
    missing = feed.get("/appointments/A2/assessments")
    fits("/appointments/{appointment_id}/assessments", "get", missing)
    assert missing.json["detail"] == "There is no appointment with this id."


def test_tickets_are_listed_and_read(program, rejoin, fits) -> None:
    now = rejoin.clock.now()
    with rejoin.db.begin() as tx:
        for number, state in ((1, "open"), (2, "resolved"), (3, "open")):
            tx.execute(
                ticket.insert().values(
                    key=f"ticket/A{number}/C-1", appointment_id=f"A{number}", incident=False, participants=["C-1"],
                    summary="Dropped for good", seen=["A network error."], suggestion="Ask about the network.",
                    state=state, version=1, opened_at=now, updated_at=now,
                )
            )  # fmt: skip
    desk = program(Scope.TICKETS_READ)
    first = desk.get("/tickets", state="open", limit=1)
    fits("/tickets", "get", first)
    assert [one["appointment_id"] for one in first.json["tickets"]] == ["A1"]
    rest = desk.get("/tickets", state="open", limit=1, after=first.json["next"])
    assert [one["appointment_id"] for one in rest.json["tickets"]] == ["A3"]
    assert rest.json["next"] is None
    assert [one["state"] for one in desk.get("/tickets", appointment_id="A2").json["tickets"]] == ["resolved"]
    fits("/tickets/{ticket_id}", "get", desk.get(f"/tickets/{first.json['tickets'][0]['id']}"))
    fits("/tickets/{ticket_id}", "get", desk.get("/tickets/99999999999999999999999"))
    fits("/tickets", "get", desk.get("/tickets", state="lost"))
    with rejoin.db.begin() as tx:
        tx.execute(ticket.update().where(ticket.c.appointment_id == "A2").values(state="attached", part_of=1))
        tx.execute(ticket.update().where(ticket.c.id == 1).values(state="resolved", code="confirmed-technical"))
    attached = desk.get("/tickets", state="attached")
    fits("/tickets", "get", attached)
    assert [one["part_of"] for one in attached.json["tickets"]] == [1]
    assert desk.get("/tickets/1").json["code"] == "confirmed-technical"


def test_offers_are_listed_and_read(program, rejoin, fits) -> None:
    now = rejoin.clock.now()
    slots = [
        {"starts_at": now.isoformat(), "ends_at": (now + timedelta(hours=1)).isoformat(), "because": "Same weekday."}
    ]
    with rejoin.db.begin() as tx:
        for number, state in ((1, "proposed"), (2, "accepted")):
            tx.execute(
                offer.insert().values(
                    action_key=f"reschedule/A{number}/C-1", appointment_id=f"A{number}", participant_id="C-1",
                    clinician_id="S-1", state=state, slots=slots, version=1, created_at=now, updated_at=now,
                    chosen=0 if state == "accepted" else None,
                )
            )  # fmt: skip
    desk = program(Scope.OFFERS_READ)
    answer = desk.get("/offers")
    fits("/offers", "get", answer)
    assert [one["state"] for one in answer.json["offers"]] == ["proposed", "accepted"]
    fits("/offers/{offer_id}", "get", desk.get("/offers/2"))
    fits("/offers/{offer_id}", "get", desk.get("/offers/3"))
    assert desk.get("/offers", state="accepted").json["offers"][0]["chosen"] == 0


def test_why_an_offer_was_declined_is_for_those_who_may_know_the_person(program, rejoin) -> None:
    now = rejoin.clock.now()
    with rejoin.db.begin() as tx:
        tx.execute(
            offer.insert().values(
                action_key="reschedule/A1/C-1", appointment_id="A1", participant_id="C-1", clinician_id="S-1",
                state="declined", reason="Their mother rang: they are in hospital.", slots=[], version=2,
                created_at=now, updated_at=now,
            )
        )  # fmt: skip
    for scopes, told in (
        ((Scope.OFFERS_READ,), None),
        ((Scope.OFFERS_READ, Scope.ROSTER_READ), "Their mother rang: they are in hospital."),
    ):
        someone = program(*scopes)
        assert someone.get("/offers/1").json["reason"] == told
        assert [one["reason"] for one in someone.get("/offers").json["offers"]] == [told]


def test_document_does_not_remember_by_which_name_it_was_asked_for(api_app) -> None:
    asked = api_app.test_client().get("/api/v1/openapi.json", headers={"Host": "attacker.example"})
    assert asked.json["servers"] == [{"url": "https://rejoin.invalid"}]
