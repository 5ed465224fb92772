"""The turns behind a number: the same condition, a page of them, with what staff may open."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Prefetch

from supportapp.conversations.models import Turn
from supportapp.insight import counting, facts
from supportapp.insight.measures import BY_SLUG, ROUTES
from supportapp.insight.models import TurnFact
from supportapp.insight.periods import Choice
from supportapp.review.models import Feedback

PAGE = 50
LONGEST_QUESTION = 160
# A part of a whole: what it is called, and its condition, in which %(key)s is the part.
PARTS = {
    "route": (
        "Answered by",
        f"{BY_SLUG['answered'].condition} AND route = %(key)s",
    ),
    "guard": ("Guard", "%(key)s = ANY(guards)"),
    "topic": (
        "Topic",
        "is_question AND turn_id IN (SELECT a.turn_id FROM gaps_askedquestion a"
        " WHERE a.topic_id::text = %(key)s)",
    ),
    "article": (
        "Cites",
        "is_question AND turn_id IN (SELECT k.turn_id FROM conversations_citation k"
        " WHERE k.article_id::text = %(key)s)",
    ),
}
FATE_NAMES = {
    fate: BY_SLUG[fate].name
    for fate in (
        "confirmed", "settled", "quiet", "handed_over", "came_back", "unhappy", "unanswered",
        "abandoned",
    )
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Row:
    """One turn of a list. `item` is its review, where it has one."""

    turn: UUID
    asked_at: datetime
    question: str
    ending: str
    route: str
    model: str
    prompt: str
    rating: str
    fate: str
    first_word_ms: float | None
    item: int | None


@dataclass(frozen=True, slots=True)
class Listed:
    """A page of the turns behind a number."""

    title: str
    meaning: str
    rows: tuple[Row, ...]
    page: int
    has_more: bool


def listed(
    choice: Choice, now: datetime, *, measure: str, key: str | None = None, page: int = 1
) -> Listed | None:
    """Return a page of turns; None where there is no such number."""
    if measure in BY_SLUG:
        known = BY_SLUG[measure]
        title, meaning, condition, order = known.name, known.meaning, known.condition, known.order
    elif measure in PARTS and key is not None:
        title, condition = PARTS[measure]
        meaning, order = "", "asked_at DESC"
    else:
        return None
    facts.catch_up()
    found = counting.turns(
        choice, now, condition, order, limit=(PAGE + 1, PAGE * (page - 1)), key=key or ""
    )
    rows = _rows(found[:PAGE])
    return Listed(title, meaning, rows, page, len(found) > PAGE)


def _rows(found: list[tuple[UUID, str]]) -> tuple[Row, ...]:
    keys = [key for key, _ in found]
    turns = (
        Turn.objects.filter(pk__in=keys, conversation__deleted_at=None)
        .select_related("review_item")
        .prefetch_related(Prefetch("feedback", Feedback.objects.only("turn_id", "value")))
        .only("id", "question", "review_item__id", "review_item__turn_id")
        .in_bulk()
    )
    known = TurnFact.objects.in_bulk(keys)
    return tuple(
        _row(turns[key], known[key], fate) for key, fate in found if key in turns and key in known
    )


def _row(turn: Turn, fact: TurnFact, fate: str) -> Row:
    said = next(iter(turn.feedback.all()), None)
    question = " ".join(turn.question.split())
    is_long = len(question) > LONGEST_QUESTION
    return Row(
        turn=turn.pk,
        asked_at=fact.asked_at,
        question=f"{question[: LONGEST_QUESTION - 1]}…" if is_long else question,
        ending=str(TurnFact.Ending(fact.ending).label),
        route=ROUTES.get(fact.route, fact.route),
        model=fact.model,
        prompt=fact.prompt,
        rating=said.value if said else "",
        fate=FATE_NAMES.get(fate, ""),
        first_word_ms=fact.first_token_ms,
        item=turn.review_item.pk if hasattr(turn, "review_item") else None,
    )
