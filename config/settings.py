"""The settings, from the environment or a `.env` file; each is named REJOIN_ and its name in capitals."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

LOG_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR")


class Settings(BaseSettings):
    """Everything an operator sets; secrets never show in a print, a log or an error."""

    model_config = SettingsConfigDict(env_prefix="REJOIN_", env_file=".env", extra="forbid", frozen=True)

    database_url: str = Field("sqlite:///rejoin.db", description="SQLite file or PostgreSQL, as a SQLAlchemy URL")
    data_keys: Annotated[tuple[SecretStr, ...], NoDecode] = Field(
        (),
        description="Keys for personal data at rest, comma-separated `id:base64 of 32 bytes`; the first seals",
    )
    zoom_webhook_secrets: Annotated[tuple[SecretStr, ...], NoDecode] = Field(
        (), description="Secret tokens of the Zoom app, comma-separated; more than one while rotating"
    )
    webhook_max_age_seconds: int = Field(
        7200, ge=300, description="Oldest signature accepted; below 2 h Zoom's retries may be refused"
    )
    webhook_max_bytes: int = Field(
        262_144, ge=1024, description="Largest delivery accepted; Zoom sends a kilobyte or two"
    )
    zoom_account_id: str = Field("", description="Zoom server-to-server OAuth: account id")
    zoom_client_id: str = Field("", description="Zoom server-to-server OAuth: client id")
    zoom_client_secret: SecretStr = Field(SecretStr(""), description="Zoom server-to-server OAuth: client secret")
    zoom_app_id: str = Field(
        "", description="Id of the Zoom app in the Marketplace; with it missed deliveries are fetched from Zoom's log"
    )
    zoom_api_url: str = Field("https://api.zoom.us/v2", description="Base URL of Zoom's REST API")
    zoom_oauth_url: str = Field("https://zoom.us/oauth/token", description="URL that gives Zoom's tokens")
    smtp_url: str = Field(
        "", description="smtp://user:password@host:port or smtps://…; empty: messages go to the local mailbox"
    )
    mail_from: str = Field("sessions@localhost", description="Neutral sender address of messages")
    contact_phone: str = Field("", description="How clients can call the program; shown on their pages")
    contact_email: str = Field("", description="Where clients can write to the program; shown on their pages")
    twilio_account_sid: str = Field(
        "", description="Twilio, for text messages: account SID (`AC…`); empty: none are sent"
    )
    twilio_auth_token: SecretStr = Field(
        SecretStr(""), description="Twilio: auth token; it signs what Twilio reports, and lets us in without an API key"
    )
    twilio_api_key: str = Field("", description="Twilio: SID of an API key (`SK…`) to sign in with, optional")
    twilio_api_secret: SecretStr = Field(SecretStr(""), description="Twilio: secret of that API key")
    twilio_from: str = Field(
        "", description="Twilio: number that text messages come from, E.164, or SID of a messaging service (`MG…`)"
    )
    twilio_api_url: str = Field("https://api.twilio.com", description="Base URL of Twilio's REST API")
    phone_region: str = Field(
        "US", description="Country of telephone numbers in the roster that are written without one (ISO 3166)"
    )
    alarm_to: str = Field("", description="Who is written to when the feed is blind, and when it recovers; one address")
    helpdesk: Literal["built-in", "request-tracker", "zammad", "zendesk", "jira"] = Field(
        "built-in", description="Where tickets go: `built-in`, `request-tracker`, `zammad`, `zendesk` or `jira`"
    )
    helpdesk_url: str = Field("", description="Address of the help desk, such as https://rt.example.org")
    helpdesk_user: str = Field(
        "",
        description=(
            "Zendesk and Jira: e-mail address of the account that the token belongs to; "
            "Request Tracker: user name, when the token is a password"
        ),
    )
    helpdesk_token: SecretStr = Field(SecretStr(""), description="API token of the account that opens tickets")
    helpdesk_queue: str = Field(
        "",
        description=(
            "Where in the help desk: queue (Request Tracker), group (Zammad, Zendesk), "
            "project key and issue type (Jira: `SUP/Incident`)"
        ),
    )
    helpdesk_code: str = Field(
        "",
        description=(
            "Where people at the help desk say what a ticket turned out to be: a custom field (Request Tracker: name; "
            "Zammad: attribute; Zendesk: number; Jira: `customfield_…`) or, but for Request Tracker, `tags`; "
            "empty: it is not fetched"
        ),
    )
    mail_per_second: float = Field(10, ge=0, description="How many messages a second may go out; 0 is no limit")
    zoom_per_second: float = Field(2, ge=0, description="How many meetings a second are made or moved; 0 is no limit")
    helpdesk_per_second: float = Field(
        10, ge=0, description="How many tickets and notes a second the help desk takes; 0 is no limit"
    )
    caldav_user: str = Field("", description="CalDAV account that may read when clinicians are busy: user name")
    caldav_password: SecretStr = Field(SecretStr(""), description="CalDAV account: password")
    public_url: str = Field("http://127.0.0.1:8000", description="Where clients and staff reach this service")
    listen: str = Field("127.0.0.1:8000", description="Address and port to listen on")
    policy_file: Path | None = Field(None, description="Policy to use instead of the shipped config/policy.toml")
    timezone: str = Field("UTC", description="IANA zone of staff pages, and of appointments that name none")
    clock: str = Field(
        "system",
        description=(
            "`system`, or for a demonstration `FROM@SPEED` (an ISO 8601 moment, and how many times faster; "
            "more of them after `;` change the speed at that moment)"
        ),
    )
    log_level: str = Field("INFO", description="DEBUG, INFO, WARNING or ERROR")

    @field_validator("data_keys", "zoom_webhook_secrets", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        return tuple(part.strip() for part in value.split(",") if part.strip()) if isinstance(value, str) else value

    @field_validator("timezone")
    @classmethod
    def _is_a_zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (KeyError, ValueError, OSError):
            raise ValueError("is not an IANA time zone, such as America/New_York") from None
        return value

    @field_validator("log_level")
    @classmethod
    def _is_a_level(cls, value: str) -> str:
        if value.upper() not in LOG_LEVELS:
            raise ValueError(f"is not one of {', '.join(LOG_LEVELS)}.")
        return value.upper()

    @property
    def webhook_max_age(self) -> timedelta:
        """Oldest signature accepted."""
        return timedelta(seconds=self.webhook_max_age_seconds)

    def lacking_for_texts(self) -> tuple[str, ...]:
        """The settings that text messages need and that are not set; none when they are not wanted."""
        if not self.twilio_account_sid:
            return ()
        given = {
            "REJOIN_TWILIO_AUTH_TOKEN": self.twilio_auth_token.get_secret_value(),
            "REJOIN_TWILIO_FROM": self.twilio_from,
        }
        if self.twilio_api_key:
            given["REJOIN_TWILIO_API_SECRET"] = self.twilio_api_secret.get_secret_value()
        return tuple(name for name, value in given.items() if not value)

    def lacking_for_helpdesk(self) -> tuple[str, ...]:
        """The settings that the chosen help desk needs and that are not set."""
        if self.helpdesk == "built-in":
            return ()
        given = {
            "REJOIN_HELPDESK_URL": self.helpdesk_url,
            "REJOIN_HELPDESK_TOKEN": self.helpdesk_token.get_secret_value(),
            "REJOIN_HELPDESK_QUEUE": self.helpdesk_queue,
        }
        if self.helpdesk in ("zendesk", "jira"):
            given["REJOIN_HELPDESK_USER"] = self.helpdesk_user
        return tuple(name for name, value in given.items() if not value)


def problems_of(error: ValidationError) -> tuple[str, ...]:
    """A sentence for each setting that cannot be used; it names the setting and never repeats its value."""
    sentences = []
    for problem in error.errors(include_input=False, include_url=False):
        name = "_".join(str(part) for part in problem["loc"][:1]).upper()
        name = name if name.startswith("REJOIN_") else f"REJOIN_{name}"
        unknown = problem["type"] == "extra_forbidden"
        what = "there is no setting of this name" if unknown else problem["msg"].removeprefix("Value error, ")
        sentences.append(f"{name}: {what}.")
    return tuple(sentences)
