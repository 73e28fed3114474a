"""The service as it is really run: `rejoin serve` (and `rejoin worker`), signed deliveries over HTTP, signals."""

from __future__ import annotations

import os
import signal
from datetime import UTC, datetime, timedelta

import pytest
import requests
from msgspec.structs import replace

from plugin.cli.serve import serve
from plugin.composition import build
from plugin.service.roster import put_appointment
from plugin.storage.database import Database
from tests.conftest import KEY, WEBHOOK_SECRET, make_settings
from tests.service.clinic import ALICE, DORA, appointment, joined, left
from tests.service.process import Service, until

pytestmark = pytest.mark.alone


def _an_hour_that_is_over(service: Service) -> datetime:
    """An appointment of this morning whose verdict is final as soon as somebody looks."""
    starts_at = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=4)
    rejoin = build(make_settings(service.database_url))
    one = replace(appointment(), starts_at=starts_at, ends_at=starts_at + timedelta(hours=1))
    with rejoin.db.begin() as tx:
        put_appointment(tx, rejoin, one, starts_at)
    rejoin.db.close()
    return starts_at


def _story(starts_at: datetime) -> list[dict]:
    ends_at = starts_at + timedelta(hours=1)
    return [
        joined(DORA, starts_at, begun=starts_at),
        joined(ALICE, starts_at, begun=starts_at),
        left(ALICE, ends_at, begun=starts_at),
        left(DORA, ends_at, begun=starts_at),
    ]


def test_delivery_over_http_becomes_a_verdict(service):
    starts_at = _an_hour_that_is_over(service)
    with service.running("serve"):
        assert [service.deliver(body) for body in _story(starts_at)] == [204] * 4
        until(lambda: (service.verdict() or {}).get("outcome") == "attended", service.told)
        assert service.verdict()["final"] is True
        assert requests.get(f"{service.url}/metrics", timeout=5).text.count("rejoin_verdicts{") == 1
    said = (service.folder / "serve.log").read_text()
    assert "Alice" not in said
    assert "Traceback" not in said


def test_sigterm_reads_the_inbox_to_its_end(service):
    starts_at = _an_hour_that_is_over(service)
    with service.running("serve") as process:
        for minute in range(40):
            assert service.deliver(joined(DORA, starts_at + timedelta(minutes=minute), f"k{minute}")) == 204
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=30)
        assert process.returncode == 0
    assert service.unread() == 0


def test_what_was_acknowledged_before_a_kill_is_judged_after_the_restart(service):
    starts_at = _an_hour_that_is_over(service)
    with service.running("serve") as process:
        for body in _story(starts_at):
            assert service.deliver(body) == 204
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    with service.running("serve"):
        until(lambda: (service.verdict() or {}).get("outcome") == "attended", service.told)


@pytest.mark.postgres
def test_on_postgresql_two_web_processes_and_a_worker_share_the_work(fresh_postgres_url, vault, tmp_path):
    db = Database(fresh_postgres_url, vault)
    service = Service(fresh_postgres_url, tmp_path, db)
    starts_at = _an_hour_that_is_over(service)
    with service.running("serve", "--workers", "2"), service.running("worker") as worker:
        for body in _story(starts_at):
            assert service.deliver(body) == 204
        until(lambda: (service.verdict() or {}).get("outcome") == "attended", service.told)
        worker.send_signal(signal.SIGTERM)
        assert worker.wait(timeout=30) == 0
    db.close()


def test_two_processes_on_one_sqlite_file_are_refused(sqlite_url, monkeypatch, capsys):
    for name, value in (("DATABASE_URL", sqlite_url), ("DATA_KEYS", KEY), ("ZOOM_WEBHOOK_SECRETS", WEBHOOK_SECRET)):
        monkeypatch.setenv(f"REJOIN_{name}", value)
    with pytest.raises(SystemExit) as ended:
        serve.main(["--workers", "2"])
    assert ended.value.code == 2
    assert "REJOIN_DATABASE_URL" in capsys.readouterr().err
