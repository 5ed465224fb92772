"""The route of one question: chosen once its search is known, and taken. Pure."""

from __future__ import annotations

from dataclasses import replace

from supportapp.answering import routing
from supportapp.answering.routes import Taken
from supportapp.answering.routing import Clues, Decision, Route
from supportapp.answering.values import Notice, Parts, Question
from supportapp.retrieval.values import SearchResult
from supportapp.tracing import Trace


def prepared(parts: Parts) -> Parts:
    """Leave every model alone where policy or budget ask none, whatever the question."""
    if parts.routes is None or parts.taken is not None or not parts.routes.means.asks_none:
        return parts
    return replace(parts, chat=None, chat_model="", models={})


def chosen(
    question: Question, found: SearchResult, parts: Parts, trace: Trace, *, has_tools: bool
) -> Parts:
    """Return the parts with the model of the route that this question takes.

    None is taken where nothing can answer: too little was found, and no model has a tool. A route
    that was taken already stays: a repeated question takes that of the first time.
    """
    if parts.routes is None or parts.taken is not None:
        return parts
    if parts.chat is not None and not parts.routes.models:
        # A model of the caller's own: there is nothing to choose between.
        return parts
    is_sure = found.is_sure(parts.limits.min_confidence)
    if not is_sure and (parts.chat is None or not has_tools):
        return parts
    means = parts.routes.means
    if parts.chat is None and not means.asks_none:
        # None is configured, or the guards keep this message from every model.
        means = replace(means, has_small=False, has_large=False)
    with trace.span("routing") as span:
        decision = routing.choose(clues(question, found, parts), means)
        span.set(
            route=decision.route.value,
            policy=decision.policy,
            difficulty=round(decision.difficulty, 4),
        )
    return on(parts, decision)


def on(parts: Parts, decision: Decision) -> Parts:
    """Return the parts as they are on a route; without a model for it, as they are."""
    taken = Taken(decision)
    if decision.route is Route.QUOTING:
        return replace(parts, taken=taken, chat=None, chat_model="")
    model = parts.routes.of(decision.route) if parts.routes is not None else None
    if model is None:
        return replace(parts, taken=taken)
    return replace(parts, taken=taken, chat=model.chat, chat_model=model.model)


def clues(question: Question, found: SearchResult, parts: Parts) -> Clues:
    """Return what is known of a question now."""
    best: dict[int, float] = {}
    for each in found.evidence:
        best[each.article_id] = max(best.get(each.article_id, each.score), each.score)
    first, second, *_ = (*sorted(best.values(), reverse=True), 0.0, 0.0)
    return Clues(
        text=question.standalone or question.text,
        confidence=found.confidence,
        margin=first - second,
        articles=len(best),
        turns=sum(each.speaker == "U" for each in question.context),
        failures=question.failures,
        is_sure=found.is_sure(parts.limits.min_confidence),
        also=question.text,
    )


def notices(parts: Parts) -> tuple[str, ...]:
    """Say so where a question is quoted because the day's budget is used up."""
    is_spent = parts.taken is not None and parts.taken.decision.is_out_of_budget
    return (Notice.BUDGET_SPENT,) if is_spent else ()
