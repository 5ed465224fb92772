"""Settings become a reranker, or none. Reads settings, as `assemble` does."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from functools import cache

from django.conf import settings

from supportapp.answering import prompting
from supportapp.gateway.chats import PurposeModel
from supportapp.llm.listwise import ListwiseReranker
from supportapp.llm.protocols import ChatModel
from supportapp.llm.reranking import HttpReranker
from supportapp.llm.values import Message
from supportapp.retrieval.rerank import Reranking

OFF, HTTP, CHAT = MODES = ("off", "http", "chat")


def reranking(chat: ChatModel | None, mode: str = "") -> Reranking | None:
    """Return what the settings say, or the mode that is asked for; None where nothing reads."""
    mode = mode or settings.RERANK
    deadline = settings.RERANK_DEADLINE_SECONDS
    if mode == HTTP and settings.RERANK_URL:
        reader = _http(
            settings.RERANK_URL, settings.RERANK_API_KEY, settings.RERANK_MODEL, deadline
        )
        return Reranking(reader, settings.RERANK_TOP_N, deadline)
    if mode == CHAT and chat is not None:
        model = settings.RERANK_MODEL or chat.name
        # A model without the gateway in front of it costs nobody's budget.
        reserve = chat.reserve if isinstance(chat, PurposeModel) else None
        listwise = ListwiseReranker(
            chat=chat, model=model, messages=messages, deadline=deadline, reserve=reserve
        )
        return Reranking(listwise, settings.RERANK_TOP_N, deadline)
    return None


def messages(question: str, texts: Sequence[str]) -> tuple[Message, ...]:
    """Return the prompt that asks a chat model for an order."""
    prompt = prompting.load(prompting.RERANK)
    return prompting.render_order(prompt, question, texts, boundary=secrets.token_hex(4))


@cache
def _http(url: str, key: str, model: str, deadline: float) -> HttpReranker:
    return HttpReranker(url=url, api_key=key, model=model, deadline=deadline)
