"""What staff decide about a gap: draft an article, put it off, dismiss it, open it again."""

from __future__ import annotations

from datetime import date

import numpy as np
from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone
from django.utils.text import slugify

from supportapp.answering import drafting
from supportapp.gaps import clustering
from supportapp.gaps.models import AskedQuestion, Gap
from supportapp.knowledge import publishing
from supportapp.knowledge.models import Article
from supportapp.knowledge.values import ArticleText
from supportapp.retrieval import sentences
from supportapp.review.models import Annotation

State = Gap.State
MOST_QUESTIONS = 12
# Of a gap with more questions, the latest say what it is about.
LATEST = 300
LONGEST_SLUG = 80


def draft(gap: Gap, author: User) -> Article:
    """Return the article drafted for a gap; the first time, it is drafted now.

    A model is asked outside the transaction; of two clicks at once one draft remains.
    """
    gap.refresh_from_db()
    if gap.article is not None:
        return gap.article
    rows = typical(gap, MOST_QUESTIONS)
    questions = [row.turn.question for row in rows]
    drafted = drafting.draft(gap.workspace_id, questions, _material(rows))
    title = drafted.title if drafted.how == drafting.How.MODEL else gap.name
    language = sentences.language_of(" ".join(questions)) or "en"
    text = ArticleText(
        title=title[:200], body=drafted.body, language=language, note=f"Drafted from gap {gap.pk}"
    )
    with transaction.atomic():
        held = Gap.objects.select_for_update().get(pk=gap.pk)
        if held.article is None:
            held.article = publishing.create(gap.workspace, _slug(gap, title), text, author=author)
            held.save(update_fields=["article"])
    return held.article


def dismiss(gap: Gap, by: User, note: str = "") -> None:
    """Say that no article shall answer this; more questions of its kind don't open it again."""
    _decide(gap, by, state=State.DISMISSED, note=note[:300], snoozed_until=None)


def snooze(gap: Gap, by: User, until: date, note: str = "") -> None:
    """Put a gap off until a day."""
    _decide(gap, by, state=State.SNOOZED, note=note[:300], snoozed_until=until)


def reopen(gap: Gap, by: User) -> None:
    """Let a gap wait again."""
    _decide(gap, by, state=State.OPEN, snoozed_until=None, solved_by=None)


def rename(gap: Gap, name: str) -> None:
    """Give a gap staff's own name, which stays."""
    Gap.objects.filter(pk=gap.pk).update(name=name[:120], named_by="staff")


def typical(gap: Gap, most: int) -> list[AskedQuestion]:
    """Return a gap's most typical questions, each wording once."""
    rows = list(
        gap.asked_questions.filter(turn__conversation__deleted_at=None)
        .select_related("turn__conversation")
        .order_by("-asked_at")[:LATEST]
    )
    if not rows:
        return []
    order = clustering.most_typical(np.array([row.vector for row in rows], dtype=np.float32))
    wordings: dict[str, AskedQuestion] = {}
    for place in order:
        wordings.setdefault(" ".join(rows[place].turn.question.lower().split()), rows[place])
    return list(wordings.values())[:most]


def _material(rows: list[AskedQuestion]) -> str:
    """Return what people wrote about these questions: reviewers' notes. It may be nothing."""
    notes = Annotation.objects.standing().filter(item__turn__in=[row.turn_id for row in rows])
    return "\n\n".join(note for note in notes.values_list("note", flat=True) if note.strip())


def _slug(gap: Gap, title: str) -> str:
    wanted = slugify(title)[:LONGEST_SLUG].strip("-") or f"gap-{gap.pk}"
    taken = Article.objects.filter(workspace=gap.workspace, slug=wanted).exists()
    return f"{wanted}-{gap.pk}" if taken else wanted


def _decide(gap: Gap, by: User, **values: object) -> None:
    Gap.objects.filter(pk=gap.pk).update(decided_by=by, decided_at=timezone.now(), **values)
