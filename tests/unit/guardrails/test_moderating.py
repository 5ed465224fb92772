"""What a moderation model says becomes a verdict."""

import asyncio
from collections.abc import Sequence

import pytest

from supportapp.guardrails import moderating
from supportapp.guardrails.switches import Guards
from supportapp.guardrails.values import Action
from supportapp.llm.errors import ModelTimeout
from supportapp.llm.moderation import Moderation

LENIENT = Guards(on=frozenset({"moderation"}))
STRICT = Guards(on=frozenset({"moderation", "moderation_required"}))


def flagged(**scores: float) -> Moderation:
    return Moderation(True, tuple(scores), scores)


def test_what_is_not_flagged_goes_on() -> None:
    assert moderating.verdict(Moderation(False, (), {"hate": 0.4})).action is Action.ALLOW


def test_the_likeliest_category_is_named() -> None:
    verdict = moderating.verdict(flagged(hate=0.2, violence=0.9))
    assert (verdict.action, verdict.code) == (Action.BLOCK, "moderation.violence")


@pytest.mark.parametrize("category", ["self-harm", "self_harm", "self-harm/intent"])
def test_distress_is_met_with_help_whatever_else_applies(category: str) -> None:
    verdict = moderating.verdict(Moderation(True, ("violence", category), {"violence": 0.9}))
    assert (verdict.action, verdict.reply) == (Action.REPLY, "self_harm")


def test_a_servers_own_category_becomes_a_short_code() -> None:
    verdict = moderating.verdict(Moderation(True, ("S1: Violent Crimes!" * 9,), {}))
    assert verdict.code.startswith("moderation.s1_violent_crimes")
    assert len(verdict.code) <= 60
    assert moderating.verdict(Moderation(True, (), {})).code == "moderation.flagged"


@pytest.mark.parametrize(("guards", "action"), [(LENIENT, Action.ALLOW), (STRICT, Action.BLOCK)])
def test_without_a_judgement_it_goes_on_unless_one_is_required(
    guards: Guards, action: Action
) -> None:
    async def away(texts: Sequence[str]) -> Sequence[Moderation]:
        raise ModelTimeout("total")

    verdict = asyncio.run(moderating.judged("hello", away, guards))
    assert (verdict.action, verdict.code) == (action, "moderation.unavailable")
