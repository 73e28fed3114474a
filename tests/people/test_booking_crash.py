"""The service may end at any moment of a booking: one meeting, one place in it and one invitation come of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace as changed
from pathlib import Path

import pytest
import responses

from plugin.composition import assemble
from plugin.core.appointment import Status
from plugin.ports.mail import Letter
from plugin.service import booking, picking
from plugin.storage import appointment as appointments
from plugin.storage import booking as bookings
from plugin.storage import seat as seats
from plugin.storage.database import Database
from tests.conftest import LentFile, MovingClock, make_settings
from tests.people.house import House
from tests.people.test_seats import GROUP as GROUP_NUMBER
from tests.people.test_seats import crowd, group, missed_group
from tests.people.zoom import Zoom

GROUP = int(GROUP_NUMBER)


class Crash(BaseException):
    """The process ends here."""


class Fuse:
    """Ends the process at the n-th moment; `seen` names the moments that went by."""

    def __init__(self, at: int):
        self.at, self.seen = at, []

    def __call__(self, what: str) -> None:
        self.seen.append(what)
        if len(self.seen) == self.at:
            raise Crash(what)


class FragileDatabase:
    """A database whose process may end before or after each commit."""

    def __init__(self, db: Database, fuse: Callable[[str], None]):
        self._db, self._fuse = db, fuse

    def __getattr__(self, name: str):
        return getattr(self._db, name)

    @contextmanager
    def begin(self):
        with self._db.begin() as tx:
            yield tx
            self._fuse("before commit")
        self._fuse("after commit")


class FragileMail:
    """A mailbox whose process may end before a letter is taken, or before we hear that it was."""

    def __init__(self, mailer, fuse: Callable[[str], None]):
        self._mailer, self._fuse = mailer, fuse

    def send(self, letter: Letter) -> str:
        self._fuse("before letter")
        reference = self._mailer.send(letter)
        self._fuse("after letter")
        return reference


class Life:
    """One copy of a house in which Alice picked a time, its Zoom, and as many lives of the service as it takes."""

    def __init__(self, file: Path, lent: LentFile, clock: MovingClock):
        self.db, self.settings = lent.lay_down(file), make_settings(lent.url)
        self.zoom, self.clock = Zoom(), MovingClock(clock.now())

    def house(self, fuse: Callable[[str], None] = lambda what: None) -> House:
        """The service, started again."""
        self.db.close()  # whoever was connected is gone
        rejoin = assemble(self.settings, self.db, self.clock)
        self.zoom.before = lambda what: fuse(f"before {what}")
        self.zoom.after = lambda what: fuse(f"after {what}")
        house = House.__new__(House)
        house.rejoin = changed(rejoin, db=FragileDatabase(self.db, fuse), mailer=FragileMail(rejoin.mailer, fuse))
        house.clock = self.clock
        return house

    def until_nothing_is_due(self) -> House:
        house = self.house()
        for _ in range(8):
            self.clock.advance(minutes=5)
            house.act()
        return house


@pytest.fixture
def file(rejoin_on_sqlite, tmp_path) -> Path:
    """A database in which Alice was offered times and picked the second one."""
    house = House(rejoin_on_sqlite)
    house.miss()
    return picked(house, 1, tmp_path / "picked.db")


@pytest.fixture
def seat_file(rejoin_on_sqlite, tmp_path) -> Path:
    """A database in which Alice was offered a seat in another group and picked it."""
    return picked(missed_group(rejoin_on_sqlite, group("G2", 2, crowd(3))), 0, tmp_path / "picked.db")


def picked(house: House, index: int, copy: Path) -> Path:
    """She picks this one of what she was offered; a copy of the database as it stands then."""
    house.approve()
    house.do(picking.pick, house.grant(), index)
    connection = house.rejoin.db.engine.raw_connection()
    connection.execute("VACUUM INTO ?", (str(copy),))
    connection.close()
    return copy


def lives(file, lent, clock, work, moments: str) -> list[str]:
    """Let `work` go through once without an end; then let it end at each of these moments, and be finished by the next
    life each time."""
    fuse = Fuse(0)
    with life_of(file, lent, clock) as life:
        work.begin(life, fuse)
        work.look(life, life.until_nothing_is_due(), "without an end")
    for at, what in enumerate(fuse.seen, start=1):
        if not what.startswith(moments):
            continue
        with life_of(file, lent, clock) as life:
            with pytest.raises(Crash, match=what):
                work.begin(life, Fuse(at))
            work.look(life, life.until_nothing_is_due(), f"after the end {what} ({at})")
    return fuse.seen


@contextmanager
def life_of(file: Path, lent: LentFile, clock: MovingClock) -> Iterator[Life]:
    with responses.RequestsMock(assert_all_requests_are_fired=False) as edge:
        life = Life(file, lent, clock)
        life.zoom.at(edge)
        yield life


# An end before a commit or a call leaves behind what the end after the last one did.
ENDS = pytest.mark.parametrize("moments", ["after", pytest.param("before", marks=pytest.mark.long)])


class Booked:
    """A picked time becomes an appointment."""

    def begin(self, life: Life, fuse: Fuse) -> None:
        life.house(fuse).act()

    def look(self, life: Life, house: House, when: str) -> None:
        zoom = life.zoom
        assert (len(zoom.made), len(zoom.meetings)) == (1, 1), when
        (people,) = zoom.registrants.values()
        assert len(people) == 1, when
        letters = [letter.subject for letter in house.letters()]
        assert letters.count("Your new appointment") == 1, when
        assert letters.count("A time of yours was picked") == 1, when
        with house.rejoin.db.read() as tx:
            new = appointments.load(tx, "A1-r1")
            assert appointments.join_url(tx, "A1-r1", "C-ALICE") == people[0]["join_url"], when
        assert new.participant("C-ALICE").registrant_id == people[0]["id"], when
        assert house.offer().new_appointment_id == "A1-r1", when
        told = [task for task in house.tasks() if task.role == "clinician" and "picked" in task.because]
        assert len(told) == 1, when
        states = [house.action(key).state for key in ("booking/reschedule/A1/C-ALICE", "invitation/A1-r1")]
        assert states == ["done", "done"], when


class CalledOff:
    """That appointment is called off again."""

    def begin(self, life: Life, fuse: Fuse) -> None:
        life.house().act()
        house = life.house(fuse)
        house.do(booking.call_off, house.offer().id, "cora")
        house.act()

    def look(self, life: Life, house: House, when: str) -> None:
        with house.rejoin.db.read() as tx:
            called_off = bookings.of_offer(tx, house.offer().id).state == bookings.CALLED_OFF
            status = appointments.load(tx, "A1-r1").status
        letters = house.letters("Your appointment will not take place")
        if not called_off:  # it ended before that was written: nothing happened
            assert (len(life.zoom.meetings), letters, status) == (1, [], Status.BOOKED), when
            return
        assert (life.zoom.meetings, len(life.zoom.deleted), status) == ({}, 1, Status.CANCELLED), when
        assert sorted(letter.participant_id for letter in letters) == ["C-ALICE", "S-DORA"], when


@ENDS
def test_a_booking_is_made_once_wherever_the_service_ends(file, lent_sqlite, moving_clock, moments):
    seen = lives(file, lent_sqlite, moving_clock, Booked(), moments)
    for call in ("GET list", "POST make", "GET read", "GET people", "POST register", "letter"):
        assert {f"before {call}", f"after {call}"} <= set(seen)
    assert seen.count("before commit") == seen.count("after commit") >= 12


class Seated:
    """A picked seat becomes a place in another group, whose meeting stands already."""

    def begin(self, life: Life, fuse: Fuse) -> None:
        life.zoom.meetings[GROUP] = group_meeting()
        life.house(fuse).act()

    def look(self, life: Life, house: House, when: str) -> None:
        assert (life.zoom.made, list(life.zoom.meetings), len(life.zoom.registrants[GROUP])) == ([], [GROUP], 1), when
        letters = [letter.subject for letter in house.letters()]
        assert letters.count("Your new appointment") == 1, when
        assert letters.count("Somebody joins an appointment of yours") == 1, when
        with house.rejoin.db.read() as tx:
            group = appointments.load(tx, "G2")
            (seat,) = tx.execute(seats.table.select()).all()
        assert [one.participant_id for one in group.participants] == ["C-1", "C-2", "C-3", "S-EVE", "C-ALICE"], when
        assert group.participant("C-ALICE").registrant_id == life.zoom.registrants[GROUP][0]["id"], when
        assert (seat.appointment_id, seat.held_until, house.offer().new_appointment_id) == ("G2", None, "G2"), when
        assert house.action("booking/makeup/A1/C-ALICE").state == "done", when


class TakenOut:
    """That guest is taken out of the group again."""

    def begin(self, life: Life, fuse: Fuse) -> None:
        life.zoom.meetings[GROUP] = group_meeting()
        life.house().act()
        house = life.house(fuse)
        house.do(booking.call_off, house.offer().id, "cora")
        house.act()

    def look(self, life: Life, house: House, when: str) -> None:
        with house.rejoin.db.read() as tx:
            out = bookings.of_offer(tx, house.offer().id).state == bookings.CALLED_OFF
            codes = [one.participant_id for one in appointments.load(tx, "G2").participants]
            kept = tx.execute(seats.table.select()).all()
        letters = house.letters("Your appointment will not take place")
        assert GROUP in life.zoom.meetings, "the meeting belongs to the group"
        if not out:  # it ended before that was written: nothing happened
            assert (codes[-1], len(kept), letters, len(life.zoom.registrants[GROUP])) == ("C-ALICE", 1, [], 1), when
            return
        assert (codes, kept) == (["C-1", "C-2", "C-3", "S-EVE"], []), when
        assert life.zoom.registrants[GROUP] == [], when
        assert [letter.participant_id for letter in letters] == ["C-ALICE"], when


def group_meeting() -> dict:
    """A meeting that takes registrations and writes to nobody."""
    settings = dict.fromkeys(("registrants_email_notification", "registrants_confirmation_email"), False)
    join_url = "https://zoom.example/j/group"
    return {"id": GROUP, "type": 8, "join_url": join_url, "settings": settings | {"approval_type": 0}, "agenda": ""}


@ENDS
def test_a_seat_is_taken_once_wherever_the_service_ends(seat_file, lent_sqlite, moving_clock, moments):
    seen = lives(seat_file, lent_sqlite, moving_clock, Seated(), moments)
    for call in ("GET read", "GET people", "POST register", "letter"):
        assert {f"before {call}", f"after {call}"} <= set(seen)
    assert seen.count("before commit") == seen.count("after commit") >= 8


@ENDS
def test_a_guest_is_taken_out_once_wherever_the_service_ends(seat_file, lent_sqlite, moving_clock, moments):
    seen = lives(seat_file, lent_sqlite, moving_clock, TakenOut(), moments)
    assert {"before PUT cancel", "after PUT cancel"} <= set(seen)


@ENDS
def test_a_booking_is_called_off_once_wherever_the_service_ends(file, lent_sqlite, moving_clock, moments):
    seen = lives(file, lent_sqlite, moving_clock, CalledOff(), moments)
    assert {"before DELETE delete", "after DELETE delete"} <= set(seen)
    assert seen.count("before letter") == 2
