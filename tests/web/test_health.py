"""Whether the service lives and can work, and its figures for machines nearby."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from apiflask import APIFlask

from plugin.ports.queue import WorkKind
from plugin.service import bounces
from plugin.storage import action, delivery
from plugin.web import health
from tests.people.test_bounce import CANARY, report


@pytest.fixture
def client(rejoin_on_sqlite):
    app = APIFlask("test-health")
    app.extensions["rejoin"] = rejoin_on_sqlite
    app.register_blueprint(health.pages)
    return app.test_client()


def test_lives_and_is_ready(client, rejoin_on_sqlite):
    assert client.get("/healthz").get_json() == {"alive": True}
    answer = client.get("/readyz")
    assert answer.status_code == 200
    nothing = dict.fromkeys((kind.value for kind in WorkKind), 0)
    assert answer.get_json() == {"ready": True, "unread_deliveries": 0, "due_work": nothing}


def test_backlog_is_told(client, rejoin_on_sqlite):
    now = rejoin_on_sqlite.clock.now()
    with rejoin_on_sqlite.db.begin() as tx:
        delivery.store(tx, b"{}", now)
        rejoin_on_sqlite.queue.request(tx, WorkKind.JUDGE, "A1", now)
        rejoin_on_sqlite.queue.request(tx, WorkKind.JUDGE, "A2", now + timedelta(hours=1))
    told = client.get("/readyz").get_json()
    due = dict.fromkeys((kind.value for kind in WorkKind), 0) | {"judge": 1}
    assert (told["unread_deliveries"], told["due_work"]) == (1, due)


def test_not_ready_while_the_tables_are_old(client, rejoin_on_sqlite):
    with rejoin_on_sqlite.db.begin() as tx:
        tx.connection.exec_driver_sql("DELETE FROM alembic_version")
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert "migration" in answer.get_json()["because"]


def test_figures_for_a_machine_of_this_network(client, rejoin_on_sqlite):
    with rejoin_on_sqlite.db.begin() as tx:
        delivery.store(tx, b"{}", rejoin_on_sqlite.clock.now())
    text = client.get("/metrics").get_data(as_text=True)
    assert "rejoin_deliveries_unread 1.0" in text
    assert "rejoin_verdict_delay_seconds_bucket" in text


@pytest.mark.parametrize(("put_off", "age"), [(False, 3600.0), (True, 0.0)])
def test_message_that_waits_for_the_end_of_quiet_hours_is_not_late(client, rejoin_on_sqlite, put_off, age):
    rejoin = rejoin_on_sqlite
    then = rejoin.clock.now() - timedelta(hours=1)
    with rejoin.db.begin() as tx:
        row = action.add_row(
            tx, key="message/A1/C-1/missed", kind="message", purpose="missed", appointment_id="A1",
            participant_id="C-1", because="Did not come.", state=action.QUEUED, now=then,
        )  # fmt: skip
        rejoin.queue.request(tx, WorkKind.ACT, str(row.id), then + timedelta(hours=9) if put_off else then)
        if put_off:
            action.mark_queued(tx, row.id, "quiet hours", then)
    text = client.get("/metrics").get_data(as_text=True)
    assert float(re.search(r'rejoin_outbox_age_seconds{kind="message"} ([\d.]+)', text)[1]) == pytest.approx(
        age, abs=60
    )


@pytest.mark.parametrize("headers", [{"X-Forwarded-For": "127.0.0.1"}, {"Forwarded": "for=10.0.0.1"}])
def test_no_figures_through_a_proxy(client, headers):
    assert client.get("/metrics", headers=headers).status_code == 403


def test_no_figures_for_strangers(client):
    assert client.get("/metrics", environ_base={"REMOTE_ADDR": "8.8.8.8"}).status_code == 403


def test_what_came_back_is_counted_by_kind_and_says_nothing_of_anybody(client, rejoin_on_sqlite):
    for raw in (report(), report(), b"Subject: hello", None):
        bounces.take(rejoin_on_sqlite, raw)
    text = client.get("/metrics").get_data(as_text=True)
    for line in (
        'rejoin_bounces_total{kind="foreign-letter"} 2.0', 'rejoin_bounces_total{kind="not-a-report"} 1.0',
        'rejoin_bounces_total{kind="unreadable"} 1.0', 'rejoin_bounces_total{kind="bounced"} 0.0',
    ):  # fmt: skip
        assert line in text
    assert "alice" not in text
    assert CANARY not in text
