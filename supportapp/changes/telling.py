"""A recall is carried out: each conversation is told once, whatever happens meanwhile.

Who is to be told is written down when somebody says "send", in one transaction. Then a worker
tells one conversation after another, each with its message in a transaction of its own, so that a
kill, a retry or a second delivery finds it told or not told, never half.
"""

from __future__ import annotations

import logging
import time

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone

from supportapp.caching import keeping
from supportapp.caching.models import RememberedAnswer
from supportapp.changes import recalling
from supportapp.changes.models import Correction, Recall
from supportapp.conversations import messages
from supportapp.conversations.models import Conversation, Message
from supportapp.knowledge.cleaning import clean
from supportapp.outbox import events as outbox

logger = logging.getLogger(__name__)
RUN = "supportapp.changes.tasks.tell_everyone"
State = Recall.State
SLICE_SECONDS = 20.0


class NotReady(Exception):
    """It can't be sent as it is; the message says why, for staff."""


def write(recall: Recall, text: str, reason: str) -> None:
    """Keep the words of a correction while it is prepared. Raises NotReady."""
    words = clean(text).strip()[: messages.LONGEST]
    changed = Recall.objects.filter(pk=recall.pk, state=State.DRAFT).update(
        text=words, reason=clean(reason).strip()[:300]
    )
    if not changed:
        raise NotReady("It is sent already: its words are kept as they are.")
    recall.refresh_from_db()


def send(recall: Recall, by: User) -> int:
    """Write down who is to be told, and begin. Returns how many more. Raises NotReady.

    Sent again later, it tells those who got such an answer meanwhile, and nobody twice.
    """
    with transaction.atomic():
        held = Recall.objects.select_for_update().get(pk=recall.pk)
        if not held.text.strip() or recalling.TO_WRITE in held.text:
            raise NotReady("Write what is right first.")
        newest: dict[object, Correction] = {}
        for turn in recalling.untold(held).order_by("-created_at"):
            one = Correction(recall=held, conversation_id=turn.conversation_id, turn=turn)
            newest.setdefault(turn.conversation_id, one)
        if not newest and held.state == State.DRAFT:
            raise NotReady("Nobody got such an answer.")
        Correction.objects.bulk_create(newest.values(), ignore_conflicts=True)
        held.forgotten += keeping.retire(
            recalling.remembered(held), RememberedAnswer.Reason.BY_STAFF
        )
        held.state, held.finished_at = State.SENDING, None
        held.sent_by = held.sent_by or by
        held.started_at = held.started_at or timezone.now()
        held.save()
        outbox.add(RUN, recall_id=held.pk)
    recall.refresh_from_db()
    return len(newest)


def stop(recall: Recall) -> bool:
    """Stop telling. Who was told, was told; "send" goes on."""
    stopped = Recall.objects.filter(pk=recall.pk, state=State.SENDING)
    return bool(stopped.update(state=State.CANCELLED))


def run(recall_id: int) -> bool:
    """Tell for a while. Returns whether nothing is left to do."""
    ends = time.monotonic() + SLICE_SECONDS
    while time.monotonic() < ends:
        if not _tell_next(recall_id):
            return _end(recall_id)
    return False


def _tell_next(recall_id: int) -> bool:
    """Tell one conversation; False where none is left, or the recall was stopped."""
    with transaction.atomic():
        recall = Recall.objects.select_related("sent_by").get(pk=recall_id)
        if recall.state != State.SENDING:
            return False
        waiting = Correction.objects.filter(recall=recall, state=Correction.State.WAITING)
        # Another worker's is left to it.
        mine = waiting.select_for_update(skip_locked=True).order_by("pk").first()
        if mine is None:
            return False
        # Locked before it is looked at: no deletion comes in between.
        conversation = Conversation.objects.select_for_update().get(pk=mine.conversation_id)
        if conversation.deleted_at is not None:
            mine.state = Correction.State.LEFT_OUT
        else:
            mine.message = messages.post(
                conversation,
                kind=Message.Kind.CORRECTION,
                text=recall.text,
                key=f"recall.{recall.pk}.{conversation.pk}",
                about=mine.turn,
                author=recall.sent_by,
            )
            mine.state, mine.told_at = Correction.State.TOLD, timezone.now()
        mine.save()
    return True


def _end(recall_id: int) -> bool:
    with transaction.atomic():
        recall = Recall.objects.select_for_update().get(pk=recall_id)
        if recall.state != State.SENDING:
            return True
        if recall.corrections.filter(state=Correction.State.WAITING).exists():
            return False
        recall.state, recall.finished_at = State.DONE, timezone.now()
        recall.save(update_fields=["state", "finished_at"])
    logger.info("recall.done", extra={"fields": {"recall": recall_id}})
    return True
