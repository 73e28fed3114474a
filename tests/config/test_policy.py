"""The policy file: the shipped one loads, and a wrong one is refused with the entry's name."""

from dataclasses import fields
from datetime import timedelta

import pytest

from config.policy import DEFAULT, PolicyProblem, load_policy
from plugin.core.appointment import Kind
from plugin.core.policy import Policy

SHIPPED = DEFAULT.read_text()


def load(tmp_path, text: str):
    path = tmp_path / "policy.toml"
    path.write_text(text)
    return load_policy(path)


def test_the_shipped_policy_has_numbers_for_every_kind():
    policy = load_policy()
    assert {kind: policy.of(kind).reschedule for kind in Kind} == {
        Kind.INDIVIDUAL: True, Kind.FAMILY: True, Kind.CASE_MANAGEMENT: True, Kind.GROUP: False, Kind.EDUCATION: False,
    }  # fmt: skip
    assert policy.of(Kind.GROUP).no_show_after == timedelta(minutes=15)


def test_numbers_that_nobody_wrote_are_those_of_the_shipped_policy():
    shipped = load_policy()
    without = Policy(version="", thresholds={})
    ours = {field.name for field in fields(Policy)} - {"version", "text", "thresholds", "ignored_names"}
    assert {name: getattr(without, name) for name in ours} == {name: getattr(shipped, name) for name in ours}


def test_a_kind_changes_single_numbers(tmp_path):
    policy = load(tmp_path, SHIPPED.replace("[kind.family]", "[kind.family]\nno_show_after_minutes = 30"))
    assert policy.of(Kind.FAMILY).no_show_after == timedelta(minutes=30)
    assert policy.of(Kind.INDIVIDUAL).no_show_after == timedelta(minutes=15)


def test_two_files_of_one_version_and_other_numbers_are_told_apart(tmp_path):
    other = load(tmp_path, SHIPPED.replace("arrive_grace_minutes = 5", "arrive_grace_minutes = 6"))
    assert other.version != load_policy().version
    assert other.version.startswith("2026-11+")


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        (("attended_fraction = 0.75", "attended_fraction = 75"), "[default]: attended_fraction must be at most 1"),
        (("min_presence_seconds = 60", "min_presence_seconds = -1"), "min_presence_seconds must be at least 0"),
        (("min_presence_seconds = 60", "min_presense_seconds = 60"), "min_presense_seconds is no entry that Rejoin"),
        (("[kind.group]", "[kind.groop]"), "kind: 'groop' is none that Rejoin knows"),
        (("automatic_causes = []", 'automatic_causes = ["luck"]'), "automatic_causes[0]: 'luck' is none that Rejoin"),
        (("final_after_minutes = 90", "final_after_minutes = 2026-03-02"), "must be a number and is a date"),
        (("silence_minutes = 10", "silence_minutes = 0"), "silence_minutes must be at least 1"),
        (("no_show_after_minutes = 15", 'no_show_after_minutes = "15"'), "no_show_after_minutes must be a number and"),
        (("[kind.group]", "[kind.group]\nattended_fraction = -1"), "[kind.group]: attended_fraction must be at least"),
        (("reschedule = true", "reschedule = 1"), "reschedule must be true or false and is a whole number"),
        (('version = "2026-11"', ""), "version is missing"),
        (('version = "2026-11"', "version = 3"), "version must be text in quotation marks and is a whole number"),
        (("[offer]", "[offer"), "not valid TOML"),
        (("short_connections = 2", "short_connections = 1"), "short_connections"),
        (("waking_from_hour = 8", "waking_from_hour = 25"), "waking_from_hour"),
        (
            ("waking_from_hour = 8", "waking_from_hour = 21"),
            "[offer]: waking_until_hour must be later than waking_from",
        ),
        (("lead_hours = 24", "lead_hours = 336"), "[offer]: horizon_days must be longer than lead_hours"),
    ],
)
def test_a_wrong_policy_is_refused_with_the_name_of_the_entry(tmp_path, wrong, told):
    with pytest.raises(PolicyProblem) as refused:
        load(tmp_path, SHIPPED.replace(*wrong))
    assert told in str(refused.value)
    assert "policy.toml" in str(refused.value)


def test_a_byte_order_mark_is_no_entry(tmp_path):
    assert load(tmp_path, "\ufeff" + SHIPPED).thresholds == load_policy().thresholds


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(PolicyProblem, match=r"absent\.toml: cannot be read"):
        load_policy(tmp_path / "absent.toml")
