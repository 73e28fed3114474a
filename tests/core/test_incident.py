"""What the people of an incident share, from the evidence of each."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plugin.core.appointment import Role
from plugin.core.event import Device, LeaveReason, Network
from plugin.core.incident import Platform, shared
from plugin.core.trace import Drop, Trace

TEN = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)
WINDOW = timedelta(seconds=90)


def at(seconds: float) -> datetime:
    return TEN + timedelta(seconds=seconds)


def somebody(code: str, *drops: float, role: Role = Role.CLIENT, **more) -> Trace:
    return Trace(code, role, tuple(Drop(at(s), LeaveReason.CONNECTION_LOST) for s in drops), **more)


CLINICIAN = somebody("S-1", role=Role.CLINICIAN)


class TestMoment:
    """The same minute."""

    def test_drops_within_the_window_are_one_moment(self):
        found = shared([somebody("A", 0), somebody("B", 40), somebody("C", 90)], [CLINICIAN], WINDOW)
        assert (found.people, found.dropped, found.first_at, found.last_at) == (3, 3, at(0), at(90))

    def test_drop_after_the_window_is_another_moment(self):
        found = shared([somebody("A", 0), somebody("B", 40), somebody("C", 91)], [CLINICIAN], WINDOW)
        assert (found.people, found.dropped) == (3, 2)

    def test_one_who_drops_often_shares_nothing_with_themselves(self):
        found = shared([somebody("A", 0, 10, 20), somebody("B", 400)], [CLINICIAN], WINDOW)
        assert (found.dropped, found.first_at) == (0, None)

    def test_nobody_who_dropped_is_no_moment(self):
        assert shared([somebody("A"), somebody("B")], [CLINICIAN], WINDOW).first_at is None


class TestWords:
    """The same network, the same device."""

    def test_network_that_all_have_is_shared_and_that_of_most_is_told(self):
        wifi, wired = {"network": Network.WIFI}, {"network": Network.WIRED}
        found = shared([somebody("A", **wifi), somebody("B", **wifi)], [CLINICIAN], WINDOW)
        assert found.network.all_of
        found = shared([somebody("A", **wifi), somebody("B", **wifi), somebody("C", **wired)], [CLINICIAN], WINDOW)
        assert (found.network.word, found.network.have, found.network.of) == (Network.WIFI, 2, 3)
        assert not found.network.all_of

    def test_what_most_have_is_told_wherever_it_stands_in_the_alphabet(self):
        wifi, cellular = {"network": Network.WIFI}, {"network": Network.CELLULAR}
        found = shared([somebody("A", **cellular), somebody("B", **wifi), somebody("C", **wifi)], [CLINICIAN], WINDOW)
        assert (found.network.word, found.network.have) == (Network.WIFI, 2)

    def test_network_of_a_family_counts_as_much(self):
        wifi = {"network": Network.WIFI}
        family = somebody("F", role=Role.FAMILY, **wifi)
        assert shared([somebody("A", **wifi), family], [CLINICIAN], WINDOW).network.of == 2

    def test_what_nobody_told_is_not_guessed(self):
        found = shared([somebody("A", device=Device.IOS), somebody("B"), somebody("C")], [CLINICIAN], WINDOW)
        assert (found.device.have, found.device.of, found.device.all_of) == (1, 1, False)
        assert found.network is None

    def test_the_clinicians_own_device_is_not_that_of_the_clients(self):
        clinician = somebody("S-1", role=Role.CLINICIAN, device=Device.MAC)
        assert shared([somebody("A", device=Device.IOS), clinician], [clinician], WINDOW).device.of == 1


class TestHost:
    """One clinician, and whether their own connection held."""

    def test_clinician_who_dropped_before_the_others_is_told(self):
        clinician = somebody("S-1", -20, role=Role.CLINICIAN)
        found = shared([somebody("A", 0), somebody("B", 5), clinician], [clinician], WINDOW)
        assert found.clinician_at == at(-20)

    @pytest.mark.parametrize(("dropped", "told"), [(94, at(94)), (95, at(95)), (96, None)])
    def test_clinician_who_dropped_long_after_is_not_the_cause(self, dropped, told):
        clinician = somebody("S-1", dropped, role=Role.CLINICIAN)
        found = shared([somebody("A", 0), somebody("B", 5)], [clinician], WINDOW)
        assert (found.clinician_at, found.clinicians) == (told, ("S-1",))


class TestPlatform:
    """Zoom's status."""

    def test_incident_that_was_on_at_the_drops_is_told_before_another(self):
        early, on = Platform(at(-9000), at(-8000)), Platform(at(-60))
        found = shared([somebody("A", 0), somebody("B", 5)], [CLINICIAN], WINDOW, [early, on])
        assert found.platform == on

    def test_none_is_none(self):
        assert shared([somebody("A", 0)], [CLINICIAN], WINDOW).platform is None


people = st.lists(
    st.builds(
        lambda n, drops, device, network: somebody(f"P{n}", *drops, device=device, network=network),
        st.integers(0, 99), st.lists(st.integers(0, 600), max_size=3), st.sampled_from([None, *Device]),
        st.sampled_from([None, *Network]),
    ),
    max_size=6, unique_by=lambda trace: trace.participant_id,
)  # fmt: skip


@settings(max_examples=100)
@given(people, st.randoms())
def test_order_does_not_matter_and_figures_fit(traces, random):
    mixed = list(traces)
    random.shuffle(mixed)
    found = shared(traces, [CLINICIAN], WINDOW)
    assert shared(mixed, [CLINICIAN], WINDOW) == found
    assert found.dropped <= found.people == len(traces)
    if found.first_at:
        assert found.last_at - found.first_at <= WINDOW
        assert found.dropped > 1
    for common in (found.device, found.network):
        assert common is None or 1 <= common.have <= common.of <= found.people
