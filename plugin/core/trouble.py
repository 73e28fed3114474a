"""What a client may tell about their trouble: three questions, each with a few answers; nothing else gets in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Question:
    """One question: its code, and of each answer the code and what tech support reads of it.

    What the client reads of both stands in the texts of their page, in their language.
    """

    name: str
    answers: Mapping[str, str]


QUESTIONS = (
    Question(
        "device",
        {
            "phone": "on a phone",
            "tablet": "on a tablet",
            "computer": "on a computer",
            "call": "by telephone call",
        },
    ),
    Question(
        "symptom",
        {
            "not-open": "the link or app did not open",
            "waiting": "waited and was not let in",
            "no-sound": "no sound or no picture",
            "cut-off": "was cut off",
            "no-network": "no internet or no power",
        },
    ),
    Question(
        "tried",
        {
            "again": "tried again the same way",
            "other": "tried another device or network",
            "no": "did not try again",
        },
    ),
)

FIRST_STEPS = {
    "not-open": "Ask them to open the link in a browser, without the app; then to update the app.",
    "waiting": "Check with the clinician who lets people in, and whether the link was the right one.",
    "no-sound": "Ask them to allow microphone and camera for the app, and to join once more.",
    "cut-off": "Ask about Wi-Fi or mobile reception, then offer the dial-in number.",
    "no-network": "Offer the dial-in number; a call needs no internet.",
}
"""What tech support tries first, by symptom."""


def allowed(told: Mapping[str, object]) -> dict[str, str]:
    """Of what was told the answers that there are; everything else is left out."""
    return {q.name: str(told[q.name]) for q in QUESTIONS if told.get(q.name) in q.answers}


def in_words(told: Mapping[str, object]) -> str:
    """What tech support reads: `on a phone; was cut off; tried again the same way`; "" when nothing was answered."""
    given = allowed(told)
    return "; ".join(q.answers[given[q.name]] for q in QUESTIONS if q.name in given)
