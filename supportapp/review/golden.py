"""A reviewed turn becomes a golden example, with facts that answers must, or must not, say."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.contrib.auth.models import User
from django.db import transaction

from supportapp.conversations.models import Turn
from supportapp.conversations.questions import question_of
from supportapp.evals import datasets
from supportapp.evals.models import Example
from supportapp.evals.suggesting import suggest
from supportapp.guardrails import personal
from supportapp.knowledge import access
from supportapp.review import consequences
from supportapp.review.models import Annotation, Consequence, ReviewItem

Verdict = Annotation.Verdict
MOST_FACTS = 12
LONGEST_FACT = 200


@dataclass(frozen=True, slots=True)
class Proposed:
    """An example as its form is filled in first."""

    question: str
    expected: str
    outcome: str
    must_say: tuple[str, ...] = ()
    must_not_say: tuple[str, ...] = ()

    @property
    def must_say_lines(self) -> str:
        return "\n".join(self.must_say)

    @property
    def must_not_say_lines(self) -> str:
        return "\n".join(self.must_not_say)


def propose(turn: Turn, verdict: str) -> Proposed:
    """Suggest an example: what the customer or the good answer says, and the facts in it.

    Personal data are taken out; a person reads it before it is stored.
    """
    corrected = next((each.correction for each in turn.feedback.all() if each.correction), "")
    good = verdict == Verdict.GOOD and turn.outcome == "answered"
    expected = personal.masked(corrected or (turn.answer if good else ""))
    declines = verdict == Verdict.SHOULD_DECLINE or (
        verdict == Verdict.GOOD and turn.outcome == "no_evidence"
    )
    outcome = Example.Outcome.NO_EVIDENCE if declines else Example.Outcome.ANSWERED
    question = personal.masked(turn.question)
    said = _facts(question, expected) if not declines else ()
    wrong = _facts(question, turn.answer) if verdict == Verdict.WRONG else ()
    return Proposed(
        question=question,
        expected=expected,
        outcome=outcome,
        must_say=said,
        must_not_say=tuple(fact for fact in wrong if fact not in said),
    )


def add(item: ReviewItem, author: User, given: Proposed, articles: Sequence[str]) -> Consequence:
    """Store the example in the golden set and note it; a second time returns the first."""
    turn = item.turn
    asker = turn.receipt.get("asker") or {}
    with transaction.atomic():
        dataset = datasets.golden(turn.conversation.workspace)
        example = datasets.add(
            dataset,
            question=given.question,
            expected=given.expected,
            outcome=given.outcome,
            must_say=given.must_say,
            must_not_say=given.must_not_say,
            articles=articles if given.outcome == Example.Outcome.ANSWERED else (),
            context=context_of(turn),
            turn=turn.pk,
            author=author,
            language=asker.get("language") or "en",
            audiences=sorted(asker.get("audiences") or access.EVERYONE),
        )
        return consequences.note(
            item,
            Consequence.Kind.GOLDEN,
            author,
            summary=given.question,
            details={"example": example.pk, "dataset": dataset.pk},
        )


def facts(text: str) -> tuple[str, ...]:
    """Read facts from a form, one a line."""
    lines = (" ".join(line.split())[:LONGEST_FACT] for line in text.splitlines())
    return tuple(dict.fromkeys(line for line in lines if line))[:MOST_FACTS]


def context_of(turn: Turn) -> list[dict[str, str]]:
    """Return what was said before, without personal data."""
    if "asker" not in turn.receipt:
        return []
    said = question_of(turn).context
    return [{"speaker": each.speaker, "text": personal.masked(each.text)} for each in said]


def _facts(question: str, answer: str) -> tuple[str, ...]:
    proposed = suggest(Example(question=question, expected=answer)) if answer else []
    says = (fact for each in proposed if each["kind"] == "says" for fact in each["any"])
    return tuple(dict.fromkeys(says))[:MOST_FACTS]
