"""Which turns enter the review queue, and why."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from supportapp.caching import keeping
from supportapp.conversations import remembered
from supportapp.conversations.models import Turn
from supportapp.knowledge.models import Workspace
from supportapp.outbox import events as outbox
from supportapp.review import rota, rules, weights
from supportapp.review.models import Feedback, ReviewItem, RotaPlace, Signal
from supportapp.review.rules import Rule

Reason = ReviewItem.Reason
# What a rating brings with it as a sign; withdrawn with it.
_TOLD = {Signal.Kind.SOLVED: "solved", Signal.Kind.CORRECTED: "correction"}
_NAMES = UUID("5f0c6d0e-6c9e-4a53-9a5b-5b4f4d1f6a10")


def give_feedback(turn: Turn, visitor: UUID, said: Mapping[str, Any]) -> Feedback:
    """Store what a visitor said of a turn; saying it again replaces it.

    The turn enters the queue in the background; the outbox row is written with the feedback, so
    "thanks" is said only when nothing can be lost any more.
    """
    with transaction.atomic():
        feedback, _ = Feedback.objects.update_or_create(
            turn=turn, visitor=visitor, defaults=dict(said)
        )
        outbox.add("supportapp.review.tasks.take_in_feedback", feedback_id=feedback.pk)
    return feedback


def withdraw_feedback(turn: Turn, visitor: UUID) -> None:
    """Take back what a visitor said; an item nobody looked at yet waits for it no longer."""
    with transaction.atomic():
        Feedback.objects.filter(turn=turn, visitor=visitor).delete()
        Signal.objects.filter(turn=turn, kind__in=_TOLD).delete()
        _reconsider(turn)


def take_in_feedback(feedback: Feedback) -> None:
    """Queue a turn that was rated down; one rated up again loses that reason to be looked at."""
    turn = feedback.turn
    for kind, field in _TOLD.items():
        if getattr(feedback, field):
            _note(turn.pk, kind, sign_id(kind, turn.pk))
        else:
            Signal.objects.filter(turn=turn, kind=kind).delete()
    if feedback.value == Feedback.Value.DOWN:
        enqueue(turn, Reason.LOW_RATED)
        served = remembered.noted(turn).get("remembered")
        keeping.doubt([turn.pk], [served] if served else [])
    else:
        _reconsider(turn)


def enqueue(turn: Turn, reason: str, rule: Rule | None = None) -> ReviewItem | None:
    """Put a turn into the queue once; a stronger reason raises an item that still waits.

    None where the rule of that reason is off, or the conversation was deleted.
    """
    rule = rule or rules_of(turn)[reason]
    if not rule.is_on or turn.conversation.deleted_at is not None:
        return None
    item, created = ReviewItem.objects.get_or_create(
        turn=turn,
        defaults={
            "reason": reason,
            "priority": rule.priority,
            "wanted": 2 if wants_second_opinion(turn.pk) else 1,
        },
    )
    if not created:
        ReviewItem.objects.filter(
            pk=item.pk, state=ReviewItem.State.OPEN, priority__lt=rule.priority
        ).update(reason=reason, priority=rule.priority)
    elif reason == Reason.SAMPLED:
        rota.deal(item, timezone.now())
    return item


def record_signal(turn_id: UUID, kind: str, event_id: UUID) -> None:
    """Store one sign; the event's id makes a second delivery a no-op.

    Where all signs of a turn together weigh enough against it, a person looks at it.
    """
    _note(turn_id, kind, event_id)
    turn = _turn(turn_id)
    if turn is None:
        return
    if kind == Signal.Kind.ASKED_PERSON:
        enqueue(turn, Reason.ASKED_PERSON)
    rule = rules_of(turn)[Reason.SIGNALS]
    if rule.threshold is not None and weight_of(turn) <= rule.threshold and rule.takes(turn.pk):
        enqueue(turn, Reason.SIGNALS, rule)


def take_in_turn(turn_id: UUID) -> ReviewItem | None:
    """Queue a finished turn for the most urgent rule that it meets and whose share it is in."""
    turn = _turn(turn_id)
    if turn is None:
        return None
    for rule in rules.matching(rules.facts_of(turn), rules_of(turn)):
        if rule.takes(turn.pk):
            return enqueue(turn, rule.reason, rule)
    return None


def top_up(now: datetime) -> int:
    """Bring yesterday's random sample to what the rule wants at least; once a day."""
    day = (now - timedelta(days=1)).date()
    queued = 0
    for workspace in Workspace.objects.all():
        rule = rules.current(workspace.pk)[Reason.SAMPLED]
        if not rule.is_on or not rule.at_least:
            continue
        with transaction.atomic():
            for turn in rota.draw(workspace, day, rule.at_least):
                queued += enqueue(turn, Reason.SAMPLED, rule) is not None
    return queued


def rules_of(turn: Turn) -> dict[str, Rule]:
    """Return the rules that count for a turn."""
    asker = turn.receipt.get("asker") or {}
    language = asker.get("language") or turn.conversation.language
    return rules.current(turn.conversation.workspace_id, language)


def weight_of(turn: Turn) -> float:
    """Return what all that is known from the customer says of a turn's answer."""
    return weights.total(
        turn.signals.values_list("kind", flat=True), turn.feedback.values_list("value", flat=True)
    )


def sign_id(kind: str, *turns: UUID) -> UUID:
    """Return the id of a sign that is inferred: inferring it again is no second sign."""
    return uuid.uuid5(_NAMES, ":".join([kind, *map(str, turns)]))


def wants_second_opinion(turn_id: UUID) -> bool:
    """Draw the share (REVIEW_SECOND_OPINION_PERCENT); where one reviews alone nobody waits."""
    if settings.REVIEW_SECOND_OPINION_PERCENT <= 0:
        return False
    # Other digits than those that draw the sample, else the sample would be all of one kind.
    if (turn_id.int // 10_000) % 10_000 >= settings.REVIEW_SECOND_OPINION_PERCENT * 100:
        return False
    return RotaPlace.objects.filter(is_on=True, user__is_active=True).count() > 1


def _note(turn_id: UUID, kind: str, event_id: UUID) -> None:
    Signal.objects.get_or_create(event_id=event_id, defaults={"turn_id": turn_id, "kind": kind})


def _turn(turn_id: UUID) -> Turn | None:
    alive = Turn.objects.filter(pk=turn_id, conversation__deleted_at=None)
    return alive.select_related("conversation__workspace").first()


def _reconsider(turn: Turn) -> None:
    """Give an item that nobody looked at yet the reason it would have without the rating."""
    items = ReviewItem.objects.filter(
        Q(locked_until=None) | Q(locked_until__lt=timezone.now()),
        turn=turn,
        reason__in=[Reason.LOW_RATED, Reason.SIGNALS],
        state=ReviewItem.State.OPEN,
        annotations=None,
    )
    counting = rules_of(turn)
    found = [rule for rule in rules.matching(rules.facts_of(turn), counting) if rule.takes(turn.pk)]
    if turn.signals.filter(kind=Signal.Kind.ASKED_PERSON).exists():
        found.append(counting[Reason.ASKED_PERSON])
    signs = counting[Reason.SIGNALS]
    if signs.threshold is not None and weight_of(turn) <= signs.threshold and signs.is_on:
        found.append(signs)
    if not found:
        items.delete()
        return
    strongest = max(found, key=lambda rule: rule.priority)
    items.update(reason=strongest.reason, priority=strongest.priority)
