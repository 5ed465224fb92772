"""Words that say the same in help articles: a change of words is no change of facts. Pure."""

from __future__ import annotations

from functools import lru_cache

from supportapp.retrieval import sentences

_GROUPS = (
    "choose select pick click tap press hit",
    "open go navigate visit access launch head",
    "need require must necessary",
    "get receive obtain",
    "start begin commence",
    "end finish stop expire",
    "buy purchase order",
    "cost price fee charge",
    "immediately instantly",
    "email mail e-mail",
    "show display appear see view",
    "delete remove erase",
    "change edit modify update adjust",
    "allow let permit",
    "help assist support",
    "create make add",
    "send write submit",
    "use utilize",
    "type enter fill input",
    "sign log",
    "check verify confirm",
    "fix repair solve resolve",
    "person people user member someone",
    "company business firm",
    "money funds amount sum",
    "several multiple many various",
    "every each all",
    "find locate",
    "keep store save retain",
    "give provide offer",
    "refund reimburse",
    "subscription plan",
)


@lru_cache(maxsize=1)
def _canonical() -> dict[str, str]:
    table: dict[str, str] = {}
    for group in _GROUPS:
        words = group.split()
        first = min(sentences.terms(words[0]), default=words[0])
        for word in words:
            for term in sentences.terms(word):
                table.setdefault(term, first)
    return table


@lru_cache(maxsize=8192)
def terms(text: str) -> frozenset[str]:
    """Return the stemmed words that carry meaning, with one word for those that say the same."""
    table = _canonical()
    return frozenset(table.get(term, term) for term in sentences.terms(text))
