"""Stored once, for good, before anybody is told so."""

import sqlite3
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest
import structlog
from sqlalchemy import event, select

from plugin.storage.database import Database
from plugin.storage.tables import delivery
from tests.webhooks.sender import as_body, joined, stored_bodies
from webhooks.inbox import LARGEST_BATCH, Inbox, NotStored, Receipt

STORED, DUPLICATE = Receipt.STORED, Receipt.DUPLICATE


@contextmanager
def locked(database):
    """Somebody else has the table and does not let go."""
    if database.is_postgresql:
        with database.engine.begin() as other:
            other.exec_driver_sql("LOCK TABLE delivery IN ACCESS EXCLUSIVE MODE")
            yield
        return
    other = sqlite3.connect(database.engine.url.database, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    yield
    other.execute("ROLLBACK")
    other.close()


def at_once(calls):
    """Run all of them at the same moment; what each returned or raised."""
    gate = threading.Barrier(len(calls))

    def run(call):
        gate.wait()
        try:
            return call()
        except NotStored as trouble:
            return trouble

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(run, calls))


def until(what, seconds=10.0):
    patience = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < patience, "it did not happen"
        time.sleep(0.02)


def test_stored_means_committed_as_another_connection_sees_it(inbox, database, vault):
    url = database.engine.url.render_as_string(hide_password=False)
    other = Database(url, vault)
    for number in range(5):
        assert inbox.put(as_body(joined(number))) is STORED
        assert len(stored_bodies(other)) == number + 1
    other.close()


def test_row_says_when_it_came_and_nothing_in_clear(inbox, database, moving_clock):
    inbox.put(as_body(joined(name="Alice Example")), "r-1")
    with database.read() as tx:
        row = tx.execute(select(delivery)).one()
    assert (row.received_at, row.request_id, row.state) == (moving_clock.now(), f"{joined()['event_ts']}.r-1", "new")
    assert b"Alice" not in bytes(row.body_sealed)
    assert stored_bodies(database) == [as_body(joined())]


def test_same_request_id_is_the_same_delivery_whatever_its_body(inbox, database):
    assert [inbox.put(b"1", "r-1"), inbox.put(b"2", "r-1")] == [STORED, DUPLICATE]
    assert stored_bodies(database) == [b"1"]


def test_same_body_is_the_same_delivery_whatever_its_request_id(inbox, database):
    assert [inbox.put(b"1", "r-1"), inbox.put(b"1", "r-2"), inbox.put(b"1")] == [STORED, DUPLICATE, DUPLICATE]
    assert stored_bodies(database) == [b"1"]


def test_deliveries_without_a_request_id_are_not_taken_for_each_other(inbox, database):
    assert [inbox.put(b"1"), inbox.put(b"2")] == [STORED, STORED]
    assert len(stored_bodies(database)) == 2


def test_thirty_two_senders_at_once_lose_and_double_nothing(inbox, database):
    bodies = [[as_body(joined(100 * sender + number)) for number in range(20)] for sender in range(32)]
    receipts = at_once([lambda mine=mine: [inbox.put(body) for body in mine] for mine in bodies])
    assert receipts == [[STORED] * 20] * 32
    assert sorted(stored_bodies(database)) == sorted(body for mine in bodies for body in mine)


def test_the_same_delivery_from_thirty_two_senders_at_once_is_stored_once(inbox, database):
    receipts = at_once([lambda: inbox.put(b"{}", "r-1")] * 32)
    assert (receipts.count(STORED), receipts.count(DUPLICATE)) == (1, 31)
    assert stored_bodies(database) == [b"{}"]


def test_duplicates_in_one_commit_are_known_by_either_key(inbox, database):
    given = ((b"1", "r-1"), (b"1", "r-2"), (b"2", "r-1"), (b"2", "r-3"), (b"3", None), (b"3", None))
    with ThreadPoolExecutor(8) as pool:
        with locked(database):  # the first keeps the writer, the others gather for the next commit
            puts = []
            for one in ((b"0", "r-0"), *given):
                puts.append(pool.submit(inbox.put, *one))
                time.sleep(0.05)
        receipts = [put.result() for put in puts]
    assert receipts == [STORED, STORED, DUPLICATE, DUPLICATE, STORED, STORED, DUPLICATE]
    assert sorted(stored_bodies(database)) == [b"0", b"1", b"2", b"3"]


def test_processes_that_share_a_database_store_once_and_never_block_each_other(database, moving_clock):
    """Two web processes on PostgreSQL get the same deliveries, through two subscriptions and in two orders."""
    inboxes = [Inbox(database, moving_clock), Inbox(database, moving_clock)]
    bodies = [as_body(joined(number)) for number in range(100)]
    with ThreadPoolExecutor(202) as pool:
        with locked(database):  # each has something in its hands, and the others gather for two large commits
            puts = [pool.submit(inbox.put, b"%d" % number) for number, inbox in enumerate(inboxes)]
            time.sleep(0.1)
            for inbox, order in zip(inboxes, (bodies, bodies[::-1]), strict=True):
                puts += [pool.submit(inbox.put, body) for body in order]
            time.sleep(0.2)
        assert {put.result() for put in puts} <= {STORED, DUPLICATE}
    assert sorted(stored_bodies(database)) == sorted([b"0", b"1", *bodies])
    for inbox in inboxes:
        inbox.close()


def test_locked_database_is_told_within_two_seconds_and_loses_nothing(inbox, database):
    bodies = [as_body(joined(number)) for number in range(8)]
    with locked(database):
        began = time.monotonic()
        answers = at_once([lambda body=body: inbox.put(body) for body in bodies])
        assert time.monotonic() - began < 2.8
    assert all(isinstance(answer, NotStored) for answer in answers)
    # Zoom comes back in five minutes; whether the first try was stored late or not, each stands once.
    assert all(inbox.put(body) in (STORED, DUPLICATE) for body in bodies)
    assert sorted(stored_bodies(database)) == sorted(bodies)


def test_full_queue_is_told_at_once(sqlite_database, moving_clock, monkeypatch):
    monkeypatch.setattr("webhooks.inbox.LONGEST_QUEUE", 4)
    inbox = Inbox(sqlite_database, moving_clock)
    with locked(sqlite_database), ThreadPoolExecutor(5) as pool:
        first = pool.submit(inbox.put, b"in the writer's hands")
        until(lambda: first.running() and inbox._waiting.empty())
        waiting = [pool.submit(inbox.put, b"%d" % number) for number in range(4)]
        until(lambda: inbox._waiting.qsize() == 4)
        began = time.monotonic()
        with pytest.raises(NotStored, match="too many"):
            inbox.put(b"one too many")
        assert time.monotonic() - began < 0.5
        for future in (first, *waiting):
            assert isinstance(future.exception(), NotStored)
    inbox.close()
    assert b"one too many" not in stored_bodies(sqlite_database)


def test_many_that_wait_share_one_commit(sqlite_database, moving_clock):
    commits = []
    event.listen(sqlite_database.engine, "commit", lambda _connection: commits.append(1))
    inbox = Inbox(sqlite_database, moving_clock)
    with ThreadPoolExecutor(64) as pool:
        with sqlite_database.begin():  # the writer waits for this one, and the others for the writer
            puts = [pool.submit(inbox.put, b"%d" % number) for number in range(64)]
            time.sleep(0.5)
        assert [put.result() for put in puts] == [STORED] * 64
    assert len(commits) <= 4
    assert LARGEST_BATCH >= 64
    inbox.close()


def test_writer_outlives_a_batch_that_fails(sqlite_database, moving_clock, vault):
    with sqlite_database.begin() as tx:
        tx.connection.exec_driver_sql("ALTER TABLE delivery RENAME TO away")
    inbox = Inbox(sqlite_database, moving_clock)
    with structlog.testing.capture_logs() as said, pytest.raises(NotStored):
        inbox.put(as_body(joined(name="Alice Example")))
    assert [line["event"] for line in said] == ["inbox-not-written"]
    assert "Alice" not in str(said)
    with sqlite_database.begin() as tx:
        tx.connection.exec_driver_sql("ALTER TABLE away RENAME TO delivery")
    assert inbox.put(as_body(joined())) is STORED
    inbox.close()


def test_reader_is_woken_after_the_commit_and_only_for_something_new(sqlite_database, moving_clock):
    seen = []
    inbox = Inbox(sqlite_database, moving_clock, lambda: seen.append(len(stored_bodies(sqlite_database))))
    for body in (b"1", b"1", b"2"):
        inbox.put(body)
    inbox.close()
    assert seen == [1, 2]


def test_reader_that_cannot_be_woken_stops_nothing(sqlite_database, moving_clock):
    def fails():
        raise RuntimeError

    inbox = Inbox(sqlite_database, moving_clock, fails)
    with structlog.testing.capture_logs() as said:
        assert [inbox.put(b"1"), inbox.put(b"2")] == [STORED, STORED]
        inbox.close()
    assert {line["event"] for line in said} == {"reader-not-woken", "deliveries-received"}


def test_close_stores_what_waits_and_takes_no_more(sqlite_database, moving_clock):
    inbox = Inbox(sqlite_database, moving_clock)
    with ThreadPoolExecutor(32) as pool:
        with sqlite_database.begin():
            puts = [pool.submit(inbox.put, b"%d" % number) for number in range(32)]
            time.sleep(0.3)
            closing = threading.Thread(target=inbox.close)
            closing.start()
        assert [put.result() for put in puts] == [STORED] * 32
        closing.join()
    inbox.close()
    with pytest.raises(NotStored):
        inbox.put(b"too late")
    assert len(stored_bodies(sqlite_database)) == 32
