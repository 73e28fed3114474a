"""What the document allows, and much that it forbids, is answered as the document says; `make fuzz` asks for longer."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings

from plugin.composition import build_app
from plugin.storage import api_token
from plugin.storage.api_token import Scope


@pytest.fixture
def rejoin(rejoin_on_sqlite):
    return rejoin_on_sqlite


@pytest.fixture
def document(rejoin):
    import schemathesis  # here, as it takes a second, in every process that runs tests

    app = build_app(rejoin)
    yield schemathesis.openapi.from_wsgi("/api/v1/openapi.json", app)
    app.extensions["inbox"].close()
    app.extensions["tally"].close()


@pytest.fixture
def token(rejoin) -> str:
    with rejoin.db.begin() as tx:
        return api_token.issue(tx, "schemathesis", Scope, rejoin.clock.now())


@pytest.mark.parametrize("mode", ["positive", "negative"], ids=["fitting", "unfitting"])
@pytest.mark.timeout(900)
def test_every_operation_keeps_to_its_document(document, token, mode):
    from schemathesis import GenerationMode

    tried = []
    for found in document.get_all_operations():
        operation = found.ok()
        _keep_to_the_document(operation.as_strategy(generation_mode=GenerationMode(mode)), token)
        tried.append(operation.label)
    assert len(tried) >= 5


def _keep_to_the_document(cases, token: str) -> None:
    from schemathesis.specs.openapi.checks import negative_data_rejection, positive_data_acceptance

    @settings(deadline=None, suppress_health_check=list(HealthCheck), max_examples=settings.default.max_examples // 5)
    @given(case=cases)
    def keeps(case):
        # That a text fits its description does not make it the `next` of a page, or a time that exists: 422 is right.
        # And what the document does not name (a query's other names, our own token taken away) is passed over.
        without = [positive_data_acceptance, negative_data_rejection]
        case.call_and_validate(headers={"Authorization": f"Bearer {token}"}, excluded_checks=without)

    keeps()
