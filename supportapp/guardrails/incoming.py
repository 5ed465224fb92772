"""A question at the guards: all that stand before an answer, in their order. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from supportapp.guardrails import attacks, conduct, intents, personal, scripts, wording
from supportapp.guardrails.personal import Redactions
from supportapp.guardrails.switches import Guards
from supportapp.guardrails.values import ALLOWED, Action, Finding, Noted, Verdict

_TASK = re.compile(
    r"^(?:please |can you |could you |would you |i want you to |i need you to )*"
    r"(?:(?:write|compose|draft|create|generate|make up|give me|tell me) (?:me )?(?:an? |some |"
    r"the )?"
    r"(?:\w+ ){0,3}(?:poem|essay|story|song|joke|letter|speech|limerick|haiku|recipe|script|code|"
    r"program|function|rap|novel|review|tweet|cover letter|lesson plan|horoscope|fun fact)s?\b|"
    r"translate\b|(?:solve|calculate|compute) |sing |play |pretend|roleplay|act as|"
    r"(?:what(?:'s| is) (?:the )?(?:weather|capital of|meaning of life|square root|population of|"
    r"time in|score)|who (?:won|wrote|invented|discovered|painted|is the president)|"
    r"how (?:tall|old|far) is)\b)|^(?:给我|帮我)?(?:写|讲|翻译|唱)(?:一?[首篇个段])?",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Checked:
    """A question as it may go on, or the verdict that it doesn't.

    `text` and `context` hold placeholders for personal data. `safer` is a wording to offer.
    `asks_no_model`: the message speaks to a model; only articles may answer it.
    """

    verdict: Verdict
    text: str
    context: tuple[str, ...] = ()
    redactions: Redactions = personal.NONE
    safer: str = ""
    asks_no_model: bool = False


def check(text: str, context: Sequence[str], guards: Guards, noted: Noted) -> Checked:
    """Bring a question and what was said before it past the guards."""
    verdict = _spoken_to(text, guards)
    if verdict.reply:
        noted.verdict(verdict)
        return Checked(verdict, text, tuple(context), safer=_safer(text, verdict))
    asks_no_model = False
    plain = text
    for seen in _seen(text, guards):
        noted.verdict(seen)
        asks_no_model = asks_no_model or seen.guard == attacks.GUARD
        if seen.guard == conduct.GUARD:
            plain = " ".join(seen.text.split()) or text
    redacted, redactions = _redacted([plain, *context], guards, noted)
    safer = wording.safer(text) if asks_no_model else ""
    return Checked(ALLOWED, redacted[0], tuple(redacted[1:]), redactions, safer, asks_no_model)


def is_off_topic(text: str) -> bool:
    """Say whether a question that no article answers is a task for another kind of assistant."""
    return _TASK.search(text.strip()) is not None


def _spoken_to(text: str, guards: Guards) -> Verdict:
    """Return the verdict that ends here: words of our own."""
    intent = intents.inspect(text)
    if intent.reply:
        name = "distress" if intent.code == "self_harm" else "small_talk"
        if guards.has(name):
            return Verdict(intent.action, intent.code, intent.reply, name)
    if guards.has(conduct.GUARD) and (insulting := conduct.inspect(text)).reply:
        return insulting
    if guards.has("language") and not scripts.is_served(text, guards.languages):
        return Verdict(Action.HAND_OVER, "language", "language", "language")
    return ALLOWED


def _seen(text: str, guards: Guards) -> list[Verdict]:
    """Return what is noted of a question that goes on."""
    inspections = ((conduct.GUARD, conduct.inspect), (attacks.GUARD, attacks.inspect))
    return [
        inspect(text) for name, inspect in inspections if guards.has(name) and inspect(text).code
    ]


def _redacted(texts: Sequence[str], guards: Guards, noted: Noted) -> tuple[list[str], Redactions]:
    """Hide personal data in all texts under the same placeholders."""
    if not guards.has("personal_data"):
        return list(texts), personal.NONE
    found = personal.NONE
    hidden: list[str] = []
    for text in texts:
        text, found = personal.redact(text, found, allowed=guards.own)
        hidden.append(text)
    for kind in found.kinds:
        noted.add(Finding("personal_data", Action.REDACT, kind.lower()))
    return hidden, found


def _safer(text: str, verdict: Verdict) -> str:
    return wording.safer(text) if verdict.code == "abuse" else ""
