"""A second process that searches: one question a line in, the articles found a line out."""

import json
import sys

import django

django.setup()

from supportapp.knowledge.embeddings import current_embedder  # noqa: E402
from supportapp.retrieval.search import search  # noqa: E402
from supportapp.retrieval.values import Limits, Scope, SearchQuery  # noqa: E402

for line in sys.stdin:
    asked = json.loads(line)
    scope = Scope(asked["workspace"], frozenset({"public"}))
    result = search(SearchQuery(asked["text"]), scope, limits=Limits(), embedder=current_embedder())
    found = {"slugs": [item.slug for item in result.evidence], "generation": result.generation}
    sys.stdout.write(json.dumps(found) + "\n")
    sys.stdout.flush()
