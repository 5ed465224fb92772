"""Erase one person, or what is past its time: rows, and all that hangs on them.

Erasing again finds nothing and is no error. Search engines' caches, backups and the models of
others are out of our reach: docs/operations.md says what to do about backups.
"""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Q, QuerySet

from supportapp.audit import trail
from supportapp.audit.trail import Action
from supportapp.conversations.models import Conversation, Turn
from supportapp.privacy.people import Person
from supportapp.privacy.places import Holds, Past, Place, loose

BATCH = 100


@transaction.atomic
def erase(person: Person, by: User | None = None) -> dict[str, int]:
    """Delete all of a person's rows and their account, unless it is staff's; returns the counts."""
    counted: Counter[str] = Counter()
    conversations = person.conversations.select_for_update()
    turns = [*Turn.objects.filter(conversation__in=conversations).values_list("pk", flat=True)]
    for _, found in loose(turns, [*person.visitors]):
        counted.update(_delete(found))
    counted.update(_delete(person.conversations))
    if person.account is not None and not person.account.is_staff:
        counted.update(_delete(User.objects.filter(pk=person.account.pk)))
    trail.note(Action.ERASED, actor=by, rows=sum(counted.values()))
    return dict(counted)


def purge(now: datetime) -> int:
    """Delete conversations past RETENTION_DAYS, and deleted ones past DELETED_DAYS; count them.

    Figures of finished weeks (digests), costs by day and what people took over stay.
    """
    purged = 0
    while batch := [*_past(now).order_by("pk").values_list("pk", flat=True)[:BATCH]]:
        with transaction.atomic():
            locked = Conversation.objects.filter(pk__in=batch).select_for_update(skip_locked=True)
            chosen = [each.pk for each in locked]
            if not chosen:
                break
            _let_go(chosen)
            trail.note(Action.PURGED, conversations=len(chosen))
        purged += len(chosen)
    return purged


def _past(now: datetime) -> QuerySet[Conversation]:
    past = Q(deleted_at__lt=now - timedelta(days=settings.DELETED_DAYS))
    if settings.RETENTION_DAYS:
        past |= Q(updated_at__lt=now - timedelta(days=settings.RETENTION_DAYS))
    return Conversation.objects.filter(past)


def _let_go(chosen: list[UUID]) -> None:
    turns = [*Turn.objects.filter(conversation__in=chosen).values_list("pk", flat=True)]
    for place, found in loose(turns, []):
        if place.holds != Holds.VISITOR:
            _pass(place, found)
    Conversation.objects.filter(pk__in=chosen).delete()


def _pass(place: Place, found: QuerySet) -> None:  # type: ignore[type-arg] # of any model
    if place.past == Past.STAYS:
        found.update(**{place.column: None})
    else:
        found.delete()


def _delete(rows: QuerySet) -> dict[str, int]:  # type: ignore[type-arg] # of any model
    return {label: count for label, count in rows.delete()[1].items() if count}
