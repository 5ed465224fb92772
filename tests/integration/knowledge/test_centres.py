"""What a workspace's vectors have in common, kept beside them."""

import numpy as np

from supportapp.knowledge import centres, embeddings, publishing, tasks
from supportapp.knowledge.models import Article, PassageEmbedding, VectorCentre, Workspace
from tests.factories import ArticleFactory


def embedded(workspace: Workspace, count: int) -> None:
    for _ in range(count):
        body = f"Step {PassageEmbedding.objects.count()} of the tour."
        ArticleFactory(workspace=workspace, body=body, is_published=True)
    embeddings.embed_pending(PassageEmbedding.objects.filter(passage__workspace=workspace))


def test_the_centre_is_the_mean_of_the_live_vectors(workspace: Workspace):
    embedded(workspace, 3)

    centre = VectorCentre.objects.get(workspace=workspace)
    vectors = PassageEmbedding.objects.values_list("vector", flat=True)
    assert centre.passages == len(vectors)
    np.testing.assert_allclose(centre.vector, np.mean(list(vectors), axis=0), atol=1e-6)


def test_a_centre_is_renewed_only_when_a_tenth_changed(workspace: Workspace):
    embedded(workspace, 20)
    before = VectorCentre.objects.get(workspace=workspace).passages

    embedded(workspace, 1)
    assert VectorCentre.objects.get(workspace=workspace).passages == before
    embedded(workspace, 3)
    assert VectorCentre.objects.get(workspace=workspace).passages > before


def test_tidying_notices_that_passages_went(workspace: Workspace):
    embedded(workspace, 4)
    for article in Article.objects.all()[:2]:
        publishing.archive(article)

    tasks.tidy()
    assert VectorCentre.objects.get(workspace=workspace).passages == 2


def test_another_workspace_has_a_centre_of_its_own(workspace: Workspace):
    other = Workspace.objects.create(slug="other", name="Other")
    embedded(other, 2)

    assert centres.renew(workspace.pk) == 0
    assert VectorCentre.objects.get().workspace == other
