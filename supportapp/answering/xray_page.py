"""What the X-ray's page shows of a form: the search explained, and what changes would bring."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import QueryDict

from supportapp.answering import assemble
from supportapp.answering.reranking import reranking
from supportapp.answering.xray_form import ChangesForm, XrayForm
from supportapp.guardrails import intents
from supportapp.guardrails.values import Action
from supportapp.knowledge.embeddings import current_embedder
from supportapp.knowledge.models import Article, Audience, Passage, Workspace
from supportapp.knowledge.values import ArticleText
from supportapp.llm.errors import EmbeddingMismatch
from supportapp.retrieval import whatif
from supportapp.retrieval.explained import Xray
from supportapp.retrieval.synonyms import Group
from supportapp.retrieval.whatif import Asked
from supportapp.retrieval.xray import Shown, explain

MOST_SUGGESTED = 300
MISMATCH = "The stored vectors don’t fit the embedding model that is set. Nothing can be searched."


def form_of(given: QueryDict | None = None, initial: Mapping[str, Any] | None = None) -> XrayForm:
    """Return the form, filled from a request or from what is known."""
    live = Passage.objects.filter(generation_removed__isnull=True)
    languages = sorted(live.values_list("language", flat=True).distinct())
    first = {"workspace": Workspace.default().pk, "audience": Audience.PUBLIC.value}
    data = None
    if given is not None:
        data = given.copy()
        if "pick" in given:
            data["article"] = str(given["pick"])
    return XrayForm(data, initial=first | dict(initial or {}), languages=languages)


def context(form: XrayForm) -> dict[str, Any]:
    """Return what the page needs; a form that is sent and valid is searched."""
    page: dict[str, Any] = {"form": form, "articles": _articles(form)}
    if not form.is_bound or not form.is_valid():
        return page
    try:
        return page | _looked(form)
    except EmbeddingMismatch:
        return page | {"problem": MISMATCH}


def _looked(form: XrayForm) -> dict[str, Any]:
    data = form.cleaned_data
    query, scope = form.query(), form.scope()
    limits, embedder = assemble.search_limits(), current_embedder()
    shown = Shown(language=data["language"])
    xray, found = explain(
        query,
        scope,
        limits=limits,
        embedder=embedder,
        shown=shown,
        reranking=reranking(assemble.reader()),
    )
    asked = Asked(query, scope, limits, embedder, found)
    page: dict[str, Any] = verdict(xray, data["question"]) | {
        "xray": xray,
        "workspace": data["workspace"],
        "language": data["language"],
    }
    if data["synonyms"]:
        page["synonyms"] = whatif.with_synonyms(asked, data["synonyms"])
        page["groups"] = [shown_group(group) for group in data["synonyms"]]
    if isinstance(data["article"], Article):
        page |= _changed(asked, data["article"], form.data)
    return page


def verdict(xray: Xray, question: str) -> dict[str, Any]:
    """Say whether the question would be answered from these passages."""
    calibrated = xray.sureness.threshold
    threshold = assemble.answer_limits().min_confidence if calibrated is None else calibrated
    is_sure = bool(xray.evidence) and xray.sureness.confidence >= threshold
    replies = intents.inspect(question).action is Action.REPLY
    return {"threshold": threshold, "would_answer": is_sure and not replies, "replies": replies}


def shown_group(group: Group) -> dict[str, Any]:
    """Return a group as the page shows it, and as the form that keeps it is filled."""
    first, *others = group.phrases
    arrow = "→" if group.is_one_way else "="
    return {
        "label": f"{first} {arrow} {', '.join(others)}",
        "terms": ", ".join(group.phrases),
        "is_one_way": group.is_one_way,
    }


def _changed(asked: Asked, article: Article, data: Mapping[str, Any]) -> dict[str, Any]:
    latest = article.latest
    assert latest is not None
    now = ArticleText.of(latest)
    is_fresh = "pick" in data or "title" not in data or data.get("changed") != article.slug
    changes = ChangesForm(ChangesForm.initial_of(now) if is_fresh else data)
    page: dict[str, Any] = {"article": article, "changes": changes, "is_picked": "pick" in data}
    if changes.is_valid():
        page["text"] = changes.text(now)
        page["prediction"] = whatif.with_article(asked, article, page["text"])
    return page


def _articles(form: XrayForm) -> list[tuple[str, str]]:
    """Return addresses and titles to choose from: of the workspace, the first by title."""
    chosen = form["workspace"].value()
    if not str(chosen).isdecimal() or len(str(chosen)) > 18:
        return []
    rows = Article.objects.filter(workspace=int(chosen)).order_by("title")
    return list(rows.values_list("slug", "title")[:MOST_SUGGESTED])
