"""`rejoin replay` as its user runs it."""

import json
from pathlib import Path
from subprocess import CompletedProcess

import pytest

from tests.terminal import started, typed

ROSTER = """appointment_id,kind,starts_at,ends_at,meeting_id,host_id,participant_id,role,registrant_id
B,individual,2026-03-02T10:00:00-05:00,2026-03-02T10:50:00-05:00,900 1002 0030,host-1,T1,clinician,
B,individual,2026-03-02T10:00:00-05:00,2026-03-02T10:50:00-05:00,900 1002 0030,host-1,C2,client,reg-2
B,individual,2026-03-02T10:00:00-05:00,2026-03-02T10:50:00-05:00,900 1002 0030,host-1,C1,client,reg-1
A,individual,2026-03-01T10:00:00-05:00,2026-03-01T10:50:00-05:00,90010020031,host-1,C1,client,reg-9
"""


def line(event: str, at: str, person: dict | None = None, received_at: str | None = None, **more: str) -> str:
    thing = {"id": "90010020030", "uuid": "u1==", "host_id": "host-1", "start_time": "2026-03-02T14:58:00Z"} | more
    if person:
        thing["participant"] = {"participant_uuid": person["user_id"]} | person
    body = {"event": f"meeting.{event}", "event_ts": 1772463600000, "payload": {"account_id": "a", "object": thing}}
    return json.dumps({"received_at": received_at or at, "body": body})


HOST = {"user_id": "1", "participant_user_id": "host-1"}
CLIENT = {"user_id": "2", "registrant_id": "reg-1"}
EVENTS = [
    line("participant_joined", "2026-03-02T14:58:00Z", HOST | {"join_time": "2026-03-02T14:58:00Z"}),
    line("participant_joined", "2026-03-02T14:59:00Z", CLIENT | {"join_time": "2026-03-02T14:59:00Z"}),
    line("participant_left", "2026-03-02T15:50:00Z", CLIENT | {"leave_time": "2026-03-02T15:50:00Z"}),
    line("participant_left", "2026-03-02T15:50:00Z", HOST | {"leave_time": "2026-03-02T15:50:00Z"}),
    line("ended", "2026-03-02T15:50:18Z", end_time="2026-03-02T15:50:01Z"),
]


class Files:
    """A roster and a recording in a folder of their own."""

    def __init__(self, folder: Path):
        self.roster, self.events = folder / "roster.csv", folder / "events.jsonl"
        self.roster.write_text(ROSTER)
        self.events.write_text("\n".join(EVENTS) + "\n")

    def replay(self, *more: str, by=typed) -> CompletedProcess[str]:
        return by("replay", "--roster", self.roster, "--events", self.events, *more)

    def results(self, *more: str, by=typed) -> list[dict]:
        done = self.replay("--format", "json", *more, by=by)
        assert done.returncode == 0, done.stderr
        return [json.loads(row) for row in done.stdout.splitlines()]


@pytest.fixture
def files(tmp_path: Path) -> Files:
    return Files(tmp_path)


def test_results_are_ordered_by_appointment_and_participant(files: Files):
    found = [(r["appointment_id"], r["participant_id"], r["outcome"], r["cause"]) for r in files.results(by=started)]
    assert found == [
        ("A", "C1", "undetermined", "unknown"),
        ("B", "C1", "attended", "none"),
        ("B", "C2", "missed", "absence"),
        ("B", "T1", "attended", "none"),
    ]


def test_what_was_received_after_the_moment_of_judgement_is_not_looked_at(files: Files):
    before, at = files.results("--at", "2026-03-02T14:58:59Z"), files.results("--at", "2026-03-02T14:59:00Z")
    assert [r["joined_at"] for r in before if r["participant_id"] == "C1"] == [None, None]
    assert [r["joined_at"] for r in at if r["participant_id"] == "C1"] == [None, "2026-03-02T14:59:00Z"]
    assert not any(r["final"] for r in at if r["appointment_id"] == "B")


def test_a_bare_body_is_a_line_too(files: Files):
    files.events.write_text("\n".join(json.dumps(json.loads(row)["body"]) for row in EVENTS))
    assert [r["outcome"] for r in files.results()] == ["undetermined", "attended", "missed", "attended"]


def test_a_body_as_raw_text_is_a_line_too(files: Files):
    rows = [json.loads(row) for row in EVENTS]
    files.events.write_text("\n".join(json.dumps(row | {"body": json.dumps(row["body"])}) for row in rows))
    assert [r["outcome"] for r in files.results()] == ["undetermined", "attended", "missed", "attended"]


def test_a_bad_line_is_named_and_stops_nothing(files: Files):
    unknown = '{"event": "meeting.unheard_of", "payload": {}}'
    files.events.write_text("\n".join([EVENTS[0], "{broken", unknown, "[]", *EVENTS[1:]]))
    done = files.replay("--format", "json")
    assert done.returncode == 0
    assert [json.loads(row)["outcome"] for row in done.stdout.splitlines()][1:] == ["attended", "missed", "attended"]
    assert "events.jsonl:2: not used" in done.stderr
    assert "events.jsonl:3: not used: unknown event 'meeting.unheard_of'" in done.stderr
    assert "3 lines not used" in done.stderr


@pytest.mark.parametrize(
    ("arrived", "told"),
    [
        ("2026-03-02T14:59:01", "its received_at has no offset"),
        ("yesterday", "its received_at is not an ISO 8601 time"),
        (1772463541000, "its received_at is not an ISO 8601 time"),
        ({"at": "14:59"}, "its received_at is not an ISO 8601 time"),
    ],
)
def test_who_came_is_no_no_show_because_nobody_can_read_when_that_was_delivered(files, arrived, told):
    """The delivery in the envelope says itself when it was sent."""
    rows = [json.loads(row) for row in EVENTS]
    for number in (1, 2):
        rows[number]["received_at"] = arrived
    rows.insert(
        2, {"received_at": arrived, "body": {"event": "meeting.unheard_of", "payload": {"object": {"id": "1"}}}}
    )
    files.events.write_text("\n".join(json.dumps(row) for row in rows) + "\n")
    done = files.replay("--format", "json")
    [c1] = [
        r
        for r in map(json.loads, done.stdout.splitlines())
        if (r["appointment_id"], r["participant_id"]) == ("B", "C1")
    ]
    assert (c1["outcome"], c1["attended_minutes"]) == ("attended", 50.0)
    assert f"events.jsonl:2: {told}; when it was sent counts instead" in done.stderr
    assert "events.jsonl:3: not used: unknown event" in done.stderr
    assert done.stderr.count("when it was sent counts instead") == 2
    assert "1 line not used" in done.stderr
    assert "2 lines used all the same" in done.stderr


def test_a_file_of_another_encoding_is_named_and_stops_nothing(files: Files):
    files.events.write_bytes("\n".join(EVENTS).encode("utf-16"))
    done = files.replay()
    assert done.returncode == 0, done.stderr
    assert "events.jsonl:2: not used: it is not a JSON object" in done.stderr


def test_a_bad_row_refuses_the_whole_replay_unless_told_to_skip_it(files: Files):
    files.roster.write_text(ROSTER + "C,individual,soon,later,90010020032,,C9,client,\n")
    refused = files.replay("--format", "json", by=started)
    assert (refused.returncode, refused.stdout) == (2, "")
    assert "roster.csv:6" in refused.stderr
    assert len(files.results("--skip-bad-rows")) == 4


@pytest.mark.parametrize(
    ("more", "told"),
    [
        (("--at", "yesterday"), "--at"),
        (("--at", "2026-03-02T10:00:00"), "no offset"),
        (("--at", "9999-12-31T23:59:59-05:00"), "is outside the years 2001 to 2098"),
        (("--at", "0001-01-01T00:00:00+05:00"), "is outside the years 2001 to 2098"),
        (("--policy", "absent.toml"), "absent.toml"),
    ],
)
def test_a_wrong_option_is_named_and_the_status_is_two(files: Files, more, told):
    done = files.replay(*more)
    assert done.returncode == 2
    assert told in done.stderr
    assert "Traceback" not in done.stderr


def test_a_missing_file_is_named(files: Files):
    files.events.unlink()
    done = files.replay()
    assert done.returncode == 2
    assert "events.jsonl: cannot be read" in done.stderr


def test_the_table_is_for_people(files: Files):
    done = files.replay("--format", "table")
    assert done.returncode == 0
    row = next(row for row in done.stdout.splitlines() if "C2" in row)
    assert "missed" in row
    assert "absence" in row


@pytest.mark.parametrize("code", ["[/x]", "[red]C2", ":smile:", "C" * 300])
def test_a_code_stands_in_the_table_as_it_is(files: Files, code):
    files.roster.write_text(ROSTER.replace(",C2,", f",{code},"))
    done = files.replay("--format", "table")
    assert (done.returncode, done.stderr) == (0, "")
    shown = "".join(row.split("│")[2].strip() for row in done.stdout.splitlines() if row.startswith("│"))
    assert code in shown


def test_a_code_that_the_terminal_cannot_show_stops_no_table(files: Files, monkeypatch):
    files.roster.write_text(ROSTER.replace("C2", "Ç2"), encoding="utf-8")
    monkeypatch.setenv("PYTHONIOENCODING", "ascii")
    done = files.replay("--format", "table", by=started)
    assert done.returncode == 0, done.stderr
    assert "\\xc72" in done.stdout


def test_one_line_that_is_not_used_is_one_line(files: Files):
    files.events.write_text("\n".join(["{broken", *EVENTS]))
    assert "1 line not used" in files.replay().stderr
