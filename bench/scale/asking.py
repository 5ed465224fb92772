"""A second process that searches: a question or a command a line in, what it found a line out."""

from __future__ import annotations

import json
import sys
from typing import Any

from bench.scale import corpus
from bench.scale.measuring import Asker, memory
from supportapp.knowledge.models import Workspace
from supportapp.retrieval import indexes
from supportapp.retrieval.values import SearchQuery


def run(size: int) -> dict[str, Any]:
    """Answer until the input ends."""
    empty, _ = Workspace.objects.get_or_create(slug="empty", defaults={"name": "Empty"})
    for query in corpus.questions(size, 30):
        Asker(empty.pk).ask(query)
    asker = Asker()
    for line in sys.stdin:
        print(json.dumps(_answer(json.loads(line), asker, size)), flush=True)
    return {}


def _answer(asked: dict[str, Any], asker: Asker, size: int) -> dict[str, Any]:
    if asked.get("memory"):
        return memory()
    if count := asked.get("warm"):
        for query in corpus.questions(size, count):
            asker.ask(query)
        return {"base": indexes.of(asker.workspace_id).base_generation}
    return answer(asker, asked["text"])


def answer(asker: Asker, text: str) -> dict[str, Any]:
    """Return the passages that a search found, and those that words proposed."""
    found = asker.ask(SearchQuery(text))
    return {
        "evidence": [item.passage_id for item in found.evidence],
        "by_words": [each.passage_id for each in found.candidates if each.keyword_rank],
        "generation": found.generation,
    }
