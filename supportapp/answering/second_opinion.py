"""A model's opinion of one sentence whose support words and vectors leave open. Pure.

One word, in a short time; whatever else comes back, or nothing, counts as no.
"""

from __future__ import annotations

import asyncio
import secrets
from contextlib import aclosing
from functools import partial

from supportapp.answering import prompting
from supportapp.answering.prompting import Prompt
from supportapp.answering.values import SecondOpinion
from supportapp.guardrails.support import Weighed
from supportapp.llm.errors import ModelError
from supportapp.llm.protocols import ChatModel
from supportapp.llm.values import ChatOptions

SUPPORT = prompting.FOLDER / "support.v1.md.jinja"
SECONDS = 3.0
MOST_TOKENS = 5
_YES = ("yes", "是")


def opinion(chat: ChatModel, model: str, *, seconds: float = SECONDS) -> SecondOpinion:
    """Return what asks this model."""
    return partial(_supports, chat, model, prompting.load(SUPPORT), seconds)


async def _supports(
    chat: ChatModel, model: str, prompt: Prompt, seconds: float, weighed: Weighed
) -> bool:
    try:
        async with asyncio.timeout(seconds):
            reply = await _reply(chat, model, prompt, weighed)
    except (ModelError, TimeoutError):
        return False
    return reply.strip(" \n*.\"'").lower() in _YES


async def _reply(chat: ChatModel, model: str, prompt: Prompt, weighed: Weighed) -> str:
    boundary = secrets.token_hex(4)
    values = {
        "evidence": [text.replace(boundary, "") for text in weighed.closest],
        "sentence": weighed.text.replace(boundary, ""),
    }
    messages = prompting.fill(prompt, values, boundary=boundary, model=model)
    options = ChatOptions(model=model, max_tokens=MOST_TOKENS, temperature=0.0)
    said = ""
    async with aclosing(chat.stream(messages, options)) as deltas:
        async for delta in deltas:
            said += delta.text
    return said
