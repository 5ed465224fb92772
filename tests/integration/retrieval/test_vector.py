"""Vector search at size: the index is used, its answers are near the exact ones, filters hold."""

from collections.abc import Iterator

import numpy as np
import pytest
from django.db import connection
from numpy.typing import NDArray
from pytest_django import DjangoDbBlocker

from supportapp.knowledge import embeddings, vector_indexes
from supportapp.knowledge.models import (
    Article,
    EmbeddingModel,
    Passage,
    PassageEmbedding,
    Workspace,
)
from supportapp.outbox.models import OutboxEvent
from supportapp.retrieval import vector
from supportapp.retrieval.values import Scope
from supportapp.retrieval.vector import VectorSpace
from tests.integration.retrieval.conftest import PUBLIC, publish_article

SIZE = 2000


def directions(count: int, seed: int) -> NDArray[np.float32]:
    """Made like embeddings: few of the many dimensions matter."""
    plane = np.random.default_rng(0).normal(size=(16, 384))
    rows = (np.random.default_rng(seed).normal(size=(count, 16)) @ plane).astype(np.float32)
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


@pytest.fixture(scope="module")
def crowded(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[VectorSpace]:
    """Many passages with vectors of their own, a tenth of them for staff; built once."""
    with django_db_blocker.unblock():
        workspace = Workspace.objects.create(slug="crowded", name="Crowded")
        model = embeddings.ensure_current_model()
        article = publish_article(workspace, "many", "Many", "One of many.", embed=False)
        _fill(article, model)
    yield VectorSpace(model.pk, model.dimension)
    with django_db_blocker.unblock():
        Article.objects.update(published=None, draft=None)
        OutboxEvent.objects.all().delete()
        workspace.delete()
        model.delete()


def _fill(article: Article, model: EmbeddingModel) -> None:
    passages = Passage.objects.bulk_create(
        [
            Passage(
                workspace=article.workspace,
                article=article,
                revision=article.published,  # type: ignore[misc]
                position=number,
                title="Many",
                text=f"Number {number}",
                audience="staff" if number % 10 == 0 else "public",
                language="en",
                content_hash=str(number),
                generation_added=1,
            )
            for number in range(1, SIZE + 1)
        ]
    )
    PassageEmbedding.objects.bulk_create(
        [
            PassageEmbedding(passage=passage, model=model, vector=row, state="ready")
            for passage, row in zip(passages, directions(SIZE, 1), strict=True)
        ]
    )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE knowledge_passage, knowledge_passageembedding")


@pytest.fixture
def workspace(crowded: VectorSpace, db: None) -> Workspace:
    return Workspace.objects.get(slug="crowded")


def search(space: VectorSpace, scope: Scope, *, exact: bool, count: int = 50) -> list[int]:
    (question,) = directions(1, 2)
    found = vector.nearest(question, space, scope, asked=(), count=count, exact=exact)
    return list(found.nearest)


def test_at_size_the_models_index_is_used(crowded: VectorSpace, workspace: Workspace):
    select = vector.statement(crowded, exact=False, count=100)
    parameters = {
        "vector": str(directions(1, 2)[0].tolist()), "workspace": workspace.pk,
        "audiences": ["public"], "asked": [1, 2], "scan": "100",
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN {select}", parameters)
        plan = "\n".join(row[0] for row in cursor.fetchall())
    assert f"Index Scan using {vector_indexes.name_of(EmbeddingModel.objects.get())}" in plan


def test_the_index_finds_nearly_what_an_exact_search_finds(
    crowded: VectorSpace, workspace: Workspace
):
    scope = Scope(workspace.pk, PUBLIC)
    exact = search(crowded, scope, exact=True)
    by_index = search(crowded, scope, exact=False)
    assert len(set(exact) & set(by_index)) >= 40


def test_the_index_is_scanned_on_until_the_filter_let_enough_through(
    crowded: VectorSpace, workspace: Workspace
):
    found = search(crowded, Scope(workspace.pk, frozenset({"staff"})), exact=False)
    assert len(found) == 50
    assert set(Passage.objects.filter(pk__in=found).values_list("audience", flat=True)) == {"staff"}


def test_another_workspace_finds_none_of_it(crowded: VectorSpace, workspace: Workspace):
    other = Workspace.objects.create(slug="other", name="Other")
    assert search(crowded, Scope(other.pk, PUBLIC), exact=False) == []


def test_the_generation_arrives_with_the_vectors(crowded: VectorSpace, workspace: Workspace):
    (question,) = directions(1, 2)
    scope = Scope(workspace.pk, PUBLIC)
    found = vector.nearest(question, crowded, scope, asked=(), count=5, exact=True)
    workspace.refresh_from_db()
    assert found.generation == workspace.generation


def test_passages_that_are_asked_about_get_their_similarity_however_far(
    crowded: VectorSpace, workspace: Workspace
):
    (question,) = directions(1, 2)
    rows = PassageEmbedding.objects.filter(passage__audience="public", passage__position__gt=1)
    row = rows.order_by("pk").last()
    assert row is not None
    found = vector.nearest(
        question, crowded, Scope(workspace.pk, PUBLIC), asked=[row.passage_id], count=1, exact=False
    )
    expected = pytest.approx(float(row.vector @ question), abs=1e-5)
    assert found.similarities[row.passage_id] == expected
    # Fetched before the question is known, they compare the same.
    assert vector.stored(crowded, [row.passage_id]).similarities(question) == {
        row.passage_id: expected
    }


def test_an_index_looks_as_far_as_the_scope_needs_and_no_longer_afterwards(
    crowded: VectorSpace, workspace: Workspace
):
    assert vector.scanned(100, readable=1.0) == 100
    assert vector.scanned(100, readable=0.5) == 200
    search(crowded, Scope(workspace.pk, PUBLIC), exact=False, count=50)
    with connection.cursor() as cursor:
        cursor.execute("EXPLAIN SELECT 1")  # a statement of its own
        cursor.execute("SHOW hnsw.ef_search")
        assert cursor.fetchone() in {("40",), ("50",)}
