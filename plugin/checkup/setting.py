"""Whether every setting can be used, and the policy."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from difflib import get_close_matches
from urllib.parse import SplitResult, urlsplit

import phonenumbers
from pydantic import ValidationError

from config.policy import PolicyProblem, load_policy
from config.settings import Settings, problems_of
from plugin.adapters.clock import ClockProblem, read_clock
from plugin.checkup.point import Point, State
from plugin.composition import SettingsProblem, open_vault
from plugin.service.reaching import phone_number

LOOPBACK = ("127.0.0.1", "localhost", "::1")


def read_settings() -> tuple[Settings | None, list[Point]]:
    """The settings of the environment and what is to be said about them; None when nothing can be read of them."""
    points = [Point(name, State.WRONG, sentence) for name, sentence in _misspelt()]
    try:
        settings = Settings()
    except ValidationError as problem:
        told = (sentence.partition(": ") for sentence in problems_of(problem))
        points += [Point(name, State.WRONG, what) for name, _, what in told]
        # What is left is looked at with the shipped values in the place of the wrong ones.
        shipped = {
            name: field.get_default()
            for name, field in Settings.model_fields.items()
            if _name(name) in _subjects(points)
        }
        try:
            settings = Settings(**shipped)
        except ValidationError:
            return None, points
    points += [point for point in _settings(settings) if point.subject not in _subjects(points)]
    if not _subjects(points):
        points.append(Point("settings", State.FINE, "every setting can be used."))
    return settings, points


def look_at_policy(settings: Settings) -> Iterator[Point]:
    """The policy file."""
    try:
        policy = load_policy(settings.policy_file)
    except PolicyProblem as problem:
        yield Point("policy", State.WRONG, f"{problem}.")
    else:
        yield Point("policy", State.FINE, f"version {policy.version}.")


def _misspelt() -> Iterator[tuple[str, str]]:
    known = [_name(name) for name in Settings.model_fields]
    for name in sorted(os.environ):
        if name.upper().startswith("REJOIN_") and name.upper() not in known:
            near = get_close_matches(name.upper(), known, n=1)
            yield name, "there is no setting of this name" + (f"; did you mean {near[0]}?" if near else ".")


def _settings(settings: Settings) -> Iterator[Point]:
    """What pydantic cannot know about the settings."""

    def wrong(name: str, sentence: str) -> Point:
        return Point(_name(name), State.WRONG, sentence)

    if not settings.zoom_webhook_secrets:
        yield wrong(
            "zoom_webhook_secrets", "is not set: without the Zoom app's secret token no delivery can be trusted."
        )
    try:
        open_vault(settings)
    except SettingsProblem as problem:
        yield wrong("data_keys", problem.sentences[0].partition(": ")[2])
    try:
        read_clock(settings.clock)
    except ClockProblem as problem:
        yield wrong("clock", f"{problem}.".removeprefix("REJOIN_CLOCK "))
    host, _, port = settings.listen.rpartition(":")
    if not host or not port.isdigit() or int(port) > 65535:
        yield wrong("listen", "is not an address and a port, such as 127.0.0.1:8000.")
    if settings.alarm_to and ("@" not in settings.alarm_to or "," in settings.alarm_to):
        yield wrong("alarm_to", "is not one e-mail address, such as operator@example.org.")
    for name in settings.lacking_for_helpdesk():
        yield Point(name, State.WRONG, f"is not set: REJOIN_HELPDESK={settings.helpdesk} needs it.")
    yield from _twilio(settings, wrong)
    yield from _addresses(settings, wrong)


def _addresses(settings: Settings, wrong: Callable[[str, str], Point]) -> Iterator[Point]:
    public = _address(settings.public_url)
    if public.scheme not in ("http", "https") or not public.hostname:
        yield wrong("public_url", "is not a web address, such as https://rejoin.example.org.")
    elif public.scheme == "http" and public.hostname not in LOOPBACK:
        yield wrong("public_url", "begins with http: sign-ins and clients' links would travel unprotected; use https.")
    for name in ("zoom_api_url", "zoom_oauth_url"):
        address = _address(getattr(settings, name))
        if address.scheme != "https" and address.hostname not in LOOPBACK:
            yield wrong(name, "does not begin with https: the client secret would travel unprotected.")
    if settings.helpdesk != "built-in" and settings.helpdesk_url:
        desk = _address(settings.helpdesk_url)
        if desk.scheme not in ("http", "https") or not desk.hostname:
            yield wrong("helpdesk_url", "is not a web address, such as https://rt.example.org.")
        elif desk.scheme == "http" and desk.hostname not in LOOPBACK:
            yield wrong("helpdesk_url", "begins with http: the token and the tickets would travel unprotected.")
    if settings.smtp_url:
        server = _address(settings.smtp_url)
        if server.scheme not in ("smtp", "smtps") or not server.hostname:
            yield wrong("smtp_url", "is not of the form smtp://user:password@host:port or smtps://….")
        if "@" not in settings.mail_from or settings.mail_from.endswith("@localhost"):
            yield wrong("mail_from", "is no address that a client's mail server accepts; set the sender of messages.")


def _twilio(settings: Settings, wrong: Callable[[str, str], Point]) -> Iterator[Point]:
    if settings.phone_region.upper() not in phonenumbers.SUPPORTED_REGIONS:
        yield wrong("phone_region", "is not a country such as US (ISO 3166).")
    for name in settings.lacking_for_texts():
        yield Point(name, State.WRONG, "is not set: REJOIN_TWILIO_ACCOUNT_SID needs it.")
    if not settings.twilio_account_sid:
        return
    if not settings.twilio_account_sid.startswith("AC"):
        yield wrong("twilio_account_sid", "is no account SID: one begins with AC.")
    sender = settings.twilio_from
    if sender and not sender.startswith("MG") and phone_number(sender, "") != sender:
        yield wrong("twilio_from", "is neither a number such as +12125550123 nor a messaging service (MG…).")
    api = _address(settings.twilio_api_url)
    if api.scheme != "https" and api.hostname not in LOOPBACK:
        yield wrong("twilio_api_url", "does not begin with https: the token would travel unprotected.")


def _address(text: str) -> SplitResult:
    try:
        address = urlsplit(text)
        _ = address.port  # looked at only now
    except ValueError:
        return urlsplit("")
    return address


def _name(setting: str) -> str:
    return f"REJOIN_{setting.upper()}"


def _subjects(points: list[Point]) -> set[str]:
    return {point.subject for point in points}
