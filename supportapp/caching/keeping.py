"""Remember answers, let people approve them, and forget."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date, timedelta
from uuid import UUID

from django.conf import settings
from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone

from supportapp.caching import knobs, lookup, reading
from supportapp.caching.models import RememberedAnswer, RememberedPassage, ShadowAnswer
from supportapp.caching.reading import Read
from supportapp.caching.values import Approval, ReadPassage, ToRemember
from supportapp.knowledge.models import Passage, Workspace
from supportapp.retrieval.values import Scope

State, Reason = RememberedAnswer.State, RememberedAnswer.Reason
# Unapproved answers go when so many customers wanted another one, and they are this share of hits.
MOST_REGENERATED = 2
MOST_REGENERATED_SHARE = 0.2


class NotApprovable(Exception):
    """An answer that can't be approved; the message says why."""


def remember(given: ToRemember) -> RememberedAnswer | None:
    """Store an answer; None where nothing may be stored, or what it rests on changed meanwhile."""
    query = given.query
    if not knobs.of(query.scope.workspace_id).is_on or not given.passages:
        return None
    read = reading.read(query.question, query.scope.workspace_id, query.language)
    if read is None:
        return None
    with transaction.atomic():
        generation = _generation(query.scope.workspace_id)
        live = _live(given.passages, query.scope)
        if generation != given.generation or len(live) != len(given.passages):
            return None
        kept = RememberedAnswer.objects.create(
            workspace_id=query.scope.workspace_id,
            audiences=sorted(query.scope.audiences),
            language=query.language,
            recipe=query.recipe,
            answer=given.answer,
            kind=given.kind,
            model=given.model,
            prompt=given.prompt,
            suggestions=list(given.suggestions),
            confidence=given.confidence,
            milliseconds=given.milliseconds,
            generation=generation,
            passage_count=len(given.passages),
            source_turn=given.turn,
            **_as_stored(read),
        )
        _rest(kept, given.passages, live)
        _replace(kept)
    lookup.forget_counts(query.scope.workspace_id)
    return kept


def approve(given: Approval, by: User) -> RememberedAnswer:
    """Store a person's answer to a question; served before all others. Raises NotApprovable."""
    read = reading.read(given.question, given.scope.workspace_id, given.language)
    if read is None:
        raise NotApprovable("The question can't be embedded now. Try again in a minute.")
    if not any(each.number for each in given.passages):
        raise NotApprovable("It cites no passage, so nobody would notice when it becomes wrong.")
    with transaction.atomic():
        live = _live(given.passages, given.scope)
        if len(live) != len(given.passages):
            raise NotApprovable("A passage that it rests on has changed. Ask the question again.")
        kept = RememberedAnswer.objects.create(
            workspace_id=given.scope.workspace_id,
            audiences=sorted(given.scope.audiences),
            language=given.language,
            answer=given.answer,
            kind=given.kind,
            generation=_generation(given.scope.workspace_id),
            passage_count=len(given.passages),
            source_turn=given.turn,
            approved_by=by,
            approved_at=timezone.now(),
            review_by=given.review_by or default_review(),
            **_as_stored(read),
        )
        _rest(kept, given.passages, live)
        _replace(kept)
    lookup.forget_counts(given.scope.workspace_id)
    return kept


def default_review() -> date:
    """Return until when an approval counts where nobody said."""
    return timezone.localdate() + timedelta(days=settings.CACHE_REVIEW_DAYS)


def revise(kept: RememberedAnswer, *, question: str, answer: str, review_by: date | None) -> None:
    """Store what staff changed; the question is read anew. Raises NotApprovable."""
    read = reading.read(question, kept.workspace_id, kept.language)
    if read is None:
        raise NotApprovable("The question can't be embedded now. Try again in a minute.")
    RememberedAnswer.objects.filter(pk=kept.pk).update(
        **_as_stored(read), answer=answer, review_by=review_by, updated_at=timezone.now()
    )
    lookup.forget_counts(kept.workspace_id)


def renew(kept: RememberedAnswer, by: User) -> bool:
    """Let a stale or lapsed approval count again; False where a passage of it is gone."""
    with transaction.atomic():
        scope = Scope(kept.workspace_id, frozenset(kept.audiences))
        held = [ReadPassage(each.passage_id) for each in kept.passages.all()]
        if len(_live(held, scope)) != kept.passage_count:
            return False
        RememberedAnswer.objects.filter(pk=kept.pk).update(
            state=State.LIVE,
            reason="",
            generation=_generation(kept.workspace_id),
            approved_by=by,
            approved_at=timezone.now(),
            review_by=default_review(),
        )
    return True


def retire(rows: QuerySet[RememberedAnswer], reason: str) -> int:
    """Take answers out of use; approved ones only where staff say so."""
    if reason != Reason.BY_STAFF:
        rows.filter(approved_at__isnull=False, state=State.LIVE).update(
            state=State.STALE, reason=reason, updated_at=timezone.now()
        )
        rows = rows.filter(approved_at__isnull=True)
    return rows.exclude(state=State.RETIRED).update(
        state=State.RETIRED, reason=reason, updated_at=timezone.now()
    )


def doubt(turns: Collection[UUID], served: Collection[int]) -> int:
    """Retire what was made from these turns or served in them, for a customer rated it down.

    What a person approved stands until a person says otherwise: a reviewer sees the turn.
    """
    rows = RememberedAnswer.objects.filter(Q(source_turn__in=turns) | Q(pk__in=served))
    return retire(rows.filter(approved_at__isnull=True), Reason.RATED_DOWN)


def passed_over(remembered_id: int) -> None:
    """Note that a customer wanted another answer than this one."""
    rows = RememberedAnswer.objects.filter(pk=remembered_id)
    rows.update(regenerated=F("regenerated") + 1)
    often = rows.filter(
        Q(regenerated__gte=MOST_REGENERATED)
        & Q(regenerated__gte=F("served") * MOST_REGENERATED_SHARE)
    )
    retire(often, Reason.REGENERATED)


def forget(turns: Collection[UUID]) -> int:
    """Delete what was remembered from turns that their customer deleted; approved ones stay.

    What was compared for these turns holds their customer's words, too.
    """
    ShadowAnswer.objects.filter(turn__in=turns).delete()
    rows = RememberedAnswer.objects.filter(source_turn__in=turns)
    rows.filter(approved_at__isnull=False).update(source_turn=None)
    return rows.filter(approved_at__isnull=True).delete()[0]


def _as_stored(read: Read) -> dict[str, object]:
    return {
        "question": read.text,
        "words": sorted(read.wording.words),
        "vector": read.vector,
        "embedding_model_id": read.model_id,
    }


def _generation(workspace_id: int) -> int:
    return Workspace.objects.values_list("generation", flat=True).get(pk=workspace_id)


def _live(passages: Sequence[ReadPassage], scope: Scope) -> dict[int, int]:
    """Return the passages that may be read now, with the generations that published them."""
    rows = Passage.objects.filter(
        pk__in=[each.passage_id for each in passages],
        workspace=scope.workspace_id,
        audience__in=scope.audiences,
        generation_removed=None,
    )
    return dict(rows.values_list("pk", "generation_added"))


def _rest(
    kept: RememberedAnswer, passages: Sequence[ReadPassage], generations: dict[int, int]
) -> None:
    RememberedPassage.objects.bulk_create(
        RememberedPassage(
            remembered=kept,
            passage_id=each.passage_id,
            generation=generations[each.passage_id],
            number=each.number,
            quote=each.quote,
        )
        for each in passages
    )


def _replace(kept: RememberedAnswer) -> None:
    """Retire older answers to the very same question, approved ones only by approved ones."""
    older = RememberedAnswer.objects.filter(
        workspace=kept.workspace_id,
        language=kept.language,
        audiences=kept.audiences,
        question=kept.question,
        state=State.LIVE,
    ).exclude(pk=kept.pk)
    if not kept.is_approved:
        older = older.filter(approved_at__isnull=True, recipe=kept.recipe)
    older.update(state=State.RETIRED, reason=Reason.REPLACED, updated_at=timezone.now())
