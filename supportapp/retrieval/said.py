"""A conversation as plain lines, which people can read and edit. Pure.

One line each, oldest first. The assistant's begin with "Assistant:", the customer's may begin
with "Customer:".
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from supportapp.retrieval.values import Utterance

MOST_LINES = 40
_NAMES = {"U": "Customer", "S": "Assistant"}
_ASSISTANT = re.compile(r"(?:assistant|s)\s*[:：]\s*", re.IGNORECASE)
_CUSTOMER = re.compile(r"(?:customer|u)\s*[:：]\s*", re.IGNORECASE)


def parse(text: str) -> tuple[Utterance, ...]:
    """Return what the lines say; of very many, the latest."""
    said = [_utterance(line.strip()) for line in text.splitlines() if line.strip()]
    return tuple(each for each in said if each.text)[-MOST_LINES:]


def _utterance(line: str) -> Utterance:
    if match := _ASSISTANT.match(line):
        return Utterance("S", line[match.end() :])
    match = _CUSTOMER.match(line)
    return Utterance("U", line[match.end() :] if match else line)


def lines(said: Sequence[Utterance]) -> str:
    """Return the conversation as lines that `parse` reads back."""
    return "\n".join(f"{_NAMES[each.speaker]}: {' '.join(each.text.split())}" for each in said)
