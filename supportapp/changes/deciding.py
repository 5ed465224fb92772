"""What is decided about a change: publish it, hold it, ask a second person, give it up.

Golden examples that break keep a draft from being published, unless somebody says why it is right
all the same; that reason is kept.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from supportapp.changes import opening
from supportapp.changes.models import ArticleChange, Replay
from supportapp.knowledge import publishing
from supportapp.knowledge.models import Article
from supportapp.knowledge.values import Publication

State = ArticleChange.State
OVERRIDE = "changes.override_articlechange"
AT_ONCE = "changes.publish_at_once"


class NotNow(Exception):
    """It can't be done as things are; the message says why, for staff."""


@dataclass(frozen=True, slots=True)
class Standing:
    """What counts for the decision: how many examples break, how many couldn't be answered."""

    is_stale: bool
    breaks: int
    unanswered: int

    @property
    def is_blocked(self) -> bool:
        return bool(self.breaks or self.unanswered)


def standing(change: ArticleChange) -> Standing:
    """Return how a change stands now."""
    golden = change.replays.filter(attempt=change.attempt, source=Replay.Source.EXAMPLE)
    return Standing(
        is_stale=opening.is_stale(change),
        breaks=golden.filter(is_break=True).count(),
        unanswered=golden.filter(verdict=Replay.Verdict.FAILED).count(),
    )


def publish(change: ArticleChange, by: User, *, override_reason: str = "") -> Publication:
    """Publish the draft that was replayed. Raises NotNow, and KnowledgeError."""
    with _held(change) as held:
        if held.state not in (State.READY, State.HELD):
            raise NotNow("It isn't replayed yet.")
        now = standing(held)
        if now.is_stale:
            raise NotNow("The article was changed after it was replayed. Replay it again.")
        if held.reviewer_id not in (None, by.pk):
            raise NotNow(f"This waits for {held.reviewer}.")
        reason = override_reason.strip()
        if now.is_blocked:
            if not reason:
                raise NotNow("Golden examples break. Say why it is right all the same.")
            if not by.has_perm(OVERRIDE):
                raise NotNow("Golden examples break, and you may not publish all the same.")
        done = _published(held, by)
        held.override_reason = reason if now.is_blocked else ""
        held.save()
    change.refresh_from_db()
    return done


def publish_at_once(change: ArticleChange, by: User, *, reason: str) -> Publication:
    """Publish the article's draft as it is, replayed or not; it is kept who did, and why."""
    if not by.has_perm(AT_ONCE):
        raise NotNow("You may not publish without a replay.")
    with _held(change) as held:
        if not held.is_under_way:
            raise NotNow("This change is decided already.")
        done = _published(held, by)
        held.is_at_once = True
        held.override_reason = reason.strip()
        held.save()
    change.refresh_from_db()
    return done


def _published(held: ArticleChange, by: User) -> Publication:
    article = Article.objects.select_related("draft").get(pk=held.article_id)
    if article.draft is None:
        raise NotNow("There is no draft any more.")
    # The draft keeps its writer's name; who decided stands in the change.
    done = publishing.publish(article.draft, author=None if article.draft.author_id else by)
    held.draft, held.state, held.stage, held.message = done.revision, State.PUBLISHED, "", ""
    held.decided_by, held.decided_at = by, timezone.now()
    return done


def hold(change: ArticleChange, by: User) -> None:
    """Put it aside for now; the draft stays. Raises NotNow."""
    _decide(change, Q(state__in=[State.READY, State.OPEN]), State.HELD, by)


def take_up(change: ArticleChange) -> None:
    """Go on with what was held. Raises NotNow."""
    replayed = State.READY if change.attempt and change.total == change.done else State.OPEN
    _decide(change, Q(state=State.HELD), replayed, None)


def give_up(change: ArticleChange, by: User) -> None:
    """End the change; the draft stays where it is. Raises NotNow."""
    _decide(change, Q(state__in=ArticleChange.UNDER_WAY), State.CANCELLED, by)


def send_to(change: ArticleChange, reviewer: User, by: User) -> None:
    """Have a second person decide, who wrote no word of it. Raises NotNow."""
    writers = {change.author_id, change.draft.author_id if change.draft else None}
    if reviewer.pk in writers:
        raise NotNow("Whoever wrote it can't be the second person.")
    if not reviewer.has_perm("knowledge.publish_article"):
        raise NotNow(f"{reviewer} may not publish.")
    sent = ArticleChange.objects.filter(
        pk=change.pk, state__in=[State.READY, State.HELD, State.REPLAYING]
    ).update(reviewer=reviewer, updated_at=timezone.now())
    if not sent:
        raise NotNow("Replay it first, so that there is something to look at.")
    change.refresh_from_db()


@contextmanager
def _held(change: ArticleChange) -> Iterator[ArticleChange]:
    """Hold the article, then the change: nobody edits the draft between the check and the deed."""
    with transaction.atomic():
        Article.objects.select_for_update().get(pk=change.article_id)
        yield ArticleChange.objects.select_for_update(of=("self",)).get(pk=change.pk)


def _decide(change: ArticleChange, wanted: Q, state: str, by: User | None) -> None:
    decided = ArticleChange.objects.filter(wanted, pk=change.pk).update(
        state=state,
        stage="",
        decided_by=by,
        decided_at=timezone.now() if by else None,
        updated_at=timezone.now(),
    )
    if not decided:
        raise NotNow("Somebody decided otherwise meanwhile.")
    change.refresh_from_db()
