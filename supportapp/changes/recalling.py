"""Who got an answer that turned out wrong, what they had been told, and what they are told now.

A recall begins with one answer (from its label or receipt) or with a revision. What it is about
are passages: everyone whose answer cites one of them, or the same words in another revision of the
article, got an answer resting on it. Conversations that their customer deleted are left out.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from supportapp.caching.models import RememberedAnswer
from supportapp.changes.models import Recall
from supportapp.conversations import mailing
from supportapp.conversations.models import Citation, Conversation, Turn
from supportapp.evals.models import Example
from supportapp.knowledge.models import Article, Passage, Revision, Workspace
from supportapp.retrieval import sentences
from supportapp.review.models import ReviewItem

TO_WRITE = "[what is right]"
LONGEST_DRAFT = 1500
LOOKED_AT = 5000
SHOWN = 20
_PARAGRAPHS = re.compile(r"\n\s*\n")
_MARKER = re.compile(r" ?\[\d{1,3}\]")


@dataclass(frozen=True, slots=True)
class Basis:
    """A passage that the recall may be about, and how many answers rest on it."""

    passage: Passage
    answers: int
    is_chosen: bool
    is_live: bool


@dataclass(frozen=True, slots=True)
class Told:
    """Something that customers were told, how many of them, and after which question."""

    question: str
    answer: str
    conversations: int


@dataclass(frozen=True, slots=True)
class Preview:
    """Who would be told."""

    conversations: int
    answers: int
    mailed: int
    deleted: int
    told: tuple[Told, ...]
    more: int


def begin(
    author: User,
    *,
    item: ReviewItem | None = None,
    turn: Turn | None = None,
    revision: Revision | None = None,
) -> Recall:
    """Prepare a recall; the one that is being prepared for the same is returned."""
    turn = turn or (item.turn if item is not None else None)
    known = Recall.objects.filter(turn=turn, revision=revision, state=Recall.State.DRAFT).first()
    if known is not None:
        return known
    with transaction.atomic():
        recall = Recall.objects.create(
            workspace=_workspace(turn, revision),
            item=item,
            turn=turn,
            revision=revision,
            author=author,
        )
        recall.passages.set(_begun_with(turn, revision))
        recall.text = drafted(recall)
        recall.save(update_fields=["text"])
    return recall


def _workspace(turn: Turn | None, revision: Revision | None) -> Workspace:
    if revision is not None:
        return revision.article.workspace
    assert turn is not None
    return turn.conversation.workspace


def _begun_with(turn: Turn | None, revision: Revision | None) -> QuerySet[Passage]:
    if revision is not None:
        return Passage.objects.filter(revision=revision, citations__isnull=False).distinct()
    return Passage.objects.filter(citations__turn=turn).distinct()


def basis(recall: Recall) -> list[Basis]:
    """Return the passages that staff choose from."""
    chosen = set(recall.passages.values_list("pk", flat=True))
    begun = set(_begun_with(recall.turn, recall.revision).values_list("pk", flat=True))
    offered = Passage.objects.filter(pk__in=begun | chosen)
    found = []
    for passage in offered.select_related("revision", "article").order_by("revision", "position"):
        cited = Citation.objects.filter(_same([passage]), turn__conversation__deleted_at=None)
        found.append(
            Basis(
                passage,
                cited.values("turn").distinct().count(),
                passage.pk in chosen,
                _live().filter(_words([passage])).exists(),
            )
        )
    return found


def choose(recall: Recall, passages: Sequence[int]) -> None:
    """Say which passages it is about, of those that are offered."""
    offered = {each.passage.pk for each in basis(recall)}
    recall.passages.set([pk for pk in passages if pk in offered])


def turns(recall: Recall) -> QuerySet[Turn]:
    """Return every answer that rests on it, newest first, of conversations that are still there."""
    return _all_turns(recall).filter(conversation__deleted_at=None).order_by("-created_at")


def _all_turns(recall: Recall) -> QuerySet[Turn]:
    passages = list(recall.passages.all())
    cited = Citation.objects.filter(_same(passages), turn=OuterRef("pk"))
    # The answer that it began with counts, too, where it cites nothing.
    resting = Exists(cited) | Q(pk=recall.turn_id) if recall.turn_id else Q(Exists(cited))
    return Turn.objects.filter(
        resting, conversation__workspace=recall.workspace_id, state=Turn.State.ANSWERED
    )


def _same(passages: Sequence[Passage]) -> Q:
    """Select citations of these passages, or of the same words in the article's other revisions."""
    wanted = Q(pk__in=[])
    for each in passages:
        wanted |= Q(article=each.article_id, passage__text=each.text)
    return wanted


def _words(passages: Sequence[Passage]) -> Q:
    wanted = Q(pk__in=[])
    for each in passages:
        wanted |= Q(article=each.article_id, text=each.text)
    return wanted


def _live() -> QuerySet[Passage]:
    return Passage.objects.filter(generation_removed=None)


def is_live(recall: Recall) -> bool:
    """Say whether answers may still rest on it."""
    return _live().filter(_words(list(recall.passages.all()))).exists()


def untold(recall: Recall) -> QuerySet[Turn]:
    """Return the answers of conversations that aren't told yet."""
    told = recall.corrections.values("conversation")
    return turns(recall).exclude(conversation__in=told)


def preview(recall: Recall, found: QuerySet[Turn]) -> Preview:
    """Count who would be told, and show what they had been told."""
    rows = list(found.values_list("conversation", "question", "answer")[:LOOKED_AT])
    said: Counter[str] = Counter()
    first: dict[str, str] = {}
    for _, question, answer in rows:
        words = shown(answer)
        said[words] += 1
        first.setdefault(words, question)
    conversations = {row[0] for row in rows}
    deleted = _all_turns(recall).exclude(conversation__deleted_at=None)
    return Preview(
        conversations=len(conversations),
        answers=len(rows),
        mailed=_reachable(found) if mailing.is_on() else 0,
        deleted=deleted.values("conversation").distinct().count(),
        told=tuple(Told(first[words], words, count) for words, count in said.most_common(SHOWN)),
        more=max(0, len(said) - SHOWN),
    )


def shown(answer: str) -> str:
    """Return an answer as it was read."""
    return _MARKER.sub("", sentences.plain(answer)).strip()


def _reachable(found: QuerySet[Turn]) -> int:
    asked = Q(handoffs__isnull=False) | (Q(user__is_active=True) & ~Q(user__email=""))
    about = Conversation.objects.filter(asked, pk__in=found.values("conversation"))
    return about.values("pk").distinct().count()


def remembered(recall: Recall) -> QuerySet[RememberedAnswer]:
    """Return the kept answers that rest on it, or were made from one that does."""
    passages = Passage.objects.filter(_words(list(recall.passages.all())))
    return RememberedAnswer.objects.filter(
        Q(passages__passage__in=passages) | Q(source_turn__in=turns(recall).values("pk")),
        workspace=recall.workspace_id,
    ).distinct()


def drafted(recall: Recall) -> str:
    """Return a first wording of the correction, with what is right where that is known."""
    article = _article(recall)
    right = _right(recall, article) or TO_WRITE
    more = f"\n\nYou can read more in “{article.title}”." if article is not None else ""
    return (
        "Our answer to your question wasn’t right. Please don’t rely on it.\n\n"
        f"What is right:\n\n{right}{more}\n\nWe are sorry for the trouble."
    )


def _article(recall: Recall) -> Article | None:
    counted = (
        recall.passages.values("article").annotate(times=Count("pk")).order_by("-times")
    ).first()
    if counted is None:
        return None
    return Article.objects.select_related("published").get(pk=counted["article"])


def _right(recall: Recall, article: Article | None) -> str:
    """Return what a golden example says, else what the article says now and didn't before."""
    if recall.turn_id:
        known = Example.objects.filter(source_turn=recall.turn_id, ended_version=None)
        expected = known.exclude(expected="").values_list("expected", flat=True).first()
        if expected:
            return shown(expected)
    passage = recall.passages.select_related("revision").first()
    now = article.published if article is not None else None
    if passage is None or now is None or now.pk == passage.revision_id:
        return ""
    before = {each.strip() for each in _PARAGRAPHS.split(passage.revision.body)}
    new = [
        each.strip()
        for each in _PARAGRAPHS.split(now.body)
        if each.strip() not in before and not each.lstrip().startswith("#")
    ]
    return "\n\n".join(new)[:LONGEST_DRAFT]
