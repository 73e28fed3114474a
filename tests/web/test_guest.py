"""A guest from another group, on the page of the session that they joined."""

from __future__ import annotations

from tests.people.test_seats import codes, picked, zoom_of_group  # noqa: F401, fixtures


def test_guest_is_named_with_where_they_come_from_and_can_be_taken_out(picked, visit):  # noqa: F811
    cora = visit("cora")
    page = cora.get("/appointments/G2").text
    assert "C-ALICE</span> comes from another group, in place of" in page
    assert '<a href="/appointments/A1">A1</a>' in page
    told = cora.submit("Take C-ALICE out of this session").text
    assert "comes from another group" not in told
    assert codes(picked) == ["C-1", "C-2", "C-3", "S-EVE"]
