"""Write one batch of an import: many articles in one transaction and one generation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Max, Q
from django.utils import timezone

from supportapp.knowledge import passages, plaintext
from supportapp.knowledge.models import Article, Passage, Revision, Workspace
from supportapp.knowledge.text_vectors import TextVectors
from supportapp.knowledge.values import SNAPSHOT, ArticleText


@dataclass(frozen=True)
class Incoming:
    """One article to write, its words read."""

    source: str
    slug: str
    slug_is_fixed: bool
    fingerprint: str
    owner: str
    review_by: date | None
    text: ArticleText
    history: tuple[ArticleText, ...]


@dataclass(frozen=True)
class Written:
    """What one batch came to."""

    generation: int
    made: passages.Made
    live: tuple[Passage, ...] = ()


def write(
    workspace: Workspace,
    batch: Sequence[Incoming],
    vectors: Mapping[tuple[int, str], TextVectors],
    *,
    author: User | None,
) -> Written:
    """Publish a batch in one transaction. Vectors are by model id and content hash."""
    with transaction.atomic():
        # Its lock makes imports into one workspace take turns, batch by batch.
        generation = passages.next_generation(workspace.pk)
        articles = _articles(workspace, batch)
        revisions = _revisions(articles, batch, author)
        passages.take_out([article.pk for article in articles], generation)
        live = [
            passage
            for article, revision in zip(articles, revisions, strict=True)
            for passage in passages.of(revision, article, generation)
        ]
        made = passages.store(live, vectors)
        _point(articles, revisions, batch)
    return Written(generation, made, tuple(live))


def _articles(workspace: Workspace, batch: Sequence[Incoming]) -> list[Article]:
    """Return the batch's articles, old and new, in its order."""
    wanted = Q(source__in=[item.source for item in batch])
    wanted |= Q(slug__in=[item.slug for item in batch])
    rows = Article.objects.select_for_update().filter(wanted, workspace=workspace)
    by_source = {row.source: row for row in rows if row.source}
    by_slug = {row.slug: row for row in rows}
    found: list[Article] = []
    new: list[Article] = []
    for item in batch:
        article = (by_slug if item.slug_is_fixed else by_source).get(
            item.slug if item.slug_is_fixed else item.source
        )
        if article is None:
            article = Article(workspace=workspace, slug=_free_slug(item, by_slug))
            new.append(article)
        by_slug[article.slug] = by_source[item.source] = article
        article.source = item.source
        article.state = Article.State.PUBLISHED
        _copy(article, item)
        found.append(article)
    # Files may have traded names: no article may hold a source that is about to be another's.
    rows.filter(source__in=[item.source for item in batch]).update(source="")
    Article.objects.bulk_create(new)
    return found


def _free_slug(item: Incoming, taken: Mapping[str, Article]) -> str:
    """Return the slug, or one made of it where another article has it: always the same one."""
    if item.slug and item.slug not in taken:
        return item.slug
    return "-".join(part for part in (item.slug, plaintext.digest(item.source)[:8]) if part)


def _copy(article: Article, item: Incoming) -> None:
    columns = item.text.columns()
    for name in SNAPSHOT:
        setattr(article, name, columns[name])
    article.owner = item.owner or article.owner
    article.review_by = item.review_by or article.review_by
    article.imported_hash = item.fingerprint


def _revisions(
    articles: Sequence[Article], batch: Sequence[Incoming], author: User | None
) -> list[Revision]:
    """Store the new revisions, older ones first where an article has none yet."""
    last = dict(
        Revision.objects.filter(article__in=articles)
        .values_list("article")
        .annotate(last=Max("number"))
    )
    older: list[Revision] = []
    current: list[Revision] = []
    for article, item in zip(articles, batch, strict=True):
        number = last.get(article.pk, 0)
        for text in item.history if number == 0 else ():
            number += 1
            older.append(_revision(article, text, number, author))
        current.append(_revision(article, item.text, number + 1, author))
    Revision.objects.bulk_create([*older, *current], batch_size=passages.BATCH)
    return current


def _revision(article: Article, text: ArticleText, number: int, author: User | None) -> Revision:
    return Revision(
        article=article,
        number=number,
        author=author,
        published_at=timezone.now(),
        **text.columns(),
    )


def _point(
    articles: Sequence[Article], revisions: Sequence[Revision], batch: Sequence[Incoming]
) -> None:
    """Make the new revisions the published ones."""
    for article, revision in zip(articles, revisions, strict=True):
        article.published = revision
        article.imported_revision = revision
        article.updated_at = timezone.now()
    Article.objects.bulk_update(
        articles,
        [*SNAPSHOT, "published", "state", "source", "owner", "review_by", "imported_hash",
         "imported_revision", "updated_at"],
        batch_size=passages.BATCH,
    )  # fmt: skip
