"""Whose turn it is: the random sample is dealt out among the people on the rota."""

from __future__ import annotations

import hashlib
from datetime import date, datetime, timedelta

from django.contrib.auth.models import User
from django.db.models import Count, QuerySet
from django.utils import timezone

from supportapp.conversations.models import Turn
from supportapp.knowledge.models import Workspace
from supportapp.review.models import DailySample, ReviewItem, RotaPlace

# A day's sample is drawn from so many turns at most, the newest.
POOL = 5000


def on_duty(day: date) -> QuerySet[RotaPlace]:
    """Return the places of those who review on this day."""
    return RotaPlace.objects.filter(
        is_on=True, user__is_active=True, weekdays__contains=[day.weekday()]
    )


def next_on_duty(now: datetime) -> User | None:
    """Return who was given least of the sample in these two days; None where nobody is on it."""
    given = (
        ReviewItem.objects.filter(
            reason=ReviewItem.Reason.SAMPLED, assigned_at__gte=now - timedelta(days=2)
        )
        .values_list("assignee")
        .annotate(Count("pk"))
    )
    load = dict(given)
    places = on_duty(now.date()).select_related("user").order_by("pk")
    least = min(places, key=lambda place: load.get(place.user_id, 0), default=None)
    return least.user if least else None


def deal(item: ReviewItem, now: datetime) -> None:
    """Give an item of the sample to whose turn it is."""
    who = next_on_duty(now)
    if who is not None:
        ReviewItem.objects.filter(pk=item.pk, assignee=None).update(assignee=who, assigned_at=now)


def draw(workspace: Workspace, day: date, at_least: int) -> list[Turn]:
    """Return the turns that bring a day's sample to its least number; once for each day.

    Part of the caller's transaction, which queues them.
    """
    known, is_first = DailySample.objects.get_or_create(workspace=workspace, day=day)
    if not is_first:
        return []
    chosen = _chosen(workspace, day, at_least)
    known.drawn = len(chosen)
    known.save(update_fields=["drawn"])
    return chosen


def _chosen(workspace: Workspace, day: date, at_least: int) -> list[Turn]:
    begins = timezone.make_aware(datetime.combine(day, datetime.min.time()))
    asked = Turn.objects.filter(
        conversation__workspace=workspace,
        conversation__deleted_at=None,
        created_at__gte=begins,
        created_at__lt=begins + timedelta(days=1),
    )
    sampled = asked.filter(review_item__reason=ReviewItem.Reason.SAMPLED).count()
    rest = asked.filter(state=Turn.State.ANSWERED, review_item=None).exclude(outcome="smalltalk")
    keys = list(rest.order_by("-created_at").values_list("pk", flat=True)[:POOL])
    keys.sort(key=lambda key: hashlib.sha256(f"{day}:{key}".encode()).digest())
    chosen = keys[: max(0, at_least - sampled)]
    return list(Turn.objects.filter(pk__in=chosen).select_related("conversation__workspace"))
