"""Suggestions for a stored example: its articles are read for them."""

from __future__ import annotations

from typing import Any

from supportapp.evals import suggesting
from supportapp.evals.models import Example
from supportapp.knowledge.models import Article


def suggestions(example: Example) -> list[dict[str, Any]]:
    """Return what may be demanded of an example's answer."""
    articles = Article.objects.filter(
        workspace=example.dataset.workspace_id, slug__in=example.articles, published__isnull=False
    ).select_related("published")
    bodies = {each.slug: each.published.body for each in articles if each.published}
    return suggesting.suggest(example, bodies)
