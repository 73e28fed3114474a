"""Bookable hours are set by whoever runs the service, in words of the week."""

from __future__ import annotations

from datetime import time

import click
import pytest
from click.testing import CliRunner

from plugin.cli.hours import read_hours
from plugin.cli.main import main
from tests.conftest import KEY, WEBHOOK_SECRET

NEW_YORK = "America/New_York"


@pytest.fixture
def environment(sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REJOIN_DATABASE_URL", sqlite_url)
    monkeypatch.setenv("REJOIN_DATA_KEYS", KEY)
    monkeypatch.setenv("REJOIN_ZOOM_WEBHOOK_SECRETS", WEBHOOK_SECRET)


def run(*command: str):
    return CliRunner().invoke(main, ["hours", *command])


def test_a_stretch_of_days_has_the_same_hours():
    parts = read_hours("mon-fri 09:00-17:00", NEW_YORK)
    assert [part.weekday for part in parts] == [0, 1, 2, 3, 4]
    assert {(part.opens, part.closes, part.timezone) for part in parts} == {(time(9), time(17), NEW_YORK)}


def test_single_days_may_be_named():
    assert [part.weekday for part in read_hours("Tue,Thu 13:00-16:30", NEW_YORK)] == [1, 3]


@pytest.mark.parametrize(
    "text",
    ["monday 9-5", "mon 09:00", "fri-mon 10:00-11:00", "mon 17:00-09:00", "mon 25:00-26:00", "mon 09:00Z-17:00", ""],
)
def test_what_cannot_be_read_is_told_with_an_example(text: str):
    with pytest.raises(click.ClickException, match=r"09:00-17:00|ends before"):
        read_hours(text, NEW_YORK)


@pytest.mark.usefixtures("environment")
def test_hours_that_are_set_are_shown_and_replaced():
    assert "no bookable hours" in run("show", "T-01").output
    assert run("set", "T-01", "mon-tue 09:00-12:00", "mon 13:00-17:00", "--timezone", NEW_YORK).exit_code == 0
    told = run("show", "T-01").output.splitlines()
    assert told == [f"{day} {NEW_YORK}" for day in ("mon 09:00-12:00", "mon 13:00-17:00", "tue 09:00-12:00")]
    run("set", "T-01", "fri 10:00-11:00", "--timezone", NEW_YORK)
    assert run("show", "T-01").output.splitlines() == [f"fri 10:00-11:00 {NEW_YORK}"]


@pytest.mark.usefixtures("environment")
@pytest.mark.parametrize("parts", [("mon-fri 09:00-17:00", "wed 12:00-18:00"), ("mon 09:00-12:00", "mon 09:00-12:00")])
def test_hours_of_one_day_that_overlap_are_refused_and_those_before_stand(parts):
    run("set", "T-01", "fri 10:00-11:00", "--timezone", NEW_YORK)
    refused = run("set", "T-01", *parts, "--timezone", NEW_YORK)
    assert (refused.exit_code, "overlap" in refused.output) == (2, True)
    assert run("show", "T-01").output.splitlines() == [f"fri 10:00-11:00 {NEW_YORK}"]


@pytest.mark.usefixtures("environment")
def test_a_zone_that_does_not_exist_is_refused():
    refused = run("set", "T-01", "mon 09:00-12:00", "--timezone", "New York")
    assert refused.exit_code != 0
    assert "America/New_York" in refused.output
