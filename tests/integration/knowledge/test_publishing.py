"""Publishing: one transaction, one generation; revisions are kept, nothing is lost unseen."""

import threading
from dataclasses import replace

import pytest
from django.db import DatabaseError, connection, connections, transaction

from supportapp.knowledge import embeddings, publishing
from supportapp.knowledge.models import (
    Article,
    Passage,
    PassageEmbedding,
    Revision,
    RevisionIsFixed,
    Workspace,
)
from supportapp.knowledge.publishing import DraftChanged, KnowledgeError
from supportapp.knowledge.values import ArticleText
from supportapp.outbox.models import OutboxEvent
from tests.factories import ArticleFactory, WorkspaceFactory

BODY = "Yearly plans are refunded in full.\n\n## Monthly plans\n\nMonthly plans are not refunded."
TEXT = ArticleText("Refunds", BODY, tags=("billing",), aliases=("money back",))


def live(article: Article) -> list[Passage]:
    return publishing.live_passages(article)


@pytest.fixture
def article(workspace: Workspace) -> Article:
    made: Article = ArticleFactory(
        slug="refunds", title="Refunds", body=BODY, tags=TEXT.tags, aliases=TEXT.aliases
    )
    return made


def publish(article: Article) -> publishing.Publication:
    assert article.draft is not None
    done = publishing.publish(article.draft)
    article.refresh_from_db()
    return done


def test_publishing_makes_passages_live_in_the_next_generation(article: Article):
    done = publish(article)

    passages = live(article)
    assert [passage.headings for passage in passages] == [[], ["Monthly plans"]]
    assert {passage.generation_added for passage in passages} == {done.generation}
    assert Workspace.objects.get().generation == done.generation == 1
    assert (article.state, article.published, article.draft) == ("published", done.revision, None)
    assert done.revision.publish_ms is not None


def test_a_second_publication_replaces_the_passages_and_keeps_the_old_ones(article: Article):
    first = publish(article)
    publishing.save_draft(article, replace(TEXT, body=BODY.replace("in full", "in part")))
    second = publish(article)

    old = Passage.objects.filter(revision=first.revision)
    assert {passage.generation_removed for passage in old} == {second.generation}
    assert [passage.revision_id for passage in live(article)] == [second.revision.pk] * 2


def test_vectors_of_unchanged_passages_are_reused(article: Article):
    first = publish(article)
    embeddings.embed_revision(first.revision.pk)
    publishing.save_draft(article, replace(TEXT, body=BODY.replace("in full", "in part")))

    second = publish(article)

    assert (second.passages, second.reused_vectors) == (2, 1)
    states = PassageEmbedding.objects.filter(passage__revision=second.revision)
    assert sorted(states.values_list("state", flat=True)) == ["pending", "ready"]


def test_an_outbox_event_is_written_with_the_passages_that_wait(article: Article):
    done = publish(article)

    event = OutboxEvent.objects.get(task=publishing.EMBED_REVISION)
    assert event.payload == {"revision_id": done.revision.pk}


def test_a_rolled_back_publication_leaves_nothing(article: Article):
    with transaction.atomic():
        publish(article)
        transaction.set_rollback(True)

    assert not Passage.objects.exists()
    assert not OutboxEvent.objects.exists()
    assert Workspace.objects.get().generation == 0


def test_a_published_revision_cannot_be_saved(article: Article):
    revision = publish(article).revision
    found = Revision.objects.get(pk=revision.pk)
    found.body = "Other words."

    with pytest.raises(RevisionIsFixed):
        found.save()


def test_the_database_refuses_to_change_a_published_revision(article: Article):
    revision = publish(article).revision

    with pytest.raises(DatabaseError, match="is fixed"), transaction.atomic():
        Revision.objects.filter(pk=revision.pk).update(body="Other words.")


def test_a_revision_is_published_once(article: Article):
    revision = publish(article).revision

    with pytest.raises(KnowledgeError, match="published before"):
        publishing.publish(revision)


def test_an_empty_text_is_not_published(workspace: Workspace):
    empty: Article = ArticleFactory(body="  ")
    assert empty.draft is not None

    with pytest.raises(KnowledgeError, match="empty"):
        publishing.publish(empty.draft)


def test_archiving_takes_passages_out_and_restoring_brings_them_back(article: Article):
    first = publish(article)
    embeddings.embed_revision(first.revision.pk)

    publishing.archive(article)
    assert (article.state, live(article)) == ("archived", [])

    publishing.restore(article)
    assert article.state == "published"
    assert [passage.revision_id for passage in live(article)] == [first.revision.pk] * 2
    states = PassageEmbedding.objects.filter(passage__in=live(article))
    assert set(states.values_list("state", flat=True)) == {"ready"}
    assert Workspace.objects.get().generation == 3


def test_an_older_revision_comes_back_as_a_draft(article: Article):
    first = publish(article)
    publishing.save_draft(article, replace(TEXT, body="New words."))
    publish(article)

    draft = publishing.restore_revision(first.revision)

    article.refresh_from_db()
    assert (article.draft, draft.body, draft.number) == (draft, BODY, 3)
    assert "revision 1" in draft.note


def test_a_discarded_draft_stays_among_the_revisions(article: Article):
    publish(article)
    publishing.save_draft(article, replace(TEXT, body="Half an idea."))

    draft = publishing.discard_draft(article)

    assert article.draft is None
    assert publishing.restore_revision(draft).body == "Half an idea."


def test_a_lost_update_is_refused(article: Article):
    publish(article)
    seen = article.version
    publishing.save_draft(article, replace(TEXT, body="Hers."), version=seen)

    with pytest.raises(DraftChanged):
        publishing.save_draft(article, replace(TEXT, body="His."), version=seen)

    article.refresh_from_db()
    assert article.draft is not None
    assert article.draft.body == "Hers."


def test_a_draft_written_over_a_newer_publication_is_refused(article: Article):
    publish(article)
    seen = article.version
    publishing.save_draft(article, replace(TEXT, body="Hers."))
    publish(article)

    with pytest.raises(DraftChanged):
        publishing.save_draft(article, replace(TEXT, body="His."), version=seen)


def test_the_snapshot_of_tags_and_aliases_travels_to_the_passages(article: Article):
    publishing.save_draft(article, TEXT)
    publish(article)

    assert [passage.aliases for passage in live(article)] == [["money back"]] * 2


@pytest.mark.django_db(transaction=True)
def test_generations_follow_the_order_of_commits_under_concurrency():
    embeddings.ensure_current_model()
    workspace = WorkspaceFactory()
    articles = [ArticleFactory(workspace=workspace) for _ in range(6)]
    seen: list[tuple[int, int]] = []
    lock = threading.Lock()

    def run(article: Article) -> None:
        try:
            assert article.draft is not None
            done = publishing.publish(article.draft)
            with connection.cursor() as cursor:
                cursor.execute(
                    "SELECT count(*) FROM knowledge_passage WHERE generation_added <= %s",
                    [done.generation],
                )
                with lock:
                    seen.append((done.generation, cursor.fetchone()[0]))
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(article,)) for article in articles]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(seen) == [(number, number) for number in range(1, 7)]
