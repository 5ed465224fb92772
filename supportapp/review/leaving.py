"""Who left after an answer without a sign: found out by the clock, a while later."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Exists, OuterRef, QuerySet

from supportapp.conversations.models import Handoff, Turn
from supportapp.review import intake
from supportapp.review.models import Feedback, Signal

QUIET = timedelta(minutes=30)
# The clock may have stood still; what is older than this nobody learns from any more.
OLDEST = timedelta(days=1)
AT_ONCE = 500
Kind = Signal.Kind
# After one of these a silence says nothing new.
SPOKEN = (Kind.COPIED, Kind.SOLVED, Kind.FOLLOWED_CITATION, Kind.ASKED_PERSON, Kind.LEFT)


def find(now: datetime) -> int:
    """Note the sign on each conversation's last answer; doing it again changes nothing."""
    left = list(_last_answers(now).values_list("pk", flat=True)[:AT_ONCE])
    for turn_id in left:
        _note(turn_id)
    return len(left)


def _note(turn_id: UUID) -> None:
    intake.record_signal(turn_id, Kind.LEFT, intake.sign_id(Kind.LEFT, turn_id))


def _last_answers(now: datetime) -> QuerySet[Turn]:
    later = Turn.objects.filter(
        conversation=OuterRef("conversation"), created_at__gt=OuterRef("created_at")
    )
    signs = Signal.objects.filter(turn=OuterRef("pk"), kind__in=SPOKEN)
    return Turn.objects.filter(
        ~Exists(later),
        ~Exists(signs),
        ~Exists(Feedback.objects.filter(turn=OuterRef("pk"))),
        ~Exists(Handoff.objects.filter(conversation=OuterRef("conversation"))),
        state=Turn.State.ANSWERED,
        outcome__in=["answered", "no_evidence"],
        created_at__gte=now - OLDEST,
        finished_at__lt=now - QUIET,
        conversation__deleted_at=None,
    ).order_by("created_at")
