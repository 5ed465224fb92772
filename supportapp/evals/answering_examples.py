"""One question through the real pipeline, for a score: no turn is stored, no memory is asked.

No tool runs either: it might change something, and what it looks up is another thing tomorrow.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import aclosing
from dataclasses import replace
from typing import Any

from asgiref.sync import async_to_sync

from supportapp.answering import assemble, pipeline
from supportapp.answering.profiles import profile
from supportapp.answering.receipts import noted_evidence
from supportapp.answering.values import Answer, Finished, Parts, Question, Token
from supportapp.evals.values import Answered
from supportapp.gateway import ledger, recording
from supportapp.gateway.ledger import Ledger
from supportapp.knowledge.models import Passage, Workspace
from supportapp.llm.errors import ModelError
from supportapp.retrieval.values import Evidence, Scope, Utterance
from supportapp.tracing import Trace
from supportapp.work import unit


def answer(
    question: str,
    context: Sequence[Mapping[str, str]],
    *,
    workspace: Workspace,
    audiences: Sequence[str],
    language: str = "en",
    parts: Parts | None = None,
) -> Answered:
    """Answer one question as a customer gets it. `context`: [{"speaker": "U" or "S", "text"}].

    `parts` counts instead of what the workspace answers with now.
    """
    asked = _question(question, context, workspace, audiences, language)
    made = parts if parts is not None else assemble.parts(workspace.pk)
    return async_to_sync(answer_async)(asked, alone(made))


def question_of(known: Any, workspace: Workspace) -> Question:
    """Return an example as the pipeline's question."""
    return _question(known.question, known.context, workspace, known.audiences, known.language)


def alone(parts: Parts) -> Parts:
    """Return the parts without what would make the same question another one the next time."""
    return replace(parts, tools=None, memory=None, limits=replace(parts.limits, suggestions=0))


async def answer_async(question: Question, parts: Parts) -> Answered:
    """Answer, and gather what it rests on. A model's fault becomes the answer's `error`."""
    trace, first = Trace(), list[float]()
    workspace_id = question.scope.workspace_id
    found: Answer | str
    with ledger.opened(workspace_id=workspace_id) as kept:
        try:
            found = await _finished(question, parts, trace, first)
        except ModelError as error:
            found = error.code
        finally:
            took, calls = trace.elapsed_ms(), list(kept.calls)
            await unit(recording.close, kept)
    more: dict[str, Any] = {
        "tokens_in": sum(each.usage.prompt_tokens for each in calls),
        "tokens_out": sum(each.usage.completion_tokens for each in calls),
        "cost": Ledger(calls=calls).cost,
        "milliseconds": round(took, 1),
        "first_token_ms": round(first[0], 1) if first else None,
    }
    if isinstance(found, str):
        return Answered("", "", error=found, **more)
    return await unit(_answered, found, more)


async def _finished(question: Question, parts: Parts, trace: Trace, first: list[float]) -> Answer:
    async with aclosing(pipeline.answer(question, parts=parts, trace=trace)) as events:
        async for event in events:
            if isinstance(event, Token) and not first:
                first.append(trace.elapsed_ms())
            if isinstance(event, Finished):
                return event.answer
    raise AssertionError("the pipeline ended without an answer")


def _answered(answer: Answer, more: Mapping[str, Any]) -> Answered:
    receipt = answer.receipt
    keys = [*noted_evidence(receipt), *(each["passage"] for each in receipt.get("candidates", ()))]
    stored = Passage.objects.select_related("revision__article").in_bulk(list(dict.fromkeys(keys)))
    ranked = [stored[key].revision.article.slug for key in keys if key in stored]
    evidence = tuple(
        _evidence(each, stored[each["passage"]])
        for each in receipt.get("evidence") or ()
        if each["passage"] in stored
    )
    return Answered(
        text=answer.text,
        outcome=answer.outcome.value,
        kind=answer.kind.value if answer.kind else "",
        citations=answer.citations,
        evidence=evidence,
        ranked=tuple(dict.fromkeys(ranked)),
        notices=tuple(str(each) for each in answer.notices),
        model=answer.model,
        generation=receipt.get("generation", 0),
        receipt=receipt,
        **more,
    )


def _evidence(noted: Mapping[str, Any], passage: Passage) -> Evidence:
    return Evidence(
        number=noted["number"],
        passage_id=passage.pk,
        revision_id=passage.revision_id,
        article_id=passage.revision.article_id,
        slug=noted["slug"],
        title=passage.title,
        headings=tuple(passage.headings),
        text=passage.text,
        score=noted["score"],
    )


def _question(
    question: str,
    context: Sequence[Mapping[str, str]],
    workspace: Workspace,
    audiences: Sequence[str],
    language: str,
) -> Question:
    said = tuple(
        Utterance("S" if each["speaker"] == "S" else "U", each["text"]) for each in context
    )
    return Question(
        text=question,
        scope=Scope(workspace.pk, frozenset(audiences)),
        assistant=profile(workspace),
        context=said,
        language=language,
    )
