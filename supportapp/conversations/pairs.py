"""A customer's answer and a candidate's, put side by side for a person who doesn't know which is
which. The sides are shuffled by pair and person, so that reloading a page tells nothing."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.db.models import Exists, F, OuterRef, QuerySet

from supportapp.answering.models import Judgement, Rollout, ShadowAnswer

VERDICTS = Judgement.Verdict


@dataclass(frozen=True, slots=True)
class Pair:
    """One question with two answers."""

    shadow: int
    question: str
    a: str
    b: str


def waiting(rollout: Rollout, who: User) -> QuerySet[ShadowAnswer]:
    """Return the pairs of a rollout that this person hasn't judged."""
    return everywhere(who).filter(rollout=rollout)


def everywhere(who: User) -> QuerySet[ShadowAnswer]:
    """Return the pairs that this person hasn't judged: both answered, and not the same."""
    judged = Judgement.objects.filter(shadow=OuterRef("pk"), judge=who)
    return (
        ShadowAnswer.objects.filter(
            ~Exists(judged),
            error="",
            turn__state="answered",
            turn__conversation__deleted_at=None,
        )
        .exclude(text=F("turn__answer"))
        .order_by("pk")
    )


def shown(shadow: ShadowAnswer, who: User) -> Pair:
    """Return the pair as this person sees it."""
    answers = (shadow.turn.answer, shadow.text)
    a, b = answers[::-1] if _is_swapped(shadow.pk, who.pk) else answers
    return Pair(shadow.pk, shadow.turn.question, a, b)


def judge(shadow: ShadowAnswer, who: User, better: str) -> bool:
    """Keep a verdict: a, b or tie. False where it can't be, or was given already."""
    first, second = VERDICTS.PRODUCTION, VERDICTS.CANDIDATE
    if _is_swapped(shadow.pk, who.pk):
        first, second = second, first
    verdict = {"a": first, "b": second, "tie": VERDICTS.TIE}.get(better)
    if verdict is None:
        return False
    try:
        with transaction.atomic():
            Judgement.objects.create(shadow=shadow, judge=who, verdict=verdict)
    except IntegrityError:
        return False
    return True


def take_back(shadow: int, who: User) -> bool:
    """Forget this person's verdict on a pair; False where there is none."""
    return bool(Judgement.objects.filter(shadow=shadow, judge=who).delete()[0])


def _is_swapped(shadow: int, who: int) -> bool:
    return hashlib.sha256(f"{shadow}:{who}".encode()).digest()[0] % 2 == 1
