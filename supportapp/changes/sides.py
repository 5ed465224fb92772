"""Both answers to one question, from what is published and from the draft, with their scores."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from asgiref.sync import async_to_sync

from supportapp.answering import assemble, drafts
from supportapp.answering.drafts import Remembering
from supportapp.answering.values import CitedPassage, Outcome, Parts, Question
from supportapp.changes.verdicts import Side
from supportapp.conversations.models import Turn
from supportapp.evals import answering_examples, scoring
from supportapp.evals.models import Example
from supportapp.evals.scorers.catalogue import QUALITY
from supportapp.evals.values import Answered, Known
from supportapp.knowledge.models import Article, Passage, Revision
from supportapp.retrieval.values import SearchResult
from supportapp.review.models import Annotation

# What a golden example demands: short of it, it is broken.
DEMANDS = frozenset({"assertions", "refusal"})
# How high articles stand is no good or bad of the answer that a customer reads.
WITHOUT = frozenset({"recall@5", "mrr@10", "ndcg@10"})
LABELLED = {
    Annotation.Verdict.SHOULD_DECLINE.value: Outcome.NO_EVIDENCE.value,
    Annotation.Verdict.SHOULD_ANSWER.value: Outcome.ANSWERED.value,
}


@dataclass(frozen=True, slots=True)
class Asked:
    """A past question as scorers want it: nothing is known of its answer but what a label says."""

    question: str
    language: str
    outcome: str = ""
    expected: str = ""
    must_say: tuple[str, ...] = ()
    must_not_say: tuple[str, ...] = ()
    articles: tuple[str, ...] = ()
    assertions: tuple[Mapping[str, Any], ...] = ()


@dataclass(frozen=True, slots=True)
class Scored:
    """One answer, and what each scorer says of it."""

    answered: Answered
    scores: Mapping[str, float]
    notes: Mapping[str, str]

    def side(self) -> Side:
        """Return what is compared."""
        kept = {name: value for name, value in self.scores.items() if name not in WITHOUT}
        sources = [each.quote for each in self.answered.citations]
        answered = self.answered
        return Side(answered.outcome, answered.text, sources, kept, DEMANDS, answered.error)

    def stored(self) -> dict[str, Any]:
        """Return it as a replay keeps it: words of articles, none of the customer's."""
        answered = self.answered
        return {
            "outcome": answered.outcome,
            "kind": answered.kind,
            "text": answered.text,
            "citations": [_cited(each) for each in answered.citations],
            "scores": dict(self.scores),
            "notes": dict(self.notes),
            "error": answered.error,
        }


class Replayer:
    """Answers questions from what is published and from one draft, with everything else alike."""

    def __init__(self, article: Article, draft: Revision, embedder: Remembering) -> None:
        self._article = article
        self._draft = draft
        self._embedder = embedder
        self._slugs: dict[int, str] = {}

    def published(self, question: Question, known: Known) -> Scored:
        """Answer as customers are answered now."""
        parts = assemble.parts(self._article.workspace_id, repeatable=True)
        return _scored(self._answer(question, parts), known)

    def drafted(self, question: Question, known: Known) -> Scored:
        """Answer as they will be once the draft is published."""
        seen: list[SearchResult] = []
        parts = drafts.parts(
            self._article, self._draft, repeatable=True, embedder=self._embedder, seen=seen.append
        )
        answered = self._answer(question, parts)
        return _scored(self._with_draft(answered, seen), known)

    def _answer(self, question: Question, parts: Parts) -> Answered:
        return async_to_sync(answering_examples.answer_async)(
            question, answering_examples.alone(parts)
        )

    def _with_draft(self, answered: Answered, seen: Sequence[SearchResult]) -> Answered:
        """Add what no table holds: the draft's passages among the evidence and what was found."""
        if not seen:
            return answered
        evidence = {each.passage_id: each for result in seen for each in result.evidence}
        noted = {each["passage"] for each in answered.receipt.get("evidence") or ()}
        ids = [*evidence, *(each.passage_id for each in seen[-1].candidates)]
        ranked = [self._slug(each) for each in ids]
        return replace(
            answered,
            evidence=tuple(each for key, each in evidence.items() if key in noted),
            ranked=tuple(dict.fromkeys(slug for slug in ranked if slug)),
        )

    def _slug(self, passage_id: int) -> str:
        if passage_id < 0:
            return self._article.slug
        if passage_id not in self._slugs:
            found = Passage.objects.filter(pk=passage_id).values_list("revision__article__slug")
            self._slugs[passage_id] = (found.first() or ("",))[0]
        return self._slugs[passage_id]


def known_of(turn: Turn | None, example: Example | None, question: Question) -> Known:
    """Return what is known of the right answer."""
    if example is not None:
        return example
    assert turn is not None
    label = Annotation.objects.standing().filter(item__turn=turn).values_list("verdict", flat=True)
    return Asked(question.text, question.language, LABELLED.get(label.first() or "", ""))


def _scored(answered: Answered, known: Known) -> Scored:
    found = {
        name: each
        for name, each in scoring.score(answered, known).items()
        if name in QUALITY and each.value is not None
    }
    return Scored(
        answered,
        {name: round(each.value or 0.0, 4) for name, each in found.items()},
        {name: each.note for name, each in found.items() if each.note},
    )


def _cited(citation: CitedPassage) -> dict[str, Any]:
    return {
        "number": citation.number,
        "slug": citation.slug,
        "title": citation.title,
        "headings": list(citation.headings),
        "is_draft": citation.passage_id < 0,
    }
