"""What is shipped for operators can be used as it is: units, image, compose file, alarms, and the page about them."""

from __future__ import annotations

import inspect
import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml
from prometheus_client import generate_latest

from config.settings import Settings
from plugin import serving
from plugin.cli.main import COMMANDS
from plugin.service import metrics
from plugin.service.running import Work
from plugin.storage.api_token import Scope
from webhooks import inbox
from webhooks.receiver import received_total

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "docs" / "deploy"
UNITS = sorted(path.name for path in DEPLOY.iterdir() if path.suffix in (".service", ".socket", ".timer"))


@pytest.mark.parametrize("unit", UNITS)
def test_unit_is_understood_by_systemd(unit, tmp_path):
    if shutil.which("systemd-analyze") is None:
        pytest.skip("UNITS ARE NOT VERIFIED: there is no systemd here")
    for name in UNITS:
        # A template stands for its first instance; the command is one that is there.
        text = (DEPLOY / name).read_text().replace("/opt/rejoin/.venv/bin/rejoin", "/bin/true")
        (tmp_path / name.replace("@", "@1")).write_text(text)
    said = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", str(tmp_path / unit.replace("@", "@1"))],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    ours = [line for line in said.stderr.splitlines() if str(tmp_path) in line or unit.replace("@", "@1") in line]
    assert ours == []


@pytest.mark.parametrize("unit", [name for name in UNITS if name.endswith(".service")])
def test_unit_runs_a_command_that_exists(unit):
    [command] = re.findall(
        r"/bin/rejoin ([a-z-]+)", (DEPLOY / unit).read_text().partition("ExecStart=")[2].split("\n")[0]
    )
    assert command in COMMANDS


def test_unit_gives_a_stop_more_time_than_the_service_takes():
    work = inspect.signature(Work.stop).parameters["patience_seconds"].default
    waits = serving.STOPPING_SECONDS + inbox.CLOSING_SECONDS + work
    for unit in UNITS:
        text = (DEPLOY / unit).read_text()
        if "rejoin serve" in text or "rejoin worker" in text:
            assert int(re.search(r"TimeoutStopSec=(\d+)", text)[1]) > waits


def test_socket_of_systemd_is_where_the_proxy_and_the_default_expect_the_service():
    [address] = re.findall(r"ListenStream=(.+)", (DEPLOY / "rejoin.socket").read_text())
    assert address == Settings.model_fields["listen"].default
    assert f"server {address};" in (ROOT / "docs" / "nginx.conf").read_text()


def test_settings_of_the_example_are_settings():
    names = re.findall(r"^(REJOIN_\w+)=", (DEPLOY / "rejoin.env.example").read_text(), re.MULTILINE)
    assert {name.removeprefix("REJOIN_").lower() for name in names} <= set(Settings.model_fields)


def test_image_is_as_the_linter_wants_it():
    said = subprocess.run(
        [Path(shutil.which("hadolint") or ROOT / ".venv/bin/hadolint"), ROOT / "Dockerfile"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (said.returncode, said.stdout) == (0, "")


def test_image_copies_only_what_is_let_into_it():
    let_in = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    copied: set[str] = set()
    for line in (ROOT / "Dockerfile").read_text().splitlines():
        if line.startswith("COPY ") and "--from" not in line:
            copied |= set(line.split()[1:-1])
    assert copied == let_in
    assert all((ROOT / name).exists() for name in copied)


@pytest.fixture(scope="module")
def compose() -> dict:
    return yaml.safe_load((ROOT / "compose.yaml").read_text())


def test_compose_starts_commands_that_exist(compose):
    ours = {name: service for name, service in compose["services"].items() if service["image"] == "rejoin"}
    assert {service["command"][0] for service in ours.values()} == {"serve", "worker"}
    for service in ours.values():
        assert int(service["stop_grace_period"].rstrip("s")) >= 60
        assert set(service["depends_on"]) <= set(compose["services"])


def test_compose_keeps_the_promise_of_the_database(compose):
    said = compose["services"]["database"]["command"]
    assert "synchronous_commit=on" in said
    assert "fsync=on" in said
    assert set(compose["volumes"]) == {"database"}
    assert set(compose["services"]["database"]["secrets"]) == set(compose["secrets"])


@pytest.fixture(scope="module")
def alarms() -> list[dict]:
    [group] = yaml.safe_load((DEPLOY / "alarms.yaml").read_text())["groups"]
    return group["rules"]


def test_alarms_rest_on_figures_that_exist(alarms, rejoin_on_sqlite_for_figures):
    told = rejoin_on_sqlite_for_figures
    for rule in alarms:
        for name in re.findall(r"rejoin_\w+", rule["expr"]):
            assert f"# TYPE {name.removesuffix('_total')}" in told, f"{rule['alert']}: there is no figure {name}"


def test_files_that_an_operator_is_told_to_copy_are_there():
    page = (ROOT / "docs" / "operators.md").read_text()
    told = set(re.findall(r"docs/deploy/[\w.@-]+", page)) | {
        f"docs/{link}" for link in re.findall(r"\]\((deploy/[^)#]+)\)", page)
    }
    assert len(told) > 6
    assert [name for name in told if not (ROOT / name).exists()] == []


def test_words_that_operators_are_told_are_words_of_the_program():
    """Log lines, and what they and pages call things."""
    page = (ROOT / "docs" / "operators.md").read_text()
    told = set(re.findall(r"`([a-z]+(?:-[a-z]+)+)`", page)) - {"feed-blind-opened"}  # that one is put together
    written = "".join(path.read_text() for part in ("plugin", "webhooks") for path in (ROOT / part).rglob("*.py"))
    assert len(told) > 10
    assert [word for word in sorted(told) if f'"{word}"' not in written] == []


def test_every_scope_of_the_api_is_told_with_its_calls():
    page = (ROOT / "docs" / "operators.md").read_text()
    rows = dict(re.findall(r"^\| `([a-z]+:[a-z]+)` \| (.*) \|$", page, re.MULTILINE))
    assert set(rows) == set(Scope)
    calls: dict[str, set[str]] = {}
    for path in (ROOT / "plugin" / "api").glob("*.py"):
        for method, where, scope in re.findall(r'@api\.(\w+)\("([^"]+)".*\n@needs\(Scope\.(\w+)\)', path.read_text()):
            calls.setdefault(Scope[scope], set()).add(f"{method.upper()} {re.sub('<[^>]+>', 'ID', where)}")
    assert {scope: set(re.findall(r"`([A-Z]+ /[^`]+)`", told)) for scope, told in rows.items()} == calls


def test_every_alarm_is_explained_to_the_operator(alarms):
    page = (ROOT / "docs" / "operators.md").read_text()
    for rule in alarms:
        assert f"| `{rule['alert']}` |" in page


@pytest.fixture(scope="module")
def rejoin_on_sqlite_for_figures(tmp_path_factory) -> str:
    """The figures of a service that has nothing to do yet."""
    from prometheus_client import CollectorRegistry

    from plugin.adapters.clock import SystemClock
    from plugin.composition import assemble
    from plugin.storage.database import Database
    from plugin.storage.encryption import Vault
    from plugin.storage.migration import migrate
    from tests.conftest import KEY, make_settings

    db = Database(f"sqlite:///{tmp_path_factory.mktemp('figures') / 'rejoin.db'}", Vault.from_settings((KEY,)))
    migrate(db)
    metrics.show(received_total)
    house = CollectorRegistry()
    house.register(metrics.StateOfTheHouse(assemble(make_settings(), db, SystemClock())))
    told = (generate_latest(metrics.REGISTRY) + generate_latest(house)).decode()
    db.close()
    return told
