"""Every guard by name: where it stands, what it looks for, what it does. Pure data.

The admin, the documentation and the switches all read this list.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from supportapp.guardrails.values import Action


class Stage(StrEnum):
    """Where a guard stands."""

    IN = "in"
    KNOWLEDGE = "knowledge"
    OUT = "out"


@dataclass(frozen=True, slots=True)
class Guard:
    """A named check. `is_fixed`: it can't be switched off, because nothing works without it.

    `starts_off`: it is on only where staff switch it on.
    """

    name: str
    stage: Stage
    title: str
    looks_for: str
    actions: tuple[Action, ...]
    is_fixed: bool = False
    starts_off: bool = False


A = Action
GUARDS = (
    Guard("size", Stage.IN, "Size", "Empty and overlong questions; characters that nobody can see.",
          (A.BLOCK,), is_fixed=True),
    Guard("small_talk", Stage.IN, "Small talk", "Greetings, thanks, “are you a bot”, a wish for a "
          "person: answered in words of our own.", (A.REPLY,)),
    Guard("distress", Stage.IN, "Distress", "Signs of self-harm: answered with help and a person.",
          (A.REPLY,)),
    Guard("language", Stage.IN, "Language", "A script in which the workspace has no articles.",
          (A.HAND_OVER,)),
    Guard("abuse", Stage.IN, "Abuse", "Insults and threats. Strong words alone are only left out.",
          (A.REWRITE, A.BLOCK, A.HAND_OVER)),
    Guard("injection", Stage.IN, "Injection and jailbreak", "Words that speak to the model over "
        "our "
          "heads. No model is asked then; articles may still be quoted.", (A.REWRITE,)),
    Guard("personal_data", Stage.IN, "Personal data", "E-mail, phone, card, IBAN, national ids, "
        "IP, "
          "secrets, and names and addresses where they are announced: hidden before anything "
          "leaves "
          "this machine, shown again to the customer.", (A.REDACT,)),
    Guard("off_topic", Stage.IN, "Off-topic", "Tasks for an assistant of another kind, where the "
          "articles have no answer.", (A.REPLY,)),
    Guard("moderation", Stage.IN, "Moderation", "What the model that is configured for moderation "
          "flags, where there is one. Distress is met with help and a person. Where it can’t be "
          "asked, the question goes on, and the receipt says so.",
          (A.ALLOW, A.BLOCK, A.REPLY)),
    Guard("moderation_required", Stage.IN, "Moderation is required", "Questions that the "
          "moderation model can’t judge, because it can’t be reached: held back then. Written "
          "answers that it can’t judge are quoted instead.", (A.BLOCK,), starts_off=True),
    Guard("planted", Stage.KNOWLEDGE, "Planted instructions", "Sentences in articles that speak "
        "to a "
          "model, and hidden text: taken out before anyone reads the passage.", (A.REWRITE,)),
    Guard("spotlight", Stage.KNOWLEDGE, "Spotlighting", "Sentences in articles that are worded as "
          "tasks: marked as quotations in the prompt.", (A.REWRITE,)),
    Guard("leaks", Stage.OUT, "Leaked prompt", "The prompt's own words, also encoded.", (A.BLOCK,)),
    Guard("citations", Stage.OUT, "Citations", "Numbers of evidence that wasn't given; answers "
          "without any.", (A.REWRITE, A.BLOCK), is_fixed=True),
    Guard("support", Stage.OUT, "Support", "Sentences that the evidence doesn't say, by words "
        "and by "
          "vectors, and, where set, by a model.", (A.BLOCK, A.REWRITE)),
    Guard("figures", Stage.OUT, "Figures", "Numbers, units, days, months, times and codes that "
          "aren't in the evidence.", (A.BLOCK,)),
    Guard("links", Stage.OUT, "Links and addresses", "Links and e-mail addresses that aren't in "
        "the "
          "evidence.", (A.BLOCK,)),
    Guard("negation", Stage.OUT, "Negation", "Sentences that deny what the evidence says.",
          (A.BLOCK,)),
    Guard("others_data", Stage.OUT, "Other people's data", "Personal data and secrets that are "
          "neither the customer's nor an article's.", (A.BLOCK,)),
    Guard("promises", Stage.OUT, "Promises", "Commitments that no article makes, and deeds that no "
          "assistant has done.", (A.BLOCK,)),
    Guard("tone", Stage.OUT, "Tone", "Rude, mocking or shouted sentences.", (A.BLOCK,)),
    Guard("moderated_answers", Stage.OUT, "Moderated answers", "Written answers that the "
          "moderation model flags. Each is shown once it is whole and judged, not word by word.",
          (A.ALLOW, A.BLOCK), starts_off=True),
    Guard("format", Stage.OUT, "Format", "Images, HTML and headings in an answer.", (A.REWRITE,)),
    Guard("compliance", Stage.OUT, "Compliance rules", "The workspace's own rules: required "
          "disclaimers, forbidden claims.", (A.BLOCK, A.REWRITE)),
)  # fmt: skip
NAMES = frozenset(guard.name for guard in GUARDS)
OPTIONAL = frozenset(guard.name for guard in GUARDS if guard.starts_off)
FIXED = frozenset(guard.name for guard in GUARDS if guard.is_fixed)
BY_NAME = {guard.name: guard for guard in GUARDS}


def named(words: tuple[str, ...]) -> frozenset[str]:
    """Return the guards that a list of names and stages means; raises ValueError for others."""
    found: set[str] = set()
    for word in words:
        stage = {guard.name for guard in GUARDS if guard.stage == word}
        if not stage and word not in NAMES:
            raise ValueError(f"There is no guard or stage named {word!r}.")
        found |= stage or {word}
    return frozenset(found)
