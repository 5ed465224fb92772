"""Publish and ask in turn, in two processes: nothing may be stale after `publish` returned.

Right after publishing, the new passage must be proposed by its words, and what it replaced must be
gone. Then its vector is made, as the worker does at once, and it must be among the evidence.
"""

from __future__ import annotations

import time
from typing import Any

from bench.scale import filling
from bench.scale.asking import answer
from bench.scale.measuring import Asker, milliseconds, percentiles
from bench.scale.others import Other, others
from supportapp.knowledge import embeddings, publishing
from supportapp.knowledge.models import Article, Workspace
from supportapp.knowledge.values import ArticleText

ROUNDS = 1000
ARTICLES = 10
IDLE_ROUNDS = 5
IDLE_SECONDS = 2.0
EMBED_EVERY = 10


def run(size: int, rounds: str = str(ROUNDS)) -> dict[str, Any]:
    """Alternate; every third round takes an article out instead."""
    home, mine = filling.workspace(), Asker()
    log = _Log()
    with others(1, size) as (other,):
        other.tell(warm=20)
        for number in range(int(rounds) + IDLE_ROUNDS):
            is_idle = number >= int(rounds)
            if is_idle:
                time.sleep(IDLE_SECONDS)
            began = time.perf_counter()
            article = _change(home, number)
            log.published.append(milliseconds(began))
            began = time.perf_counter()
            seen = other.tell(text=_question(number))
            (log.idle if is_idle else log.asked).append(milliseconds(began))
            log.check(number, article, seen, "the other process")
            log.check(number, article, answer(mine, _question(number)), "the publishing process")
            if is_idle or number % EMBED_EVERY == 0:
                log.check_evidence(number, article, other, began)
    for article in Article.objects.filter(workspace=home, slug__startswith="fresh-"):
        publishing.archive(article)
    return {"rounds": int(rounds), **log.figures()}


class _Log:
    """What was seen, and how long it took."""

    def __init__(self) -> None:
        self.stale: list[str] = []
        self.published: list[float] = []
        self.asked: list[float] = []
        self.idle: list[float] = []
        self.evident: list[float] = []

    def check(self, number: int, article: Article, seen: dict[str, Any], where: str) -> None:
        """Compare what a process proposes by words with what is live."""
        live = set(article.passages.filter(generation_removed=None).values_list("pk", flat=True))
        ever = set(article.passages.values_list("pk", flat=True))
        if set(seen["by_words"]) & ever != live or set(seen["evidence"]) & ever - live:
            self.stale.append(f"round {number}, {where}")

    def check_evidence(self, number: int, article: Article, other: Other, began: float) -> None:
        """Make the vector; the question must then be answered from the article."""
        if article.published_id is None or article.state != Article.State.PUBLISHED:
            return
        embeddings.embed_revision(article.published_id)
        seen = other.tell(text=_question(number))
        self.evident.append(milliseconds(began))
        if not set(seen["evidence"]) & set(article.passages.values_list("pk", flat=True)):
            self.stale.append(f"round {number}, not among the evidence")

    def figures(self) -> dict[str, Any]:
        """Return the figures of all rounds."""
        return {
            "stale": self.stale,
            "publish": percentiles(self.published),
            "asked_after_publish": percentiles(self.asked),
            "asked_after_idling": percentiles(self.idle),
            "evidence_after_publish": percentiles(self.evident),
        }


def _word(number: int) -> str:
    """Return a word that only this round's article holds."""
    return f"zq{number % ARTICLES}x"


def _question(number: int) -> str:
    return f"How long does the {_word(number)} take?"


def _change(home: Workspace, number: int) -> Article:
    """Publish or archive; return the article as it is now."""
    slug = f"fresh-{number % ARTICLES}"
    article = Article.objects.filter(workspace=home, slug=slug).first()
    if number % 3 == 2 and article is not None:
        return publishing.archive(article)
    body = f"The {_word(number)} takes {number} minutes since {time.time()}."
    text = ArticleText(f"About {_word(number)}", body)
    if article is None:
        article = publishing.create(home, slug, text)
    else:
        publishing.save_draft(article, text)
    article.refresh_from_db()
    assert article.draft is not None
    return publishing.publish(article.draft).article
