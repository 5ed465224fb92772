"""What the dashboard counts: each measure's name, meaning and condition. Pure.

One condition serves the number and the list of turns behind it, so that both always agree. The
columns are those of `counting.JUDGED`.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

# After so many days without a word, a conversation is taken as over.
SETTLED_DAYS = 7


class Group(StrEnum):
    """What a measure counts."""

    QUESTIONS = "questions"
    CONVERSATIONS = "conversations"


@dataclass(frozen=True, slots=True)
class Measure:
    """A number. `of` names the measure that it is a share of; empty for plain counts."""

    slug: str
    name: str
    meaning: str
    condition: str
    of: str = ""
    group: Group = Group.QUESTIONS
    more_is_better: bool | None = None
    order: str = "asked_at DESC"


_FATE = "is_last AND fate = '{}'"
MEASURES = (
    Measure(
        "questions",
        "Questions",
        "Finished questions, in the newest version of each: one that was edited or asked anew"
        " counts once. Small talk is no question.",
        "is_question",
    ),
    Measure(
        "answered",
        "Answered",
        "The assistant gave an answer.",
        "is_question AND ending = 'answered'",
        "questions",
        more_is_better=True,
    ),
    Measure(
        "declined",
        "Declined",
        "The assistant said that it doesn't know.",
        "is_question AND ending = 'declined'",
        "questions",
        more_is_better=False,
    ),
    Measure(
        "blocked",
        "Blocked",
        "A guard held the question or its answer back.",
        "is_question AND ending = 'blocked'",
        "questions",
    ),
    Measure(
        "failed",
        "Failed",
        "The answer broke off, or never began, through a fault of ours.",
        "is_question AND ending = 'failed'",
        "questions",
        more_is_better=False,
    ),
    Measure(
        "stopped",
        "Stopped",
        "The customer stopped the answer.",
        "is_question AND ending = 'stopped'",
        "questions",
        more_is_better=False,
    ),
    Measure(
        "rated",
        "Rated",
        "The customer rated the answer, up or down.",
        "is_question AND rating IS NOT NULL",
        "questions",
    ),
    Measure(
        "up",
        "Rated up",
        "Of the rated answers, those that were called helpful.",
        "is_question AND rating = 'up'",
        "rated",
        more_is_better=True,
    ),
    Measure(
        "down",
        "Rated down",
        "Of the rated answers, those that weren't helpful.",
        "is_question AND rating = 'down'",
        "rated",
        more_is_better=False,
    ),
    Measure(
        "remembered",
        "From memory",
        "Answers that were given before, or approved by people, and cost no model.",
        "is_question AND route IN ('approved', 'memory')",
        "answered",
    ),
    Measure(
        "guarded",
        "Touched by a guard",
        "Messages, small talk too, in which a guard changed, hid or held something back.",
        "cardinality(guards) > 0",
    ),
    Measure(
        "slow",
        "Slowest to begin",
        "Answers by the time to their first word, the slowest first.",
        "is_question AND ending = 'answered' AND first_token_ms IS NOT NULL",
        order="first_token_ms DESC",
    ),
    Measure(
        "conversations",
        "Conversations",
        "Conversations with a question. Each is judged by its last question, and counted in the"
        " period of that question.",
        "is_last",
        group=Group.CONVERSATIONS,
    ),
    Measure(
        "resolved",
        "Resolved",
        "Confirmed, or settled, or quiet so far.",
        "is_last AND fate IN ('confirmed', 'settled', 'quiet')",
        "conversations",
        Group.CONVERSATIONS,
        more_is_better=True,
    ),
    Measure(
        "confirmed",
        "Confirmed",
        "The customer said of the last answer: this solved it.",
        _FATE.format("confirmed"),
        "conversations",
        Group.CONVERSATIONS,
        more_is_better=True,
    ),
    Measure(
        "settled",
        "Settled",
        f"The last question was answered, nothing speaks against it, and the customer didn't come"
        f" back about the same for {SETTLED_DAYS} days.",
        _FATE.format("settled"),
        "conversations",
        Group.CONVERSATIONS,
        more_is_better=True,
    ),
    Measure(
        "quiet",
        "Quiet so far",
        f"As settled, but the {SETTLED_DAYS} days aren't over: some of these may still come back.",
        _FATE.format("quiet"),
        "conversations",
        Group.CONVERSATIONS,
    ),
    Measure(
        "handed_over",
        "Handed over",
        "The customer asked for a person.",
        _FATE.format("handed_over"),
        "conversations",
        Group.CONVERSATIONS,
        more_is_better=False,
    ),
    Measure(
        "came_back",
        "Came back",
        f"The customer asked about the same again within {SETTLED_DAYS} days, in another"
        " conversation.",
        _FATE.format("came_back"),
        "conversations",
        Group.CONVERSATIONS,
        more_is_better=False,
    ),
    Measure(
        "unhappy",
        "Rated down at the end",
        "The last answer was rated down.",
        _FATE.format("unhappy"),
        "conversations",
        Group.CONVERSATIONS,
        more_is_better=False,
    ),
    Measure(
        "unanswered",
        "Ended without an answer",
        "The last question was declined or blocked.",
        _FATE.format("unanswered"),
        "conversations",
        Group.CONVERSATIONS,
        more_is_better=False,
    ),
    Measure(
        "abandoned",
        "Abandoned",
        "The last answer broke off, or the customer stopped it.",
        _FATE.format("abandoned"),
        "conversations",
        Group.CONVERSATIONS,
        more_is_better=False,
    ),
)
BY_SLUG = {each.slug: each for each in MEASURES}
ENDINGS = ("answered", "declined", "blocked", "failed", "stopped")
FATES = (
    "confirmed",
    "settled",
    "quiet",
    "handed_over",
    "came_back",
    "unhappy",
    "unanswered",
    "abandoned",
)
ROUTES = {
    "approved": "Approved answer",
    "memory": "Memory",
    "quoting": "Quoted from articles",
    "small": "Small model",
    "large": "Large model",
    "voting": "Several samples that vote",
    "model": "Model",
    "tools": "Looked up by a tool",
}
