"""Which questions may share an answer: none that is about the one who asks. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass

from supportapp.guardrails import personal

LONGEST = 300
FEWEST_LETTERS = 6
# Someone's own order, balance or request: what answers it isn't in the articles.
_OWN = re.compile(
    r"\bmy name(?:'s| is)\b|\bi am called\b"
    r"|\bmy (?:order|booking|ticket|invoice|case) (?:no\b|num|#)"
    r"|\b(?:what(?:'s| is)|how much is|show me|check) my (?:balance|order|invoice|limit|score)\b"
    r"|\bwhere(?:'s| is) my (?:order|package|parcel|refund|money|delivery|payment)\b"
    r"|\b(?:status|balance) of my\b|\b(?:my|our) (?:order|account|invoice|ticket) \S*\d"
    r"|\bdid you (?:get|receive|charge|send)\b|\bhave you (?:received|sent|charged|processed)\b"
)
# Longer runs of digits are somebody's number, not a quantity.
_NUMBER_OF_ONES_OWN = re.compile(r"\d(?:[ -]?\d){5,}|\b[A-Z]{1,4}-?\d{5,}\b")


@dataclass(frozen=True, slots=True)
class Asking:
    """What is known of a question before it is answered."""

    question: str
    follows: bool = False
    stands_alone: bool = False
    is_redacted: bool = False
    uses_tools: bool = False


def obstacle(asking: Asking) -> str:
    """Return why the question's answer is nobody else's; "" where it may be."""
    if asking.is_redacted:
        return "redacted"
    if asking.uses_tools:
        return "tools"
    if asking.follows and not asking.stands_alone:
        return "follow_up"
    text = asking.question
    if len(text) > LONGEST:
        return "too_long"
    if sum(letter.isalpha() for letter in text) < FEWEST_LETTERS and text.isascii():
        return "too_short"
    if _OWN.search(text.lower()) or _NUMBER_OF_ONES_OWN.search(text) or personal.find(text):
        return "personal"
    return ""
