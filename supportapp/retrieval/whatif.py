"""What a question would find if an article or the synonyms were changed. Nothing is stored.

The changes are made to a copy of the keyword index, the changed passages are embedded in memory,
and both are ranked by the search's own code. So the prediction is what the same question finds
once the changes are published, as long as nothing else changes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from supportapp.knowledge import passages as splitting
from supportapp.knowledge import text_vectors
from supportapp.knowledge.models import Article, Passage, Revision
from supportapp.knowledge.values import ArticleText
from supportapp.llm.errors import EmbeddingUnavailable
from supportapp.llm.protocols import Embedder
from supportapp.retrieval import fusion, indexes, search
from supportapp.retrieval.explained import Seen
from supportapp.retrieval.index import IndexedPassage, WorkspaceIndex
from supportapp.retrieval.ranking import Ranking, propose, rank
from supportapp.retrieval.search import Found
from supportapp.retrieval.synonyms import Group
from supportapp.retrieval.values import Limits, Scope, SearchQuery
from supportapp.retrieval.xray import seen, stored

SHOWN = 10


@dataclass(frozen=True, slots=True)
class Moved:
    """A passage's place now and with the changes; none where it isn't proposed."""

    seen: Seen
    before: int | None
    after: int | None
    is_changed: bool


@dataclass(frozen=True, slots=True)
class Prediction:
    """The best places after the changes, and the changed article's own best place."""

    rows: tuple[Moved, ...]
    before: int | None
    after: int | None
    confidence_before: float
    confidence_after: float
    is_by_words_only: bool


@dataclass(frozen=True, slots=True)
class Asked:
    """The question that is tried, how it is searched, and what it finds now."""

    query: SearchQuery
    scope: Scope
    limits: Limits
    embedder: Embedder
    found: Found


@dataclass(frozen=True, slots=True)
class Near:
    """How near the question the changed passages would be: as a whole, and by their lines."""

    wholes: Mapping[int, float]
    lines: Mapping[int, float]


@dataclass(frozen=True, slots=True)
class Supposed:
    """How all would rank if an article said something else, and the passages that it would have.

    Their ids are such as no stored passage has.
    """

    article: Article
    passages: tuple[Passage, ...]
    ranking: Ranking
    is_by_words_only: bool


def with_article(asked: Asked, article: Article, text: ArticleText) -> Prediction:
    """Predict what the question finds once the article says this."""
    return predict(asked, suppose(asked, article, _revision(article, text)))


def with_synonyms(asked: Asked, groups: Sequence[Group]) -> Prediction:
    """Predict what the question finds once these groups are kept beside the others."""
    index = asked.found.index.copy()
    index.use_synonyms([*indexes.kept_synonyms(asked.scope.workspace_id), *groups])
    asked = _read_again(asked, index)
    ranking = _ranking(asked, index, Near({}, {}), set())
    return _prediction(asked, ranking, (), None, asked.found.question is None)


def suppose(asked: Asked, article: Article, revision: Revision) -> Supposed:
    """Rank as if the revision, stored or not, were what the article says."""
    found = asked.found
    changed = _passages(article, revision, found.result.generation)
    removed = set(
        Passage.objects.filter(article=article, generation_removed__isnull=True).values_list(
            "pk", flat=True
        )
    )
    index = found.index.copy()
    index.apply([_indexed(each) for each in changed], removed, index.generation)
    asked = _read_again(asked, index)
    visible = [each for each in changed if each.audience in asked.scope.audiences]
    near = _near(asked, visible)
    ranking = _ranking(asked, index, near, removed)
    return Supposed(article, tuple(changed), ranking, len(near.wholes) < len(visible))


def predict(asked: Asked, supposed: Supposed) -> Prediction:
    """Compare what would be found with what is found now."""
    return _prediction(
        asked, supposed.ranking, supposed.passages, supposed.article.pk, supposed.is_by_words_only
    )


def _revision(article: Article, text: ArticleText) -> Revision:
    return Revision(
        article=article,
        title=text.title,
        body=text.body,
        audience=text.audience,
        language=text.language,
        subject=text.subject,
        tags=list(text.tags),
        aliases=list(text.aliases),
    )


def _passages(article: Article, revision: Revision, generation: int) -> list[Passage]:
    """Split the text as publishing would; ids are such as no stored passage has."""
    made = splitting.of(revision, article, generation)
    for number, passage in enumerate(made, start=1):
        passage.pk = -number
    return made


def _indexed(passage: Passage) -> IndexedPassage:
    return IndexedPassage(
        id=passage.pk,
        article=passage.article_id,
        title=passage.title,
        headings=passage.headings,
        text=passage.text,
        audience=passage.audience,
        language=passage.language,
        subject=passage.subject,
        aliases=passage.aliases,
        tags=passage.tags,
    )


def _read_again(asked: Asked, index: WorkspaceIndex) -> Asked:
    """Read the question as it would be: a subject comes into focus, or goes, with its articles,
    and words that they hold aren't misspelt."""
    found = asked.found
    asked = replace(asked, query=search.spelt(asked.query, index, asked.limits))
    view = index.look(asked.query, asked.scope.audiences, asked.limits)
    is_same = (view.question, view.strongest) == (found.view.question, found.view.strongest)
    if found.question is None or is_same:
        return asked
    try:
        vectors = asked.embedder.embed(fusion.readings(asked.query))
    except EmbeddingUnavailable:
        return asked
    question = fusion.blend(vectors, view.strongest)
    return replace(asked, found=replace(found, question=question))


def _near(asked: Asked, changed: Sequence[Passage]) -> Near:
    """Return how near the question the changed passages would be; empty without an embedder."""
    question = asked.found.question
    if question is None or not changed:
        return Near({}, {})
    try:
        made = text_vectors.embed([passage.embedded for passage in changed], asked.embedder)
    except EmbeddingUnavailable:
        return Near({}, {})
    vectors = {passage.pk: each for passage, each in zip(changed, made, strict=True)}
    return Near(
        {key: float(each.whole @ question) for key, each in vectors.items()},
        {
            key: fusion.nearness_of_lines(each.lines @ question)
            for key, each in vectors.items()
            if len(each.lines)
        },
    )


def _ranking(asked: Asked, index: WorkspaceIndex, added: Near, removed: set[int]) -> Ranking:
    """Rank what the changed index proposes, by the search's own rules."""
    view = index.look(asked.query, asked.scope.audiences, asked.limits)
    # As many more as will be left out, so that others can take their places.
    limits = replace(asked.limits, candidates=asked.limits.candidates + len(removed))
    proposed = [passage for passage in view.proposed if passage > 0]
    near = search.nearness(asked.found, asked.scope, proposed, limits)
    similarities = {
        passage: similarity
        for passage, similarity in {**near.similarities, **added.wholes}.items()
        if passage not in removed
    }
    listed = [passage for passage in (*near.nearest, *added.wholes) if passage not in removed]
    listed.sort(key=lambda passage: (-similarities[passage], passage))
    nearest = listed[: asked.limits.candidates]
    wanted = {*view.proposed, *nearest}
    known = {key: similarities[key] for key in similarities if key in wanted}
    proposal = propose(view, known, nearest)
    found = asked.found
    of_lines = search.read_leading(
        proposal, asked.scope, found.question, found.space, asked.limits
    ).lines
    for passage in proposal.leading(asked.limits.lines):
        if passage in added.lines:
            of_lines[passage] = added.lines[passage]
    return rank(proposal, of_lines)


def _prediction(
    asked: Asked,
    ranking: Ranking,
    changed: Sequence[Passage],
    article: int | None,
    is_by_words_only: bool,
) -> Prediction:
    candidates = asked.found.result.candidates
    before = {each.passage_id: place for place, each in enumerate(candidates, start=1)}
    after = {each.passage_id: place for place, each in enumerate(ranking.candidates, start=1)}
    live = stored([key for key in (*after, *before) if key > 0], asked.scope.workspace_id)
    known = live | {passage.pk: passage for passage in changed}
    own = _places_of(live, before, article)
    moved = [
        Moved(
            seen=seen(known[key]),
            before=own.get(known[key].position) if key < 0 else before.get(key),
            after=place,
            is_changed=key < 0,
        )
        for key, place in after.items()
        if key in known
    ]
    return Prediction(
        rows=tuple(row for row in moved if row.is_changed or _is_near_the_top(row)),
        before=min(own.values(), default=None),
        after=min((place for key, place in after.items() if key < 0), default=None),
        confidence_before=asked.found.result.confidence,
        confidence_after=asked.found.trust.model.confidence(ranking.clues),
        is_by_words_only=is_by_words_only,
    )


def _is_near_the_top(row: Moved) -> bool:
    return min(place for place in (row.before, row.after, SHOWN + 1) if place) <= SHOWN


def _places_of(
    live: Mapping[int, Passage], before: Mapping[int, int], article: int | None
) -> dict[int, int]:
    """Return the places of the article's own passages now, by their position in it."""
    return {
        passage.position: before[key]
        for key, passage in live.items()
        if passage.article_id == article and key in before
    }
