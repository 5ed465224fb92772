"""Publish and ask in turn, in two processes: nothing may be stale after `publish` returned."""

from __future__ import annotations

import time
from typing import Any

from bench.scale import filling
from bench.scale.measuring import Asker, milliseconds, percentiles
from bench.scale.others import Other, others
from supportapp.knowledge import publishing
from supportapp.knowledge.models import Article, Workspace
from supportapp.knowledge.values import ArticleText
from supportapp.retrieval.values import SearchQuery

ROUNDS = 1000
ARTICLES = 10
IDLE_ROUNDS = 5
IDLE_SECONDS = 2.0


def run(size: int, rounds: str = str(ROUNDS)) -> dict[str, Any]:
    """Alternate; every third round takes an article out instead."""
    home = filling.workspace()
    mine = Asker()
    stale, published, found, idle = [], [], [], []
    with others(1, size) as (other,):
        other.tell(warm=20)
        for number in range(int(rounds) + IDLE_ROUNDS):
            is_idle = number >= int(rounds)
            if is_idle:
                time.sleep(IDLE_SECONDS)
            began = time.perf_counter()
            wanted = _change(home, number)
            published.append(milliseconds(began))
            began = time.perf_counter()
            if not _sees(other, number, wanted):
                stale.append(f"round {number}, the other process")
            (idle if is_idle else found).append(milliseconds(began))
            if not _is_right(_texts(mine, number), number, wanted):
                stale.append(f"round {number}, the publishing process")
    for article in Article.objects.filter(workspace=home, slug__startswith="fresh-"):
        publishing.archive(article)
    return {
        "rounds": int(rounds),
        "stale": stale,
        "publish": percentiles(published),
        "found_after_publish": percentiles(found),
        "found_after_idling": percentiles(idle),
    }


def _word(number: int) -> str:
    """Return a word that only this round's article holds."""
    return f"zq{number % ARTICLES}x"


def _change(home: Workspace, number: int) -> str:
    """Publish or archive; return the text that must be found now, or nothing."""
    slug = f"fresh-{number % ARTICLES}"
    article = Article.objects.filter(workspace=home, slug=slug).first()
    if number % 3 == 2 and article is not None:
        publishing.archive(article)
        return ""
    body = f"The {_word(number)} takes {number} minutes since {time.time()}."
    text = ArticleText(f"About {_word(number)}", body)
    if article is None:
        article = publishing.create(home, slug, text)
    else:
        publishing.save_draft(article, text)
    article.refresh_from_db()
    assert article.draft is not None
    publishing.publish(article.draft)
    return body


def _sees(other: Other, number: int, wanted: str) -> bool:
    found = other.tell(text=f"How long does the {_word(number)} take?")
    return _is_right(found["texts"], number, wanted)


def _texts(mine: Asker, number: int) -> list[str]:
    found = mine.ask(SearchQuery(f"How long does the {_word(number)} take?"))
    return [item.text for item in found.evidence]


def _is_right(texts: list[str], number: int, wanted: str) -> bool:
    """What speaks of this round's word must be this round's text, or nothing after archiving."""
    told = [text for text in texts if _word(number) in text]
    return told == ([wanted] if wanted else [])
