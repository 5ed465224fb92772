"""What was found, read once more: which article comes first, and how it opens. Pure.

Help articles say in their first sentence what they answer. How near that sentence is to the
question tells articles apart whose passages are equally near; and the best article's opening
belongs to the evidence even where the search brought only a later part of it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from supportapp.answering.searching import without_markup
from supportapp.answering.values import Parts, Question
from supportapp.llm.errors import EmbeddingUnavailable
from supportapp.retrieval import sentences
from supportapp.retrieval.values import Evidence, SearchResult

# Chosen on the sample help centre's questions; from 0.5 to 1 the gain is the same.
OPENING_WEIGHT = 0.75


async def read(question: Question, found: SearchResult, parts: Parts) -> SearchResult:
    """Order the evidence by article and number it anew, with the best article's opening in it."""
    openings = await parts.openings(found.evidence, question.scope)
    nearness = await _nearness(question, openings, parts)
    articles = _articles(found.evidence, nearness)
    ordered = sorted(found.evidence, key=lambda each: articles.index(each.article_id))
    opening = openings.get(articles[0])
    if opening is not None and all(each.passage_id != opening.passage_id for each in ordered):
        place = sum(each.article_id == articles[0] for each in ordered)
        ordered.insert(place, opening)
    numbered = (replace(each, number=number) for number, each in enumerate(ordered, start=1))
    return replace(found, evidence=tuple(numbered))


def asked(question: Question) -> str:
    """Return what is asked, as it stands alone where a model made it so.

    Without that a short follow-up is read together with the question before it.
    """
    if question.standalone:
        return without_markup(question.standalone)
    text = without_markup(question.text)
    earlier = [each.text for each in question.context if each.speaker == "U"]
    if earlier and len(sentences.terms(text)) <= 2:
        return f"{without_markup(earlier[-1])} {text}"
    return text


async def _nearness(
    question: Question, openings: Mapping[int, Evidence], parts: Parts
) -> dict[int, float]:
    """How near each article's first sentence is; nothing where vectors tell little."""
    if len(openings) < 2 or sentences.language_of(asked(question)):
        return {}
    firsts = [_first_sentence(each.text) for each in openings.values()]
    try:
        near = await parts.similarity(asked(question), firsts)
    except EmbeddingUnavailable:
        return {}
    return dict(zip(openings, near, strict=True))


def _first_sentence(text: str) -> str:
    return sentences.plain(next(iter(sentences.split(text)), ""))


def _articles(evidence: Sequence[Evidence], nearness: Mapping[int, float]) -> list[int]:
    """Return the articles, best first. Equals keep the order of the search."""
    best: dict[int, float] = {}
    for each in evidence:
        best[each.article_id] = max(best.get(each.article_id, each.score), each.score)

    def value(article: int) -> float:
        return best[article] + OPENING_WEIGHT * nearness.get(article, 0.0)

    return sorted(best, key=value, reverse=True)
