"""What a guard decides, and what it saw. Pure."""

from __future__ import annotations

from collections import Counter
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


@dataclass(frozen=True, slots=True)
class Finding:
    """What one guard saw at one place, and did about it. No text: receipts and counts keep it."""

    guard: str
    action: Action
    code: str


class Noted:
    """Everything that guards saw while one question was answered."""

    def __init__(self) -> None:
        self._counts: Counter[Finding] = Counter()

    def add(self, finding: Finding, count: int = 1) -> None:
        """Note what a guard did, so many times."""
        if count > 0:
            self._counts[finding] += count

    def verdict(self, verdict: Verdict, guard: str = "") -> None:
        """Note a verdict, where it saw anything."""
        if verdict.code:
            self.add(Finding(verdict.guard or guard, verdict.action, verdict.code))

    def include(self, other: Noted) -> None:
        """Take over everything that another saw."""
        self._counts.update(other._counts)

    def codes(self) -> list[str]:
        """Return each code once."""
        return list(dict.fromkeys(finding.code for finding in self._counts))

    def as_json(self) -> list[dict[str, str | int]]:
        """Return what a receipt keeps."""
        return [
            {
                "guard": finding.guard,
                "action": finding.action.value,
                "code": finding.code,
                "count": count,
            }
            for finding, count in self._counts.items()
        ]
