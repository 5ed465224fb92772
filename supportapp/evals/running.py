"""Runs: asked for, carried on by a worker or a command, cancelled; each example counts once."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import User
from django.db import transaction

from supportapp.evals import candidates, datasets
from supportapp.evals.candidates import Chosen
from supportapp.evals.models import Dataset, Run
from supportapp.outbox import events as outbox

TASK = "supportapp.evals.tasks.run_dataset"
MOST_REPEATS = 20
State = Run.State


class NothingToRun(Exception):
    """The dataset holds no example."""


def start(dataset: Dataset, *, reason: str, author: User | None, **choice: Any) -> Run:
    """Ask for a run and hand it to the worker. `choice`: the fields of `candidates.Chosen`.

    Raises NothingToRun and NoSuchChoice.
    """
    with transaction.atomic():
        run = ask(dataset, Chosen(**choice), reason=reason, author=author)
        outbox.add(TASK, run_id=run.pk)
    return run


@transaction.atomic
def ask(dataset: Dataset, chosen: Chosen, *, reason: str, author: User | None) -> Run:
    """Store a run of the dataset's current version, which is fixed by it; nobody begins yet."""
    version = datasets.freeze(dataset)
    examples = dataset.in_version(version).count()
    if not examples:
        raise NothingToRun(f"{dataset.name} holds no example yet.")
    return Run.objects.create(
        dataset=dataset,
        dataset_version=version,
        total=examples * chosen.repeats,
        reason=reason[:300],
        author=author,
        **candidates.resolve(dataset.workspace, chosen),
    )
