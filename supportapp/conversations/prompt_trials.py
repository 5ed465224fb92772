"""A prompt that somebody writes, filled in with a past question, and tried on the model.

What is shown is what a model would be sent: personal data is hidden as it is before a question
leaves the machine. Nothing is stored.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace

from asgiref.sync import async_to_sync

from supportapp.answering import assemble, pipeline, prompting, rewriting, setups
from supportapp.answering.prompting import ANSWER, JUDGE, REWRITING, Prompt
from supportapp.answering.values import CitedPassage, Finished, Parts, Question
from supportapp.conversations.models import Turn
from supportapp.conversations.questions import question_of
from supportapp.conversations.receipts import evidence_of
from supportapp.gateway import chats, ledger, recording
from supportapp.gateway.chats import PurposeModel
from supportapp.guardrails import personal
from supportapp.llm.values import ChatOptions, Message
from supportapp.retrieval import sentences
from supportapp.tracing import Trace

PAST = 25
MOST_TOKENS = 400


@dataclass(frozen=True, slots=True)
class Tried:
    """What came of a trial."""

    outcome: str
    text: str
    model: str
    milliseconds: float
    citations: tuple[CitedPassage, ...] = ()


def past_turns(workspace_id: int) -> list[Turn]:
    """Return the latest answered turns of a workspace, those that a trial can take."""
    turns = Turn.objects.filter(
        conversation__workspace=workspace_id,
        conversation__deleted_at=None,
        state=Turn.State.ANSWERED,
        receipt__has_key="asker",
    )
    return list(turns.select_related("conversation__workspace").order_by("-created_at")[:PAST])


def filled(purpose: str, prompt: Prompt, turn: Turn) -> tuple[Message, ...]:
    """Return the messages that a model would get. Raises jinja2's TemplateError."""
    boundary = secrets.token_hex(4)
    question, model = _masked(question_of(turn)), assemble.parts().chat_model
    evidence = evidence_of(turn.receipt)
    if purpose == ANSWER:
        parts = assemble.parts(question.scope.workspace_id)
        examples = parts.prompt.examples
        return prompting.render(
            replace(prompt, examples=examples),
            question,
            evidence,
            limits=prompting.PromptLimits(
                words=parts.limits.quoted_words + parts.limits.quoted_words // 2,
                evidence_characters=parts.limits.prompt_characters,
                context_characters=parts.limits.context_characters,
            ),
            boundary=boundary,
            canary="ref-" + "0" * 16,
            model=model,
        )
    if purpose == REWRITING:
        return prompting.render_follow_up(
            prompt,
            question,
            characters=rewriting.CONTEXT_CHARACTERS,
            boundary=boundary,
            model=model,
        )
    answer = personal.masked(sentences.plain(turn.answer)).replace(boundary, "")
    values = {
        "question": question.text.replace(boundary, ""),
        "evidence": prompting.evidence_values(evidence, 8_000, boundary),
        "language": prompting.language_name(question.language),
        "count": 3,
        "characters": 60,
        "answer": answer,
        "first": answer,
        "second": answer if purpose == JUDGE else "",
    }
    return prompting.fill(prompt, values, boundary=boundary, model=model)


def attempt(purpose: str, prompt: Prompt, turn: Turn) -> Tried | None:
    """Ask the model; None where none is configured. Raises a `ModelError`."""
    workspace_id = turn.conversation.workspace_id
    began = time.perf_counter()
    with ledger.opened(workspace_id=workspace_id) as kept:
        try:
            tried = _attempted(purpose, prompt, turn, workspace_id)
        finally:
            recording.close(kept)
    if tried is None:
        return None
    return replace(tried, milliseconds=1000 * (time.perf_counter() - began))


def _attempted(purpose: str, prompt: Prompt, turn: Turn, workspace_id: int) -> Tried | None:
    if purpose not in {ANSWER, REWRITING}:
        chat = chats.chat(purpose, workspace_id=workspace_id)
        if chat is None:
            return None
        text = async_to_sync(_said)(chat, filled(purpose, prompt, turn))
        return Tried("said", text, chat.model, 0.0)
    choice = setups.standing(workspace_id).choice.with_prompt(purpose, prompt)
    parts = assemble.parts(workspace_id, choice)
    if parts.chat is None:
        return None
    # Whatever the policy, it is the prompt that is tried, on a model.
    parts = replace(parts, routes=None)
    parts = replace(parts, tools=None, limits=replace(parts.limits, suggestions=0))
    question = replace(question_of(turn), caller=None)
    if purpose == ANSWER:
        return async_to_sync(_answered)(question, parts)
    made = async_to_sync(rewriting.rewrite)(
        _masked(question), replace(parts, rewriting=prompt), Trace()
    )
    return Tried(made.outcome or "no conversation before it", made.text, made.model, 0.0)


async def _answered(question: Question, parts: Parts) -> Tried:
    events = pipeline.answer(question, parts=parts, trace=Trace())
    async with aclosing(events) as stream:
        async for event in stream:
            if isinstance(event, Finished):
                answer = event.answer
                return Tried(answer.outcome.value, answer.text, answer.model, 0.0, answer.citations)
    raise AssertionError("the pipeline ended without an answer")


async def _said(chat: PurposeModel, messages: Sequence[Message]) -> str:
    options = ChatOptions(model=chat.model, max_tokens=MOST_TOKENS, temperature=0.0)
    async with aclosing(chat.stream(messages, options)) as stream:
        return "".join([delta.text async for delta in stream])


def _masked(question: Question) -> Question:
    said = tuple(replace(each, text=personal.masked(each.text)) for each in question.context)
    return replace(question, text=personal.masked(question.text), context=said)
