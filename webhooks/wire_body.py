"""The shape of Zoom's webhook bodies, as far as anything in them is read; everything else is passed over.

Field names: Zoom's webhook reference for meetings. Ids come as strings or numbers.
"""

from __future__ import annotations

import msgspec

Text = str | int | None
Moment = int | float | str | None
"""Milliseconds, of whatever type Zoom sends them."""


class _Detail(msgspec.Struct, gc=False):
    network_notification: Text = None


class Sample(msgspec.Struct, gc=False):
    """One measurement of a connection, or a notification about it."""

    date_time: Text = None
    details: _Detail | None = None


class _Equipment(msgspec.Struct, gc=False):
    device: Text = None
    network_type: Text = None


class Person(msgspec.Struct, gc=False):
    user_id: Text = None
    participant_id: Text = None
    participant_uuid: Text = None
    participant_user_id: Text = None
    id: Text = None
    user_name: Text = None
    email: Text = None
    phone_number: Text = None
    registrant_id: Text = None
    customer_key: Text = None
    join_time: Text = None
    leave_time: Text = None
    date_time: Text = None
    leave_reason: Text = None
    bind_user_id: Text = None
    bind_participant_uuid: Text = None
    parent_user_id: Text = None
    qos: list[Sample] | None = None
    data: list[_Equipment] | None = None


_NOBODY = Person()


class Registrant(msgspec.Struct, gc=False):
    """Who registered; here `id` is the registrant id."""

    id: Text = None
    email: Text = None


class _Occurrence(msgspec.Struct, gc=False):
    start_time: Text = None


class Thing(msgspec.Struct, gc=False):
    id: Text = None
    uuid: Text = None
    host_id: Text = None
    start_time: Text = None
    end_time: Text = None
    participant: Person | None = None
    registrant: Registrant | None = None
    occurrences: list[_Occurrence] | None = None
    test_result: Person | None = None

    @property
    def who(self) -> Person:
        """Whom it is about: somebody in the meeting, who tried their device, or who registered; nobody else."""
        if self.registrant is not None and self.participant is None:
            return Person(registrant_id=self.registrant.id, email=self.registrant.email)
        return self.participant or self.test_result or _NOBODY


class Payload(msgspec.Struct, gc=False):
    """What a delivery carries, as far as anything of it is read."""

    account_id: Text = None
    object: Thing | None = None
    old_object: Thing | None = None
    appointment_id: Text = None
    participant_id: Text = None
    started_at: Text = None
    ended_at: Text = None
    incident_id: Text = None
    deauthorization_time: Text = None
    event_ts: Moment = None


class Body(msgspec.Struct, gc=False):
    """A webhook body."""

    event: str
    payload: Payload
    event_ts: Moment = None
