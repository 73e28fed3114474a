"""The tables, the same on SQLite and PostgreSQL; columns that end in `_sealed` hold values of the vault."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
    text,
)

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)
Id = BigInteger().with_variant(Integer, "sqlite")


class Moment(TypeDecorator):
    """An aware UTC time; a naive one is refused before it reaches the database."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a time without a zone is never stored")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


delivery = Table(
    "delivery",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=True),
    Column("request_id", Text, unique=True),
    Column("body_hash", LargeBinary, nullable=False, unique=True),
    Column("received_at", Moment, nullable=False),
    Column("body_sealed", LargeBinary, nullable=False),
    # Filled in by the reader, not by the receiver: the request only stores.
    Column("state", Text, nullable=False, server_default="new"),  # new, read, ignored, failed
    Column("problem", Text),
    Column("event", Text),
    Column("kind", Text),
    Column("at", Moment),
    Column("meeting_id", Text),
    Column("instance", Text),
    Column("appointment_id", Text),
    Column("came_by", Text),  # backfill; nothing when Zoom delivered it itself
    Index("ix_delivery_state_id", "state", "id"),
    Index("ix_delivery_meeting_id_at", "meeting_id", "at"),
    Index("ix_delivery_instance", "instance"),
    Index("ix_delivery_appointment_id", "appointment_id"),
    Index("ix_delivery_at", "at"),
    sqlite_autoincrement=True,
)

appointment = Table(
    "appointment",
    metadata,
    Column("appointment_id", Text, primary_key=True),
    Column("program_id", Text, nullable=False, server_default=""),
    Column("kind", Text, nullable=False),
    Column("title_sealed", LargeBinary),
    Column("starts_at", Moment, nullable=False),
    Column("ends_at", Moment, nullable=False),
    Column("timezone", Text, nullable=False, server_default=""),
    Column("status", Text, nullable=False),
    Column("meeting_id", Text, nullable=False),
    Column("host_id", Text, nullable=False, server_default=""),
    Column("replaces", Text),  # the appointment in whose place this one was made
    Column("join_url_sealed", LargeBinary),
    Column("updated_at", Moment, nullable=False),
    Index("ix_appointment_meeting_id_starts_at", "meeting_id", "starts_at"),
    Index("ix_appointment_starts_at", "starts_at"),
)

participant = Table(
    "participant",
    metadata,
    Column("appointment_id", Text, ForeignKey("appointment.appointment_id", ondelete="CASCADE"), primary_key=True),
    Column("participant_id", Text, primary_key=True),
    Column("position", Integer, nullable=False),  # the order of the roster
    Column("role", Text, nullable=False),
    Column("timezone", Text, nullable=False, server_default=""),
    Column("name_sealed", LargeBinary),
    Column("email_sealed", LargeBinary),
    Column("phone_sealed", LargeBinary),
    Column("join_url_sealed", LargeBinary),
    Column("registrant_id", Text, nullable=False, server_default=""),
    Column("customer_key", Text, nullable=False, server_default=""),
    Index("ix_participant_participant_id", "participant_id"),
)

assessment = Table(
    "assessment",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=True),
    Column("appointment_id", Text, nullable=False),
    Column("participant_id", Text, nullable=False),
    # 1, 2, 3 …: the newest is the verdict that stands, the others are its history. Two judges of the same
    # appointment collide here, and the second one starts again.
    Column("revision", Integer, nullable=False),
    Column("current", Boolean, nullable=False),
    Column("outcome", Text, nullable=False),
    Column("cause", Text, nullable=False),
    Column("confidence", Text, nullable=False),
    Column("final", Boolean, nullable=False),
    Column("flags", JSON, nullable=False),
    Column("result", JSON, nullable=False),  # the whole result in the words of the replay contract
    Column("policy_version", Text, nullable=False),
    Column("judged_at", Moment, nullable=False),
    Column("trigger", Text, nullable=False),  # deadline, delivery, report, answer, staff
    Column("source", JSON),  # who or what that was: a login, names of events, how late they came
    Column("effects", JSON),  # what was withdrawn, and what had been done already and so was only told
    UniqueConstraint("appointment_id", "participant_id", "revision"),
    Index("ix_assessment_current_appointment", "current", "appointment_id"),
    Index("ix_assessment_participant_id", "participant_id"),
)

work = Table(
    "work",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=True),
    Column("kind", Text, nullable=False),  # judge, act
    Column("subject", Text, nullable=False),  # an appointment id, an action id
    Column("due_at", Moment, nullable=False),
    Column("generation", Integer, nullable=False),  # grows with each request; a claim finishes only its own
    Column("claimed_until", Moment),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("last_error", Text),
    Column("dead_at", Moment),
    UniqueConstraint("kind", "subject"),
    Index("ix_work_due_at", "due_at"),
)

action = Table(
    "action",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=True),
    Column("key", Text, nullable=False, unique=True),  # the idempotency key, given to the remote as well
    Column("kind", Text, nullable=False),  # a kind of the contract, or booking, invitation, ticket-note
    Column("purpose", Text),
    Column("appointment_id", Text, nullable=False),
    Column("participant_id", Text, nullable=False),
    Column("incident", Boolean, nullable=False),
    Column("participants", JSON, nullable=False),
    Column("because", Text, nullable=False),
    Column("state", Text, nullable=False),  # held, queued, done, withdrawn, declined, dead
    Column("created_at", Moment, nullable=False),
    Column("updated_at", Moment, nullable=False),
    Column("done_at", Moment),
    Column("remote_ref", Text),
    Column("note", Text),  # why it was declined, withdrawn or is dead
    Column("details", JSON, nullable=False),  # codes and ids only, nothing personal
    Index("ix_action_state_kind", "state", "kind"),
    Index("ix_action_appointment_id", "appointment_id"),
)

ticket = Table(
    "ticket",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=True),
    Column("key", Text, nullable=False, unique=True),
    Column("appointment_id", Text, nullable=False),
    Column("incident", Boolean, nullable=False),
    Column("participants", JSON, nullable=False),
    Column("summary", Text, nullable=False),
    Column("seen", JSON, nullable=False),  # what was seen, a list of sentences
    Column("suggestion", Text, nullable=False),
    Column("state", Text, nullable=False),  # open, taken, resolved
    Column("assignee", Text),
    Column("resolution", Text),
    Column("version", Integer, nullable=False),  # compare-and-set for two people at the same ticket
    Column("opened_at", Moment, nullable=False),
    Column("updated_at", Moment, nullable=False),
    # Where it is worked on when not here, what it is called there, and when that desk was asked last how it stands.
    *(Column("desk", Text), Column("reference", Text), Column("asked_at", Moment)),
    Index("ix_ticket_state", "state"),
    Index("ix_ticket_appointment_id", "appointment_id"),
)

ticket_note = Table(
    "ticket_note",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=True),
    Column("ticket_id", Id, ForeignKey("ticket.id", ondelete="CASCADE"), nullable=False),
    Column("at", Moment, nullable=False),
    Column("author", Text, nullable=False),
    Column("text_sealed", LargeBinary, nullable=False),
    Index("ix_ticket_note_ticket_id", "ticket_id"),
)

task = Table(
    "task",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=True),
    Column("key", Text, nullable=False, unique=True),
    Column("kind", Text, nullable=False),  # checkin, review
    Column("role", Text, nullable=False),  # who does it: clinician, coordinator
    Column("appointment_id", Text, nullable=False),
    Column("participant_id", Text, nullable=False),
    Column("because", Text, nullable=False),
    Column("state", Text, nullable=False),  # open, done, withdrawn
    Column("created_at", Moment, nullable=False),
    Column("done_at", Moment),
    Column("done_by", Text),
    Index("ix_task_state_role", "state", "role"),
)

offer = Table(
    "offer",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=True),
    Column("action_key", Text, nullable=False, unique=True),
    Column("appointment_id", Text, nullable=False),
    Column("participant_id", Text, nullable=False),
    Column("clinician_id", Text, nullable=False),
    Column("state", Text, nullable=False),  # proposed, sent, accepted, declined, refused, expired, withdrawn
    Column("slots", JSON, nullable=False),  # [{"starts_at", "ends_at", "because"}], UTC
    Column("chosen", Integer),
    Column("wish", JSON),  # what the client asked for instead: {"days": [0], "parts": ["morning"]}
    Column("reason", Text),
    Column("version", Integer, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("updated_at", Moment, nullable=False),
    Column("expires_at", Moment),
    Column("new_appointment_id", Text),
    Index("ix_offer_state", "state"),
    Index("ix_offer_appointment_id", "appointment_id"),
)

booked_slot = Table(
    "booked_slot",
    metadata,
    # One clinician, one start: the database itself refuses the second of two clients.
    Column("clinician_id", Text, primary_key=True),
    Column("starts_at", Moment, primary_key=True),
    Column("offer_id", Id, ForeignKey("offer.id", ondelete="CASCADE"), nullable=False),
)

bookable_hours = Table(
    "bookable_hours",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=True),
    Column("clinician_id", Text, nullable=False),
    Column("weekday", Integer, nullable=False),  # 0 is Monday
    Column("opens", Text, nullable=False),  # HH:MM in `timezone`
    Column("closes", Text, nullable=False),
    Column("timezone", Text, nullable=False),
    UniqueConstraint("clinician_id", "weekday", "opens"),
)

grant_ = Table(
    "grant",
    metadata,
    Column("id", Text, primary_key=True),  # the jti of the signed link
    Column("purpose", Text, nullable=False),  # answer, join
    Column("appointment_id", Text, nullable=False),
    Column("participant_id", Text, nullable=False),
    Column("offer_id", Id),
    Column("expires_at", Moment, nullable=False),
    Column("used_at", Moment),
    Column("revoked_at", Moment),
    Column("created_at", Moment, nullable=False),
)

message = Table(
    "message",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=True),
    Column("key", Text, nullable=False, unique=True),
    Column("appointment_id", Text, nullable=False),
    Column("participant_id", Text, nullable=False),
    Column("to_sealed", LargeBinary, nullable=False),
    Column("subject", Text, nullable=False),
    Column("body_sealed", LargeBinary, nullable=False),
    Column("invitation_sealed", LargeBinary),
    Column("sent_at", Moment, nullable=False),
)

staff = Table(
    "staff",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=True),
    Column("login", Text, nullable=False, unique=True),
    Column("password_hash", Text, nullable=False),
    Column("role", Text, nullable=False),  # tech-support, coordinator, clinician, admin
    Column("clinician_id", Text),  # the participant code of a clinician
    Column("active", Boolean, nullable=False),
    Column("session_epoch", Integer, nullable=False),  # grows when every session of theirs must end
    Column("created_at", Moment, nullable=False),
)

api_token = Table(
    "api_token",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=True),
    Column("name", Text, nullable=False, unique=True),
    Column("hash", LargeBinary, nullable=False, unique=True),
    Column("scopes", JSON, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("revoked_at", Moment),
)

audit = Table(
    "audit",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=True),
    Column("at", Moment, nullable=False),
    Column("actor", Text, nullable=False),  # a staff login, "client", "rejoin"
    Column("did", Text, nullable=False),  # approved-offer, resolved-ticket …
    Column("subject", Text, nullable=False),  # ticket/7, offer/3, appointment/A1
    Column("details", JSON, nullable=False),
    Index("ix_audit_subject", "subject"),
)

# What a receiver saw, one row for each of its processes and kind of sign, renewed every few seconds.
feed_sign = Table(
    "feed_sign",
    metadata,
    Column("source", Text, primary_key=True),  # one start of one process
    Column("kind", Text, primary_key=True),  # delivery, forged, validated, refused-validation, skew
    Column("times", Integer, nullable=False),  # failures in a row; deliveries that a skew rests on
    Column("first_at", Moment, nullable=False),
    Column("last_at", Moment, nullable=False),
    Column("ahead_ms", BigInteger),  # skew only: how far our clock is ahead
)

policy = Table(
    "policy",
    metadata,
    Column("version", Text, primary_key=True),
    Column("text", Text, nullable=False),
    Column("first_used_at", Moment, nullable=False),
)

override = Table(
    "override",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=True),
    Column("appointment_id", Text, nullable=False),
    Column("participant_id", Text, nullable=False),
    Column("outcome", Text, nullable=False),
    Column("cause", Text, nullable=False),
    Column("reason_sealed", LargeBinary, nullable=False),
    Column("set_by", Text, nullable=False),
    Column("set_at", Moment, nullable=False),
    Column("undone_by", Text),
    Column("undone_at", Moment),
    # The database itself refuses a second decision beside one that stands.
    Index(
        "uq_override_standing", "appointment_id", "participant_id", unique=True,
        sqlite_where=text("undone_at IS NULL"), postgresql_where=text("undone_at IS NULL"),
    ),
)  # fmt: skip

blind_interval = Table(
    "blind_interval",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=True),
    Column("cause", Text, nullable=False),  # silence, signature, clock, validation, deauthorized
    Column("from_at", Moment, nullable=False),
    Column("to_at", Moment),  # nothing while it goes on
    Column("why", Text, nullable=False),
    Column("opened_at", Moment, nullable=False),  # when it was noticed
    Column("closed_at", Moment),
    Column("healed_at", Moment),  # what was missed is known by now, so that verdicts count again
    Column("recovery", Text),  # what became of the look into Zoom's own log
    # The database itself refuses a second open one of the same cause.
    Index(
        "uq_blind_interval_open", "cause", unique=True,
        sqlite_where=text("closed_at IS NULL"), postgresql_where=text("closed_at IS NULL"),
    ),
    Index("ix_blind_interval_from_at", "from_at"),
)  # fmt: skip
