"""The door for other rooms: a model for a purpose.

    model = chats.chat("rewrite", workspace_id=workspace.pk, visitor=visitor)

Behind it: the chain of models that are configured for the purpose, their breakers, the hedge, the
budget, and the record of every call.
"""

from __future__ import annotations

import logging
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from decimal import Decimal
from uuid import UUID

from django.conf import settings
from django.db import DatabaseError

from supportapp.gateway import budgets, ledger, recording, registry, wires
from supportapp.gateway.ledger import Ledger
from supportapp.gateway.models import Purpose
from supportapp.gateway.moderating import PurposeModerator
from supportapp.gateway.values import Limits
from supportapp.llm import tokens
from supportapp.llm.chain import Chain
from supportapp.llm.endpoints import Call, Endpoint, ServedModel
from supportapp.llm.errors import ModelError, ModelUnavailable
from supportapp.llm.hedging import Hedge
from supportapp.llm.protocols import ChatModel
from supportapp.llm.values import ChatOptions, Delta, Message, Usage
from supportapp.work import unit

logger = logging.getLogger(__name__)


def chat(
    purpose: str,
    *,
    workspace_id: int | None = None,
    visitor: UUID | None = None,
    first: str = "",
) -> PurposeModel | None:
    """Return a model; None where none is configured, or staff have switched them off.

    Reads the database: call it inside a unit of work. Without a workspace, the open ledger's
    counts. The model named `first` is asked before the others, whatever its place.
    """
    found = available({purpose: first}, workspace_id=workspace_id, visitor=visitor)
    return found.models.get(purpose)


@dataclass(frozen=True, slots=True)
class Available:
    """Who may be asked for one question: by purpose and, for answers, by route.

    `budget_left` is the share of the day's budget that isn't used yet.
    """

    models: Mapping[str, PurposeModel] = field(default_factory=dict)
    routes: Mapping[str, PurposeModel] = field(default_factory=dict)
    budget_left: float = 1.0
    moderator: PurposeModerator | None = None


def available(
    purposes: Mapping[str, str], *, workspace_id: int | None = None, visitor: UUID | None = None
) -> Available:
    """Return the models for several purposes, those that there are, in two queries.

    Each purpose comes with the name of the model that is asked first; empty: as placed. Where a
    day's use is limited, a third query says what is left of it.
    """
    noted = ledger.current()
    if workspace_id is None and noted is not None:
        workspace_id, visitor = noted.workspace_id, noted.visitor
    visitor = visitor or (noted.visitor if noted is not None else None)
    limits = budgets.limits(workspace_id)
    if not limits.are_models_on:
        return Available()
    configured = registry.configured()

    def made(purpose: str, endpoints: Sequence[Endpoint]) -> PurposeModel:
        return PurposeModel(purpose, endpoints, limits, workspace_id, visitor)

    found = {
        purpose: registry.serving(purpose, configured, first=first)
        for purpose, first in purposes.items()
    }
    models = {purpose: made(purpose, served) for purpose, served in found.items() if served}
    judge = _moderator(registry.serving(Purpose.MODERATION, configured))
    if Purpose.ANSWER not in models:
        return Available(models, moderator=judge)
    routes = registry.routes(configured, first=purposes[Purpose.ANSWER])
    return Available(
        models,
        {route: made(Purpose.ANSWER, served) for route, served in routes.items()},
        budgets.left(limits, workspace_id, visitor),
        judge,
    )


def moderator() -> PurposeModerator | None:
    """Return the model that is configured for moderation; None where there is none."""
    return _moderator(registry.endpoints(Purpose.MODERATION))


def _moderator(endpoints: Sequence[Endpoint]) -> PurposeModerator | None:
    return PurposeModerator(endpoints[0]) if endpoints else None


class PurposeModel:
    """A `ChatModel` for one purpose, workspace and visitor."""

    def __init__(
        self,
        purpose: str,
        endpoints: Sequence[Endpoint],
        limits: Limits,
        workspace_id: int | None,
        visitor: UUID | None,
    ) -> None:
        self.name = endpoints[0].name
        self.model = endpoints[0].wire_name
        self._purpose = purpose
        self._endpoints = tuple(endpoints)
        self._limits = limits
        self._workspace_id = workspace_id
        self._visitor = visitor

    async def stream(
        self, messages: Sequence[Message], options: ChatOptions
    ) -> AsyncGenerator[Delta, None]:
        """Stream an answer. Where the budget is spent, raises before any model is asked."""
        noted = ledger.current()
        if noted is not None:
            async with aclosing(self._stream(messages, options, noted)) as stream:
                async for delta in stream:
                    yield delta
            return
        alone = Ledger(self._workspace_id, self._visitor)
        try:
            async with aclosing(self._stream(messages, options, alone)) as stream:
                async for delta in stream:
                    yield delta
        finally:
            await self._close(alone)

    async def warm(self) -> bool:
        """Open the way to the first model; False where that is no use."""
        return await wires.wire(self._endpoints[0]).warm()

    async def _stream(
        self, messages: Sequence[Message], options: ChatOptions, noted: Ledger
    ) -> AsyncGenerator[Delta, None]:
        await self._reserve(messages, options, noted)
        links = [self._link(each, noted.note) for each in self._endpoints]
        async with aclosing(self._chain(links).stream(messages, options)) as stream:
            async for delta in stream:
                yield delta

    async def _reserve(
        self, messages: Sequence[Message], options: ChatOptions, noted: Ledger
    ) -> None:
        # An order of passages is asked for in a thread that the database's own hop waits for: who
        # asks has called `reserve`.
        if self._limits.hold_back and self._purpose != Purpose.RERANK:
            await unit(self._hold, messages, options, noted)

    def reserve(self, messages: Sequence[Message], options: ChatOptions) -> None:
        """Hold what a call may cost its turn, in this thread; raises where there is none left."""
        noted = ledger.current()
        if noted is not None and self._limits.hold_back:
            self._hold(messages, options, noted)

    def _hold(self, messages: Sequence[Message], options: ChatOptions, noted: Ledger) -> None:
        if noted.refused is not None:
            raise noted.refused
        prompt = tokens.of_prompt(messages, options)
        usage = Usage(prompt, options.max_tokens)
        # Whoever of them answers: the dearest may.
        prices = (each.price for each in self._endpoints if each.price is not None)
        cost = max((each.cost(usage) for each in prices), default=Decimal(0))
        try:
            budgets.reserve(noted, self._limits, prompt + options.max_tokens, cost)
        except ModelError as error:
            noted.refused = error
            raise
        except DatabaseError:
            # Nobody is asked whose tokens can't be counted; what was answered already stands.
            raise ModelUnavailable("budget_unknown") from None

    def _link(self, endpoint: Endpoint, sink: Callable[[Call], None]) -> ChatModel:
        return ServedModel(
            endpoint,
            wires.wire(endpoint),
            purpose=self._purpose,
            breaker=wires.breaker(endpoint),
            sink=sink,
        )

    def _chain(self, links: list[ChatModel]) -> ChatModel:
        if settings.MODEL_HEDGE_SECONDS > 0 and self._purpose == Purpose.ANSWER:
            other = links[1] if len(links) > 1 else links[0]
            links = [Hedge(links[0], other, seconds=settings.MODEL_HEDGE_SECONDS), *links[1:]]
        if len(links) == 1:
            return links[0]
        return Chain(links, first_token=settings.ANSWERING_FIRST_TOKEN_SECONDS)

    async def _close(self, alone: Ledger) -> None:
        if self._purpose == Purpose.RERANK:
            logger.info("gateway.call_unrecorded", extra={"fields": {"calls": len(alone.calls)}})
            return
        await unit(recording.close, alone)
