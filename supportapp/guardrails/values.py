"""What a guard decides, and what it saw. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Action(StrEnum):
    """What a guard decides.

    REPLY answers with words of our own: small talk, distress. REDACT hides something from
    everyone but the customer; REWRITE changes what goes on; BLOCK holds back; HAND_OVER offers a
    person instead.
    """

    ALLOW = "allow"
    REPLY = "reply"
    REDACT = "redact"
    REWRITE = "rewrite"
    BLOCK = "block"
    HAND_OVER = "hand_over"


@dataclass(frozen=True, slots=True)
class Verdict:
    """A guard's decision: `code` says what it saw; `reply` names the phrase to answer with.

    `text` is what may go on in place of what was checked, where the guard has a proposal.
    """

    action: Action
    code: str = ""
    reply: str = ""
    guard: str = ""
    text: str = ""


ALLOWED = Verdict(Action.ALLOW)
