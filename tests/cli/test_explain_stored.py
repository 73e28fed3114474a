"""`rejoin explain` on the database: the story of a stored verdict."""

from __future__ import annotations

from datetime import timedelta

from plugin.cli.start import read_settings
from plugin.composition import build
from plugin.storage.migration import migrate
from tests.conftest import MovingClock
from tests.service.clinic import ALICE, DORA, NINE, Clinic, ended, joined, left


def a_clinic() -> Clinic:
    rejoin = build(read_settings(), MovingClock())
    migrate(rejoin.db)
    clinic = Clinic(rejoin)
    clinic.clock.set(NINE)
    return clinic


def test_stored_verdict_says_of_whom_each_delivery_tells(settings, run):
    clinic = a_clinic()
    for body in (joined(DORA, NINE), joined(ALICE, NINE), left(ALICE, NINE + timedelta(minutes=20), reason="Network")):
        clinic.receive(body)
    clinic.receive(left(DORA, NINE + timedelta(minutes=60)))
    clinic.receive(ended(NINE + timedelta(minutes=60)))
    clinic.go_to(NINE + timedelta(hours=4))
    clinic.rejoin.db.close()
    told = run("explain", "A1", "C-ALICE").output
    assert "UTC  joined (delivery 2)" in told
    assert "Verdict: partial, cause technical" in told
    absent = run("explain", "A1", "S-DORA").output
    assert "C-ALICE (client)" not in absent
    assert "Alice" not in told + absent
    assert "Grief" not in told + absent


def test_stored_absence_is_told_with_the_clinicians_deliveries(settings, run):
    clinic = a_clinic()
    clinic.receive(joined(DORA, NINE))
    clinic.clock.set(NINE + timedelta(minutes=60))
    clinic.receive(left(DORA, NINE + timedelta(minutes=60)))
    clinic.receive(ended(NINE + timedelta(minutes=60)))
    clinic.go_to(NINE + timedelta(hours=4))
    clinic.rejoin.db.close()
    told = run("explain", "A1", "C-ALICE").output
    assert "S-DORA (clinician): joined (delivery 1)" in told
    assert "nothing of this person" in told
