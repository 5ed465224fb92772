"""What lies before a reviewer: the item, what waits, how far the day's work is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.contrib.auth.models import User
from django.http import QueryDict
from django.utils.http import urlencode

from supportapp import row_numbers
from supportapp.knowledge.models import Workspace
from supportapp.review import approving, consequences, decisions, golden, handoffs, queue, telling
from supportapp.review.aliases import articles_of
from supportapp.review.models import Annotation, Consequence, ReviewItem
from supportapp.review.queue import Filter, List
from supportapp.review.showing import KEYS, QUESTION_KEYS, ItemView, item_view

LISTED = 30
BACKEND = "django.contrib.auth.backends.ModelBackend"
# One that is loaded ahead is nobody else's for a moment only.
AHEAD = timedelta(minutes=2)


@dataclass(frozen=True, slots=True)
class Done:
    """A verdict that was just stored, and what may follow from it."""

    annotation: Annotation
    done_about: list[Consequence]
    offers: list[consequences.Offer]


def filter_of(given: QueryDict) -> Filter:
    """Read a filter from an address; what no page of ours asks for is left out."""
    reason, which = given.get("reason", ""), given.get("list", "")
    return Filter(
        reason=reason if reason in ReviewItem.Reason.values else "",
        list=which if which in List.EVERY else List.WAITING,
        workspace=row_numbers.parse(given.get("workspace", "")),
    )


def query_of(wanted: Filter) -> str:
    """Return a filter as addresses carry it, with its question mark; empty for everything."""
    named = {"reason": wanted.reason, "list": wanted.list, "workspace": wanted.workspace}
    asked = urlencode({name: value for name, value in named.items() if value})
    return f"?{asked}" if asked else ""


def item_context(item: ReviewItem | None, reviewer: User, now: datetime) -> dict[str, object]:
    """Return what one item's card needs."""
    if item is None:
        return {"view": None}
    view = item_view(item, reviewer)
    card: dict[str, object] = {
        "view": view,
        "held_by": queue.holder(item, reviewer, now),
        "keys": KEYS,
        "questions": QUESTION_KEYS,
        "colleagues": colleagues() if view.is_open else (),
    }
    return card | (follow_ups(view) if view.mine is not None or not view.is_open else {})


def follow_ups(view: ItemView) -> dict[str, object]:
    """Return what may be done about a judged item, with its forms filled in."""
    offers = consequences.offered(
        view.item, view.verdict, view.reviewer, is_approvable=approving.is_approvable(view.turn)
    )
    forms = {offer.kind for offer in offers if offer.has_form}
    return {
        "offers": offers,
        "done_about": view.consequences,
        "articles": articles_of(view.turn)
        if forms & {Consequence.Kind.ALIAS, Consequence.Kind.GOLDEN}
        else (),
        "may_alias": Consequence.Kind.ALIAS in forms,
        "proposed": golden.propose(view.turn, view.verdict)
        if Consequence.Kind.GOLDEN in forms
        else None,
        "news": telling.proposed(view.item) if Consequence.Kind.TOLD in forms else "",
    }


def done_context(stored: Annotation | decisions.Taken | None, reviewer: User) -> dict[str, object]:
    """Return what the line above the item says of the verdict before."""
    if isinstance(stored, decisions.Taken):
        return {"taken": stored}
    if stored is None:
        return {}
    item = stored.item
    offers = consequences.offered(
        item, stored.verdict, reviewer, is_approvable=approving.is_approvable(item.turn)
    )
    return {"done": Done(stored, consequences.live(item), offers)}


def around(reviewer: User, wanted: Filter, now: datetime) -> dict[str, object]:
    """Return what stands around the item: progress, filters, what waits."""
    return {
        "progress": queue.progress(reviewer, now),
        "waiting": queue.shown(queue.listed(reviewer, wanted), LISTED),
        "wanted": wanted,
        "query": query_of(wanted),
        "reasons": ReviewItem.Reason.choices,
        "workspaces": list(Workspace.objects.order_by("name")[:50]),
        "now": now,
        "open_requests": handoffs.open_count(),
        "may_settle": reviewer.has_perm("review.settle_reviewitem"),
    }


def colleagues() -> list[User]:
    """Return who may be given work."""
    found = User.objects.with_perm(
        "review.add_annotation", backend=BACKEND, include_superusers=True
    )
    return list(found.filter(is_staff=True, is_active=True).order_by("username")[:50])
