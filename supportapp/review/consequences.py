"""What follows from a verdict: offered beside it, done on the spot, shown as done, taken back.

Each kind has its verb: golden.py, aliases.py, telling.py and approving.py do theirs; an article is
fixed or drafted in the room of changes, which notes here what came of it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone

from supportapp.caching import keeping
from supportapp.caching.models import RememberedAnswer
from supportapp.evals import datasets
from supportapp.evals.models import Example
from supportapp.review import aliases
from supportapp.review.models import Annotation, Consequence, ReviewItem, TrainingMark

Kind, Verdict = Consequence.Kind, Annotation.Verdict
LONGEST_SUMMARY = 300


@dataclass(frozen=True, slots=True)
class Offer:
    """Something that can be done about an item, and what it takes to be allowed to."""

    kind: str
    label: str
    key: str
    permission: str
    # Needs words first: its form stands on the item's page.
    has_form: bool = False


OFFERS: Mapping[str, Offer] = {
    offer.kind: offer
    for offer in (
        Offer(Kind.FIX, "Fix the article", "f", "knowledge.change_article"),
        Offer(Kind.NEW_ARTICLE, "Draft an article", "r", "knowledge.add_article"),
        Offer(Kind.ALIAS, "Add another name", "l", "knowledge.change_article", has_form=True),
        Offer(Kind.GOLDEN, "Add a golden example", "e", "evals.add_example", has_form=True),
        Offer(Kind.APPROVE, "Approve the answer", "v", "caching.add_rememberedanswer", True),
        Offer(Kind.TRAINING, "Use for training", "y", "review.add_trainingmark"),
        Offer(Kind.TOLD, "Tell the customer", "c", "conversations.add_message", has_form=True),
        Offer(Kind.DISMISS, "Nothing to do", "x", "review.add_annotation"),
    )
}
# What a verdict usually calls for comes first; the rest is there, too.
USUAL: Mapping[str, tuple[str, ...]] = {
    Verdict.GOOD: (Kind.APPROVE, Kind.TRAINING, Kind.GOLDEN),
    Verdict.WRONG: (Kind.FIX, Kind.GOLDEN, Kind.NEW_ARTICLE),
    Verdict.INCOMPLETE: (Kind.FIX, Kind.GOLDEN, Kind.ALIAS),
    Verdict.SHOULD_DECLINE: (Kind.GOLDEN, Kind.FIX, Kind.NEW_ARTICLE),
    Verdict.SHOULD_ANSWER: (Kind.ALIAS, Kind.NEW_ARTICLE, Kind.FIX),
    Verdict.BAD_TONE: (Kind.GOLDEN, Kind.DISMISS),
}


def offered(item: ReviewItem, verdict: str, user: User, *, is_approvable: bool) -> list[Offer]:
    """Return what this person may do about the item, the usual first; nothing that is done."""
    done = {each.kind for each in live(item)}
    usual = USUAL.get(verdict, ())
    order = [*usual, *(kind for kind in OFFERS if kind not in usual)]
    can: dict[str, bool] = {
        Kind.APPROVE: is_approvable,
        Kind.FIX: _names_articles(item),
        Kind.ALIAS: _names_articles(item),
        # Models imitate what is marked.
        Kind.TRAINING: bool(item.turn.answer) and verdict == Verdict.GOOD,
        Kind.DISMISS: not done,
    }
    return [
        OFFERS[kind]
        for kind in order
        if can.get(kind, True)
        and (kind == Kind.ALIAS or kind not in done)
        and user.has_perm(OFFERS[kind].permission)
    ]


def live(item: ReviewItem) -> list[Consequence]:
    """Return what was done about an item and stands."""
    return list(item.consequences.filter(undone_at=None).select_related("actor"))


def note(
    item: ReviewItem,
    kind: str,
    actor: User,
    *,
    key: str = "",
    summary: str = "",
    url: str = "",
    details: Mapping[str, Any] | None = None,
) -> Consequence:
    """Remember that something was done about an item; the same again returns the first.

    Rooms above call it, too: `key` tells several of a kind apart, `url` is where its result is.
    """
    known, _ = Consequence.objects.get_or_create(
        item=item,
        kind=kind,
        key=key,
        undone_at=None,
        defaults={
            "actor": actor,
            "summary": summary[:LONGEST_SUMMARY],
            "url": url,
            "details": dict(details or {}),
        },
    )
    return known


def mark_for_training(item: ReviewItem, actor: User) -> Consequence:
    """Let models learn from the turn."""
    with transaction.atomic():
        TrainingMark.objects.update_or_create(
            turn=item.turn, defaults={"author": actor, "undone_at": None}
        )
        return note(item, Kind.TRAINING, actor)


def dismiss(item: ReviewItem, actor: User) -> Consequence:
    """Note that nothing is to be done."""
    return note(item, Kind.DISMISS, actor)


def undo(consequence: Consequence, now: datetime) -> bool:
    """Take back what can be taken back; False where it can't be, or was already.

    A message that was sent stays sent, and a change of an article is given up on its own page.
    """
    take_back = _UNDO.get(consequence.kind)
    if take_back is None:
        return False
    with transaction.atomic():
        mine = Consequence.objects.filter(pk=consequence.pk, undone_at=None).update(undone_at=now)
        if not mine:
            return False
        take_back(consequence)
    return True


def _names_articles(item: ReviewItem) -> bool:
    return bool(item.turn.closest) or item.turn.citations.exists()


def _unmark(consequence: Consequence) -> None:
    marks = TrainingMark.objects.filter(turn=consequence.item.turn_id)
    marks.update(undone_at=timezone.now())


def _remove_example(consequence: Consequence) -> None:
    example = Example.objects.filter(pk=consequence.details.get("example")).first()
    if example is not None:
        datasets.remove(example)


def _retire(consequence: Consequence) -> None:
    rows = RememberedAnswer.objects.filter(pk=consequence.details.get("remembered"))
    keeping.retire(rows, RememberedAnswer.Reason.BY_STAFF)


def _take_back_alias(consequence: Consequence) -> None:
    aliases.take_back(consequence.details["article"], consequence.details["alias"])


def _nothing(consequence: Consequence) -> None:
    """Nothing was done, so nothing is taken back."""


_UNDO: Mapping[str, Callable[[Consequence], None]] = {
    Kind.TRAINING: _unmark,
    Kind.GOLDEN: _remove_example,
    Kind.APPROVE: _retire,
    Kind.ALIAS: _take_back_alias,
    Kind.DISMISS: _nothing,
}
