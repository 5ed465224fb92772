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
    found = asker.ask(SearchQuery(asked["text"]))
    return {
        "slugs": [item.slug for item in found.evidence],
        "texts": [item.text for item in found.evidence],
        "generation": found.generation,
    }
