"""What leaves the memory by itself: the old, and the unused where there are too many."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Count

from supportapp.caching import keeping
from supportapp.caching.models import RememberedAnswer, ShadowAnswer

State, Reason = RememberedAnswer.State, RememberedAnswer.Reason
# What was retired stays for so long, so that receipts can show what was served.
KEEP_RETIRED = timedelta(days=30)


def tidy(now: datetime) -> int:
    """Retire, then delete what was retired long ago. Returns how many were retired."""
    live = RememberedAnswer.objects.filter(state=State.LIVE, approved_at__isnull=True)
    old = live.filter(created_at__lt=now - timedelta(days=settings.CACHE_DAYS))
    gone = keeping.retire(old, Reason.EXPIRED)
    crowded = (
        live.order_by()
        .values("workspace")
        .annotate(count=Count("pk"))
        .filter(count__gt=settings.CACHE_ENTRIES)
    )
    for each in list(crowded):
        mine = live.filter(workspace=each["workspace"]).order_by("served", "last_served_at", "pk")
        surplus = mine.values_list("pk", flat=True)[: each["count"] - settings.CACHE_ENTRIES]
        rows = RememberedAnswer.objects.filter(pk__in=list(surplus))
        gone += keeping.retire(rows, Reason.CROWDED_OUT)
    forgotten = RememberedAnswer.objects.filter(
        state=State.RETIRED, approved_at__isnull=True, updated_at__lt=now - KEEP_RETIRED
    )
    forgotten.delete()
    stuck = ShadowAnswer.objects.filter(
        state=ShadowAnswer.State.WAITING, created_at__lt=now - timedelta(days=1)
    )
    stuck.update(state=ShadowAnswer.State.FAILED, judged_at=now)
    return gone
