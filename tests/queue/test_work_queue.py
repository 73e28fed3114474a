"""One contract for every engine that does due work: embedded on both databases, procrastinate on PostgreSQL."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest

from plugin.adapters.clock import SystemClock
from plugin.adapters.embedded import EmbeddedQueue
from plugin.adapters.procrastinate import ProcrastinateQueue
from plugin.ports import retry
from plugin.ports.queue import Claim, WorkKind
from plugin.storage import work
from plugin.storage.database import Database

JUDGE, ACT = WorkKind.JUDGE, WorkKind.ACT
ENGINES = {
    "embedded on sqlite": ("sqlite_url", EmbeddedQueue, {}),
    "embedded on postgres": ("fresh_postgres_url", EmbeddedQueue, {}),
    "procrastinate": ("fresh_postgres_url", ProcrastinateQueue, {"heartbeat_seconds": 0.25}),
}


class AheadClock:
    """The machine's clock two minutes later: every lease given before has run out."""

    def now(self) -> datetime:
        return datetime.now(UTC) + timedelta(minutes=2)


class Bench:
    """An engine with a worker that writes down what it was given and does as the test says."""

    def __init__(self, db: Database, queue):
        self.db = db
        self.queue = queue
        self.clock = SystemClock()
        self.done: list[Claim] = []
        self.misbehave = lambda claim: None
        self.next_due: datetime | None = None
        self.inbox = 0

    def perform(self, claims: Sequence[Claim]) -> None:
        for claim in claims:
            self.misbehave(claim)
        with self.db.begin() as tx:
            work.finish_held(tx, [(claim, self.next_due) for claim in work.held(tx, claims)])
            self.next_due = None
        self.done += claims

    def read(self) -> int:
        found, self.inbox = self.inbox, 0
        return found

    def request(self, kind: WorkKind, subject: str, in_seconds: float = 0) -> None:
        with self.db.begin() as tx:
            self.queue.request(tx, kind, subject, self.clock.now() + timedelta(seconds=in_seconds))

    @contextmanager
    def running(self) -> Iterator[None]:
        stop = threading.Event()
        thread = threading.Thread(target=self.queue.run, args=(self.read, self.perform, stop))
        thread.start()
        try:
            yield
        finally:
            stop.set()
            thread.join(timeout=20)
        assert not thread.is_alive(), "the engine did not stop"

    def subjects(self) -> list[str]:
        return [claim.subject for claim in self.done]

    def eventually(self, what, seconds: float = 10) -> None:
        patience = time.monotonic() + seconds
        while not what():
            assert time.monotonic() < patience, f"it did not happen; done: {self.subjects()}"
            time.sleep(0.02)

    def left(self) -> int:
        with self.db.read() as tx:
            return len(tx.execute(work.work.select()).all())


@pytest.fixture(
    params=[
        pytest.param(name, marks=[] if "sqlite" in name else [pytest.mark.postgres], id=name.replace(" ", "-"))
        for name in ENGINES
    ]
)
def bench(request, vault) -> Iterator[Bench]:
    url, engine, options = ENGINES[request.param]
    url = request.getfixturevalue(url)
    db = Database(url, vault)
    bench = Bench(db, engine(db, SystemClock(), **options))
    bench.url, bench.engine, bench.options = url, engine, options
    yield bench
    db.close()


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Retries come after moments, not minutes."""
    monkeypatch.setattr(retry, "FIRST_RETRY", timedelta(milliseconds=20))
    monkeypatch.setattr(retry, "LONGEST_RETRY", timedelta(milliseconds=50))


def test_due_work_is_done_once_and_forgotten(bench):
    bench.request(JUDGE, "A1")
    bench.request(ACT, "7")
    with bench.running():
        bench.eventually(lambda: sorted(bench.subjects()) == ["7", "A1"])
        time.sleep(0.5)
    assert sorted(bench.subjects()) == ["7", "A1"]
    assert bench.left() == 0


def test_work_asked_for_while_the_engine_runs_is_done_soon(bench):
    with bench.running():
        bench.eventually(lambda: True)
        time.sleep(0.5)
        began = time.monotonic()
        bench.request(JUDGE, "A1")
        bench.queue.wake()
        bench.eventually(lambda: bench.subjects() == ["A1"])
        assert time.monotonic() - began < 2.0


def test_a_deadline_is_kept_within_two_seconds_and_never_early(bench):
    bench.request(JUDGE, "A1", in_seconds=1.5)
    due_at = bench.clock.now() + timedelta(seconds=1.4)
    with bench.running():
        bench.eventually(lambda: bench.subjects() == ["A1"])
        late = (bench.clock.now() - due_at).total_seconds()
    assert 0 <= late < 2.1


def test_of_two_due_times_the_earlier_stands(bench):
    bench.request(JUDGE, "A1", in_seconds=3600)
    bench.request(JUDGE, "A1")
    bench.request(JUDGE, "A1", in_seconds=7200)
    with bench.running():
        bench.eventually(lambda: bench.subjects() == ["A1"])


def test_the_next_look_is_kept(bench):
    bench.request(JUDGE, "A1")
    bench.next_due = bench.clock.now() + timedelta(seconds=1)
    with bench.running():
        bench.eventually(lambda: bench.subjects() == ["A1", "A1"])
        assert bench.clock.now() >= bench.done[1].due_at
    assert bench.left() == 0


def test_work_asked_for_again_while_it_is_done_is_done_again(bench):
    begun, go_on = threading.Event(), threading.Event()

    def wait(claim):
        begun.set()
        go_on.wait(10)

    bench.misbehave = wait
    bench.request(JUDGE, "A1")
    with bench.running():
        assert begun.wait(10)
        bench.request(JUDGE, "A1")
        go_on.set()
        bench.eventually(lambda: bench.subjects() == ["A1", "A1"])
    assert bench.left() == 0


def test_an_engine_that_is_stopped_while_it_begins_stops(bench):
    for thousandths in range(0, 180, 15):
        stop = threading.Event()
        engine = bench.engine(bench.db, SystemClock(), **bench.options)
        thread = threading.Thread(target=engine.run, args=(bench.read, bench.perform, stop), daemon=True)
        thread.start()
        time.sleep(thousandths / 1000)
        stop.set()
        thread.join(20)
        assert not thread.is_alive(), f"asked to stop {thousandths} ms after it began, it works on"


def test_two_workers_never_hold_one_appointment_at_once(bench):
    inside, most = [], []
    lock = threading.Lock()

    def overlap(claim):
        with lock:
            inside.append(claim.subject)
            most.append(inside.count(claim.subject))
        time.sleep(0.05)
        with lock:
            inside.remove(claim.subject)

    bench.misbehave = overlap
    other = bench.engine(bench.db, SystemClock(), **bench.options)
    stop = threading.Event()
    second = threading.Thread(target=other.run, args=(bench.read, bench.perform, stop))
    second.start()
    with bench.running():
        for _ in range(20):
            bench.request(JUDGE, "A1")
            bench.queue.wake()
            time.sleep(0.03)
        bench.eventually(lambda: bench.left() == 0)
    stop.set()
    second.join(20)
    assert max(most) == 1
    assert len(bench.done) >= 2


def test_two_workers_never_do_the_same_work_twice(bench):
    for number in range(40):
        bench.request(JUDGE, f"A{number}")
    other = bench.engine(bench.db, SystemClock(), **bench.options)
    stop = threading.Event()
    second = threading.Thread(target=other.run, args=(bench.read, bench.perform, stop))
    second.start()
    with bench.running():
        bench.eventually(lambda: bench.left() == 0)
    stop.set()
    second.join(20)
    assert sorted(bench.subjects()) == sorted({f"A{number}" for number in range(40)})


def test_work_that_fails_is_tried_again(bench):
    failures = [ValueError("Quentin Quack, quentin@example.org"), OSError("the line is busy")]

    def fail(claim):
        if failures:
            raise failures.pop()

    bench.misbehave = fail
    bench.request(ACT, "7")
    with bench.running():
        bench.eventually(lambda: bench.subjects() == ["7"])
    assert bench.done[0].attempts == 3
    assert bench.left() == 0


def test_work_that_always_fails_is_given_up_and_kept_for_people_to_see(bench, capsys):
    def fail(claim):
        raise ValueError("Quentin Quack, quentin@example.org")

    bench.misbehave = fail
    bench.request(JUDGE, "A1")

    def dead():
        with bench.db.read() as tx:
            return work.dead(tx)

    with bench.running():
        bench.eventually(dead, seconds=20)
    row = dead()[0]
    assert (row.kind, row.subject, row.attempts) == ("judge", "A1", work.MAX_ATTEMPTS[JUDGE])
    assert "ValueError" in row.last_error
    said = row.last_error + "".join(capsys.readouterr())
    assert "Quentin" not in said
    assert "example.org" not in said


def test_given_up_work_that_is_asked_for_again_is_done(bench):
    bench.request(JUDGE, "A1")
    with bench.db.begin() as tx:
        [claim] = work.claim_due(tx, (JUDGE,), bench.clock.now(), bench.clock.now())
        work.fail(tx, claim, "ValueError", None, bench.clock.now())
    bench.request(JUDGE, "A1")
    with bench.running():
        bench.eventually(lambda: bench.subjects() == ["A1"])


def test_one_subject_that_fails_does_not_stop_the_others(bench):
    def fail(claim):
        if claim.subject == "bad":
            raise ValueError

    bench.misbehave = fail
    for subject in ("bad", "A1", "A2"):
        bench.request(JUDGE, subject)
    with bench.running():
        bench.eventually(lambda: {"A1", "A2"} <= set(bench.subjects()))


def test_an_action_that_hangs_delays_no_verdict(bench):
    release = threading.Event()

    def hang(claim):
        if claim.kind is ACT:
            release.wait(15)

    bench.misbehave = hang
    bench.request(ACT, "7")
    with bench.running():
        time.sleep(0.5)
        bench.request(JUDGE, "A1")
        bench.queue.wake()
        bench.eventually(lambda: bench.subjects() == ["A1"], seconds=3)
        release.set()
        bench.eventually(lambda: bench.subjects() == ["A1", "7"])


def test_stopping_reads_the_inbox_to_its_end_and_finishes_what_was_begun(bench):
    begun = threading.Event()

    def slow(claim):
        begun.set()
        time.sleep(0.5)

    bench.misbehave = slow
    bench.request(JUDGE, "A1")
    with bench.running():
        assert begun.wait(10)
        bench.inbox = 3
    assert bench.subjects() == ["A1"]
    assert bench.inbox == 0


def test_a_reader_that_fails_does_not_stop_the_work(bench):
    troubles = [OSError("the disk is full")]
    plain = bench.read

    def read():
        if troubles:
            raise troubles.pop()
        return plain()

    bench.read = read
    bench.request(JUDGE, "A1")
    with bench.running():
        bench.eventually(lambda: bench.subjects() == ["A1"])


def test_work_that_is_rolled_back_was_never_asked_for(bench):
    def ask_and_fail():
        with bench.db.begin() as tx:
            bench.queue.request(tx, JUDGE, "A1", bench.clock.now())
            raise RuntimeError

    with pytest.raises(RuntimeError):
        ask_and_fail()
    with bench.running():
        time.sleep(1.5)
    assert bench.subjects() == []


WORKER = """
import sys, threading, time
from plugin.adapters.clock import SystemClock
from plugin.adapters import embedded, procrastinate
from plugin.storage.database import Database
from plugin.storage.encryption import Vault
db = Database(sys.argv[1], Vault((("k", bytes(32)),)))
engine = embedded.EmbeddedQueue if sys.argv[2] == "EmbeddedQueue" else procrastinate.ProcrastinateQueue
options = {"heartbeat_seconds": 0.25} if sys.argv[2] != "EmbeddedQueue" else {}
def perform(claims):
    print("begun", flush=True)
    time.sleep(600)
engine(db, SystemClock(), **options).run(lambda: 0, perform, threading.Event())
"""


@pytest.mark.parametrize("kind", [JUDGE, ACT])
def test_work_of_a_killed_worker_is_taken_over_when_its_lease_ran_out(bench, kind):
    bench.request(kind, "A1")
    worker = subprocess.Popen(
        [sys.executable, "-c", WORKER, bench.url, bench.engine.__name__], stdout=subprocess.PIPE, text=True
    )
    try:
        assert worker.stdout.readline() == "begun\n"
    finally:
        worker.send_signal(signal.SIGKILL)
        worker.communicate()
    with bench.running():
        time.sleep(1.5)
        assert bench.subjects() == [], "its lease had not run out"
    bench.queue = bench.engine(bench.db, SystemClock(), AheadClock(), **bench.options)
    with bench.running():
        bench.eventually(lambda: bench.subjects() == ["A1"])
    assert bench.done[0].attempts == 2
    assert bench.left() == 0


def test_work_that_kills_its_worker_each_time_is_given_up(bench):
    bench.request(JUDGE, "A1")
    now = bench.clock.now
    for _ in range(work.MAX_ATTEMPTS[JUDGE]):
        with bench.db.begin() as tx:  # each worker claims it, and is never heard of again
            assert work.claim_due(tx, (JUDGE,), now(), AheadClock().now())
            tx.execute(work.work.update().values(claimed_until=now() - timedelta(seconds=1)))
    with bench.db.begin() as tx:
        assert work.bury(tx, now(), now()) == 1
        assert work.claim_due(tx, (JUDGE,), now(), now()) == []


def test_a_worker_that_lost_its_lease_settles_nothing(bench):
    bench.request(JUDGE, "A1")
    now = bench.clock.now()
    with bench.db.begin() as tx:
        [first] = work.claim_due(tx, (JUDGE,), now, now)
        [second] = work.claim_due(tx, (JUDGE,), now, now + timedelta(minutes=2))
        assert not work.finish(tx, first)
        assert not work.fail(tx, first, "OSError", None, now)
        assert work.finish(tx, second)
    assert bench.left() == 0
