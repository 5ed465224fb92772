"""Datasets and their examples: added, edited and removed in versions that runs freeze."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone
from django.utils.text import slugify

from supportapp.evals.models import Dataset, Example
from supportapp.knowledge.models import Workspace

GOLDEN = "golden"
LONGEST_KEY = 60
# What an edit may change; all else of an example is where it came from.
FIELDS = (
    "question",
    "context",
    "language",
    "audiences",
    "expected",
    "outcome",
    "must_say",
    "must_not_say",
    "articles",
    "assertions",
    "topic",
    "note",
)


@dataclass(frozen=True, slots=True)
class Version:
    """One version of a dataset: what it holds, and what changed with it."""

    number: int
    examples: int
    added: Sequence[Example]
    ended: Sequence[Example]
    since: datetime
    runs: int


def golden(workspace: Workspace) -> Dataset:
    """Return the dataset that guards prompts and articles; an empty one is made where none is."""
    made, _ = Dataset.objects.get_or_create(
        workspace=workspace,
        name=GOLDEN,
        defaults={"description": "What must go right: runs and publications are checked by it."},
    )
    return made


def named(workspace: Workspace, name: str, **about: str) -> Dataset:
    """Return a dataset by its name, made where there is none."""
    made, _ = Dataset.objects.get_or_create(
        workspace=workspace, name=slugify(name, allow_unicode=True)[:80], defaults=about
    )
    return made


@transaction.atomic
def add(
    dataset: Dataset,
    *,
    question: str,
    expected: str = "",
    outcome: str = Example.Outcome.ANSWERED.value,
    must_say: Sequence[str] = (),
    must_not_say: Sequence[str] = (),
    articles: Sequence[str] = (),
    context: Sequence[Mapping[str, str]] = (),
    topic: str = "",
    turn: UUID | None = None,
    author: User | None = None,
    note: str = "",
    **more: Any,
) -> Example:
    """Add an example to the version that is worked on.

    The same question from the same turn twice returns the first. `more`: key, language,
    audiences, assertions.
    """
    version = _opened(dataset)
    known = dataset.current.filter(source_turn=turn, question=question).first() if turn else None
    if known is not None:
        return known
    return Example.objects.create(
        dataset=dataset,
        key=_key(dataset, str(more.pop("key", "")) or question),
        question=question,
        expected=expected,
        outcome=outcome,
        must_say=list(must_say),
        must_not_say=list(must_not_say),
        articles=list(articles),
        context=[dict(each) for each in context],
        topic=topic,
        source_turn=turn,
        author=author,
        note=note,
        added_version=version,
        **more,
    )


@transaction.atomic
def edit(example: Example, changes: Mapping[str, Any], author: User | None) -> Example:
    """Put another row in an example's place; the old one stays in the versions that had it.

    Where nothing changes, or someone else was first, the example that counts is returned.
    """
    version = _opened(example.dataset)
    current = Example.objects.filter(pk=example.pk, ended_version=None).first()
    if current is None:
        return example.dataset.current.filter(key=example.key).first() or example
    before = {name: getattr(current, name) for name in FIELDS}
    after = before | {name: changes[name] for name in FIELDS if name in changes}
    if before == after:
        return current
    _end(current, version)
    return Example.objects.create(
        dataset=example.dataset,
        key=current.key,
        source_turn=current.source_turn,
        author=author,
        added_version=version,
        **after,
    )


@transaction.atomic
def remove(example: Example) -> None:
    """Leave an example out from now on; versions that runs used keep it."""
    version = _opened(example.dataset)
    current = Example.objects.filter(pk=example.pk, ended_version=None).first()
    if current is not None:
        _end(current, version)


def freeze(dataset: Dataset) -> int:
    """Fix the current version, for a run, and return it. Part of the caller's transaction."""
    locked = Dataset.objects.select_for_update().get(pk=dataset.pk)
    if not locked.is_frozen:
        locked.frozen_version = locked.version
        locked.save(update_fields=["frozen_version"])
    _copy(locked, dataset)
    return locked.version


def history(dataset: Dataset) -> list[Version]:
    """Return a dataset's versions, the latest first."""
    rows = list(dataset.examples.order_by("key", "pk"))
    runs = list(dataset.runs.values_list("dataset_version", flat=True))
    # What came and went within one version was in none.
    kept = [each for each in rows if each.ended_version != each.added_version]
    found: list[Version] = []
    for number in range(1, dataset.version + 1):
        added = [each for each in kept if each.added_version == number]
        ended = [each for each in kept if each.ended_version == number]
        times = [each.added_at for each in added]
        times += [each.removed_at for each in ended if each.removed_at]
        held = sum(
            each.added_version <= number and (each.ended_version or number + 1) > number
            for each in kept
        )
        since = min(times, default=dataset.created_at)
        found.append(Version(number, held, added, ended, since, runs.count(number)))
    return found[::-1]


def _opened(dataset: Dataset) -> int:
    """Return the version that may be changed, under the dataset's lock."""
    locked = Dataset.objects.select_for_update().get(pk=dataset.pk)
    if locked.is_frozen:
        locked.version += 1
        locked.save(update_fields=["version"])
    _copy(locked, dataset)
    return locked.version


def _copy(locked: Dataset, dataset: Dataset) -> None:
    dataset.version, dataset.frozen_version = locked.version, locked.frozen_version


def _end(example: Example, version: int) -> None:
    Example.objects.filter(pk=example.pk).update(ended_version=version, removed_at=timezone.now())


def _key(dataset: Dataset, text: str) -> str:
    """Return a name that no current example has."""
    base = slugify(text, allow_unicode=True)[:LONGEST_KEY].strip("-_") or "example"
    taken = set(
        dataset.examples.filter(key__startswith=base, ended_version=None).values_list(
            "key", flat=True
        )
    )
    if base not in taken:
        return base
    return next(
        key for number in range(2, len(taken) + 3) if (key := f"{base}-{number}") not in taken
    )
