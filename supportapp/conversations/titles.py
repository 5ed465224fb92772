"""A model names a conversation after its first answer; until then its first question names it."""

from __future__ import annotations

import re
import secrets
from contextlib import aclosing
from uuid import UUID

from asgiref.sync import async_to_sync

from supportapp.answering import prompting, setups
from supportapp.answering.prompting import TITLE
from supportapp.conversations.models import Conversation, Turn
from supportapp.gateway import chats, ledger, recording
from supportapp.gateway.chats import PurposeModel
from supportapp.guardrails import personal
from supportapp.llm.errors import ModelError
from supportapp.llm.values import ChatOptions, Message
from supportapp.outbox import events as outbox
from supportapp.retrieval import sentences

TASK = "supportapp.conversations.tasks.name_conversation"
LONGEST = 60
FROM_QUESTION = 80
MOST_TOKENS = 40
READ_CHARACTERS = 1200
_EDGES = " \t.。\"“”'‘’*#`-"
_PLACEHOLDER = re.compile(r"\[[A-Z]+_\d+\]|https?:|@")


def from_question(text: str) -> str:
    """Return the name that a conversation has without a model."""
    first = " ".join(text.split())
    if len(first) <= FROM_QUESTION:
        return first
    return first[: FROM_QUESTION - 1].rstrip() + "…"


def promise(turn: Turn) -> None:
    """Have the conversation named after its first answer; part of the caller's transaction."""
    if turn.position == 1 and turn.model and turn.supersedes_id is None:
        outbox.add(TASK, turn_id=turn.pk)


def name(turn_id: UUID) -> bool:
    """Name the conversation; False where its visitor named it, or no model did."""
    turn = Turn.objects.select_related("conversation").filter(pk=turn_id).first()
    if turn is None or turn.conversation.title != from_question(turn.question):
        return False
    conversation = turn.conversation
    if conversation.deleted_at is not None:
        return False
    chat = chats.chat(TITLE, workspace_id=conversation.workspace_id)
    if chat is None:
        return False
    with ledger.opened(workspace_id=conversation.workspace_id, turn_id=turn.pk) as kept:
        try:
            said = async_to_sync(_said)(chat, _messages(turn, chat.model))
        except ModelError:
            return False
        finally:
            recording.close(kept)
    title = tidied(said)
    if not title:
        return False
    # Whoever named it meanwhile wins.
    named = Conversation.objects.filter(pk=conversation.pk, title=conversation.title)
    return bool(named.update(title=title))


def tidied(said: str) -> str:
    """Return the first line as a name; empty where it can't be one."""
    line = next(iter(said.strip().splitlines()), "").strip(_EDGES)
    if not line or len(line) > LONGEST or _PLACEHOLDER.search(line) or personal.find(line):
        return ""
    return line


def _messages(turn: Turn, model: str) -> tuple[Message, ...]:
    boundary = secrets.token_hex(4)
    question = personal.masked(turn.question[:READ_CHARACTERS])
    answer = personal.masked(sentences.plain(turn.answer)[:READ_CHARACTERS])
    language = sentences.language_of(turn.question) or turn.conversation.language or "en"
    values = {
        "question": question.replace(boundary, ""),
        "answer": answer.replace(boundary, ""),
        "language": prompting.language_name(language),
        "characters": LONGEST,
    }
    prompt = setups.standing(turn.conversation.workspace_id).choice.prompt(TITLE)
    return prompting.fill(prompt, values, boundary=boundary, model=model)


async def _said(chat: PurposeModel, messages: tuple[Message, ...]) -> str:
    options = ChatOptions(model=chat.model, max_tokens=MOST_TOKENS, temperature=0.0)
    async with aclosing(chat.stream(messages, options)) as stream:
        return "".join([delta.text async for delta in stream])
