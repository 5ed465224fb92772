"""A dataset's topics: how many examples each has, and a dataset of one of them."""

from __future__ import annotations

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Count, QuerySet

from supportapp.evals import datasets
from supportapp.evals.models import Dataset, Example


def counts(examples: QuerySet[Example]) -> list[tuple[str, int]]:
    """Return each topic with its number of examples."""
    rows = examples.exclude(topic="").order_by("topic").values("topic")
    return [(row["topic"], row["count"]) for row in rows.annotate(count=Count("pk"))]


@transaction.atomic
def split(dataset: Dataset, topic: str, author: User | None) -> Dataset | None:
    """Copy a topic's examples into a dataset of their own; None where there is none.

    Once more: those that are there already stay as they are.
    """
    examples = list(dataset.current.filter(topic=topic)) if topic else []
    if not examples:
        return None
    made = datasets.named(
        dataset.workspace, f"{dataset.name}-{topic}", topic=topic,
        description=f"{topic[:80]}, from {dataset.name}.",
    )  # fmt: skip
    there = set(made.current.values_list("key", flat=True))
    for each in examples:
        if each.key not in there:
            fields = {name: getattr(each, name) for name in datasets.FIELDS}
            datasets.add(made, key=each.key, turn=each.source_turn, author=author, **fields)
    return made
