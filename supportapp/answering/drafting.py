"""A first draft of an article from what was asked and what somebody knew about it.

A model writes it where there is one; otherwise it is the person's own words under the question.
Either way a person reads it before anybody else does: nothing here publishes.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Sequence
from contextlib import aclosing
from dataclasses import dataclass
from enum import StrEnum

from asgiref.sync import async_to_sync

from supportapp.answering import prompting
from supportapp.gateway import chats, ledger, recording
from supportapp.gateway.chats import PurposeModel
from supportapp.gateway.models import Purpose
from supportapp.guardrails import personal
from supportapp.llm.errors import ModelError
from supportapp.llm.values import ChatOptions, Message
from supportapp.retrieval import sentences

PROMPT = prompting.FOLDER / "draft_article.v1.md.jinja"
LONGEST_TITLE = 120
MOST_QUESTIONS = 12
QUESTION_CHARACTERS = 400
MATERIAL_CHARACTERS = 12_000
MOST_TOKENS = 1_200
TO_BE_WRITTEN = "*Nobody has written down the answer yet.*"
_HEADING = re.compile(r"^#\s+(?P<title>\S.*)$")
_CITATION = re.compile(r"\s?\[\d{1,3}\]")
_EDGES = ' \t*"“”`'


class How(StrEnum):
    """Where a draft's words come from."""

    MODEL = "model"
    SKELETON = "skeleton"


@dataclass(frozen=True, slots=True)
class Drafted:
    """A title and a body in Markdown, and who wrote them."""

    title: str
    body: str
    how: How


def draft(workspace_id: int, questions: Sequence[str], material: str) -> Drafted:
    """Draft an article that answers these questions from this material.

    The material is what is known: a person's reply, a correction, what articles say nearby; it may
    be empty. Personal data are taken out of both first. Never raises a `ModelError`: where no
    model writes, the draft is a skeleton. Asks over the network: call it outside transactions.
    """
    asked = [personal.masked(_one_line(each))[:QUESTION_CHARACTERS] for each in questions]
    asked = list(dict.fromkeys(each for each in asked if each))[:MOST_QUESTIONS]
    known = personal.masked(_CITATION.sub("", material).strip())[:MATERIAL_CHARACTERS]
    chat = chats.chat(Purpose.DRAFT, workspace_id=workspace_id) if known else None
    if chat is not None:
        with ledger.opened(workspace_id=workspace_id) as kept:
            try:
                written = read(async_to_sync(_said)(chat, _messages(asked, known, chat.model)))
            except ModelError:
                written = None
            finally:
                recording.close(kept)
        if written is not None:
            return written
    return skeleton(asked, known)


def skeleton(questions: Sequence[str], material: str) -> Drafted:
    """Put what is known under the question; say plainly what isn't."""
    title = _shortened(questions[0]) if questions else "New article"
    parts = [material or TO_BE_WRITTEN]
    if len(questions) > 1:
        others = "\n".join(f"- {each}" for each in questions[1:])
        parts.append(f"## Also asked\n\n{others}")
    return Drafted(title, "\n\n".join(parts), How.SKELETON)


def read(said: str) -> Drafted | None:
    """Read a model's draft; None where it has no title or no text."""
    first, _, rest = said.strip().partition("\n")
    heading = _HEADING.match(first.strip())
    body = _CITATION.sub("", rest).strip()
    if heading is None or not body:
        return None
    return Drafted(_shortened(heading["title"].strip(_EDGES)), body, How.MODEL)


def _messages(questions: Sequence[str], material: str, model: str) -> tuple[Message, ...]:
    boundary = secrets.token_hex(4)
    language = sentences.language_of(" ".join(questions)) or "en"
    values = {
        "questions": [each.replace(boundary, "") for each in questions],
        "material": material.replace(boundary, ""),
        "language": prompting.language_name(language),
        "characters": LONGEST_TITLE,
    }
    return prompting.fill(prompting.load(PROMPT), values, boundary=boundary, model=model)


async def _said(chat: PurposeModel, messages: tuple[Message, ...]) -> str:
    options = ChatOptions(model=chat.model, max_tokens=MOST_TOKENS, temperature=0.2)
    async with aclosing(chat.stream(messages, options)) as stream:
        return "".join([delta.text async for delta in stream])


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _shortened(title: str) -> str:
    title = title[:1].upper() + title[1:]
    if len(title) <= LONGEST_TITLE:
        return title
    return title[: LONGEST_TITLE - 1].rstrip() + "…"
