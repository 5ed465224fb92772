"""What the help centre shows: sections, search, one article as a visitor may see it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Case, Count, IntegerField, Q, QuerySet, Value, When
from django.db.models.expressions import RawSQL
from django.utils.safestring import SafeString, mark_safe

from supportapp.knowledge import highlighting, rendering
from supportapp.knowledge.models import Article, Passage, Revision, Workspace

MOST_WORDS = 8
SHOWN_PER_SECTION = 6
OTHER = "other"
_HEADING = re.compile(r'<h([23]) id="([^"]+)">(.*?)</h\1>', re.DOTALL)
_TAG = re.compile(r"<[^>]+>")


@dataclass(frozen=True)
class Section:
    """A shelf of the help centre: articles that share their first tag."""

    tag: str
    name: str
    count: int
    articles: Sequence[Article]


@dataclass(frozen=True)
class Part:
    """An entry of an article's table of contents."""

    level: int
    anchor: str
    text: str


@dataclass(frozen=True)
class Page:
    """An article's rendered text."""

    html: SafeString
    parts: tuple[Part, ...]
    is_highlighted: bool


def published(workspace: Workspace, audiences: frozenset[str]) -> QuerySet[Article]:
    """Return the articles that these audiences may read."""
    return Article.objects.filter(
        workspace=workspace, state=Article.State.PUBLISHED, audience__in=audiences
    )


def sections(articles: QuerySet[Article]) -> list[Section]:
    """Return the shelves, the fullest first, each with its first articles."""
    shelf = RawSQL("COALESCE(NULLIF(knowledge_article.tags[1], ''), %s)", [OTHER])
    counted = (
        articles.order_by()
        .annotate(shelf=shelf)
        .values_list("shelf")
        .annotate(count=Count("pk"))
        .order_by("-count", "shelf")[:40]
    )
    return [
        Section(tag, named(tag), count, list(of_section(articles, tag)[:SHOWN_PER_SECTION]))
        for tag, count in counted
    ]


def of_section(articles: QuerySet[Article], tag: str) -> QuerySet[Article]:
    """Return one shelf's articles."""
    if tag == OTHER:
        return articles.filter(Q(tags=[]) | Q(tags__0=OTHER))
    return articles.filter(tags__0=tag)


def named(tag: str) -> str:
    """Return a tag as a shelf's name."""
    name = tag.replace("-", " ").replace("_", " ")
    return name[:1].upper() + name[1:]


def search(articles: QuerySet[Article], text: str) -> QuerySet[Article]:
    """Return articles that hold every word, those with a word in the title first."""
    found = articles
    in_title = Q(pk__in=[])
    for word in text.split()[:MOST_WORDS]:
        in_text = Q(published__body__icontains=word) | Q(subject__icontains=word)
        title = Q(title__icontains=word)
        alias = Q(aliases__icontains=word)
        found = found.filter(title | in_text | alias)
        in_title |= title | alias
    rank = Case(When(in_title, then=Value(0)), default=Value(1), output_field=IntegerField())
    return found.annotate(rank=rank).order_by("rank", "title")


def page(revision: Revision, passage: Passage | None = None) -> Page:
    """Render a revision's text, with one of its passages marked."""
    body = revision.body
    if passage is not None and passage.revision_id == revision.pk:
        body = highlighting.with_marks(body, passage.start, passage.end)
    html, is_highlighted = highlighting.marked(rendering.article_html(body))
    parts = tuple(
        Part(int(level), anchor, _TAG.sub("", text))
        for level, anchor, text in _HEADING.findall(html)
    )
    return Page(mark_safe(html), parts, is_highlighted)  # noqa: S308  # sanitised by rendering
