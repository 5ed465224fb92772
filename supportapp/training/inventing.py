"""Synthetic questions: a model makes them up from passages, filters let few through.

Kept is what the search answers with the passage that it was made of, what that passage supports,
what isn't near another question, and what names nobody. Everything else is kept as dropped, with
the reason, so that staff see what the filters do.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
from asgiref.sync import async_to_sync
from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone
from pydantic import BaseModel, Field

from supportapp.answering import assemble, prompting
from supportapp.gaps.models import AskedQuestion
from supportapp.gateway import chats, ledger, recording
from supportapp.gateway.chats import PurposeModel
from supportapp.gateway.models import Purpose
from supportapp.guardrails import personal, support
from supportapp.guardrails.grounds import Grounds
from supportapp.knowledge.embeddings import current_embedder
from supportapp.knowledge.models import Audience, Passage, Workspace
from supportapp.llm import structured
from supportapp.llm.errors import EmbeddingUnavailable, ModelError
from supportapp.llm.values import ChatOptions, Message
from supportapp.outbox import events as outbox
from supportapp.retrieval import sentences
from supportapp.retrieval.search import search
from supportapp.retrieval.values import Evidence, Scope, SearchQuery
from supportapp.training.models import SyntheticBatch, SyntheticQuestion
from supportapp.training.rows import FOLDER

INVENT = "supportapp.training.tasks.invent"
PROMPT = FOLDER / "synthesize.v1.md.jinja"
QUIET = timedelta(minutes=3)
# The passage must be among so many that the search finds first.
FOUND_AMONG = 3
NEAR = 0.9
COMPARED = 5000
MOST_TOKENS = 1500
PASSAGE_CHARACTERS = 4000
LONGEST_QUESTION = 400
State, Fate = SyntheticBatch.State, SyntheticQuestion.Fate


class Made(BaseModel):
    """One question with its answer, as the model writes it."""

    question: str = Field(max_length=1000)
    answer: str = Field(max_length=3000)


class Reply(BaseModel):
    """What the model replies."""

    questions: list[Made]


@dataclass(slots=True)
class Known:
    """The vectors of questions that there are: customers' own, and those kept before."""

    vectors: np.ndarray[tuple[int, int], np.dtype[np.float32]]

    def is_near(self, vector: np.ndarray[tuple[int], np.dtype[np.float32]]) -> bool:
        return bool(len(self.vectors)) and float((self.vectors @ vector).max()) >= NEAR

    def add(self, vector: np.ndarray[tuple[int], np.dtype[np.float32]]) -> None:
        self.vectors = np.vstack([self.vectors, vector])


@transaction.atomic
def start(
    workspace: Workspace, author: User | None, *, per_passage: int, most_passages: int
) -> SyntheticBatch:
    """Have the worker make questions up."""
    batch = SyntheticBatch.objects.create(
        workspace=workspace, author=author, per_passage=per_passage, most_passages=most_passages
    )
    outbox.add(INVENT, batch_id=batch.pk)
    return batch


def cancel(batch: SyntheticBatch) -> bool:
    """Stop a batch; what it has made is kept."""
    still = SyntheticBatch.objects.filter(pk=batch.pk, state__in=SyntheticBatch.RUNNING)
    return bool(still.update(state=State.CANCELLED, updated_at=timezone.now()))


def dismiss(question: SyntheticQuestion) -> None:
    """Take a question out that the filters let through."""
    SyntheticQuestion.objects.filter(pk=question.pk, fate=Fate.KEPT).update(fate=Fate.DISMISSED)


def run(batch_id: int, now: datetime) -> bool:
    """Go through the passages from where it stopped. False where another worker is at it."""
    free = Q(state=State.WAITING) | Q(state=State.RUNNING, updated_at__lt=now - QUIET)
    taken = SyntheticBatch.objects.filter(free, pk=batch_id).update(
        state=State.RUNNING, updated_at=timezone.now()
    )
    if not taken:
        return not SyntheticBatch.objects.filter(pk=batch_id, state=State.RUNNING).exists()
    batch = SyntheticBatch.objects.select_related("workspace").get(pk=batch_id)
    chat = chats.chat(Purpose.DRAFT, workspace_id=batch.workspace_id)
    if chat is None:
        _end(batch, State.FAILED, "No model is configured, or they are switched off.")
        return True
    try:
        _go_through(batch, chat)
    except (ModelError, EmbeddingUnavailable) as error:
        _end(batch, State.FAILED, f"The model couldn't be asked ({error.code}). Start it again.")
    else:
        _end(batch, State.DONE, "")
    return True


def _go_through(batch: SyntheticBatch, chat: PurposeModel) -> None:
    passages = list(_passages(batch)[: max(0, batch.most_passages - batch.done)])
    SyntheticBatch.objects.filter(pk=batch.pk).update(total=batch.done + len(passages))
    known = Known(_vectors(batch.workspace))
    for passage in passages:
        with ledger.opened(workspace_id=batch.workspace_id) as kept:
            try:
                made = async_to_sync(_asked)(chat, passage, batch)
            finally:
                cost = kept.cost
                recording.close(kept)
        _keep(batch, passage, made, known, chat.name)
        running = SyntheticBatch.objects.filter(pk=batch.pk, state=State.RUNNING)
        if not running.update(
            done=F("done") + 1, passed=passage.pk, cost=F("cost") + cost, updated_at=timezone.now()
        ):
            return


def _passages(batch: SyntheticBatch) -> QuerySet[Passage]:
    """Return what customers may read, and isn't done with yet."""
    return (
        Passage.objects.filter(
            workspace=batch.workspace_id,
            generation_removed=None,
            audience=Audience.PUBLIC,
            pk__gt=batch.passed,
        )
        .select_related("article", "workspace")
        .order_by("pk")
    )


async def _asked(chat: PurposeModel, passage: Passage, batch: SyntheticBatch) -> Sequence[Made]:
    options = ChatOptions(model=chat.model, max_tokens=MOST_TOKENS, temperature=0.7, seed=batch.pk)
    reply = await structured.ask(chat, _messages(passage, batch, chat.model), options, Reply)
    return reply.questions[: batch.per_passage]


def _messages(passage: Passage, batch: SyntheticBatch, model: str) -> tuple[Message, ...]:
    boundary = secrets.token_hex(4)
    values = {
        "company": batch.workspace.company or batch.workspace.name,
        "count": batch.per_passage,
        "language": prompting.language_name(passage.language),
        "title": str(passage).replace(boundary, ""),
        "text": passage.text[:PASSAGE_CHARACTERS].replace(boundary, ""),
    }
    return prompting.fill(prompting.load(PROMPT), values, boundary=boundary, model=model)


def _keep(
    batch: SyntheticBatch, passage: Passage, made: Sequence[Made], known: Known, model: str
) -> None:
    """Store what was made up, each with its fate; the same passage again adds nothing."""
    if not made:
        return
    vectors = np.asarray(current_embedder().embed([each.question for each in made]), np.float32)
    rows = []
    for each, vector in zip(made, vectors, strict=True):
        question = " ".join(each.question.split())[:LONGEST_QUESTION]
        rank = _rank(question, passage)
        fate = _fate(question, each.answer, passage, rank)
        if fate == Fate.KEPT and known.is_near(vector):
            fate = Fate.DUPLICATE
        if fate == Fate.KEPT:
            known.add(vector)
        rows.append(
            SyntheticQuestion(
                batch=batch,
                article=passage.article,
                passage=passage,
                question=question,
                answer=each.answer.strip(),
                fate=fate,
                rank=rank,
                model=model,
                prompt="synthesize.v1",
            )
        )
    SyntheticQuestion.objects.bulk_create(rows, ignore_conflicts=True)


def _fate(question: str, answer: str, passage: Passage, rank: int | None) -> SyntheticQuestion.Fate:
    if personal.find(f"{question} {answer}"):
        return Fate.PERSONAL
    if not is_supported(question, answer, passage):
        return Fate.UNSUPPORTED
    return Fate.NOT_FOUND if rank is None or rank > FOUND_AMONG else Fate.KEPT


def is_supported(question: str, answer: str, passage: Passage) -> bool:
    """Say whether the passage says every sentence of an answer."""
    evidence = Evidence(
        number=1,
        passage_id=passage.pk,
        revision_id=passage.revision_id,
        article_id=passage.article_id,
        slug="",
        title=passage.title,
        headings=tuple(passage.headings),
        text=passage.text,
        score=0.0,
    )
    grounds = Grounds.of([evidence], question)
    said = sentences.split(answer.strip())
    return bool(said) and all(support.check(each, grounds).fault is None for each in said)


def _rank(question: str, passage: Passage) -> int | None:
    """Return the article's place in what customers would find; None where it isn't there.

    A search that isn't sure would answer nothing.
    """
    scope = Scope(passage.workspace_id, frozenset({Audience.PUBLIC.value}))
    found = search(
        SearchQuery(question), scope, limits=assemble.search_limits(), embedder=current_embedder()
    )
    if not found.is_sure(assemble.answer_limits().min_confidence):
        return None
    articles = list(dict.fromkeys(each.article_id for each in found.evidence))
    return articles.index(passage.article_id) + 1 if passage.article_id in articles else None


def _vectors(workspace: Workspace) -> np.ndarray[tuple[int, int], np.dtype[np.float32]]:
    """Return the vectors of customers' questions and of the synthetic ones that were kept."""
    embedder = current_embedder()
    asked = AskedQuestion.objects.filter(workspace=workspace, model__name=embedder.name)
    rows = [*asked.order_by("-asked_at").values_list("vector", flat=True)[:COMPARED]]
    kept = SyntheticQuestion.objects.filter(batch__workspace=workspace, fate=Fate.KEPT)
    texts = list(kept.order_by("-pk").values_list("question", flat=True)[:COMPARED])
    own = embedder.embed(texts) if texts else ()
    both = [np.asarray(each, dtype=np.float32) for each in (*rows, *own)]
    return np.array(both, dtype=np.float32).reshape(len(both), embedder.dimension)


def _end(batch: SyntheticBatch, state: str, message: str) -> None:
    SyntheticBatch.objects.filter(pk=batch.pk, state=State.RUNNING).update(
        state=state, message=message, updated_at=timezone.now()
    )
