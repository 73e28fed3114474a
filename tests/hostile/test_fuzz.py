"""One person's deliveries mutated at will: others are judged as before, or left open, and never called absent."""

from __future__ import annotations

import copy
import json
from functools import cache

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.hostile.test_recording import RECORDED, judged

OTHER_ROOM = "90000000001"
_junk = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=30),
    st.sampled_from(["", "2026-05-12T23:20:00Z", "1999-01-01T00:00:00Z", "2026-05-13T02:00:00Z", "Amara Okafor"]),
    st.lists(st.integers(), max_size=3),
    st.dictionaries(st.text(max_size=5), st.integers(), max_size=3),
)


def _of(name: str) -> list[int]:
    lines = [json.loads(line) if line.startswith(b"{") and line.endswith(b"}") else {} for line in RECORDED]
    found = []
    for number, line in enumerate(lines):
        body = line.get("body", line)
        person = body.get("payload", {}).get("object", {}).get("participant") if isinstance(body, dict) else None
        if person and person.get("user_name") == name:
            found.append(number)
    return found


@cache
def _usual() -> dict[str, dict]:
    return {r["participant_id"]: r for r in map(json.loads, judged(RECORDED)[0])}


@settings(deadline=None)  # how long it takes depends on the machine
@given(st.data())
def test_mutated_deliveries_of_one_client_wrong_nobody_else(data):
    """Amara Okafor (C1) is mutated in what is hers alone: the person, not the room."""
    lines = list(RECORDED)
    for number in data.draw(st.lists(st.sampled_from(_of("Amara Okafor")), min_size=1, max_size=3)):
        line = json.loads(lines[number])
        person = line["body"]["payload"]["object"]["participant"]
        field = data.draw(st.sampled_from([*person, "registrant_id", "customer_key", "phone_number", "leave_reason"]))
        person[field] = data.draw(_junk)
        lines[number] = json.dumps(line).encode()
    for result in map(json.loads, judged(lines)[0]):
        was = _usual()[result["participant_id"]]
        if result["participant_id"] == "C1":
            continue
        assert result["outcome"] in (was["outcome"], "undetermined")
        assert result["attended_minutes"] == was["attended_minutes"]


@settings(deadline=None)  # how long it takes depends on the machine
@given(st.lists(st.tuples(st.integers(0, len(RECORDED) - 1), st.sampled_from(["id", "uuid", "participant"]), _junk)))
def test_mutated_copies_of_everything_in_another_room_change_nothing(mutations):
    copies = []
    for number, field, junk in mutations:
        try:
            line = json.loads(RECORDED[number])
        except ValueError:
            continue
        body = line.get("body", line)
        if not isinstance(body, dict) or "object" not in body.get("payload", {}):
            continue
        line = copy.deepcopy(line) | {"received_at": "2026-05-13T01:00:00Z", "body": body}
        thing = line["body"]["payload"]["object"]
        # Who waits there for the same host may be who is missing here.
        thing |= {"id": OTHER_ROOM, "uuid": "elsewhere==", "host_id": "another-host"}
        thing["participant"] = {"user_name": "Somebody Else", "user_id": "1"}
        thing[field] = junk if field != "id" else OTHER_ROOM
        copies.append(json.dumps(line).encode())
    results = judged([*RECORDED, *copies])[0]
    assert [json.loads(one)["outcome"] for one in results] == [r["outcome"] for r in _usual().values()]


def test_the_recording_has_somebody_to_mutate():
    assert len(_of("Amara Okafor")) >= 4
