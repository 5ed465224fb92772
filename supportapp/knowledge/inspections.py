"""Sentences of an article that its editor should look at, by whoever in the house looks for some.

`ARTICLE_CHECKS` names the functions; they stand in rooms that this one doesn't know.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache

from django.conf import settings
from django.utils.module_loading import import_string

NOTE = (
    "{count} of these articles hold sentences that read like instructions to an AI; they are left "
    "out of every answer. Their editors show them: {titles}"
)
MOST_TITLES = 5


def found(text: str) -> tuple[str, ...]:
    """Return the sentences to look at, each once."""
    every = (each for check in _checks() for each in check(text))
    return tuple(dict.fromkeys(every))


def note(titles: Sequence[str]) -> str:
    """Say which imported articles to look at."""
    named = ", ".join(f"“{title}”" for title in titles[:MOST_TITLES])
    more = " and others" if len(titles) > MOST_TITLES else ""
    return NOTE.format(count=len(titles), titles=f"{named}{more}.")


@cache
def _checks() -> tuple[Callable[[str], Sequence[str]], ...]:
    return tuple(import_string(name) for name in settings.ARTICLE_CHECKS)
