"""Explain one search: where each passage stood in every list, and why.

Everything shown is what the search itself ranked with: its view of the keyword index, its
similarities, the parts of its scores. Nothing is worked out a second time in another way.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from supportapp.knowledge import access
from supportapp.knowledge.models import Passage
from supportapp.llm.protocols import Embedder
from supportapp.retrieval import fusion, speech, turns_before
from supportapp.retrieval.confidence import features
from supportapp.retrieval.explained import (
    AskedTerm,
    Clue,
    Hidden,
    Part,
    Row,
    Said,
    Seen,
    Standing,
    Sureness,
    Xray,
)
from supportapp.retrieval.marking import pieces, spelling, spellings
from supportapp.retrieval.rerank import Reranking
from supportapp.retrieval.search import Found, find
from supportapp.retrieval.values import Candidate, Limits, Scope, SearchQuery

MOST_HIDDEN = 10


@dataclass(frozen=True, slots=True)
class Shown:
    """How many passages are shown, and of which language; of every one where none is named."""

    rows: int = 10
    language: str = ""


def explain(
    query: SearchQuery,
    scope: Scope,
    *,
    limits: Limits,
    embedder: Embedder,
    shown: Shown,
    reranking: Reranking | None = None,
) -> tuple[Xray, Found]:
    """Search as an answer would, and return what happened beside the search itself."""
    found = find(query, scope, limits=limits, embedder=embedder, reranking=reranking)
    everyone = Scope(scope.workspace_id, access.STAFF)
    unhidden = find(query, everyone, limits=limits, embedder=embedder)
    hidden, counts = _hidden(unhidden, scope)
    rows = _rows(found, scope, shown)
    result = found.result
    return Xray(
        question=query.text,
        read_as=result.read_as,
        rows=rows,
        candidates=len(result.candidates),
        terms=_terms(found, rows),
        hidden=hidden,
        hidden_by_audience=counts,
        sureness=sureness(found),
        subjects=tuple(
            Part(name, strength)
            for name, strength in found.index.topics(found.view.strengths).items()
        ),
        said=_said(found, query, limits),
        milliseconds=result.milliseconds,
        generation=result.generation,
        degraded=result.degraded,
    ), found


def sureness(found: Found) -> Sureness:
    """Return the confidence with what it was worked out from."""
    fitted = found.trust.model
    clues = found.result.clues
    values = features(clues)
    known = [Clue(name, values[name], weight) for name, weight in fitted.weights.items()]
    said = [
        Clue(speech.described(word), 1.0, fitted.words[word])
        for word in sorted(clues.words)
        if word in fitted.words
    ]
    return Sureness(
        confidence=found.result.confidence,
        constant=fitted.constant,
        clues=(*known, *said),
        threshold=found.trust.threshold,
    )


def seen(passage: Passage) -> Seen:
    """Return what tells a passage from others."""
    return Seen(
        passage_id=passage.pk,
        article_id=passage.article_id,
        slug=passage.article.slug,
        title=passage.title,
        headings=tuple(passage.headings),
        audience=passage.audience,
        language=passage.language,
    )


def stored(passages: Sequence[int], workspace_id: int) -> dict[int, Passage]:
    """Return the workspace's passages among these, by id."""
    rows = Passage.objects.select_related("article").filter(workspace=workspace_id)
    return rows.in_bulk(passages)


def _rows(found: Found, scope: Scope, shown: Shown) -> tuple[Row, ...]:
    candidates = found.result.candidates
    step = shown.rows if not shown.language else len(candidates)
    chosen = candidates[:step]
    passages = _readable([each.passage_id for each in chosen], scope, shown.language)
    matched = found.index.contributions(found.view.asked.weights, list(passages))
    rows: list[Row] = []
    for number, candidate in enumerate(chosen):
        passage = passages.get(candidate.passage_id)
        if passage is not None and len(rows) < shown.rows:
            added = {term: each.get(passage.pk, 0.0) for term, each in matched.items()}
            rows.append(_row(found, number, candidate, passage, added))
    return tuple(rows)


def _readable(ids: Sequence[int], scope: Scope, language: str) -> dict[int, Passage]:
    rows = Passage.objects.select_related("article").filter(
        workspace=scope.workspace_id, audience__in=scope.audiences
    )
    if language:
        rows = rows.filter(language=language)
    return rows.in_bulk(ids)


def _row(
    found: Found, number: int, candidate: Candidate, passage: Passage, added: dict[str, float]
) -> Row:
    written = spellings(found.view.question, passage.language)
    matched = sorted((-value, term) for term, value in added.items() if value)
    terms = {term for term in added if added[term]}
    path = " › ".join((passage.title, *passage.headings))
    best = float(found.view.scores.max(initial=0.0))
    names = ", ".join((*passage.aliases, *passage.tags, passage.subject)).strip(", ")
    numbers = {each.passage_id: each.number for each in found.result.evidence}
    return Row(
        place=number + 1,
        seen=seen(passage),
        keyword=Standing(candidate.keyword_rank, candidate.keyword_score * best),
        vector=Standing(candidate.vector_rank, candidate.vector_score),
        fused_score=candidate.fused_score,
        rerank=Standing(candidate.rerank_rank, candidate.rerank_score),
        parts=tuple(Part(*part) for part in found.ranking.parts_of(number).items()),
        matched=tuple(Part(spelling(term, written), -value) for value, term in matched),
        missed=tuple(
            spelling(term, written)
            for term in found.view.asked.own
            if " " not in term and not added[term]
        ),
        evidence=numbers.get(passage.pk),
        title=pieces(path, terms, passage.language),
        text=pieces(passage.words, terms, passage.language),
        names=pieces(names, terms, passage.language),
    )


def _terms(found: Found, rows: Sequence[Row]) -> tuple[AskedTerm, ...]:
    asked = found.view.asked
    written = spellings(found.view.question, "en")
    held = found.index.contributions(asked.weights, [row.seen.passage_id for row in rows])
    terms = [
        AskedTerm(
            term=spelling(term, written),
            weight=weight,
            idf=found.index.idf_of(term),
            is_synonym=term in asked.added,
            shown_in=len(held[term]),
        )
        for term, weight in asked.weights.items()
    ]
    return tuple(sorted(terms, key=lambda term: (term.is_synonym, -term.weight * term.idf)))


def _hidden(unhidden: Found, scope: Scope) -> tuple[tuple[Hidden, ...], dict[str, int]]:
    """Return the best of the passages that the scope keeps from its reader, and how many."""
    candidates = unhidden.result.candidates
    passages = stored([each.passage_id for each in candidates], scope.workspace_id)
    kept = [
        Hidden(place, seen(passages[each.passage_id]))
        for place, each in enumerate(candidates, start=1)
        if each.passage_id in passages and passages[each.passage_id].audience not in scope.audiences
    ]
    return tuple(kept[:MOST_HIDDEN]), dict(Counter(each.seen.audience for each in kept))


def _said(found: Found, query: SearchQuery, limits: Limits) -> tuple[Said, ...]:
    """Return the turns before, oldest first, with their weights in words and in the vector."""
    strongest = found.view.strongest
    openness = fusion.openness(strongest)
    words = [openness * weight for _, weight in turns_before.fading(query, limits.turns)]
    words += [0.0] * (len(query.context) - len(words))
    vectors = [0.0] * len(query.context)
    # One share for the opening and one for the last turn; one for both where they are the same.
    shares = fusion.shares(len(fusion.readings(query)), strongest)[1:]
    for place, share in zip((0, -1), shares, strict=False):
        vectors[place] = share
    return tuple(
        Said(each.speaker, each.text, weight, vector)
        for each, weight, vector in zip(query.context, reversed(words), vectors, strict=True)
    )
