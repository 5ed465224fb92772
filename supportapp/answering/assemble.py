"""Settings become parts. The only module of this room that reads settings."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial

from django.conf import settings
from django.db import DatabaseError
from django.utils.crypto import salted_hmac

from supportapp.answering import recalling, second_opinion, setups
from supportapp.answering.choices import Choice, Retrieval
from supportapp.answering.finding import Finding
from supportapp.answering.prompting import ANSWER, REWRITING, SUGGEST
from supportapp.answering.reranking import CHAT, reranking
from supportapp.answering.routes import RouteModel, Routes
from supportapp.answering.routing import Means, Route
from supportapp.answering.values import AnswerLimits, Parts, SecondOpinion
from supportapp.caching import keeping, lookup
from supportapp.caching.values import Memory, MemoryQuery, Miss, Remembered, ToRemember
from supportapp.gateway import chats
from supportapp.gateway.chats import Available, PurposeModel
from supportapp.gateway.models import Purpose
from supportapp.guardrails import current
from supportapp.guardrails.rules import Labels
from supportapp.guardrails.switches import Guards
from supportapp.knowledge.embeddings import current_embedder
from supportapp.knowledge.models import Workspace
from supportapp.llm.errors import EmbeddingUnavailable
from supportapp.llm.protocols import Embedder
from supportapp.retrieval.search import search
from supportapp.retrieval.values import Limits, Scope, SearchQuery, SearchResult
from supportapp.tools.toolbox import WorkspaceToolbox, offered, toolbox
from supportapp.tools.values import Caller, Tool
from supportapp.work import first, last, release_connections, unit

logger = logging.getLogger(__name__)
# A line of the prompt that no answer may hold. New in each process, so nobody can know it.
CANARY = f"ref-{secrets.token_hex(8)}"
AS_SET = Retrieval()


def parts(
    workspace_id: int | None = None, choice: Choice | None = None, *, repeatable: bool = False
) -> Parts:
    """Return the parts as settings and workspace say now. Models and clients are made once.

    Reads the database: call it inside a unit of work. A given choice counts instead of the
    workspace's own. Repeatable: nothing of the prompt is left to chance.
    """
    if choice is None:
        choice = setups.standing(workspace_id).choice
    limits = answer_limits()
    available = _available(workspace_id, choice)
    models = available.models
    chat = models.get(Purpose.ANSWER)
    if choice.retrieval.characters is not None:
        limits = replace(limits, prompt_characters=choice.retrieval.characters)
    finding = Finding(partial(_searched, choice.retrieval), limits.min_confidence)
    return Parts(
        search=finding.search,
        openings=finding.openings,
        similarity=finding.similarity,
        prompt=choice.prompt(ANSWER),
        limits=limits,
        chat=chat,
        chat_model=chat.model if chat is not None else "",
        canary=_lasting_canary() if repeatable or limits.seed is not None else CANARY,
        models=models,
        rewriting=choice.prompt(REWRITING) if settings.ANSWERING_REWRITE else None,
        suggesting=choice.prompt(SUGGEST) if limits.suggest_seconds > 0 else None,
        tried=choice.tried,
        tools=_toolbox if workspace_id is None else partial(_gathered, offered(workspace_id)),
        guards=_guards,
        labels=_labels,
        second_opinion=_second_opinion(models),
        moderate=available.moderator.judge if available.moderator else None,
        routes=_routes(available, choice),
    )


def remembering(made: Parts, retrieval: Retrieval = AS_SET) -> Parts:
    """Return the parts with the memory of what was answered by the same prompt, model, numbers."""
    limits = made.limits
    recipe = recalling.recipe(
        made.prompt.identity.sha256,
        " ".join(filter(None, (made.chat_model, made.routes.made_of if made.routes else ""))),
        retrieval.evidence or settings.ANSWERING_EVIDENCE,
        retrieval.rerank or settings.RERANK,
        limits.prompt_characters,
        limits.quoted_words,
        limits.max_tokens,
        limits.temperature,
    )
    return replace(made, memory=Memory(recipe, _recall, _remember))


def answer_limits() -> AnswerLimits:
    """Return the pipeline's numbers."""
    return AnswerLimits(
        question_characters=settings.MAX_QUESTION_CHARACTERS,
        min_confidence=settings.ANSWERING_MIN_CONFIDENCE,
        quoted_words=settings.ANSWERING_QUOTED_WORDS,
        prompt_characters=settings.ANSWERING_PROMPT_CHARACTERS,
        max_tokens=settings.ANSWERING_MAX_TOKENS,
        temperature=settings.ANSWERING_TEMPERATURE,
        seed=settings.ANSWERING_SEED,
        suggestions=settings.ANSWERING_SUGGESTIONS,
        rewrite_seconds=settings.ANSWERING_REWRITE_SECONDS,
        suggest_seconds=settings.ANSWERING_SUGGEST_SECONDS,
        tool_rounds=settings.TOOLS_ROUNDS,
    )


def search_limits(retrieval: Retrieval = AS_SET) -> Limits:
    """Return how much is looked at."""
    evidence = retrieval.evidence or settings.ANSWERING_EVIDENCE
    return Limits(evidence=evidence, corrections=settings.ANSWERING_CORRECTIONS)


def chat_model(
    purpose: str = Purpose.ANSWER, workspace_id: int | None = None
) -> PurposeModel | None:
    """Return the model for a purpose; None where none is configured, or models are off.

    Reads the database.
    """
    return chats.chat(purpose, workspace_id=workspace_id)


def _available(workspace_id: int | None, choice: Choice) -> Available:
    """Return who is asked for what while a question is answered."""
    purposes: dict[str, str] = {
        Purpose.ANSWER: choice.model,
        Purpose.REWRITE: "",
        Purpose.SUGGEST: "",
    }
    if settings.GUARDRAILS_MODEL_CHECK:
        purposes[Purpose.SUPPORT] = ""
    return chats.available(purposes, workspace_id=workspace_id)


def _routes(available: Available, choice: Choice) -> Routes:
    """Return the routes that there are, by the workspace's policy and what is left to spend."""
    models = {
        Route(route): RouteModel(each, each.model) for route, each in available.routes.items()
    }
    means = Means(
        policy=choice.routing.policy or settings.ROUTE_POLICY,
        has_small=Route.SMALL in models,
        has_large=Route.LARGE in models,
        budget_left=available.budget_left,
        critical=choice.routing.critical,
        votes=choice.routing.votes,
    )
    return Routes(means, models)


def _lasting_canary() -> str:
    """A canary that nobody can know, and that is the same in every process."""
    return f"ref-{salted_hmac('answering.canary', '', algorithm='sha256').hexdigest()[:16]}"


def warm() -> None:
    """Load what the first question would wait for: the model and the index. Never raises for
    what a question would survive too."""
    try:
        current_embedder().embed(["warm"])
        workspace = Workspace.objects.order_by("pk").first()
        if workspace is not None:
            scope = Scope(workspace.pk, frozenset())
            search(SearchQuery("warm"), scope, limits=search_limits(), embedder=current_embedder())
    except (EmbeddingUnavailable, DatabaseError) as error:
        logger.warning("warm.failed", extra={"fields": {"error": type(error).__name__}})
    finally:
        release_connections()


async def warm_chat() -> None:
    """Open the way to the model server."""
    try:
        chat = await unit(chat_model)
    except DatabaseError as error:
        logger.warning("warm.failed", extra={"fields": {"error": type(error).__name__}})
        return
    if chat is not None and not await chat.warm():
        logger.warning("warm.model_unavailable")


def _second_opinion(models: Mapping[str, PurposeModel]) -> SecondOpinion | None:
    chat = models.get(Purpose.SUPPORT)
    return None if chat is None else second_opinion.opinion(chat, chat.model)


async def _guards(scope: Scope) -> Guards:
    known = current.known(scope.workspace_id)
    return known if known is not None else await unit(current.guards, scope.workspace_id)


async def _labels(article_ids: Sequence[int]) -> Sequence[Labels]:
    return await unit(current.labels, article_ids)


async def _toolbox(caller: Caller) -> WorkspaceToolbox:
    return await unit(toolbox, caller)


async def _gathered(tools: tuple[Tool, ...], caller: Caller) -> WorkspaceToolbox:
    return WorkspaceToolbox(caller, tools)


async def _recall(query: MemoryQuery) -> Remembered | Miss:
    try:
        return await first(lookup.find, query)
    except DatabaseError as error:
        return Miss(_memory_failed(error))


async def _remember(given: ToRemember) -> int | None:
    try:
        kept = await last(keeping.remember, given)
    except DatabaseError as error:
        _memory_failed(error)
        return None
    return kept.pk if kept else None


def _memory_failed(error: DatabaseError) -> str:
    """A question is answered, and its answer given, whatever becomes of the memory."""
    logger.warning("memory.failed", extra={"fields": {"error": type(error).__name__}})
    return "unavailable"


def _searched(
    retrieval: Retrieval, query: SearchQuery, scope: Scope, embedder: Embedder
) -> SearchResult:
    return search(
        query,
        scope,
        limits=search_limits(retrieval),
        embedder=embedder,
        reranking=reranking(reader(scope.workspace_id, retrieval.rerank), retrieval.rerank),
    )


def reader(workspace_id: int | None = None, mode: str = "") -> PurposeModel | None:
    """Return the model that orders passages, where one is to."""
    if (mode or settings.RERANK) != CHAT:
        return None
    return chat_model(Purpose.RERANK, workspace_id)
