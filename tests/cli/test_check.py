"""`rejoin check`: every problem at once, in sentences that name the setting, and what was not looked at."""

from __future__ import annotations

import base64
import socket

import pytest
import responses
from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Sink
from aiosmtpd.smtp import AuthResult, LoginPassword

from plugin.storage.database import Database
from plugin.storage.migration import migrate
from tests.cli.conftest import GALLERY

ZOOM = {
    "REJOIN_ZOOM_ACCOUNT_ID": "account-1",
    "REJOIN_ZOOM_CLIENT_ID": "client-1",
    "REJOIN_ZOOM_CLIENT_SECRET": "secret-of-the-client",
}

TWILIO = {
    "REJOIN_TWILIO_ACCOUNT_SID": "AC1",
    "REJOIN_TWILIO_AUTH_TOKEN": "token-of-twilio",
    "REJOIN_TWILIO_FROM": "+12125550100",
}

ZAMMAD = {
    "REJOIN_HELPDESK": "zammad",
    "REJOIN_HELPDESK_URL": "https://desk.invalid",
    "REJOIN_HELPDESK_TOKEN": "token-of-zammad",
    "REJOIN_HELPDESK_QUEUE": "Support",
}


@pytest.fixture
def set_(monkeypatch: pytest.MonkeyPatch):
    """`set_(REJOIN_LISTEN="x")` sets what an operator would; a name in capitals is a setting."""

    def setting(**values: str) -> None:
        for name, value in values.items():
            monkeypatch.setenv(name, value)

    return setting


@pytest.fixture
def mail_server():
    """A real mail server of this machine that knows one user."""

    def known(_server, _session, _envelope, _mechanism, data: LoginPassword) -> AuthResult:
        right = data.password == b"right-password"
        return AuthResult(success=right, handled=right)

    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = Controller(Sink(), hostname="127.0.0.1", port=port, authenticator=known, auth_require_tls=False)
    server.start()
    yield f"127.0.0.1:{port}"
    server.stop()


def test_fresh_house_with_its_settings_is_fine_and_says_what_it_did_not_see(run, settings, tmp_path) -> None:
    told = run("check")
    assert told.exit_code == 0
    assert "fine        settings: every setting can be used." in told.stdout
    assert "fine        policy: version " in told.stdout
    assert "fine        database: the SQLite file is not there yet" in told.stdout
    assert "not checked Zoom: REJOIN_ZOOM_ACCOUNT_ID, " in told.stdout
    assert "not checked Zoom's deliveries: whether REJOIN_ZOOM_WEBHOOK_SECRETS is right" in told.stdout
    assert "not checked mail: REJOIN_SMTP_URL is not set" in told.stdout
    assert not (tmp_path / "rejoin.db").exists()  # looking makes nothing


def test_house_without_any_setting_names_each_that_is_lacking(run, monkeypatch, tmp_path) -> None:
    monkeypatch.chdir(tmp_path)
    told = run("check")
    assert told.exit_code == 1
    assert "wrong       REJOIN_ZOOM_WEBHOOK_SECRETS: is not set" in told.stdout
    assert "wrong       REJOIN_DATA_KEYS: no data key is set" in told.stdout
    assert told.stderr == "2 things are wrong.\n"


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("REJOIN_DATABASE_ULR", "x", "there is no setting of this name; did you mean REJOIN_DATABASE_URL?"),
        ("REJOIN_WEBHOOK_MAX_BYTES", "many", "Input should be a valid integer"),
        ("REJOIN_WEBHOOK_MAX_AGE_SECONDS", "1", "Input should be greater than or equal to 300"),
        ("REJOIN_DATA_KEYS", "k1:short", "data key number 1 is not of the form id:base64 of 32 bytes"),
        ("REJOIN_CLOCK", "yesterday", "is neither `system` nor"),
        ("REJOIN_TIMEZONE", "Mars/Olympus", "is not an IANA time zone"),
        ("REJOIN_LOG_LEVEL", "LOUD", "is not one of DEBUG, INFO"),
        ("REJOIN_LISTEN", "8000", "is not an address and a port"),
        ("REJOIN_PUBLIC_URL", "rejoin.example.org", "is not a web address"),
        ("REJOIN_PUBLIC_URL", "http://[", "is not a web address"),
        ("REJOIN_PUBLIC_URL", "http://rejoin.example.org", "use https"),
        ("REJOIN_ZOOM_API_URL", "http://zoom.example", "does not begin with https"),
        ("REJOIN_HELPDESK", "osticket", "Input should be 'built-in', 'request-tracker'"),
        ("REJOIN_PHONE_REGION", "Mars", "is not a country such as US"),
        ("REJOIN_SMTP_URL", "mail.example.org", "is not of the form smtp://"),
        ("REJOIN_SMTP_URL", "smtp://user:pass:word:2525", "is not of the form smtp://"),
    ],
)
def test_wrong_setting_is_named_and_the_rest_is_looked_at_all_the_same(
    run, settings, set_, name: str, value: str, sentence: str
) -> None:
    set_(REJOIN_MAIL_FROM="sessions@clinic.example", **{name: value})
    told = run("check")
    assert told.exit_code == 1
    (wrong,) = [line for line in told.stdout.splitlines() if line.startswith("wrong")]
    assert wrong.startswith(f"wrong       {name}: ")
    assert sentence in wrong
    assert "fine        policy" in told.stdout


def test_every_problem_is_told_at_once(run, settings, set_) -> None:
    set_(REJOIN_TIMEZONE="x", REJOIN_LISTEN="x", REJOIN_WEBHOOK_MAX_BYTES="x", REJOIN_POLICY_FILE="nowhere.toml")
    told = run("check")
    assert told.stderr == "4 things are wrong.\n"
    assert "wrong       policy: nowhere.toml: cannot be read" in told.stdout


def test_misspelt_name_in_the_env_file_is_told(run, settings, monkeypatch, tmp_path) -> None:
    from config.settings import Settings

    monkeypatch.setitem(Settings.model_config, "env_file", ".env")
    (tmp_path / ".env").write_text("REJOIN_PUBLIC_ULR=https://rejoin.example.org\n")
    told = run("check")
    assert told.exit_code == 1
    assert "REJOIN_PUBLIC_ULR: there is no setting of this name." in told.stdout
    assert "not checked database: the settings cannot be read." in told.stdout


class TestDatabase:
    """What is said about the place where everything is kept."""

    def test_tables_of_this_version_are_fine(self, run, settings, vault) -> None:
        self._make(settings, vault)
        assert "fine        database: it answers, and its tables are of this version." in run("check").stdout

    def test_tables_of_an_older_version_are_brought_up_at_the_start(self, run, settings, vault) -> None:
        self._make(settings, vault, "UPDATE alembic_version SET version_num = '0001'")
        told = run("check")
        assert told.exit_code == 0
        assert "brings its tables to the newest form" in told.stdout

    def test_tables_of_a_newer_version_that_can_be_used_are_fine(self, run, settings, vault) -> None:
        self._make(settings, vault, "UPDATE alembic_version SET version_num = '9999'")
        told = run("check")
        assert told.exit_code == 0
        assert "fine        database: it answers; a newer version of Rejoin made its tables" in told.stdout

    def test_tables_that_a_newer_version_keeps_for_itself_are_wrong(self, run, settings, vault) -> None:
        self._make(settings, vault, "UPDATE alembic_version SET version_num = '9999'")
        self._make_again(settings, vault, "UPDATE oldest_program SET revision = '9999'")
        told = run("check")
        assert told.exit_code == 1
        assert "wrong       database: its tables were made by a newer version" in told.stdout

    def test_key_that_was_taken_away_too_early_is_named(self, run, settings, set_, vault) -> None:
        assert run("import-roster", GALLERY / "good.csv").exit_code == 0
        other = base64.b64encode(b"x" * 32).decode()
        set_(REJOIN_DATA_KEYS=f"k2:{other}")
        told = run("check")
        assert told.exit_code == 1
        sentence = "REJOIN_DATA_KEYS: a value of participant.name_sealed was sealed with key k1, which is not among"
        assert f"wrong       stored data: {sentence}" in told.stdout
        set_(REJOIN_DATA_KEYS=f"k2:{other},{settings['REJOIN_DATA_KEYS']}")
        assert run("check").exit_code == 0

    @pytest.mark.parametrize(
        ("url", "sentence"),
        [
            ("nonsense", "is not a URL such as"),
            ("mysql://user:hidden-password@host/x", "names mysql"),
            ("sqlite://", "names no file"),
            ("sqlite:////nowhere/at/all.db", "the folder /nowhere/at is not there"),
            ("postgresql://user:hidden-password@127.0.0.1:1/x", "it does not answer"),
        ],
    )
    def test_database_that_cannot_be_used_is_told_without_its_password(
        self, run, settings, set_, url: str, sentence: str
    ) -> None:
        set_(REJOIN_DATABASE_URL=url)
        told = run("check")
        assert told.exit_code == 1
        assert sentence in told.stdout
        assert "hidden-password" not in told.output

    def test_file_that_is_no_database_is_told(self, run, settings, tmp_path) -> None:
        (tmp_path / "rejoin.db").write_text("this is a text, and long enough to be looked at as a database " * 40)
        assert "it does not answer (file is not a database)" in run("check").stdout

    @pytest.mark.postgres
    def test_postgresql_is_looked_at_as_well(self, run, settings, set_, fresh_postgres_url) -> None:
        set_(REJOIN_DATABASE_URL=fresh_postgres_url)
        told = run("check")
        assert told.exit_code == 0
        assert "fine        database: it answers, and its tables are of this version." in told.stdout

    @classmethod
    def _make(cls, settings: dict[str, str], vault, statement: str = "SELECT 1") -> None:
        db = Database(settings["REJOIN_DATABASE_URL"], vault)
        migrate(db)
        db.close()
        cls._make_again(settings, vault, statement)

    @staticmethod
    def _make_again(settings: dict[str, str], vault, statement: str) -> None:
        db = Database(settings["REJOIN_DATABASE_URL"], vault)
        with db.begin() as tx:
            tx.connection.exec_driver_sql(statement)
        db.close()


class TestZoom:
    """What is said about the credentials of Zoom's REST API."""

    @responses.activate
    def test_credentials_that_zoom_accepts_are_fine(self, run, settings, set_) -> None:
        set_(**ZOOM)
        responses.post("https://zoom.us/oauth/token", json={"access_token": "t", "expires_in": 3600})
        responses.get("https://api.zoom.us/v2/users", json={"users": []})
        responses.get("https://api.zoom.us/v2/users/me", json={"id": "me"})
        told = run("check")
        assert told.exit_code == 0
        assert "fine        Zoom: it accepts the credentials." in told.stdout

    @responses.activate
    def test_credentials_that_zoom_refuses_name_the_settings(self, run, settings, set_) -> None:
        set_(**ZOOM)
        responses.post("https://zoom.us/oauth/token", status=400, json={"error": "invalid_client"})
        told = run("check")
        assert told.exit_code == 1
        (line,) = [line for line in told.stdout.splitlines() if line.startswith("wrong       Zoom: ")]
        assert "REJOIN_ZOOM_" in line
        assert "secret-of-the-client" not in told.output

    def test_credentials_that_are_set_in_part_name_what_is_lacking(self, run, settings, set_) -> None:
        set_(REJOIN_ZOOM_ACCOUNT_ID="account-1")
        told = run("check")
        assert told.exit_code == 1
        assert "REJOIN_ZOOM_CLIENT_ID and REJOIN_ZOOM_CLIENT_SECRET must be set as well." in told.stdout


class TestMail:
    """What is said about the mail server."""

    def test_server_that_lets_us_in_is_fine(self, run, settings, set_, mail_server) -> None:
        self._set(set_, f"smtp://rejoin:right-password@{mail_server}")
        told = run("check")
        assert told.exit_code == 0
        assert "fine        mail: the server accepts us; nothing was sent." in told.stdout

    def test_wrong_password_is_told_without_repeating_it(self, run, settings, set_, mail_server) -> None:
        self._set(set_, f"smtp://rejoin:wrong-password@{mail_server}")
        told = run("check")
        assert told.exit_code == 1
        assert "wrong       mail: the mail server refused the sign-in: check REJOIN_SMTP_URL." in told.stdout
        assert "wrong-password" not in told.output

    def test_server_that_is_not_there_is_told(self, run, settings, set_) -> None:
        self._set(set_, "smtp://127.0.0.1:1")
        told = run("check")
        assert told.exit_code == 1
        assert "wrong       mail: the mail server cannot be reached" in told.stdout
        assert "REJOIN_SMTP_URL" in told.stdout

    def test_sender_that_nobody_accepts_is_told(self, run, settings, set_) -> None:
        set_(REJOIN_SMTP_URL="smtp://127.0.0.1:1")
        assert "wrong       REJOIN_MAIL_FROM: is no address" in run("check").stdout

    @staticmethod
    def _set(set_, url: str) -> None:
        set_(REJOIN_SMTP_URL=url, REJOIN_MAIL_FROM="sessions@clinic.example")


class TestTexts:
    """What is said about text messages."""

    def test_without_an_account_nothing_is_looked_at(self, run, settings) -> None:
        assert "not checked text messages: REJOIN_TWILIO_ACCOUNT_SID is not set" in run("check").stdout

    @responses.activate
    def test_account_that_lets_us_in_is_fine(self, run, settings, set_) -> None:
        set_(**TWILIO)
        responses.get("https://api.twilio.com/2010-04-01/Accounts/AC1.json", json={"status": "active"})
        told = run("check")
        assert (told.exit_code, "fine        text messages: Twilio accepts us" in told.stdout) == (0, True)

    @responses.activate
    def test_wrong_token_is_told_without_repeating_it(self, run, settings, set_) -> None:
        set_(**TWILIO)
        responses.get("https://api.twilio.com/2010-04-01/Accounts/AC1.json", status=401, json={"code": 20003})
        told = run("check")
        assert told.exit_code == 1
        assert "wrong       text messages: Twilio answered 401, code 20003: check REJOIN_TWILIO_ACC" in told.stdout
        assert "token-of-twilio" not in told.output

    def test_settings_that_are_lacking_are_named(self, run, settings, set_) -> None:
        set_(REJOIN_TWILIO_ACCOUNT_SID="AC1", REJOIN_TWILIO_API_KEY="SK1")
        told = run("check")
        for name in ("AUTH_TOKEN", "FROM", "API_SECRET"):
            assert f"wrong       REJOIN_TWILIO_{name}: is not set" in told.stdout
        assert "not checked text messages: REJOIN_TWILIO_AUTH_TOKEN must be mended first." in told.stdout


class TestHelpdesk:
    """The help desk, when there is another than our own."""

    def test_built_in_queue_is_fine(self, run, settings) -> None:
        assert "fine        help desk: tickets go to the built-in queue." in run("check").stdout

    def test_settings_that_the_desk_needs_are_named(self, run, settings, set_) -> None:
        set_(REJOIN_HELPDESK="zendesk", REJOIN_HELPDESK_URL="https://desk.invalid")
        told = run("check")
        for name in ("TOKEN", "QUEUE", "USER"):
            assert f"wrong       REJOIN_HELPDESK_{name}: is not set: REJOIN_HELPDESK=zendesk needs it." in told.stdout
        assert "not checked help desk: REJOIN_HELPDESK_USER must be mended first." in told.stdout

    def test_address_without_protection_is_told(self, run, settings, set_) -> None:
        set_(**ZAMMAD | {"REJOIN_HELPDESK_URL": "http://zammad.example.org"})
        assert "REJOIN_HELPDESK_URL: begins with http: the token" in run("check").stdout

    @responses.activate
    def test_desk_that_accepts_us_is_fine(self, run, settings, set_) -> None:
        set_(**ZAMMAD)
        responses.get("https://desk.invalid/api/v1/users/me", json={"id": 3, "groups": {"Support": ["full"]}})
        responses.get("https://desk.invalid/api/v1/tickets/search", json=[])
        told = run("check")
        assert (told.exit_code, "fine        help desk: Zammad accepts us" in told.stdout) == (0, True)

    @responses.activate
    def test_group_that_was_deleted_is_told(self, run, settings, set_) -> None:
        set_(**ZAMMAD)
        responses.get("https://desk.invalid/api/v1/users/me", json={"id": 3, "groups": {"Sales": ["full"]}})
        told = run("check")
        assert told.exit_code == 1
        assert "wrong       help desk: Zammad has no active group as REJOIN_HELPDESK_QUEUE names it" in told.stdout

    @responses.activate
    def test_token_that_was_revoked_is_told_without_repeating_it(self, run, settings, set_) -> None:
        set_(**ZAMMAD)
        responses.get("https://desk.invalid/api/v1/users/me", status=401, json={"error": "Alice Appleyard"})
        told = run("check")
        assert "wrong       help desk: Zammad answered 401: check REJOIN_HELPDESK_TOKEN." in told.stdout
        assert "token-of-zammad" not in told.output
        assert "Alice" not in told.output
