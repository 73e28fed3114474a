"""From the outbox to the world: once, again later, or given up for staff to see."""

from __future__ import annotations

from datetime import timedelta

import pytest

from plugin.ports.outcome import Permanent, Temporary
from plugin.ports.queue import WorkKind
from plugin.service.acting import Actor, retry_dead
from plugin.storage import action, work


class Remote:
    """The far end of a performer: refuses as often as told, then accepts, and counts what it was asked for."""

    def __init__(self, *refusals: Exception):
        self.refusals = list(refusals)
        self.asked: list[str] = []

    def perform(self, rejoin, row) -> str:
        self.asked.append(row.key)
        if self.refusals:
            raise self.refusals.pop(0)
        return f"remote-{len(self.asked)}"


@pytest.fixture
def queued(rejoin):
    """One message that waits in the outbox."""
    now = rejoin.clock.now()
    with rejoin.db.begin() as tx:
        row = action.add_row(
            tx, key="message/A1/C-ALICE/nudge", kind="message", purpose="nudge", appointment_id="A1",
            participant_id="C-ALICE", because="Nobody saw them arrive yet.", state="queued", now=now,
        )  # fmt: skip
        rejoin.queue.request(tx, WorkKind.ACT, str(row.id), now)
    return row


def _work(rejoin, remote: Remote) -> None:
    actor = Actor(rejoin, {"message": remote.perform})
    now = rejoin.clock.now()
    with rejoin.db.begin() as tx:
        claims = work.claim_due(tx, (WorkKind.ACT,), now, now)
    for claim in claims:
        actor.perform(claim)


def _row(rejoin, queued):
    with rejoin.db.read() as tx:
        return action.load(tx, queued.id)


def _due(rejoin, queued):
    with rejoin.db.read() as tx:
        return work.due_at(tx, WorkKind.ACT, str(queued.id))


def test_what_is_queued_is_done_once(rejoin, queued):
    remote = Remote()
    _work(rejoin, remote)
    _work(rejoin, remote)
    row = _row(rejoin, queued)
    assert (row.state, row.remote_ref, row.done_at) == ("done", "remote-1", rejoin.clock.now())
    assert remote.asked == [queued.key]
    assert _due(rejoin, queued) is None


def test_remote_that_is_away_is_asked_again_ever_later(rejoin, queued):
    remote = Remote(*[Temporary("the mail server is away")] * 3)
    waits = []
    for _ in range(3):
        _work(rejoin, remote)
        waits.append(_due(rejoin, queued) - rejoin.clock.now())
        rejoin.clock.set(_due(rejoin, queued))
    assert waits == sorted(waits)
    assert waits[0] >= timedelta(seconds=1)
    _work(rejoin, remote)
    assert _row(rejoin, queued).state == "done"
    assert len(set(remote.asked)) == 1, "always under the same key"


def test_remote_that_says_when_is_not_asked_before(rejoin, queued):
    _work(rejoin, Remote(Temporary("Zoom answered 429", retry_after=timedelta(minutes=3))))
    assert _due(rejoin, queued) >= rejoin.clock.now() + timedelta(minutes=3)


def test_remote_that_refuses_for_good_is_not_asked_again_and_staff_see_why(rejoin, queued):
    remote = Remote(Permanent("the mail server refused the sender (550)"))
    _work(rejoin, remote)
    rejoin.clock.advance(days=1)
    _work(rejoin, remote)
    row = _row(rejoin, queued)
    assert (row.state, row.note) == ("dead", "the mail server refused the sender (550)")
    assert len(remote.asked) == 1


def test_remote_that_stays_away_is_given_up_in_the_end_and_tried_again_when_staff_ask(rejoin, queued):
    remote = Remote(*[Temporary("the mail server is away")] * work.MAX_ATTEMPTS[WorkKind.ACT])
    for _ in range(work.MAX_ATTEMPTS[WorkKind.ACT]):
        _work(rejoin, remote)
        rejoin.clock.advance(hours=1)
    assert _row(rejoin, queued).state == "dead"
    with rejoin.db.begin() as tx:
        assert retry_dead(tx, rejoin, queued.id, rejoin.clock.now())
        assert not retry_dead(tx, rejoin, queued.id, rejoin.clock.now())
    _work(rejoin, remote)
    assert _row(rejoin, queued).state == "done"


def test_fault_of_ours_is_retried_and_tells_nothing_personal(rejoin, queued, capsys):
    _work(rejoin, Remote(KeyError("Alice Appleyard <alice@example.org>")))
    assert _due(rejoin, queued) is not None
    with rejoin.db.read() as tx:
        kept = repr(tx.execute(work.work.select()).all())
    said = kept + "".join(capsys.readouterr())
    assert "KeyError" in said
    assert "Alice" not in said


def test_what_was_withdrawn_is_not_sent(rejoin, queued):
    with rejoin.db.begin() as tx:
        action.move(tx, queued.id, ("queued",), "withdrawn", rejoin.clock.now())
    remote = Remote()
    _work(rejoin, remote)
    assert remote.asked == []
    assert _due(rejoin, queued) is None


def test_what_was_sent_while_it_was_withdrawn_counts_as_sent(rejoin, queued):
    class Slow(Remote):
        def perform(self, rejoin, row):
            with rejoin.db.begin() as tx:
                action.move(tx, row.id, ("queued",), "withdrawn", rejoin.clock.now())
            return super().perform(rejoin, row)

    _work(rejoin, Slow())
    assert _row(rejoin, queued).state == "done"


def test_kind_without_a_performer_is_given_up_not_lost(rejoin, queued):
    actor = Actor(rejoin, {})
    for _ in range(work.MAX_ATTEMPTS[WorkKind.ACT]):
        now = rejoin.clock.now()
        with rejoin.db.begin() as tx:
            claims = work.claim_due(tx, (WorkKind.ACT,), now, now)
        for claim in claims:
            actor.perform(claim)
        rejoin.clock.advance(hours=1)
    assert _row(rejoin, queued).state == "dead"
