"""`rejoin evaluate` as its user runs it."""

from __future__ import annotations

import json
from pathlib import Path
from subprocess import CompletedProcess

import pytest

from tests.terminal import started, typed

ROSTER = """appointment_id,kind,starts_at,ends_at,meeting_id,host_id,participant_id,role,registrant_id,name
B,individual,2026-03-02T15:00:00Z,2026-03-02T15:50:00Z,90010020030,host-1,T1,clinician,,
B,individual,2026-03-02T15:00:00Z,2026-03-02T15:50:00Z,90010020030,host-1,C2,client,reg-2,Wilma Beispiel
B,individual,2026-03-02T15:00:00Z,2026-03-02T15:50:00Z,90010020030,host-1,C1,client,reg-1,Karl Muster
"""
BASE = {
    "appointment_id": "B", "kind": "individual", "no_show": False, "held_minutes": 50.0, "trace": False, "blind": False,
    "identifiable": True, "both_ends": True,
}  # fmt: skip
TRUTH = [
    {"participant_id": "C1", "role": "client", "outcome": "attended", "cause": "none", "attended_minutes": 50.0},
    {"participant_id": "C2", "role": "client", "outcome": "missed", "cause": "absence", "attended_minutes": 0.0,
     "no_show": True, "story": ["absent"]},
    {"participant_id": "T1", "role": "clinician", "outcome": "attended", "cause": "none", "attended_minutes": 50.0},
]  # fmt: skip


def line(event: str, at: str, person: dict | None = None, **more: str) -> str:
    thing = {"id": "90010020030", "uuid": "u1==", "host_id": "host-1", "start_time": "2026-03-02T14:58:00Z"} | more
    if person:
        thing["participant"] = {"participant_uuid": person["user_id"]} | person
    body = {"event": f"meeting.{event}", "event_ts": 1772463600000, "payload": {"account_id": "a", "object": thing}}
    return json.dumps({"received_at": at, "body": body})


HOST = {"user_id": "1", "participant_user_id": "host-1"}
CLIENT = {"user_id": "2", "registrant_id": "reg-1", "user_name": "Karl Muster"}
EVENTS = [
    line("participant_joined", "2026-03-02T14:58:00Z", HOST | {"join_time": "2026-03-02T14:58:00Z"}),
    line("participant_joined", "2026-03-02T14:59:00Z", CLIENT | {"join_time": "2026-03-02T14:59:00Z"}),
    line("participant_left", "2026-03-02T15:50:00Z", CLIENT | {"leave_time": "2026-03-02T15:50:00Z"}),
    line("participant_left", "2026-03-02T15:50:00Z", HOST | {"leave_time": "2026-03-02T15:50:00Z"}),
    line("ended", "2026-03-02T15:50:18Z", end_time="2026-03-02T15:50:01Z"),
]


class Simulation:
    """A folder as a simulation leaves it."""

    def __init__(self, folder: Path):
        self.folder, self.truth = folder, folder / "truth.jsonl"
        (folder / "roster.csv").write_text(ROSTER)
        (folder / "events.jsonl").write_text("\n".join(EVENTS) + "\n")
        self.write_truth(*TRUTH)

    def write_truth(self, *people: dict) -> None:
        self.truth.write_text("".join(json.dumps(BASE | person) + "\n" for person in people))

    def run(self, *arguments: str | Path, by=typed) -> CompletedProcess[str]:
        return by(*arguments, folder=self.folder)

    def evaluation(self, *more: str | Path, by=typed) -> dict:
        done = self.run("evaluate", self.folder, "--format", "json", *more, by=by)
        assert (done.returncode, done.stderr) == (0, "")
        return json.loads(done.stdout)


@pytest.fixture
def simulation(tmp_path: Path) -> Simulation:
    return Simulation(tmp_path)


def test_folder_is_replayed_and_compared(simulation: Simulation):
    found = simulation.evaluation(by=started)
    assert (found["figures"]["participations"], found["figures"]["right"]) == (2, 2)
    assert [target["met"] for target in found["targets"]] == [True] * 7


def test_results_of_a_replay_give_the_same_figures(simulation: Simulation):
    replayed = simulation.run("replay", "--roster", "roster.csv", "--events", "events.jsonl")
    (simulation.folder / "results.jsonl").write_text(replayed.stdout)
    done = simulation.run("evaluate", "--truth", "truth.jsonl", "--results", "results.jsonl", "--format", "json")
    assert json.loads(done.stdout) == simulation.evaluation()


def test_strict_ends_with_status_one_when_a_target_is_not_met(simulation: Simulation):
    assert simulation.run("evaluate", simulation.folder, "--strict").returncode == 0
    cut_off = {"outcome": "missed", "cause": "technical", "no_show": False, "trace": True}
    simulation.write_truth(TRUTH[0], TRUTH[1] | cut_off)
    assert simulation.run("evaluate", simulation.folder).returncode == 0
    strict = simulation.run("evaluate", simulation.folder, "--strict", by=started)
    assert strict.returncode == 1
    assert "not met" in strict.stdout
    assert "forbidden no-show: B C2" in strict.stdout


def test_wrong_participations_are_told_with_their_reasons_and_no_name(simulation: Simulation):
    late = {"outcome": "partial", "attended_minutes": 20.0, "story": ["late"]}
    simulation.write_truth(TRUTH[0], TRUTH[1] | late | {"no_show": False})
    told = simulation.run("evaluate", simulation.folder, "--wrong", "5").stdout
    assert "wrong: B C2 (client, individual)" in told
    assert "story    late" in told
    assert "there was no sign of them at all" in told
    assert "Wilma" not in told
    found = simulation.evaluation("--wrong", "5", "--minutes", "5")
    assert [(w["truth"]["participant_id"], w["verdict"]["outcome"]) for w in found["wrong"]] == [("C2", "missed")]
    assert len(found["minutes"]) == 1
    assert simulation.evaluation("--wrong", "5", "--story", "blind")["wrong"] == []


def test_clinicians_are_looked_at_when_asked_for(simulation: Simulation):
    assert simulation.evaluation("--role", "clinician")["figures"]["outcome"]["attended"]["attended"] == 1


def test_picture_is_written(simulation: Simulation):
    simulation.evaluation("--picture", "figures.svg")
    assert (simulation.folder / "figures.svg").read_text().startswith("<svg ")


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ((), "Give either the folder"),
        (("--truth", "truth.jsonl"), "Give either the folder"),
        ((".", "--truth", "truth.jsonl"), "Give either the folder"),
        (("absent",), "absent/truth.jsonl: cannot be read"),
        (("--truth", "truth.jsonl", "--results", "truth.jsonl"), "truth.jsonl:1: "),
        (("--truth", "truth.jsonl", "--results", "results.jsonl", "--policy", "p.toml"), "--policy has no effect"),
        ((".", "--policy", "absent.toml"), "absent.toml"),
        ((".", "--role", "staff"), "no participation in it has a verdict"),
        ((".", "--picture", "absent/figures.svg"), "absent/figures.svg: cannot be written"),
    ],
)
def test_what_cannot_be_done_is_a_sentence_and_the_status_is_two(simulation: Simulation, arguments: tuple, told: str):
    done = simulation.run("evaluate", *arguments)
    assert done.returncode == 2
    assert told in done.stderr
    assert "Traceback" not in done.stderr


def test_bad_row_is_named_and_no_option_is_promised_that_is_not_there(simulation: Simulation):
    (simulation.folder / "roster.csv").write_text(ROSTER.replace(",clinician,", ",captain,"))
    done = simulation.run("evaluate", ".", by=started)
    assert done.returncode == 2
    assert "role is not one of" in done.stderr
    assert "mend them" in done.stderr
    assert "--skip-bad-rows" not in done.stderr
