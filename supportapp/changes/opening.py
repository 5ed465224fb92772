"""A change begins: in the editor, with a label, or when an article is to be published."""

from __future__ import annotations

from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.db.models import Count
from django.urls import reverse
from django.utils.text import slugify

from supportapp.answering import drafting
from supportapp.changes import replaying, touching
from supportapp.changes.models import ArticleChange
from supportapp.conversations.models import Turn
from supportapp.knowledge import publishing
from supportapp.knowledge.models import Article
from supportapp.knowledge.values import ArticleText
from supportapp.review.models import ReviewItem

LONGEST_SLUG = 100


def under_way(article: Article) -> ArticleChange | None:
    """Return the change of an article that is still to be decided."""
    found = ArticleChange.objects.filter(article=article, state__in=ArticleChange.UNDER_WAY)
    return found.first()


def of(
    article: Article, author: User, *, reason: str = "", item: ReviewItem | None = None
) -> ArticleChange:
    """Return the change of an article that is under way, or begin one."""
    known = under_way(article)
    if known is not None:
        return known
    try:
        with transaction.atomic():
            return ArticleChange.objects.create(
                article=article,
                draft=article.draft,
                base=article.published,
                author=author,
                reason=reason[:300],
                item=item,
            )
    except IntegrityError:
        return ArticleChange.objects.get(article=article, state__in=ArticleChange.UNDER_WAY)


def before_publishing(article: Article, by: User) -> str:
    """Return the page on which publishing goes on, its replays begun.

    "" where there is nothing to replay and nobody began a change: then it is published as it is.
    """
    assert article.draft is not None
    known = under_way(article)
    if known is None and not touching.is_any(article, article.draft):
        return ""
    change = known or of(article, by)
    if is_stale(change) or change.state == ArticleChange.State.OPEN:
        replaying.start(change)
    return reverse("changes:change", args=[change.pk])


def is_stale(change: ArticleChange) -> bool:
    """Say whether what was replayed is another text than the article's draft is now."""
    if not change.attempt:
        return False
    article = Article.objects.select_related("draft").get(pk=change.article_id)
    draft = article.draft
    return (
        draft is None
        or draft.pk != change.draft_id
        or draft.content_hash != change.content_hash
        or article.published_id != change.base_id
    )


def article_of(turn: Turn) -> Article | None:
    """Return the article that an answer rests on most."""
    cited = (
        turn.citations.values("article").annotate(times=Count("pk")).order_by("-times", "article")
    ).first()
    if cited is not None:
        return Article.objects.get(pk=cited["article"])
    slugs = [each.get("slug") for each in turn.closest]
    workspace = turn.conversation.workspace_id
    return Article.objects.filter(workspace=workspace, slug__in=slugs[:1]).first()


def fix(item: ReviewItem, article: Article, author: User) -> ArticleChange:
    """Begin to change the article that an answer under review rests on, with a draft to write."""
    change = of(article, author, reason="", item=item)
    if article.draft is None and article.published is not None:
        publishing.save_draft(article, ArticleText.of(article.published), author)
    if change.item_id is None:
        ArticleChange.objects.filter(pk=change.pk).update(item=item)
    return change


def draft_article(item: ReviewItem, author: User, material: str) -> ArticleChange:
    """Draft a new article that answers a question under review. Asks a model where there is one.

    Asked twice, it is drafted once.
    """
    begun = ArticleChange.objects.filter(
        item=item, article__published=None, state__in=ArticleChange.UNDER_WAY
    ).first()
    if begun is not None:
        return begun
    turn = item.turn
    workspace = turn.conversation.workspace
    drafted = drafting.draft(workspace.pk, [turn.question], material)
    text = ArticleText(drafted.title, drafted.body, language=turn.conversation.language or "en")
    base = slugify(drafted.title, allow_unicode=True)[:LONGEST_SLUG].strip("-_") or "article"
    known = set(
        Article.objects.filter(workspace=workspace, slug__startswith=base).values_list(
            "slug", flat=True
        )
    )
    names = (base, *(f"{base}-{number}" for number in range(2, len(known) + 3)))
    slug = next(name for name in names if name not in known)
    with transaction.atomic():
        article = publishing.create(workspace, slug, text, author=author)
        return of(article, author, item=item)
