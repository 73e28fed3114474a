"""What the stories about the command line share: the settings of an operator, and a terminal."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from plugin.cli.main import main
from plugin.storage.database import Database
from tests.conftest import KEY, WEBHOOK_SECRET

GALLERY = Path(__file__).parents[1] / "rosters"


@pytest.fixture
def settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> dict[str, str]:
    """The settings that a service needs at the least, in the environment; the database is not there yet."""
    monkeypatch.chdir(tmp_path)
    values = {
        "REJOIN_DATABASE_URL": f"sqlite:///{tmp_path / 'rejoin.db'}",
        "REJOIN_DATA_KEYS": KEY,
        "REJOIN_ZOOM_WEBHOOK_SECRETS": WEBHOOK_SECRET,
    }
    for name, value in values.items():
        monkeypatch.setenv(name, value)
    return values


@pytest.fixture
def run() -> Callable[..., Result]:
    """`run("import-roster", path)` as somebody would type it; an error that is no sentence fails the test."""

    def command(*arguments: str | Path) -> Result:
        result = CliRunner().invoke(main, [str(argument) for argument in arguments])
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return result

    return command


@pytest.fixture
def stored(settings, vault):
    """The database that the commands have written."""
    db = Database(settings["REJOIN_DATABASE_URL"], vault)
    yield db
    db.close()
