"""An action is carried out once, wherever its worker dies or is held up; proved at the help desk that was asked."""

from __future__ import annotations

import signal
import threading
from datetime import UTC, datetime, timedelta

import pytest

from tests.torture import inspection
from tests.torture.house import House, until
from tests.torture.story import Session
from tests.torture.zoom import Zoom

pytestmark = [pytest.mark.alone, pytest.mark.timeout(400)]
STEPS = ("searched", "asked", "made", "answered")
TAKEN = "taken"  # a letter, and the mail server has not yet said so
DROPPED = 1  # the number of a session whose client drops out: a ticket


class Once:
    """At one step of opening a ticket, the first time only, something happens to the worker."""

    def __init__(self, step: str, then):
        self.step, self.then, self.happened = step, then, threading.Event()

    def __call__(self, step: str) -> None:
        if step == self.step and not self.happened.is_set():
            self.happened.set()
            self.then()


def tell(house: House) -> tuple[Zoom, list[Session]]:
    """One session whose client dropped out, told to the receiver."""
    sessions = [Session(DROPPED, datetime.now(UTC) + timedelta(seconds=1))]
    house.book(sessions[0])
    zoom = Zoom(house.port, connections=1)
    for request_id, body in sessions[0].deliveries():
        zoom.give(request_id, body)
    return zoom, sessions


def rest(house: House, zoom: Zoom, sessions: list[Session]) -> None:
    db = house.database()
    until(lambda: not zoom.unanswered() and inspection.settled(db, sessions), house.said)
    db.close()


def complaints(house: House, zoom: Zoom, sessions: list[Session], folder) -> list[str]:
    db = house.database()
    found = inspection.complaints(db, zoom, sessions, house.desk, house.post, folder)
    db.close()
    return found


def killed_at(step: str, house: House, folder) -> list[str]:
    """One ticket and one letter, killed at this step and up again; returns what is wrong in the end."""
    server = house.start("serve")
    remote = house.post if step == TAKEN else house.desk
    remote.on = Once(step, lambda: server.signal(signal.SIGKILL))
    zoom, sessions = tell(house)
    assert remote.on.happened.wait(60), house.said()
    server.kill()
    house.running.remove(server)
    house.start("serve")
    rest(house, zoom, sessions)
    zoom.close()
    return complaints(house, zoom, sessions, folder)


@pytest.mark.parametrize("step", STEPS)
def test_killed_at_any_step_one_ticket_is_opened(house_on_sqlite, tmp_path, step):
    house = house_on_sqlite()
    assert killed_at(step, house, tmp_path) == []
    assert len(house.desk.tickets) == 1


def test_control_an_action_marked_before_it_is_sent_is_found_out(house_on_sqlite, tmp_path):
    found = killed_at("searched", house_on_sqlite("mark_before_send"), tmp_path)
    assert any("is not at the help desk" in complaint for complaint in found), found


def test_control_an_action_sent_without_its_key_is_found_out(house_on_sqlite, tmp_path):
    found = killed_at("made", house_on_sqlite("send_without_key"), tmp_path)
    assert any("a ticket was doubled" in complaint for complaint in found), found


def test_killed_while_a_letter_goes_out_it_is_known_as_the_same(house_on_sqlite, tmp_path):
    house = house_on_sqlite()
    assert killed_at(TAKEN, house, tmp_path) == []
    assert len(house.post.letters) == 2
    assert len(house.post.sent()) == 1


def test_control_a_letter_without_its_key_is_found_out(house_on_sqlite, tmp_path):
    found = killed_at(TAKEN, house_on_sqlite("letters_without_key"), tmp_path)
    assert any("a letter was doubled" in complaint for complaint in found), found


def paused(house: House, folder) -> list[str]:
    """A worker is paused while what it asks is on its way, longer than anybody waits, and another does it all; only
    then the help desk hears the first one too, and the first worker goes on."""
    house.start("serve")
    sleeper, arrives = house.start("worker"), threading.Event()

    def on_its_way() -> None:
        sleeper.signal(signal.SIGSTOP)
        arrives.wait(120)

    house.desk.on = Once("asked", on_its_way)
    zoom, sessions = tell(house)
    assert house.desk.on.happened.wait(60), house.said()
    house.start("worker")
    rest(house, zoom, sessions)
    assert len(house.desk.tickets) == 1
    asked, written = sum(house.desk.asked.values()), len(house.worker_log())
    arrives.set()
    until(lambda: sum(house.desk.asked.values()) > asked, house.said)
    sleeper.signal(signal.SIGCONT)
    until(lambda: len(house.worker_log()) > written, house.said)
    rest(house, zoom, sessions)
    zoom.close()
    return complaints(house, zoom, sessions, folder)


@pytest.mark.postgres
def test_a_worker_that_was_paused_past_its_lease_does_no_harm(house_on_postgres, tmp_path):
    assert paused(house_on_postgres(), tmp_path) == []


@pytest.mark.postgres
def test_control_a_paused_worker_without_a_key_is_found_out(house_on_postgres, tmp_path):
    found = paused(house_on_postgres("send_without_key"), tmp_path)
    assert any("a ticket was doubled" in complaint for complaint in found), found
