"""Who may open which page: one table, read top to bottom; what is not in it, nobody may open.

A test walks every route of the application with every role and compares it with this table.
"""

from __future__ import annotations

from plugin.storage.staff import StaffRole

TECH_SUPPORT, COORDINATOR, CLINICIAN, ADMIN = StaffRole
EVERYBODY = frozenset(StaffRole)
COORDINATORS = frozenset({COORDINATOR, ADMIN})
TICKET_PEOPLE = frozenset({TECH_SUPPORT, ADMIN})
TASK_PEOPLE = frozenset({COORDINATOR, CLINICIAN, ADMIN})
ADMINS = frozenset({ADMIN})

# Open without an account: signing in, the files of the pages, and the client's page, which its signed link opens.
PUBLIC = frozenset(
    {
        "static", "session.sign_in", "answer.show", "answer.give", "answer.tap", "join.go", "join.enter",
        "notice.show", "notice.give", "fresh.show", "fresh.ask", "preference.show", "preference.choose",
        "work.show", "work.give", "work.file",
    }
)  # fmt: skip

WHO_MAY: dict[str, frozenset[StaffRole]] = {
    # page                      who may open it
    "session.sign_out": EVERYBODY,
    "session.sign_out_everywhere": EVERYBODY,
    "board.day": EVERYBODY,
    "board.live": EVERYBODY,
    "appointment.show": EVERYBODY,  # a clinician: only sessions of their own
    "override.decide": TASK_PEOPLE,  # a clinician: only sessions of their own
    "override.take_back": TASK_PEOPLE,
    "link.revoke": TASK_PEOPLE,  # a clinician: only sessions of their own
    "link.send_notice": TASK_PEOPLE,
    "link.note_notice": TASK_PEOPLE,
    "feed.show": EVERYBODY,  # nothing personal; who decides must know what was not heard
    "ticket.queue": TICKET_PEOPLE | {COORDINATOR},  # a coordinator reads along
    "ticket.show": TICKET_PEOPLE | {COORDINATOR},
    "ticket.take": TICKET_PEOPLE,
    "ticket.assign": TICKET_PEOPLE,
    "ticket.note": TICKET_PEOPLE,
    "ticket.resolve": TICKET_PEOPLE,
    "ticket.classify": TICKET_PEOPLE,
    "ticket.reopen": TICKET_PEOPLE,
    "ticket.try_again": TICKET_PEOPLE,
    "platform.show": TICKET_PEOPLE | {COORDINATOR},
    "platform.edit": TICKET_PEOPLE,
    "platform.enter": TICKET_PEOPLE,
    "platform.correct": TICKET_PEOPLE,
    "platform.end": TICKET_PEOPLE,
    "platform.withdraw": TICKET_PEOPLE,
    "approval.queue": COORDINATORS,
    "approval.show_offer": COORDINATORS,
    "approval.approve_offer": COORDINATORS,
    "approval.change_slots": COORDINATORS,
    "approval.decline_offer": COORDINATORS,
    "approval.approve_many": COORDINATORS,
    "approval.take_back_offer": COORDINATORS,
    "approval.renew_offer": COORDINATORS,
    "makeup.show": COORDINATORS,
    "makeup.approve": COORDINATORS,
    "makeup.decline": COORDINATORS,
    "catalogue.show": TASK_PEOPLE,
    "catalogue.new": TASK_PEOPLE,
    "catalogue.edit": TASK_PEOPLE,
    "catalogue.file": TASK_PEOPLE,
    "catalogue.save": TASK_PEOPLE,
    "catalogue.retire": TASK_PEOPLE,
    "review.queue": TASK_PEOPLE,  # a clinician: only work in place of sessions of their own
    "review.show": TASK_PEOPLE,
    "review.file": TASK_PEOPLE,
    "review.accept": TASK_PEOPLE,
    "review.give_back": TASK_PEOPLE,
    "task.queue": TASK_PEOPLE,  # a clinician: only tasks about sessions of their own
    "task.finish": TASK_PEOPLE,
    "booking.call_off": COORDINATORS,
    "messages.previews": COORDINATORS,
    "mailbox.letters": COORDINATORS,
    "mailbox.letter": COORDINATORS,
    "admin.audit_log": ADMINS,
    "admin.dead_letters": ADMINS,
    "admin.try_again": ADMINS,
    "admin.do_again": ADMINS,
    "admin.accounts": ADMINS,
}

# Names and titles are for those who work with the person; a help desk needs a device, a network and a time.
SEES_NAMES = frozenset({COORDINATOR, CLINICIAN, ADMIN})


def may_open(role: StaffRole | None, endpoint: str | None) -> bool:
    """Whether somebody with this role (None: not signed in) may open this page; what is not listed stays shut."""
    if endpoint in PUBLIC:
        return True
    return role is not None and role in WHO_MAY.get(endpoint or "", frozenset())
