"""A person's own link into the meeting, in the roster."""

from __future__ import annotations

import pytest

from plugin.roster import read_roster

HEADER = "appointment_id,kind,starts_at,ends_at,meeting_id,participant_id,role,join_url\n"
ROW = "A1,individual,2026-03-02T09:00:00-05:00,2026-03-02T09:50:00-05:00,812 3456 7890,C-1,client,{}\n"


def read(link: str):
    return read_roster((HEADER + ROW.format(link)).encode())


@pytest.mark.parametrize("link", ["", "https://zoom.example/w/81234567890?tk=abc.def-g&pwd=x"])
def test_link_is_kept_as_it_stands(link):
    [appointment] = read(link).appointments
    assert appointment.participants[0].join_url == link


@pytest.mark.parametrize("link", ["http://zoom.example/w/1", "javascript:alert(1)", "https://a b", "https://x;url=y"])
def test_what_is_no_safe_link_is_named_and_not_repeated(link):
    [problem] = read(link).problems
    assert "join_url" in problem.what
    assert link not in problem.what
