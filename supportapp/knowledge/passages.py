"""Make a revision's passages live, or take them out, under a new generation.

A workspace's generation numbers its changes. Taking the next number locks the workspace's row, so
numbers follow the order of commits, and whoever has seen generation g can ask for what changed
since. Vectors of unchanged passages are copied by the hash of their embedding text.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.db import connection

from supportapp.knowledge import chunking, embeddings, plaintext
from supportapp.knowledge.models import (
    Article,
    EmbeddingModel,
    Passage,
    PassageEmbedding,
    Revision,
)
from supportapp.knowledge.text_vectors import TextVectors

BATCH = 500
_LIVE = f"""
SELECT * FROM {EmbeddingModel._meta.db_table} WHERE state <> %s AND NOT is_paused FOR KEY SHARE
"""  # noqa: S608  (names of our tables)


@dataclass(frozen=True)
class Made:
    """How many passages went live, and where their vectors come from."""

    passages: int
    reused: int
    pending: int


def next_generation(workspace_id: int) -> int:
    """Take the workspace's next generation; the lock is held until the transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE knowledge_workspace SET generation = generation + 1 WHERE id = %s"
            " RETURNING generation",
            [workspace_id],
        )
        return int(cursor.fetchone()[0])


def take_out(articles: Iterable[int], generation: int) -> int:
    """End the life of the articles' passages at this generation."""
    live = Passage.objects.filter(article__in=list(articles), generation_removed__isnull=True)
    return live.update(generation_removed=generation)


def of(revision: Revision, article: Article, generation: int) -> list[Passage]:
    """Build a revision's passages, unsaved."""
    made = []
    for position, section in enumerate(chunking.split(revision.title, revision.body)):
        passage = Passage(
            workspace_id=article.workspace_id,
            article=article,
            revision=revision,
            position=position,
            title=revision.title,
            headings=list(section.headings),
            text=section.text,
            start=section.start,
            end=section.end,
            audience=revision.audience,
            language=revision.language,
            subject=revision.subject,
            aliases=revision.aliases,
            tags=revision.tags,
            generation_added=generation,
        )
        passage.content_hash = plaintext.digest("\0".join(passage.embedded))
        made.append(passage)
    return made


def store(
    passages: Sequence[Passage], vectors: Mapping[tuple[int, str], TextVectors] | None = None
) -> Made:
    """Insert passages with their vectors: given ones, those of equal texts, or pending ones.

    `vectors` are by model id and content hash.
    """
    Passage.objects.bulk_create(passages, batch_size=BATCH)
    models = live_models()
    known = dict(vectors or {})
    missing = {passage.content_hash for passage in passages}
    known |= {
        key: vector
        for model in models
        for key, vector in reusable(model.pk, missing).items()
        if key not in known
    }
    rows = [_embedding(passage, model, known) for passage in passages for model in models]
    PassageEmbedding.objects.bulk_create(rows, batch_size=BATCH)
    ready = sum(row.state == PassageEmbedding.State.READY for row in rows)
    return Made(len(passages), ready, len(rows) - ready)


def _embedding(
    passage: Passage, model: EmbeddingModel, known: Mapping[tuple[int, str], TextVectors]
) -> PassageEmbedding:
    vectors = known.get((model.pk, passage.content_hash))
    state = PassageEmbedding.State
    if vectors is None:
        return PassageEmbedding(passage=passage, model=model, state=state.PENDING)
    return PassageEmbedding(
        passage=passage,
        model=model,
        vector=vectors.whole,
        lines=vectors.lines,
        state=state.READY,
    )


def live_models() -> list[EmbeddingModel]:
    """Return the models that every new passage is embedded with; there is always one.

    Their rows can't be removed before this transaction ends.
    """
    live = EmbeddingModel.objects.raw(_LIVE, [EmbeddingModel.State.RETIRED])
    return list(live) or [embeddings.ensure_current_model()]


def reusable(model_id: int, hashes: Iterable[str]) -> dict[tuple[int, str], TextVectors]:
    """Return stored vectors of texts with these hashes, by model id and hash."""
    found: dict[tuple[int, str], TextVectors] = {}
    rows = (
        PassageEmbedding.objects.filter(
            model=model_id,
            state=PassageEmbedding.State.READY,
            lines__isnull=False,
            passage__content_hash__in=list(hashes),
        )
        .order_by("passage__content_hash", "-pk")
        .distinct("passage__content_hash")
        .values_list("passage__content_hash", "vector", "lines")
    )
    for content_hash, vector, lines in rows:
        assert vector is not None
        assert lines is not None
        found[model_id, content_hash] = TextVectors(vector, lines)
    return found
