"""A small and a large model that are played: what each would answer is scripted. Not a model.

They speak HTTP like real ones, and their answers pass every guard, but how often each is right is
set here, in `SKILL`, in the image of what one expects: both nearly always where the right article
comes first in their evidence, the small one far less often where it stands further down or where
nothing answers. Whoever has real models measures those instead.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from supportapp.gateway.chats import PurposeModel
from supportapp.gateway.models import Purpose
from supportapp.gateway.values import Limits
from supportapp.knowledge.models import Passage
from supportapp.llm.endpoints import Endpoint
from supportapp.llm.prices import Price
from supportapp.retrieval import sentences
from tests.fakes.model_server import ModelServer

DECLINES = "I don't know."
# Dollars per million tokens, in, out and cached: what a small and a large model of one maker cost.
PRICES = {
    "small": Price(Decimal("0.15"), Decimal("0.60"), Decimal("0.075")),
    "large": Price(Decimal("2.50"), Decimal("10.00"), Decimal("1.25")),
}


@dataclass(frozen=True, slots=True)
class Skill:
    """How often a model is right: the right article first, further down, and nothing answers."""

    first: float
    further: float
    nowhere: float

    def share(self, able: Sequence[Mapping[str, Any]]) -> float:
        """Return how often it is right with these right passages in its evidence."""
        if not able:
            return self.nowhere
        return self.first if able[0]["number"] == 1 else self.further


SKILL: Mapping[str, Skill] = {"small": Skill(0.97, 0.6, 0.5), "large": Skill(0.99, 0.92, 0.9)}


def model(server: ModelServer, name: str) -> PurposeModel:
    """Return the scripted model as the gateway would give it."""
    endpoint = Endpoint(name, server.base_url, name, price=PRICES[name])
    return PurposeModel(Purpose.ANSWER, [endpoint], Limits(), None, None)


def reply(
    name: str,
    question: str,
    draft: int,
    evidence: Sequence[Mapping[str, Any]],
    right: frozenset[str],
) -> str:
    """Return what a model says of a question: the same each time, another draft maybe not."""
    able = [each for each in evidence if each["slug"] in right]
    others = [each for each in evidence if each["slug"] not in right]
    is_right = _chance(f"{name}:{question}:{draft}") < SKILL[name].share(able)
    if is_right:
        return _quoted(able[0]) if able else DECLINES
    return _quoted(others[0]) if others else DECLINES


def _quoted(each: Mapping[str, Any]) -> str:
    """The passage's first sentence, with its number."""
    text = Passage.objects.values_list("text", flat=True).get(pk=each["passage"])
    first = next(iter(sentences.split(sentences.plain(text))), "")
    return f"{first} [{each['number']}]"


def _chance(seed: str) -> float:
    digest = hashlib.blake2b(seed.encode("utf-8"), digest_size=8).digest()
    return int.from_bytes(digest, "big") / 2**64
