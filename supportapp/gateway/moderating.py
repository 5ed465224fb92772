"""The model that judges what customers ask and what models write, with deadline and breaker."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from functools import lru_cache

from django.conf import settings

from supportapp.gateway import ledger, wires
from supportapp.gateway.models import Purpose
from supportapp.llm.endpoints import CANCELLED, CIRCUIT_OPEN, Call, Endpoint
from supportapp.llm.errors import ModelError, ModelTimeout, ModelUnavailable
from supportapp.llm.moderation import Moderation, Moderator
from supportapp.llm.values import Usage
from supportapp.tracing import child, identifier

MOST_KEPT = 16


class PurposeModerator:
    """Asks once, within MODERATION_SECONDS; every call is noted, and counts for the breaker."""

    def __init__(self, endpoint: Endpoint) -> None:
        self.name = endpoint.wire_name
        self._endpoint = endpoint

    async def judge(self, texts: Sequence[str]) -> list[Moderation]:
        """Return one judgement per text, in order, or raise a `ModelError`."""
        breaker = wires.breaker(self._endpoint)
        if not breaker.admit():
            raise ModelUnavailable(CIRCUIT_OPEN)
        began, failed = time.monotonic(), CANCELLED
        with child("model.call", endpoint=identifier(self._endpoint.name), purpose="moderation"):
            try:
                judged = await self._judged(texts)
                failed = ""
                breaker.succeeded()
                return judged
            except ModelError as error:
                failed = error.code
                breaker.failed(error)
                raise
            finally:
                self._note((time.monotonic() - began) * 1000, failed)

    async def _judged(self, texts: Sequence[str]) -> list[Moderation]:
        seconds = settings.MODERATION_SECONDS
        asked = _moderator(self._endpoint.base_url, self._endpoint.api_key, self.name, seconds)
        try:
            async with asyncio.timeout(seconds):
                return await asked.judge(texts)
        except TimeoutError:
            raise ModelTimeout("total") from None

    def _note(self, milliseconds: float, error: str) -> None:
        noted = ledger.current()
        if noted is None:
            return
        noted.note(
            Call(
                purpose=Purpose.MODERATION,
                endpoint=self._endpoint.name,
                provider=self._endpoint.provider,
                requested=self.name,
                model="",
                fingerprint="",
                seed=None,
                temperature=None,
                usage=Usage(0, 0),
                is_estimated=False,
                cost=None,
                first_token_ms=None,
                total_ms=milliseconds,
                finish_reason="",
                error=error,
            )
        )


@lru_cache(MOST_KEPT)
def _moderator(base_url: str, api_key: str, model: str, seconds: float) -> Moderator:
    return Moderator(base_url=base_url, api_key=api_key, model=model, deadline=seconds)
