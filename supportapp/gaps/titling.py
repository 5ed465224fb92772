"""Name groups from their questions; a model may say it shorter."""

from __future__ import annotations

import secrets
from collections.abc import Collection, Sequence
from contextlib import aclosing
from functools import partial

import numpy as np
from asgiref.sync import async_to_sync

from supportapp.answering import prompting
from supportapp.conversations import titles
from supportapp.gaps import clustering, naming
from supportapp.gaps.models import AskedQuestion, Gap, Topic
from supportapp.gaps.naming import Asked, Known
from supportapp.gateway import chats, ledger, recording
from supportapp.gateway.chats import PurposeModel
from supportapp.guardrails import personal
from supportapp.knowledge.models import Passage, Workspace
from supportapp.llm.errors import ModelError
from supportapp.llm.values import ChatOptions, Message
from supportapp.llm.words import is_word
from supportapp.outbox import events as outbox
from supportapp.retrieval import sentences

TASK = "supportapp.gaps.tasks.title_gap"
# So many questions make a group that is worth a model's title.
FEWEST = 3
READ_QUESTIONS = 24
COMPARED_GROUPS = 40
SHOWN_QUESTIONS = 6
MOST_TOKENS = 40


def name_groups(
    workspace: Workspace, kind: type[Topic] | type[Gap], changed: Collection[int]
) -> None:
    """Name the changed groups by their questions, and have a model title those of some size."""
    groups = kind.objects.filter(workspace=workspace, merged_into=None, questions__gt=0)
    others = groups.exclude(pk__in=changed).order_by("-questions")[:COMPARED_GROUPS]
    renewed = list(groups.filter(pk__in=changed))
    asked = {group.pk: _asked(group) for group in [*renewed, *others]}
    known = Known(is_word, _written(workspace))
    words = naming.telling_words(asked, [group.pk for group in renewed], known)
    for group in renewed:
        group.words = words.get(group.pk, [])
        if group.named_by == "question":
            group.name = naming.name(asked[group.pk], group.words, known)
        group.save(update_fields=["words", "name"])
        if isinstance(group, Gap) and group.named_by == "question" and group.questions >= FEWEST:
            outbox.add(TASK, gap_id=group.pk)


def title(gap_id: int) -> bool:
    """Have a model title a gap; False where it has a title, or no model gives one."""
    gap = Gap.objects.filter(pk=gap_id, named_by="question", merged_into=None).first()
    if gap is None:
        return False
    chat = chats.chat(prompting.TITLE, workspace_id=gap.workspace_id)
    asked = [personal.masked(each.text) for each in _asked(gap)[:SHOWN_QUESTIONS]]
    if chat is None or not asked:
        return False
    with ledger.opened(workspace_id=gap.workspace_id) as kept:
        try:
            said = async_to_sync(partial(_said, chat))(_messages(asked, chat.model))
        except ModelError:
            return False
        finally:
            recording.close(kept)
    short = titles.tidied(said)
    known = Known(is_word, _written(gap.workspace))
    if not short or not naming.is_safe(short.lower(), known):
        return False
    # Whoever named it meanwhile wins.
    unnamed = Gap.objects.filter(pk=gap.pk, named_by="question")
    return bool(unnamed.update(name=short, named_by="model"))


def _asked(group: Topic | Gap) -> list[Asked]:
    """Return a group's questions, the most typical first, each wording once."""
    rows = list(
        AskedQuestion.objects.filter(**{"topic" if isinstance(group, Topic) else "gap": group})
        .select_related("turn__conversation")
        .order_by("-asked_at")[:READ_QUESTIONS]
    )
    if not rows:
        return []
    order = clustering.most_typical(np.array([row.vector for row in rows], dtype=np.float32))
    return [Asked(rows[at].turn.question, rows[at].turn.conversation.visitor) for at in order]


def _written(workspace: Workspace) -> frozenset[str]:
    """Return the words of the company's own titles."""
    live = Passage.objects.filter(workspace=workspace, generation_removed=None, position=0)
    rows = live.values_list("title", "aliases", "subject")
    texts = (text for title, aliases, subject in rows for text in (title, subject, *aliases))
    return frozenset(word for text in texts for word in text.lower().replace("-", " ").split())


def _messages(questions: Sequence[str], model: str) -> tuple[Message, ...]:
    boundary = secrets.token_hex(4)
    text = "\n".join(f"- {each}" for each in questions)
    values = {
        "question": text.replace(boundary, ""),
        "answer": "",
        "language": prompting.language_name(sentences.language_of(text) or "en"),
        "characters": titles.LONGEST,
    }
    return prompting.fill(
        prompting.shipped(prompting.TITLE), values, boundary=boundary, model=model
    )


async def _said(chat: PurposeModel, messages: tuple[Message, ...]) -> str:
    options = ChatOptions(model=chat.model, max_tokens=MOST_TOKENS, temperature=0.0)
    async with aclosing(chat.stream(messages, options)) as stream:
        return "".join([delta.text async for delta in stream])
