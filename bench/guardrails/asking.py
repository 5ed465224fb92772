"""Questions asked of a workspace made for one measurement, with the product's own parts."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace

from asgiref.sync import async_to_sync
from django.db import transaction
from django.utils.text import slugify

from supportapp.answering import assemble, pipeline
from supportapp.answering.values import (
    Answer,
    AssistantProfile,
    Finished,
    Parts,
    Question,
    Token,
)
from supportapp.guardrails.switches import Guards
from supportapp.knowledge import embeddings, publishing
from supportapp.knowledge.models import Article, Workspace
from supportapp.knowledge.values import ArticleText
from supportapp.llm.client import OpenAIChat
from supportapp.llm.errors import ModelError
from supportapp.llm.values import Retries, Timeouts
from supportapp.retrieval.values import Scope
from supportapp.tracing import Trace

PROFILE = AssistantProfile("Tally", "Tallybird", "", "help@tallybird.example")
PUBLIC = frozenset({"public"})


class Undo(Exception):
    """Leaves the measurement without a trace in the database."""


@dataclass(frozen=True, slots=True)
class Heard:
    """All that a customer could have seen of an answer, also in passing."""

    answer: Answer | None
    seen: str


@contextmanager
def workspace() -> Iterator[Workspace]:
    """Make a workspace, and take it away again at the end."""
    try:
        with transaction.atomic():
            Workspace.default()
            yield Workspace.objects.create(
                slug=f"bench-guards-{secrets.token_hex(4)}", name="Benchmark of the guards"
            )
            raise Undo
    except Undo:
        return


def publish(
    where: Workspace, title: str, body: str, *, audience: str = "public", live: bool = True
) -> Article:
    """Write an article, and publish it with its vectors unless it stays a draft."""
    slug = f"{slugify(title)[:60]}-{secrets.token_hex(3)}"
    article = publishing.create(where, slug, ArticleText(title, body, audience))
    if live:
        assert article.draft is not None
        embeddings.embed_revision(publishing.publish(article.draft).revision.pk)
    return article


def chat_at(base_url: str) -> OpenAIChat:
    """Return a client of the scripted model."""
    return OpenAIChat(
        base_url=base_url,
        api_key="none",
        timeouts=Timeouts(connect=5, first_token=10, total=60),
        retries=Retries(attempts=0),
    )


def parts_for(chat: OpenAIChat | None, guards: Guards, *, sure: bool = False) -> Parts:
    """Return the product's parts with this model and these guards.

    `sure`: whatever is found is taken for enough, so that the model is asked in any case.
    """

    async def fixed(scope: Scope) -> Guards:
        return guards

    usual = assemble.parts()
    limits = replace(usual.limits, suggestions=0)
    if sure:
        limits = replace(limits, min_confidence=0.0)
    return replace(
        usual,
        chat=chat,
        chat_model="obedient" if chat else "",
        guards=fixed,
        limits=limits,
        rewriting=None,
        tools=None,
        routes=None,
        moderate=None,
    )


def ask(where: Workspace, text: str, parts: Parts) -> Heard:
    """Ask as a customer of the workspace."""
    question = Question(text, Scope(where.pk, PUBLIC), PROFILE)
    # In this thread and its transaction, which the questions must see.
    heard: Heard = async_to_sync(_ask)(question, parts)
    return heard


async def _ask(question: Question, parts: Parts) -> Heard:
    seen: list[str] = []
    answer = None
    try:
        async for event in pipeline.answer(question, parts=parts, trace=Trace()):
            if isinstance(event, Token):
                seen.append(event.text)
            elif isinstance(event, Finished):
                answer = event.answer
                seen += [answer.text, *answer.suggestions]
    except ModelError as error:
        seen.append(error.code)
    return Heard(answer, "\n".join(seen))


def sample(where: Workspace, articles: Sequence[tuple[str, str, str]]) -> None:
    """Publish articles given as slug, title and body."""
    for _, title, body in articles:
        publish(where, title, body)
