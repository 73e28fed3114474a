"""Make-up work, walked without JavaScript: the catalogue, the coordinator, the client, the clinician, the minutes."""

from __future__ import annotations

import csv
import io
import re
from dataclasses import replace
from datetime import date, timedelta
from zoneinfo import ZoneInfo

import pytest
from click.testing import CliRunner

from plugin.core.appointment import Kind, Participant, Role
from plugin.core.makeup import MakeupLimits, attachment
from plugin.service import grants, makeups
from plugin.service.minutes import minutes_of_weeks
from plugin.storage import action, board
from plugin.storage import makeup as storage
from plugin.storage.tables import makeup as table
from tests.web.conftest import NAME, NINE

PDF = b"%PDF-1.7 a page about sleep"
KEY = "makeup/G-1/C-017"


@pytest.fixture
def held(rejoin, put, zoom) -> int:
    """A workshop of module coping-2 was held and C-017 did not come: it waits for a coordinator."""
    people = (
        Participant("DR-RIVERA", Role.CLINICIAN, registrant_id="reg-rivera"),
        Participant(
            "C-017", Role.CLIENT, name=NAME, email="noor.canary@example.invalid", registrant_id="reg-017", language="es"
        ),
        Participant("C-018", Role.CLIENT, registrant_id="reg-018"),
    )
    put("G-1", Kind.EDUCATION, participants=people, module="coping-2")
    zoom.started(NINE)
    for who in ("reg-rivera", "reg-018"):
        zoom.joined(who, NINE)
        zoom.left(who, NINE + timedelta(minutes=50))
    zoom.ended(NINE + timedelta(minutes=50))
    rejoin.clock.set(NINE + timedelta(hours=3))
    zoom.judge("G-1")
    with rejoin.db.read() as tx:
        return action.in_state(tx, action.HELD, ("makeup",))[0].id


@pytest.fixture
def material(rejoin):
    """Two items in the catalogue; the second one fits the module."""
    with rejoin.db.begin() as tx:
        now = rejoin.clock.now()
        storage.add_item(tx, "a-1", "anger-1", 20, "Anger diary", "Write down three moments.", "", now)
        file = attachment("Sleep sheet.pdf", PDF, 1000)
        storage.add_item(tx, "c-2", "coping-2", 40, "Sleep well", "Read the sheet.", "https://x.example/v", now, file)


@pytest.fixture
def assigned(visit, held, material, act):
    """Cora assigned what fits, with a note, and the letter went out."""
    cora = visit("cora")
    cora.get(f"/approvals/makeups/{held}")
    chosen = re.search(r'name="item" value="(\d+)" checked', cora.page.text).group(1)
    assert "Sleep well" in cora.form("/approve").split("Anger diary")[0]
    cora.submit("/approve", item=chosen, text="Take your time.")
    act()
    return cora


@pytest.fixture
def path(rejoin, assigned) -> str:
    """The client's link in the letter."""
    with rejoin.db.read() as tx:
        [letter] = [board.letter(tx, row.id) for row in board.letters(tx) if row.subject.startswith("Algo para")]
    assert "Sleep" not in letter.body + letter.subject
    return re.search(r"https://rejoin\.invalid(/m/\S+)", letter.body).group(1)


@pytest.fixture
def small_files(rejoin):
    """A policy that takes files of 50 kB at most."""
    limits = MakeupLimits(file_bytes=50_000)
    object.__setattr__(rejoin, "policy", replace(rejoin.policy, makeup=limits))


def row(rejoin):
    with rejoin.db.read() as tx:
        return storage.by_action(tx, KEY)


def item(rejoin, number: int) -> storage.Item:
    with rejoin.db.read() as tx:
        return storage.item(tx, number)


def minutes(rejoin) -> dict[str, tuple[float, int]]:
    with rejoin.db.read() as tx:
        found = minutes_of_weeks(tx, date(2026, 11, 23), date(2026, 11, 30), ZoneInfo("America/New_York"))
    return {week.participant_id: (week.attended_minutes, week.makeup_minutes) for week in found}


def test_client_hands_in_and_clinician_accepts_and_the_minutes_stay_apart(rejoin, visit, path, zoom):
    client = visit()
    client.get(path)
    assert client.heading == "Algo para hacer"
    for told in ("Sleep well", "Read the sheet.", "Take your time.", "Toma unos 40 minutos", "lunes 7 de diciembre"):
        assert told in client.text
    for secret in (NAME, "C-017", "DR-RIVERA", "G-1", "coping"):
        assert secret not in client.page.text
    file = visit().get(f"{path}/file")
    assert (file.data, file.headers["Content-Type"]) == (PDF, "application/pdf")
    assert file.headers["Content-Disposition"].startswith("attachment")
    assert minutes(rejoin)["C-017"] == (0.0, 0)

    client.submit("Entregarlo", text="Dormí mejor.")
    assert "Gracias. Lo tenemos" in client.text
    assert "<textarea" not in client.page.text
    assert b"Dorm" not in bytes(row(rejoin).answer_sealed)

    rivera = visit("rivera")
    rivera.get("/makeups/work")
    assert "Sleep well" in rivera.text
    rivera.get("/makeups/work/1")
    assert "Dormí mejor." in rivera.text
    rivera.submit("Accept 40 minutes")
    assert "Accepted." in rivera.text
    client.get(path)
    assert "Listo. ¡Gracias!" in client.text
    assert minutes(rejoin) == {"C-017": (0.0, 40), "C-018": (50.0, 0)}
    for page in ("/appointments/G-1", "/?day=2026-11-23"):
        rivera.get(page)
        assert "make-up" in rivera.text
        assert "40 min" in rivera.text


def test_given_back_with_a_note_and_handed_in_again_with_a_file(rejoin, visit, path, act):
    client, rivera = visit(), visit("rivera")
    client.get(path)
    client.submit("Entregarlo", done="yes")
    rivera.get("/makeups/work/1")
    assert "They say that they are done with it." in rivera.text
    assert rivera.submit("Give it back", note=" ").status_code == 422
    rivera.submit("Give it back", note="What helped you most?")
    act()
    with rejoin.db.read() as tx:
        assert len([one for one in board.letters(tx) if one.subject.startswith("Algo para")]) == 2
    client.get(path)
    assert "What helped you most?" in client.text
    client.submit("Entregarlo", text="The walk.", file=(io.BytesIO(PDF), "../../my <sheet>.PDF"))
    assert row(rejoin).state == "handed-in"
    assert PDF not in bytes(row(rejoin).file_sealed)
    file = rivera.get("/makeups/work/1/file")
    assert file.data == PDF
    assert file.headers["Content-Disposition"] == 'attachment; filename="my sheet.pdf"'
    assert "sandbox" in file.headers["Content-Security-Policy"]


@pytest.mark.parametrize(
    ("name", "content"),
    [("a.pdf", b"<script>alert(1)</script>"), ("a.exe", b"MZ\x90"), ("a.svg", b"<svg/>"), ("a.pdf", b""),
     ("a.pdf", b"%PDF-" + b"x" * 50_000)],
)  # fmt: skip
def test_file_that_is_not_taken_is_told_and_what_was_written_is_not_lost(
    rejoin, visit, path, small_files, name, content
):
    client = visit()
    client.get(path)
    client.submit("Entregarlo", text="My answer.", file=(io.BytesIO(content), name))
    assert client.page.status_code == 422
    assert "PDF, JPEG, PNG, hasta 50 kB" in client.text
    assert "My answer." in client.text
    assert row(rejoin).state == "assigned"


def test_more_than_a_file_may_have_is_refused_at_the_door(visit, path, small_files):
    client = visit()
    client.get(path)
    client.submit("Entregarlo", file=(io.BytesIO(b"%PDF-" + b"x" * 300_000), "a.pdf"))
    assert client.page.status_code == 413
    assert "No podemos recibir ese archivo: PDF, JPEG, PNG, hasta 50 kB." in client.text
    assert "Cómo encontrarnos" in client.text


def test_nothing_at_all_is_no_hand_in(rejoin, visit, path):
    client = visit()
    client.get(path)
    assert client.submit("Entregarlo", text="  ").status_code == 422
    assert row(rejoin).state == "assigned"


def test_corrected_verdict_takes_it_back_and_the_page_says_so(rejoin, visit, path, zoom):
    zoom.joined("reg-017", NINE)
    zoom.left("reg-017", NINE + timedelta(minutes=50))
    zoom.judge("G-1")
    assert row(rejoin).state == "withdrawn"
    client = visit()
    assert client.get(path).status_code == 410
    assert "Esto ya no hace falta." in client.text


def test_clients_page_of_the_session_leads_to_it(rejoin, visit, path):
    with rejoin.db.begin() as tx:
        now = rejoin.clock.now()
        token = grants.issue(tx, rejoin, grants.ANSWER, "k", "G-1", "C-017", now + timedelta(days=1), now)
    client = visit()
    client.get(f"/a/{token}")
    assert "Hay algo para hacer: «Sleep well», unos 40 minutos." in client.text
    assert f'href="{path}"' in client.page.text


def test_a_clinician_reads_only_work_of_their_own_sessions(rejoin, visit, path, put):
    put("G-1", Kind.EDUCATION, participants=(Participant("C-017", Role.CLIENT),))
    rivera = visit("rivera")
    for page in ("/makeups/work/1", "/makeups/work/1/file"):
        assert rivera.get(page).status_code == 404
    rivera.get("/makeups/work")
    assert "C-017" not in rivera.text
    assert visit("tess").get("/makeups/work/1").status_code == 403


def test_two_who_review_at_once_decide_once(rejoin, visit, path):
    client, cora, ada = visit(), visit("cora"), visit("ada")
    client.get(path)
    client.submit("Entregarlo", done="yes")
    cora.get("/makeups/work/1")
    ada.get("/makeups/work/1")
    cora.submit("Accept 40 minutes")
    ada.submit("Give it back", note="Once more.")
    assert ada.page.status_code == 409
    assert row(rejoin).state == "accepted"


def test_coordinator_may_write_without_an_item_but_not_nothing(rejoin, visit, held, act):
    cora = visit("cora")
    cora.get(f"/approvals/makeups/{held}")
    assert cora.submit("/approve", item="0", text=" ").status_code == 422
    cora.submit("/approve", item="0", text="Please read chapter 3.", minutes="15")
    assert row(rejoin).minutes == 15


class TestCatalogue:
    """What there is to assign."""

    def test_item_is_added_changed_retired_and_brought_back(self, rejoin, visit):
        rivera = visit("rivera")
        rivera.get("/makeups/new")
        rivera.submit(
            "/makeups/save", code="c-2", title="Sleep well", module="coping-2", minutes="40", text="Read.", link="",
            file=(io.BytesIO(PDF), "sheet.pdf"),
        )  # fmt: skip
        rivera.get("/makeups")
        assert "Sleep well" in rivera.text
        rivera.get("/makeups/1")
        rivera.submit("/makeups/save", title="Sleep better", module="coping-2", minutes="30", text="Read.", link="")
        with rejoin.db.read() as tx:
            item = storage.item(tx, 1)
        assert (item.title, item.minutes) == ("Sleep better", 30)
        assert (item.file_name, item.file_bytes) == ("sheet.pdf", len(PDF))
        rivera.get("/makeups")
        rivera.submit("/retire")
        assert "1 retired" in rivera.text
        rivera.submit("Bring back", back="yes")
        assert "retired" not in rivera.text

    @pytest.mark.parametrize(
        ("wrong", "told"),
        [({"code": ""}, "a code and a title"), ({"minutes": "601"}, "from 0 to 600"), ({"minutes": "-1"}, "from 0"),
         ({"link": "javascript:alert(1)"}, "https://"), ({"title": "x" * 201}, "longer than 200")],
    )  # fmt: skip
    def test_what_cannot_be_is_told_and_what_was_written_is_not_lost(self, visit, wrong, told):
        cora = visit("cora")
        cora.get("/makeups/new")
        good = {"code": "c-2", "title": "Sleep well", "module": "", "minutes": "40", "text": "Kept text.", "link": ""}
        assert cora.submit("/makeups/save", **(good | wrong)).status_code == 422
        assert told in cora.text
        assert "Kept text." in cora.text

    def test_of_two_who_edit_an_item_the_second_is_told_and_loses_nothing(self, rejoin, visit, material):
        cora, rivera = visit("cora"), visit("rivera")
        for someone in (cora, rivera):
            someone.get("/makeups/1")
        changed = {"title": "Anger diary", "module": "anger-1", "minutes": "20", "link": ""}
        rivera.submit("/makeups/save", **changed, text="Write down five moments.")
        assert cora.submit("/makeups/save", **changed, text="Write what helped.").status_code == 409
        for told in ("Somebody else changed", "Write down five moments.", "Write what helped."):
            assert told in cora.text
        assert item(rejoin, 1).text == "Write down five moments."
        cora.submit("/makeups/save", **changed, text="Write down five moments, and what helped.")
        assert item(rejoin, 1).text == "Write down five moments, and what helped."

    def test_saving_an_item_that_was_retired_does_not_bring_it_back(self, rejoin, visit, material):
        cora, rivera = visit("cora"), visit("rivera")
        cora.get("/makeups/1")
        rivera.get("/makeups")
        rivera.submit("/makeups/1/retire")
        changed = {"title": "Anger diary", "module": "anger-1", "minutes": "25", "text": "", "link": ""}
        assert cora.submit("/makeups/save", **changed).status_code == 409
        assert "Retired: it is not offered any more" in cora.text
        cora.submit("/makeups/save", **changed)
        assert (item(rejoin, 1).minutes, item(rejoin, 1).retired_at is None) == (25, False)

    def test_code_that_is_there_is_not_overwritten_by_a_new_item(self, visit, material):
        cora = visit("cora")
        cora.get("/makeups/new")
        cora.submit("/makeups/save", code="c-2", title="Other", module="", minutes="1", text="", link="")
        assert "an item with this code already" in cora.text


def test_files_are_known_by_what_is_in_them():
    assert attachment("a.png", PDF, 100).name == "a.pdf"
    assert attachment("..\\..\\", PDF, 100).name == "file.pdf"
    assert attachment("a.pdf", PDF, len(PDF)) is not None
    assert attachment("a.pdf", PDF, len(PDF) - 1) is None
    assert attachment("a.txt", b"plain", 100) is None


def test_catalogue_comes_from_a_file_and_minutes_go_out_as_one(rejoin, monkeypatch, tmp_path, held, act):
    from plugin.cli.main import main

    monkeypatch.setattr("plugin.composition.build", lambda _settings: rejoin)
    monkeypatch.setattr("plugin.cli.start.prepared_settings", lambda: None)
    monkeypatch.setattr(rejoin.db, "close", lambda: None)
    file = tmp_path / "items.csv"
    file.write_text("code,title,module,minutes\nc-2,Sleep well,coping-2,40\nc-3,,coping-2,x\n")
    told = CliRunner().invoke(main, ["makeup", "import", str(file)])
    assert (told.exit_code, f"{file}:3: An item needs a code" in told.output) == (2, True)
    file.write_text("code,title,minutes\nc-2,Sleep well,40\nc-2,Wake well,40\n")
    told = CliRunner().invoke(main, ["makeup", "import", str(file)])
    assert (told.exit_code, f"{file}:3: The code c-2 stands in line 2 already." in told.output) == (2, True)
    file.write_text("code,title,module,minutes\nc-2,Sleep well,coping-2,40\n")
    for _ in range(2):
        assert CliRunner().invoke(main, ["makeup", "import", str(file)]).exit_code == 0
    assert CliRunner().invoke(main, ["makeup", "list"]).output == "coping-2\tc-2\t40 min\tSleep well\n"

    with rejoin.db.begin() as tx:
        makeups.approve(tx, rejoin, held, 1, None, "", "cora", rejoin.clock.now())
        tx.execute(table.update().values(state="accepted", handed_in_at=rejoin.clock.now()))
    out = CliRunner().invoke(main, ["minutes", "--from", "2026-11-23", "--to", "2026-11-30"]).output
    rows = list(csv.DictReader(io.StringIO(out)))
    assert [(r["week"], r["participant_id"], r["attended_minutes"], r["makeup_minutes"]) for r in rows] == [
        ("2026-11-23", "C-017", "0.0", "40"), ("2026-11-23", "C-018", "50.0", "0"),
    ]  # fmt: skip
    assert CliRunner().invoke(main, ["minutes", "--from", "2026-11-23", "--to", "2026-11-23"]).exit_code == 2
