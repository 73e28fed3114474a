"""After the torture: what the sender, the database and the help desk say, beside each other and beside a quiet run."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from sqlalchemy import select, text

from plugin.composition import assemble
from plugin.storage import work
from plugin.storage.database import Database
from plugin.storage.identity import request_id_of
from plugin.storage.migration import migrate
from plugin.storage.tables import action, assessment, delivery
from tests.conftest import MovingClock, make_settings
from tests.service.clinic import Clinic
from tests.torture.desk import RemoteDesk
from tests.torture.post import Post
from tests.torture.story import Session
from tests.torture.zoom import Zoom

_WORDS = ("outcome", "cause", "flags", "confidence", "final", "held_minutes", "attended_minutes", "lost_minutes")


def lost(db: Database, zoom: Zoom) -> set[str]:
    """What was acknowledged and is not stored."""
    acknowledged = zoom.acknowledged_so_far()  # before the look: what is acknowledged during it may be stored after it
    with db.read() as tx:
        stored = set(map(request_id_of, tx.execute(select(delivery.c.request_id)).scalars()))
    return acknowledged - stored


def whole(db: Database) -> bool:
    """Whether SQLite finds its file in order."""
    with db.read() as tx:
        return tx.is_postgresql or tx.execute(text("PRAGMA integrity_check")).scalar() == "ok"


def settled(db: Database, sessions: Iterable[Session]) -> bool:
    """Whether everything was read, judged for good and carried out."""
    wanted = {f"T-{session.number:04d}" for session in sessions}
    with db.read() as tx:
        unread = tx.execute(select(delivery.c.id).where(delivery.c.state == "new").limit(1)).first()
        open_actions = tx.execute(select(action.c.id).where(action.c.state == "queued").limit(1)).first()
        pending = tx.execute(select(work.work.c.id).where(work.work.c.kind.in_(("judge", "act"))).limit(1)).first()
        final = tx.execute(
            select(assessment.c.appointment_id).where(assessment.c.current, assessment.c.final)
        ).scalars()
        return not unread and not open_actions and not pending and wanted <= set(final)


def complaints(
    db: Database, zoom: Zoom, sessions: list[Session], desk: RemoteDesk, post: Post, folder: Path
) -> list[str]:
    """Every promise that was not kept, as a sentence; the quiet run is made in `folder`."""
    found = [f"acknowledged and not stored: {sorted(gone)[:5]}" for gone in (lost(db, zoom),) if gone]
    if not whole(db):
        found.append("the database file is damaged")
    mine, quiet = _verdicts(db), _quiet_run(db, sessions, folder)
    for key, expected in sorted(quiet.items()):
        if mine.get(key) != expected:
            found.append(f"{key}: {mine.get(key)} instead of {expected}")
    return found + _of_deadlines(db, sessions) + _of_actions(db, desk, post)


def _verdicts(db: Database) -> dict[tuple[str, str], tuple]:
    with db.read() as tx:
        rows = tx.execute(select(assessment).where(assessment.c.current)).all()
    told = {}
    for row in rows:
        follows = sorted((a["kind"], a["hold"], a.get("purpose") or "") for a in row.result["actions"])
        told[row.appointment_id, row.participant_id] = (*(row.result[word] for word in _WORDS), follows)
    return told


def _quiet_run(db: Database, sessions: list[Session], folder: Path) -> dict[tuple[str, str], tuple]:
    """The verdicts of one process to which the same deliveries came, one after the other, with nothing going wrong."""
    with db.read() as tx:
        rows = tx.execute(select(delivery).order_by(delivery.c.id)).all()
        bodies = [(row.received_at, tx.vault.open("delivery.body_sealed", row.body_sealed)) for row in rows]
    calm = Database(f"sqlite:///{folder / 'quiet.db'}", db.vault)
    migrate(calm)
    clock = MovingClock(min(session.starts_at for session in sessions))
    clinic = Clinic(assemble(make_settings(), calm, clock), *(session.appointment() for session in sessions))
    clock.set(max(session.final_at for session in sessions))
    for received_at, body in bodies:
        clock.at = max(clock.at, received_at)
        clinic.receive(body)
    clock.advance(seconds=1)
    while clinic.work():
        pass
    told = _verdicts(calm)
    calm.close()
    return told


def _of_deadlines(db: Database, sessions: list[Session]) -> list[str]:
    with db.read() as tx:
        judged = dict(
            tx.execute(
                select(assessment.c.appointment_id, assessment.c.judged_at).where(
                    assessment.c.current, assessment.c.final
                )
            ).all()
        )
        given_up = [row for row in work.dead(tx) if row.kind in ("judge", "act")]
    found = [f"{row.kind} {row.subject} was given up: {row.last_error}" for row in given_up]
    for session in sessions:
        at = judged.get(f"T-{session.number:04d}")
        if at is None:
            found.append(f"T-{session.number:04d}: its deadline was skipped")
        elif at < session.final_at.replace(microsecond=0):
            found.append(f"T-{session.number:04d}: final before its time")
    return found


def _of_actions(db: Database, desk: RemoteDesk, post: Post) -> list[str]:
    with db.read() as tx:
        rows = tx.execute(select(action)).all()
    found = [f"a letter was doubled that nobody knows as the same: to {to}" for to in post.doubled()]
    found += [f"a ticket was doubled: {about}" for about in desk.doubled()]
    ours = {row.remote_ref for row in rows if row.kind == "ticket" and row.state == "done"}
    there = {str(number) for number in desk.tickets}
    found += [f"ticket {number} is at the help desk and not known here" for number in sorted(there - ours)]
    found += [f"a ticket is said to be done and is not at the help desk: {number}" for number in ours - there]
    for row in rows:
        if row.kind == "message" and row.state == "done" and row.remote_ref not in post.sent():
            found.append(f"{row.key} is said to be sent and was not")
        if row.state in ("queued", "dead"):
            found.append(f"{row.key} is {row.state}: {row.note}")
    return found
