"""Who was expected, where and when: the roster's side of the story."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

import msgspec


class Kind(StrEnum):
    """The kind of session; the policy has its own numbers for each."""

    INDIVIDUAL = "individual"
    GROUP = "group"
    EDUCATION = "education"
    FAMILY = "family"
    CASE_MANAGEMENT = "case_management"


class Role(StrEnum):
    """What a participant is in the session."""

    CLIENT = "client"
    CLINICIAN = "clinician"
    FAMILY = "family"
    STAFF = "staff"


OF_THE_PROGRAM = frozenset({Role.CLINICIAN, Role.STAFF})
"""Those who are in a session for the program."""


class Status(StrEnum):
    """Whether an appointment, or one person's place in it, stands in the roster."""

    BOOKED = "booked"
    CANCELLED = "cancelled"


class Participant(msgspec.Struct, frozen=True, gc=False):
    """One expected person of an appointment; blank means not known, which is normal.

    `participant_id` is the program's own code for the person and the only thing about them that may leave
    the staff pages. `timezone` is an IANA name; `join_url` is the person's own link into the meeting; `language` is
    a BCP 47 tag such as `es` or `es-MX`; `channel` is how they would rather be written to, `email` or `sms`; `status`
    is that of their own place, where the appointment itself stands.
    """

    participant_id: str
    role: Role
    name: str = ""
    email: str = ""
    phone: str = ""
    registrant_id: str = ""
    customer_key: str = ""
    timezone: str = ""
    join_url: str = ""
    language: str = ""
    channel: str = ""
    status: Status = Status.BOOKED


class Appointment(msgspec.Struct, frozen=True, gc=False):
    """One booked session with everybody who is expected in it; times are aware UTC.

    `meeting_id` is Zoom's meeting number as digits. `host_id` is the Zoom user id of the host, blank if unknown.
    `module` is the program's code for what is taught or worked on in it, by which make-up material is found.
    `capacity` is how many clients there is room for in it; None: as many as the policy says for its kind.
    """

    appointment_id: str
    kind: Kind
    starts_at: datetime
    ends_at: datetime
    meeting_id: str
    participants: tuple[Participant, ...]
    program_id: str = ""
    title: str = ""
    timezone: str = ""
    status: Status = Status.BOOKED
    host_id: str = ""
    module: str = ""
    capacity: int | None = None

    def of_role(self, role: Role) -> list[Participant]:
        """Those who are expected in this role."""
        return [person for person in self.participants if person.role is role]

    def leaders(self) -> list[Participant]:
        """Those who are to hold it: its clinicians; of case management without any, the case managers of its staff."""
        clinicians = self.of_role(Role.CLINICIAN)
        return clinicians or (self.of_role(Role.STAFF) if self.kind is Kind.CASE_MANAGEMENT else [])

    def participant(self, participant_id: str) -> Participant:
        """The expected person with this code; KeyError when nobody here has it."""
        for person in self.participants:
            if person.participant_id == participant_id:
                return person
        raise KeyError(participant_id)
