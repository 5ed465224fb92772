"""`search_articles`: a model looks again, in other words, within what its customer may read."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from supportapp.knowledge.embeddings import current_embedder
from supportapp.retrieval.search import search
from supportapp.retrieval.values import Limits, Scope, SearchQuery
from supportapp.tools.declaring import tool
from supportapp.tools.values import Caller, Finding

FOUND = 3


@tool(labels={"en": "Looking through the articles again…", "zh": "正在再次查找文章…"})
def search_articles(
    query: Annotated[str, Field(min_length=2, max_length=300)], *, caller: Caller
) -> Finding:
    """Search the help articles once more, when what you were given doesn't answer the question.

    query: what to look for, in the words that a help article would use
    """
    found = search(
        SearchQuery(query),
        Scope(caller.workspace_id, caller.audiences),
        limits=Limits(evidence=FOUND),
        embedder=current_embedder(),
    )
    titles = list(dict.fromkeys(each.title for each in found.evidence))
    return Finding(
        data={"found": len(found.evidence)},
        text="\n".join(f"- {title}" for title in titles),
        source="Help articles",
        evidence=found.evidence,
    )
