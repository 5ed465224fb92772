"""Another name for an article, by which customers ask: written into its draft.

It counts once that is published in the normal way; what it would change, the X-ray predicts.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from django.contrib.auth.models import User

from supportapp.conversations.models import Turn
from supportapp.knowledge import publishing
from supportapp.knowledge.cleaning import clean_line
from supportapp.knowledge.models import Article
from supportapp.knowledge.values import ArticleText

LONGEST = 80


@dataclass(frozen=True, slots=True)
class Added:
    """A name that stands in an article's draft now, or the reason why it doesn't."""

    article: Article
    alias: str
    fault: str = ""


def articles_of(turn: Turn) -> list[Article]:
    """Return the articles that an answer cites, or that were offered as closest."""
    cited = [each.article_id for each in turn.citations.all()]
    near = [str(each["slug"]) for each in turn.closest]
    workspace = turn.conversation.workspace_id
    found = Article.objects.filter(workspace=workspace, state=Article.State.PUBLISHED)
    rows = found.filter(pk__in=cited) | found.filter(slug__in=near)
    return list(rows.select_related("published", "draft").distinct())


def add(article: Article, alias: str, author: User) -> Added:
    """Write the name into the draft, making one where there is none."""
    alias = clean_line(alias)[:LONGEST]
    text = _text(article)
    if not alias or text is None:
        return Added(article, alias, "Write the name that customers use.")
    if alias.casefold() in {each.casefold() for each in text.aliases}:
        return Added(article, alias, "The article has this name already.")
    publishing.save_draft(article, replace(text, aliases=(*text.aliases, alias)), author)
    return Added(article, alias)


def take_back(article_id: int, alias: str) -> None:
    """Take the name out of the draft; a draft that says nothing else new goes with it."""
    article = Article.objects.select_related("draft", "published").filter(pk=article_id).first()
    if article is None or article.draft is None:
        return  # published meanwhile: another edit takes it out
    text = ArticleText.of(article.draft)
    rest = replace(text, aliases=tuple(each for each in text.aliases if each != alias))
    published = article.published
    if published is not None and rest.content_hash == ArticleText.of(published).content_hash:
        publishing.discard_draft(article)
    else:
        publishing.save_draft(article, rest)


def _text(article: Article) -> ArticleText | None:
    latest = article.draft or article.published
    return ArticleText.of(latest) if latest is not None else None
