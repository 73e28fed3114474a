"""Messages to people, and the signed links in them."""

from __future__ import annotations

from sqlalchemy import Column, Index, LargeBinary, Table, Text, UniqueConstraint

from plugin.storage.tables.base import Id, Moment, metadata

grant_ = Table(
    "grant",
    metadata,
    Column("id", Text, primary_key=True),  # the jti of the signed link
    Column("purpose", Text, nullable=False),  # answer, join, notice, makeup, preferences
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

# Every message to a person with what became of it, one row for each channel that was tried; its words are kept nowhere.
dispatch = Table(
    "dispatch",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=True),
    Column("key", Text, nullable=False),  # of the message: the action's key, perhaps with a version
    Column("channel", Text, nullable=False),  # email, sms
    Column("action_id", Id, nullable=False),
    Column("step", Text, nullable=False),
    Column("appointment_id", Text, nullable=False),
    Column("participant_id", Text, nullable=False),
    Column("language", Text, nullable=False),
    Column("address", Text, nullable=False),  # a keyed fingerprint of the address or number
    Column("state", Text, nullable=False),  # waiting, sending, sent, delivered, refused, skipped, withdrawn
    Column("because", Text),  # why it waits, was skipped or was refused; nothing personal
    Column("due_at", Moment),  # until when it waits
    Column("tried_at", Moment),  # when the channel was asked last
    Column("counts_at", Moment),  # the moment by which it belongs to a day of the cap
    Column("reference", Text),  # Message-ID, or the telephone company's number of it
    Column("created_at", Moment, nullable=False),
    Column("updated_at", Moment, nullable=False),
    UniqueConstraint("key", "channel"),
    Index("ix_dispatch_participant_id_counts_at", "participant_id", "counts_at"),
    Index("ix_dispatch_action_id", "action_id"),
    Index("ix_dispatch_reference", "reference"),
    Index("ix_dispatch_address", "address"),
)

# How many messages came to the bounce mailbox, by what they were.
bounce_count = Table(
    "bounce_count",
    metadata,
    Column("kind", Text, primary_key=True),  # bounced, refused, delayed, or why it was no report that we can use
    Column("number", Id, nullable=False),
)

# What a person wants of us, by their code: it outlives a changed address.
contact = Table(
    "contact",
    metadata,
    Column("participant_id", Text, primary_key=True),
    Column("channel", Text),  # which they would rather have: email, sms
    Column("email_stopped_at", Moment),
    Column("sms_stopped_at", Moment),
    Column("updated_at", Moment, nullable=False),
)

# What is known of an address or number, by its keyed fingerprint; a corrected one is another.
address = Table(
    "address",
    metadata,
    Column("fingerprint", Text, primary_key=True),
    Column("channel", Text, nullable=False),
    Column("stopped_at", Moment),  # its owner wants nothing from us
    Column("failed_at", Moment),  # it does not work …
    Column("failure", Text),  # … and what the remote calls the reason
    Column("updated_at", Moment, nullable=False),
)
