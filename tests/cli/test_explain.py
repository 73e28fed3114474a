"""`rejoin explain` on a recording: the story of one verdict."""

import json
from subprocess import CompletedProcess

import pytest

from tests.cli.test_replay import CLIENT, EVENTS, ROSTER, Files, line
from tests.terminal import started, typed

CUT_OFF = "got disconnected from the meeting. Reason : Network connection error."


@pytest.fixture
def files(tmp_path) -> Files:
    return Files(tmp_path)


def explain(files: Files, *more: str, by=typed) -> CompletedProcess[str]:
    return by("explain", *more, "--roster", files.roster, "--events", files.events)


def test_story_tells_what_was_seen_the_verdict_and_what_was_asked_in_vain(files):
    told = explain(files, "B", "C1", by=started).stdout
    assert "2026-03-02 14:59:00 UTC  joined (line 2)" in told
    assert "Verdict: attended, cause none, confidence high (final)" in told
    assert "connection-broke, " in told[told.index("What was asked and not found:") :]
    whole = explain(files, "B", "C1", "--all").stdout
    assert "connection-broke: They were not away because a connection broke." in whole


def test_drop_that_was_told_late_says_how_late_and_rests_on_its_line(files):
    gone = {"leave_time": "2026-03-02T15:10:00Z", "leave_reason": CUT_OFF}
    late = line("participant_left", "", CLIENT | gone, received_at="2026-03-02T16:35:00Z")
    files.events.write_text("\n".join([*EVENTS[:2], *EVENTS[3:], late]) + "\n")
    told = explain(files, "B", "C1").stdout
    assert "2026-03-02 15:10:00 UTC  was cut off: the connection broke (line 5, 85 min late)" in told
    assert "Verdict: partial, cause technical" in told
    assert "connection-broke: A connection ended abnormally" in told
    assert "[line 5]" in told
    assert "ticket:" in told


def test_absence_shows_what_proves_that_the_session_was_held(files):
    told = explain(files, "B", "C2").stdout
    assert "nothing of this person" in told
    assert "joined (line 1)" in told
    assert "Verdict: missed, cause absence" in told


def test_story_of_an_absence_says_whose_the_deliveries_are(files):
    assert "T1 (clinician): joined (line 1)" in explain(files, "B", "C2").stdout


def test_story_shows_what_was_seen_in_another_meeting_and_of_the_platform(files):
    elsewhere = line("participant_joined", "2026-03-02T15:01:00Z", {"user_id": "7", "registrant_id": "reg-2",
                     "join_time": "2026-03-02T15:01:00Z"}, id="90010020099", uuid="u9==")  # fmt: skip
    payload = {"started_at": "2026-03-02T15:30:00Z", "ended_at": "2026-03-02T15:40:00Z"}
    incident = {"event": "rejoin.platform_incident", "event_ts": 1772466000000, "payload": payload}
    files.events.write_text("\n".join([*EVENTS, elsewhere, json.dumps(incident)]) + "\n")
    told = explain(files, "B", "C2").stdout
    assert "in another meeting: joined (line 6)" in told
    assert "an incident of the platform began, until 2026-03-02 15:40:00 UTC (line 7)" in told
    assert "What was seen (of this person only in another meeting):" in told


def test_who_is_hit_by_an_incident_reads_of_its_ticket_though_it_is_told_with_another(files):
    row = ROSTER.splitlines()[3]
    more = [row.replace("C1,client,reg-1", f"C{n},client,reg-{n}") for n in (3, 4)]
    files.roster.write_text("\n".join([files.roster.read_text().rstrip(), *more]) + "\n")
    people = [{"user_id": f"1{n}", "registrant_id": f"reg-{n}"} for n in (1, 3, 4)]
    at, gone = {"join_time": "2026-03-02T14:59:00Z"}, {"leave_time": "2026-03-02T15:10:00Z", "leave_reason": CUT_OFF}
    came = [line("participant_joined", "2026-03-02T14:59:00Z", one | at) for one in people]
    left = [line("participant_left", "2026-03-02T15:10:02Z", one | gone) for one in people]
    files.events.write_text("\n".join([EVENTS[0], *came, *left, *EVENTS[3:]]) + "\n")
    for code in ("C1", "C3", "C4"):
        assert "ticket (one for the whole incident): 3 people had technical trouble" in explain(files, "B", code).stdout


def test_names_stay_out_of_the_story(files):
    files.roster.write_text(
        files.roster.read_text()
        .replace("registrant_id\n", "registrant_id,name\n")
        .replace("reg-1\n", "reg-1,Iva Invented\n")
    )
    named = [
        line(
            "participant_joined",
            "2026-03-02T14:58:30Z",
            CLIENT | {"user_name": "Iva Invented", "join_time": "2026-03-02T14:58:30Z"},
        )
    ]
    files.events.write_text("\n".join([*EVENTS, *named]) + "\n")
    told = explain(files, "B", "C1")
    assert told.returncode == 0
    assert "Invented" not in told.stdout + told.stderr


def test_somebody_who_is_not_expected_is_a_sentence(files):
    done = explain(files, "B", "C9", by=started)
    assert done.returncode == 2
    assert "nobody with the code C9 is in appointment B" in done.stderr


def test_half_a_recording_is_refused(files):
    done = typed("explain", "B", "C1", "--roster", files.roster)
    assert done.returncode == 2
    assert "--roster and --events together" in done.stderr


def test_a_bad_row_is_skipped_when_that_is_asked_for(files):
    files.roster.write_text(ROSTER + "C,individual,soon,later,90010020032,,C9,client,\n")
    refused = explain(files, "B", "C1")
    assert (refused.returncode, refused.stdout) == (2, "")
    assert "--skip-bad-rows" in refused.stderr
    assert "Verdict: attended" in explain(files, "B", "C1", "--skip-bad-rows").stdout
