"""The words of the replay contract as sentences for people who never read it."""

from __future__ import annotations

from flask import Flask

from plugin.core.resolution import WORDS
from plugin.core.rules import RULES
from plugin.core.trouble import QUESTIONS

OUTCOMES = {
    "attended": "Attended the session",
    "partial": "Was there for a part of it",
    "missed": "Missed the session",
    "not-held": "The session was not held",
    "excused": "Excused: gave notice before the start",
    "cancelled": "The session was cancelled",
    "undetermined": "Cannot be decided from what was seen",
}
CAUSES = {
    "none": "",
    "technical": "technical trouble",
    "absence": "absence",
    "provider": "on the program's side",
    "unknown": "a person should look",
}
CONFIDENCES = {
    "high": "sure: clear evidence, nothing against it",
    "medium": "fairly sure: the evidence could be read otherwise",
    "low": "not sure: a person should look",
}
FLAGS = {
    "late": "came late",
    "left-early": "left early",
    "interrupted": "was cut off and came back",
    "dropped": "was cut off and did not come back",
    "waited": "waited to be let in",
    "never-admitted": "was never let in",
    "removed-by-host": "was removed by the host",
    "tried-to-join": "tried to join",
    "wrong-meeting": "was in another meeting",
    "host-dropped": "the host was cut off",
    "group-drop": "several were cut off together",
    "platform-incident": "Zoom had an incident",
    "trouble-reported": "reported trouble",
    "notice-given": "gave notice",
    "unidentified-guest": "an unknown guest was there",
    "matched-by-name": "recognised by name only",
    "ambiguous-name": "two people share the name",
    "feed-gap": "deliveries are missing",
    "inferred-end": "the end was worked out",
    "inferred-start": "the start was worked out",
    "joined-by-phone": "joined by phone",
}
ACTIONS = {
    "ticket": "Support ticket",
    "ticket-note": "Note on the ticket",
    "reschedule": "Offer another time",
    "makeup": "Make-up material",
    "message": "Message to the person",
    "checkin": "Check-in by the clinician",
    "review": "Review by a person",
    "booking": "Book the new appointment",
    "invitation": "Send the invitation",
    "link": "Send a link",
    "moving": "Move the meeting",
    "calling-off": "Take the meeting out",
    "cancellation": "Tell them that it is called off",
    "clinician-notice": "Tell the clinician",
    "correction": "Apology for a message that was wrong",
    "makeup-returned": "Ask to look at it once more",
}
STATES = {
    "held": "waits for a coordinator",
    "queued": "about to be done",
    "done": "done",
    "withdrawn": "withdrawn",
    "declined": "declined",
    "dead": "failed, needs a person",
    "skipped": "left out",
    "waiting": "waits",
    "sending": "on its way",
    "delivered": "arrived",
    "open": "open",
    "taken": "taken",
    "resolved": "resolved",
    "attached": "part of an incident",
    "proposed": "waits for approval",
    "approved": "approved, about to be sent",
    "sent": "sent, waiting for an answer",
    "accepted": "accepted",
    "refused": "none of the times fits",
    "expired": "expired",
    "assigned": "assigned",
    "handed-in": "handed in, waits for a review",
    "returned": "given back to the client",
}
SYMPTOMS = {
    "platform-incident": "incident at Zoom",
    "host-dropped": "the clinician was cut off",
    "group-drop": "several cut off together",
    "connection-broke": "cut off",
    "failed-tries": "several tries in vain",
    "wrong-meeting": "in another meeting",
    "tried-to-join": "opened the link, did not arrive",
    "trouble-reported": "says it does not work",
    "quick-return": "gone and straight back",
    "reason-not-understood": "gone, reason unknown",
    "support-confirmed-trouble": "confirmed before",
} | {code: words for q in QUESTIONS if q.name == "symptom" for code, words in q.answers.items()}
STEPS = {
    "nudge": "Still running, nobody saw them",
    "rejoin": "The way back in",
    "missed": "After a session that they did not get",
    "offer": "Other times to choose from",
    "makeup": "Make-up material",
    "returned": "Make-up work to look at once more",
    "invitation": "The time they picked",
    "moved": "A new time for that appointment",
    "cancelled": "That appointment was called off",
    "correction": "Apology for a message that was wrong",
    "booked": "Somebody picked a time",
    "guest": "Somebody joins a session",
    "link": "A link that they asked for",
    "notice": "How to tell us in advance",
}
CHANNELS = {"email": "e-mail", "sms": "text message"}
LANGUAGES = {"en": "English", "es": "Spanish"}
KINDS = {
    "individual": "individual session",
    "group": "group session",
    "education": "workshop",
    "family": "family session",
    "case_management": "case management",
}


WORK = {
    "judge": "Judging appointment",
    "act": "Carrying out action",
    "report": "Asking Zoom for its report of appointment",
    "offer": "Looking at offer",
    "watch": "Watching the feed:",
    "desk": "Asking the help desk for its",
    "prune": "Deleting old",
    "calendar": "Looking at calendars:",
}
"""What was to be done; what it was to be done to stands behind it."""


def verdict_in_words(result: dict) -> str:
    """Outcome and cause as one sentence without a full stop."""
    outcome, cause = result.get("outcome", ""), result.get("cause", "")
    told = OUTCOMES.get(outcome, outcome)
    if (outcome, cause) == ("missed", "absence"):
        return "Did not come to the session"
    if outcome in ("excused", "cancelled", "attended", "undetermined") or cause in ("none", "absence"):
        return told
    return f"{told}: {CAUSES.get(cause, cause)}"


def rule_in_words(name: str) -> str:
    """What the rule asks, as its own docstring says it; "" for the verdict itself, whose reason says enough."""
    return next((rule.sentence for rule in RULES if rule.name == name), "")


REMOTES = {
    "here": "this service itself",
    "correspondence": "the mail server",
    "meetings": "Zoom",
    "helpdesk": "the help desk",
}


def remote_in_words(name: str) -> str:
    """Whom something goes to, as staff call it."""
    return REMOTES[name]


def action_in_words(kind: str, purpose: str | None = None) -> str:
    """An action's name for people."""
    return {"nudge": "Nudge: still running", "rejoin": "Way back in", "missed": "Message after the session"}.get(
        purpose or "", ACTIONS.get(kind, kind)
    )


def said_once(findings: list[dict]) -> list[dict]:
    """The findings that hit; of two that say the same, as a verdict and its reason do, the one with deliveries."""
    told: dict[str, dict] = {}
    for finding in findings:
        if finding["hit"] and (finding["because"] not in told or finding["events"]):
            told[finding["because"]] = finding
    return list(told.values())


def teach(app: Flask) -> None:
    """Give the templates these words."""
    app.add_template_filter(verdict_in_words)
    app.add_template_filter(rule_in_words)
    app.add_template_filter(said_once)
    app.add_template_filter(lambda phone: "".join(c for c in phone if c.isdigit() or c == "+"), "dialled")
    app.add_template_global(action_in_words)
    app.add_template_global(remote_in_words)
    tables = {
        "symptom": SYMPTOMS, "resolution": WORDS,
        "flag": FLAGS, "state": STATES, "kind": KINDS, "confidence": CONFIDENCES,
        "step": STEPS, "channel": CHANNELS, "language": LANGUAGES, "work": WORK,
        "cause": CAUSES | {"none": "nothing lost", "provider": "the program's side", "technical": "technical trouble"},
    }  # fmt: skip
    for name, table in tables.items():
        app.add_template_filter(lambda word, table=table: table.get(word, str(word).replace("-", " ")), f"{name}_words")
