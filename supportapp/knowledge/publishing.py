"""Write drafts, publish them, archive and restore articles. Each verb is one transaction.

After `publish` returns, the next question in any process sees the new text: the passages and the
workspace's generation change together, and every search compares generations before it answers.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from supportapp.audit import trail
from supportapp.audit.trail import Action
from supportapp.knowledge import embeddings, passages
from supportapp.knowledge.models import Article, Passage, PassageEmbedding, Revision, Workspace
from supportapp.knowledge.values import SNAPSHOT, ArticleText, Publication
from supportapp.outbox import events as outbox

EMBED_REVISION = "supportapp.knowledge.tasks.embed_revision"


class KnowledgeError(Exception):
    """A verb can't be done as things are; the message says why, for staff."""


class DraftChanged(KnowledgeError):
    """Someone else changed the article since the editor opened it."""


@contextmanager
def _locked(article: Article, *, version: str | None = None) -> Iterator[Article]:
    """Open a transaction that holds the article; `version` is what the editor saw."""
    with transaction.atomic():
        held = (
            Article.objects.select_for_update(of=("self",))
            .select_related("draft", "published", "workspace")
            .get(pk=article.pk)
        )
        if version is not None and held.version != version:
            raise DraftChanged(
                "Someone else changed this article while you were writing. Your text is below: "
                "compare it with theirs, then save again."
            )
        yield held


def create(
    workspace: Workspace, slug: str, text: ArticleText, *, author: User | None = None
) -> Article:
    """Make an article with a first draft."""
    with transaction.atomic():
        article = Article.objects.create(workspace=workspace, slug=slug, **_snapshot(text))
        article.draft = _new_revision(article, text, author)
        article.save(update_fields=["draft"])
    return article


def save_draft(
    article: Article,
    text: ArticleText,
    author: User | None = None,
    *,
    version: str | None = None,
) -> Revision:
    """Write the article's draft, making one where there is none.

    Raises DraftChanged where the article isn't in the `version` that the editor saw.
    """
    with _locked(article, version=version) as held:
        draft = held.draft
        if draft is None:
            draft = held.draft = _new_revision(held, text, author)
        else:
            for name, value in text.columns().items():
                setattr(draft, name, value)
            draft.author = author or draft.author
            draft.save()
        if held.published is None:
            _copy_snapshot(held, draft)
        held.save()
        article.refresh_from_db()
    return draft


def publish(revision: Revision, *, author: User | None = None, note: str = "") -> Publication:
    """Make a draft the article's text. Raises KnowledgeError where it was published before."""
    began = time.perf_counter()
    with _locked(revision.article) as article:
        fresh = Revision.objects.select_for_update().get(pk=revision.pk)
        if fresh.published_at is not None:
            raise KnowledgeError("This revision was published before. Restore it as a draft first.")
        if not fresh.body.strip():
            raise KnowledgeError("There is nothing to publish: the text is empty.")
        generation = passages.next_generation(article.workspace_id)
        fresh.author = author or fresh.author
        fresh.note = note or fresh.note
        fresh.published_at = timezone.now()
        made = _go_live(article, fresh, generation)
        fresh.publish_ms = _milliseconds(began)
        fresh.save()
        article.published = fresh
        article.draft = None if article.draft_id == fresh.pk else article.draft
        article.state = Article.State.PUBLISHED
        _copy_snapshot(article, fresh)
        article.save()
        _note(Action.PUBLISHED, article, fresh.author, revision=fresh.number)
    return Publication(article, fresh, generation, made.passages, made.reused, _milliseconds(began))


def discard_draft(article: Article, *, version: str | None = None) -> Revision:
    """Put the draft aside. It stays among the revisions, from which it can be restored."""
    with _locked(article, version=version) as held:
        draft = held.draft
        if draft is None:
            raise KnowledgeError("There is no draft.")
        if held.published is None:
            raise KnowledgeError("This article was never published. Archive it instead.")
        held.draft = None
        held.save()
    article.refresh_from_db()
    return draft


def archive(article: Article) -> Article:
    """Take the article out of the help centre and of all answers to come."""
    with _locked(article) as held:
        if held.state != Article.State.ARCHIVED:
            generation = passages.next_generation(held.workspace_id)
            passages.take_out([held.pk], generation)
            held.state = Article.State.ARCHIVED
            held.save()
            _note(Action.ARCHIVED, held)
    article.refresh_from_db()
    return article


def restore(article: Article) -> Article:
    """Undo `archive`: what was published is live again, what was a draft is one again."""
    with _locked(article) as held:
        if held.state != Article.State.ARCHIVED:
            raise KnowledgeError("This article isn't archived.")
        held.state = Article.State.DRAFT
        if held.published is not None:
            generation = passages.next_generation(held.workspace_id)
            _go_live(held, held.published, generation)
            held.state = Article.State.PUBLISHED
            _note(Action.PUBLISHED, held, revision=held.published.number)
        held.save()
    article.refresh_from_db()
    return article


def restore_revision(revision: Revision, *, author: User | None = None) -> Revision:
    """Make a draft that says what an older revision said.

    A draft that is being written is put aside, as by `discard_draft`.
    """
    text = ArticleText.of(revision)
    with _locked(revision.article) as article:
        note = f"Back to revision {revision.number}"
        restored = _new_revision(article, text, author, note=note)
        article.draft = restored
        article.save()
    return restored


def _note(action: Action, article: Article, by: User | None = None, **details: int) -> None:
    trail.note(action, actor=by, subject=f"article {article.slug}", **details)


def _go_live(article: Article, revision: Revision, generation: int) -> passages.Made:
    passages.take_out([article.pk], generation)
    made = passages.store(passages.of(revision, article, generation))
    if made.pending:
        outbox.add(EMBED_REVISION, revision_id=revision.pk)
    return made


def _new_revision(
    article: Article, text: ArticleText, author: User | None, *, note: str | None = None
) -> Revision:
    columns = text.columns()
    if note is not None:
        columns["note"] = note
    return Revision.objects.create(
        article=article,
        number=next_number(article),
        author=author,
        **columns,
    )


def next_number(article: Article) -> int:
    """Return the number of the article's next revision."""
    return (article.revisions.aggregate(last=Max("number"))["last"] or 0) + 1


def _snapshot(text: ArticleText) -> dict[str, object]:
    columns = text.columns()
    return {name: columns[name] for name in SNAPSHOT}


def _copy_snapshot(article: Article, revision: Revision) -> None:
    for name in SNAPSHOT:
        setattr(article, name, getattr(revision, name))


def _milliseconds(began: float) -> int:
    return round((time.perf_counter() - began) * 1000)


def live_passages(article: Article) -> list[Passage]:
    """Return the article's passages that answers may rest on now, in order."""
    live = article.passages.filter(generation_removed__isnull=True)
    return list(live.order_by("position"))


def retry_vectors(article: Article) -> int:
    """Have an article's failed vectors made now, whatever their pause. Returns how many."""
    with transaction.atomic():
        count = embeddings.retry(
            PassageEmbedding.objects.filter(
                passage__article=article, passage__generation_removed__isnull=True
            )
        )
        if count and article.published_id:
            outbox.add(EMBED_REVISION, revision_id=article.published_id)
    return count
