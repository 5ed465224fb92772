"""A change and a recall as their pages show them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import User
from django.db.models import Q, QuerySet
from django.utils.safestring import SafeString

from supportapp.changes import deciding
from supportapp.changes.deciding import Standing
from supportapp.changes.models import ArticleChange, Replay
from supportapp.changes.recalling import shown
from supportapp.evals.models import Example
from supportapp.evals.scorers.catalogue import SCORERS
from supportapp.knowledge import diffing
from supportapp.knowledge.diffing import Diff
from supportapp.knowledge.models import Article
from supportapp.knowledge.rendering import to_html
from supportapp.knowledge.values import ArticleText

Verdict = Replay.Verdict
# What needs eyes first stands first.
ORDER = (
    Verdict.WORSE,
    Verdict.FAILED,
    Verdict.CHANGED,
    Verdict.BETTER,
    Verdict.UNCHANGED,
    Verdict.WAITING,
)
BADGES = {
    Verdict.BETTER: "ok",
    Verdict.WORSE: "danger",
    Verdict.CHANGED: "warning",
    Verdict.FAILED: "danger",
}
OUTCOMES = {
    "no_evidence": "Says that it doesn’t know",
    "blocked": "Declined by a guard",
    "smalltalk": "Small talk",
}
MOVED = 0.005


@dataclass(frozen=True, slots=True)
class Move:
    """One scorer's word on both answers."""

    title: str
    before: float | None
    after: float | None
    note: str

    @property
    def rose(self) -> bool:
        return (self.after or 0.0) > (self.before or 0.0)


@dataclass(frozen=True, slots=True)
class ShownSide:
    """One of the two answers."""

    html: SafeString
    outcome: str
    sources: tuple[str, ...]
    error: str


@dataclass(frozen=True, slots=True)
class ShownReplay:
    """One question with both answers, what differs word by word, and the scores that moved."""

    replay: Replay
    question: str
    badge: str
    before: ShownSide
    after: ShownSide
    difference: SafeString
    moves: tuple[Move, ...]


@dataclass(frozen=True, slots=True)
class ChangeView:
    """Everything that a decision needs."""

    change: ArticleChange
    article: Article
    standing: Standing
    text: Diff | None
    replays: tuple[ShownReplay, ...]
    counts: tuple[tuple[str, str, int], ...]
    percent: int


def change_view(change: ArticleChange, verdict: str = "") -> ChangeView:
    """Gather a change; with a verdict, only the replays that have it."""
    article = Article.objects.select_related("draft", "published", "workspace").get(
        pk=change.article_id
    )
    rows = _replays(change)
    counted = Counter(each.verdict for each in rows)
    chosen = [each for each in rows if not verdict or each.verdict == verdict]
    chosen.sort(key=lambda each: (not each.is_break, ORDER.index(each.verdict), each.position))
    examples = Example.objects.in_bulk([each.example for each in rows if each.example])
    return ChangeView(
        change=change,
        article=article,
        standing=deciding.standing(change),
        text=_text(change, article),
        replays=tuple(_shown(each, examples) for each in chosen if each.verdict),
        counts=tuple(
            (each.value, str(each.label), counted[each.value])
            for each in ORDER
            if each and counted[each.value]
        ),
        percent=round(100 * change.done / change.total) if change.total else 0,
    )


def _replays(change: ArticleChange) -> list[Replay]:
    """Return the replays; a deleted conversation's question is shown to nobody."""
    there = Q(turn=None) | Q(turn__conversation__deleted_at=None)
    found = change.replays.filter(there, attempt=change.attempt)
    return list(found.select_related("turn"))


def _text(change: ArticleChange, article: Article) -> Diff | None:
    """Return what the draft, or the revision that was published, says anew."""
    after = article.draft if change.is_under_way else change.draft
    if after is None:
        return None
    before = article.published if change.is_under_way else change.base
    return diffing.diff(
        ArticleText.of(before) if before is not None else ArticleText("", ""),
        ArticleText.of(after),
    )


def _shown(replay: Replay, examples: Mapping[int, Example]) -> ShownReplay:
    example = examples.get(replay.example or 0)
    question = replay.turn.question if replay.turn else example.question if example else ""
    before, after = replay.before, replay.after
    return ShownReplay(
        replay=replay,
        question=question,
        badge=BADGES.get(Verdict(replay.verdict), ""),
        before=_side(before),
        after=_side(after),
        difference=_difference(replay),
        moves=tuple(_moves(before, after)),
    )


def _difference(replay: Replay) -> SafeString:
    if replay.verdict == Verdict.UNCHANGED:
        return SafeString("")
    before, after = (ArticleText("", _words(each)) for each in (replay.before, replay.after))
    found = diffing.diff(before, after)
    return SafeString("") if found.is_empty else found.html


def _side(side: Mapping[str, Any]) -> ShownSide:
    sources = [
        " › ".join([each["title"], *each["headings"]]) + (" (draft)" if each["is_draft"] else "")
        for each in side.get("citations", ())
    ]
    return ShownSide(
        html=to_html(shown(side.get("text", ""))),
        outcome=OUTCOMES.get(side.get("outcome", ""), ""),
        sources=tuple(dict.fromkeys(sources)),
        error=side.get("error", ""),
    )


def _words(side: Mapping[str, Any]) -> str:
    return shown(side.get("text", ""))


def _moves(before: Mapping[str, Any], after: Mapping[str, Any]) -> Sequence[Move]:
    one, other = before.get("scores", {}), after.get("scores", {})
    then, notes = before.get("notes", {}), after.get("notes", {})
    names = [name for name in SCORERS if name in one or name in other]
    return [
        Move(
            SCORERS[name].title,
            one.get(name),
            other.get(name),
            notes.get(name) or (f"was: {then[name]}" if then.get(name) else ""),
        )
        for name in names
        if name not in one or name not in other or abs(one[name] - other[name]) > MOVED
    ]


def reviewers(change: ArticleChange) -> QuerySet[User]:
    """Return who could be the second person: they may publish, and wrote none of it."""
    writers = [change.author_id, change.draft.author_id if change.draft else None]
    may = Q(is_superuser=True)
    for through in ("user_permissions", "groups__permissions"):
        may |= Q(
            **{
                f"{through}__codename": "publish_article",
                f"{through}__content_type__app_label": "knowledge",
            }
        )
    people = User.objects.filter(may, is_active=True, is_staff=True)
    return people.exclude(pk__in=[pk for pk in writers if pk]).distinct().order_by("username")
