"""A draft's replays in the background: begun, gone on with where they stopped, cancelled.

The work is done in slices, each an event of the outbox, so that other work goes on between them
and a killed worker costs one question at most. Each start has a number, `attempt`: what an older
one still does is stored nowhere.
"""

from __future__ import annotations

import logging
import time
from datetime import datetime, timedelta
from enum import StrEnum

from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from supportapp.answering.drafts import Remembering
from supportapp.changes import sides, touching, verdicts
from supportapp.changes.models import ArticleChange, Replay
from supportapp.changes.sides import Replayer
from supportapp.changes.touching import Touched
from supportapp.evals import answering_examples
from supportapp.evals.models import Example
from supportapp.knowledge.embeddings import current_embedder
from supportapp.knowledge.models import Article
from supportapp.outbox import events as outbox

logger = logging.getLogger(__name__)
RUN = "supportapp.changes.tasks.run_replays"
State = ArticleChange.State
# Longer than one answer takes: then the worker is dead, and another may go on.
QUIET = timedelta(seconds=45)
SLICE_SECONDS = 20.0
CHOOSING = "Looking for the questions that it touches"
EDITED = "The draft was edited while it was replayed. Replay it again."


class Ended(StrEnum):
    """How a slice ended."""

    DONE = "done"
    MORE = "more"
    BUSY = "busy"


def start(change: ArticleChange) -> bool:
    """Replay the article's draft as it is now, from the beginning. False without a draft."""
    with transaction.atomic():
        held = ArticleChange.objects.select_for_update().get(pk=change.pk)
        article = Article.objects.select_related("draft").get(pk=held.article_id)
        if article.draft is None or not held.is_under_way:
            return False
        if held.content_hash != article.draft.content_hash:
            # Whoever was asked to look was asked about another text.
            held.reviewer = None
        held.draft, held.base_id = article.draft, article.published_id
        held.content_hash = article.draft.content_hash
        held.attempt += 1
        held.state, held.stage, held.message = State.REPLAYING, CHOOSING, ""
        held.done = held.total = held.left_out = 0
        held.beaten_at = None
        held.save()
        held.replays.all().delete()
        outbox.add(RUN, change_id=held.pk, attempt=held.attempt)
    change.refresh_from_db()
    return True


def cancel(change: ArticleChange) -> bool:
    """Stop the replays; what was replayed stays to be seen."""
    stopped = ArticleChange.objects.filter(pk=change.pk, state=State.REPLAYING).update(
        state=State.OPEN,
        stage="",
        message="The replay was stopped.",
        beaten_at=None,
        updated_at=timezone.now(),
    )
    return bool(stopped)


def run(change_id: int, attempt: int, now: datetime) -> Ended:
    """Do a slice of the replays, or go on where a worker died over them."""
    mine = _mine(change_id, attempt)
    taken = mine.filter(Q(beaten_at=None) | Q(beaten_at__lt=now - QUIET)).update(
        beaten_at=timezone.now()
    )
    if not taken:
        return Ended.BUSY if mine.exists() else Ended.DONE
    change = mine.select_related("article__workspace", "draft").get()
    if not _is_same_draft(change):
        _end(change, State.OPEN, EDITED)
        return Ended.DONE
    if not change.total and not _choose(change):
        return Ended.DONE
    return _slice(change)


def _slice(change: ArticleChange) -> Ended:
    assert change.draft is not None
    ends = time.monotonic() + SLICE_SECONDS
    replayer = Replayer(change.article, change.draft, Remembering(current_embedder()))
    mine = _mine(change.pk, change.attempt)
    waiting = change.replays.filter(attempt=change.attempt, done_at=None).order_by("position")
    for replay in waiting.select_related("turn__conversation__workspace"):
        if time.monotonic() > ends:
            mine.update(beaten_at=None)
            return Ended.MORE
        if not _is_same_draft(change):
            _end(change, State.OPEN, EDITED)
            return Ended.DONE
        _replay(replay, replayer, change.article)
        done = change.replays.filter(attempt=change.attempt, done_at__isnull=False).count()
        stage = f"Answering {done} of {change.total}"
        if not mine.update(done=done, stage=stage, beaten_at=timezone.now()):
            return Ended.DONE
    _end(change, State.READY, "")
    logger.info(
        "change.replayed", extra={"fields": {"change": change.pk, "questions": change.total}}
    )
    return Ended.DONE


def _replay(replay: Replay, replayer: Replayer, article: Article) -> None:
    """Answer one question twice. What is gone by now, a conversation or an example, is left out."""
    touched = touched_by(replay, article)
    if touched is None:
        replay.delete()
        return
    known = sides.known_of(touched.turn, touched.example, touched.question)
    before = replayer.published(touched.question, known)
    after = replayer.drafted(touched.question, known)
    one, other = before.side(), after.side()
    is_golden = touched.example is not None
    Replay.objects.filter(pk=replay.pk, done_at=None).update(
        before=before.stored(),
        after=after.stored(),
        verdict=verdicts.compare(one, other).value,
        is_break=is_golden and verdicts.is_break(one, other),
        done_at=timezone.now(),
    )


def touched_by(replay: Replay, article: Article) -> Touched | None:
    """Return the question that a replay asks; None where it may not be used any more."""
    if replay.source == Replay.Source.EXAMPLE:
        example = Example.objects.filter(pk=replay.example or 0).first()
        if example is None:
            return None
        question = answering_examples.question_of(example, article.workspace)
        return Touched(question, example=example)
    turn = replay.turn
    if turn is None or turn.conversation.deleted_at is not None:
        return None
    return touching.of_turn(turn)


def _choose(change: ArticleChange) -> bool:
    """Write down what is to be replayed; False where that is nothing, and so all is done."""
    assert change.draft is not None
    found = touching.find(change.article, change.draft)
    rows = [_row(change, place, each) for place, each in enumerate(found.touched, start=1)]
    try:
        with transaction.atomic():
            Replay.objects.bulk_create(rows)
            _mine(change.pk, change.attempt).update(
                total=len(rows), left_out=found.left_out, beaten_at=timezone.now()
            )
    except IntegrityError:
        # Somebody who was taken for dead was only slow, and has written them.
        return False
    change.total = len(rows)
    if not rows:
        _end(change, State.READY, "")
    return bool(rows)


def _row(change: ArticleChange, position: int, touched: Touched) -> Replay:
    example, turn = touched.example, touched.turn
    return Replay(
        change=change,
        attempt=change.attempt,
        position=position,
        source=Replay.Source.EXAMPLE if example is not None else Replay.Source.TURN,
        turn=turn,
        example=example.pk if example is not None else None,
        alike=touched.alike,
    )


def _mine(change_id: int, attempt: int) -> QuerySet[ArticleChange]:
    return ArticleChange.objects.filter(pk=change_id, attempt=attempt, state=State.REPLAYING)


def _is_same_draft(change: ArticleChange) -> bool:
    return Article.objects.filter(
        pk=change.article_id,
        draft=change.draft_id,
        draft__content_hash=change.content_hash,
        published=change.base_id,
    ).exists()


def _end(change: ArticleChange, state: str, message: str) -> None:
    _mine(change.pk, change.attempt).update(
        state=state, message=message, stage="", beaten_at=None, updated_at=timezone.now()
    )
