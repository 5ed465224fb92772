"""Runs: asked for, carried on by a worker or a command, cancelled, gone on with.

Whoever carries a run on holds it. A new holder may take over at any time: the old one finds out
with its next result, which then counts no more, so that each example counts once.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Q
from django.db.models.functions import Coalesce
from django.utils import timezone

from supportapp.evals import candidates, datasets
from supportapp.evals.candidates import Chosen
from supportapp.evals.models import Dataset, Run
from supportapp.outbox import events as outbox

TASK = "supportapp.evals.tasks.run_dataset"
MOST_REPEATS = 20
# Signs of life come every few seconds.
QUIET = timedelta(seconds=40)
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


def take(run_id: int, *, by_force: bool = False) -> UUID | None:
    """Begin to carry a run on; None where another is at it, or it has ended.

    By force: also where another gave a sign of life just now, or the run was broken off.
    """
    now, holder = timezone.now(), uuid4()
    free = Q(state=State.WAITING) | Q(state=State.RUNNING, holder=None)
    free |= Q(state=State.RUNNING, seen_at__lt=now - QUIET)
    if by_force:
        free = ~Q(state=State.DONE)
    taken = Run.objects.filter(free, pk=run_id).update(
        state=State.RUNNING,
        holder=holder,
        seen_at=now,
        started_at=Coalesce("started_at", now),
        finished_at=None,
        message="",
    )
    return holder if taken else None


def is_held(run_id: int, holder: UUID) -> bool:
    """Give a sign of life; False where the run was cancelled or another took over."""
    held = Run.objects.filter(pk=run_id, holder=holder, state=State.RUNNING)
    return bool(held.update(seen_at=timezone.now()))


def let_go(run_id: int, holder: UUID) -> None:
    """Leave the rest to whoever comes next."""
    Run.objects.filter(pk=run_id, holder=holder, state=State.RUNNING).update(holder=None)


def end(run_id: int, holder: UUID, state: str, **fields: Any) -> bool:
    """End a run that is held."""
    held = Run.objects.filter(pk=run_id, holder=holder, state=State.RUNNING)
    return bool(held.update(state=state, holder=None, finished_at=timezone.now(), **fields))


def cancel(run: Run) -> bool:
    """Stop a run; what it has so far is kept. False where it had ended."""
    still = Run.objects.filter(pk=run.pk, state__in=[State.WAITING, State.RUNNING])
    return bool(still.update(state=State.CANCELLED, holder=None, finished_at=timezone.now()))


@transaction.atomic
def go_on(run: Run) -> bool:
    """Let the worker go on with a run that was broken off; False where it runs or is done."""
    broken = Run.objects.filter(
        Q(state__in=[State.CANCELLED, State.FAILED])
        | Q(state=State.RUNNING, seen_at__lt=timezone.now() - QUIET),
        pk=run.pk,
    )
    if not broken.update(state=State.WAITING, holder=None, finished_at=None, message=""):
        return False
    outbox.add(TASK, run_id=run.pk)
    return True


def is_quiet(run: Run) -> bool:
    """Say whether nobody seems to carry a run on."""
    return run.seen_at is None or run.seen_at < timezone.now() - QUIET


def is_running(run_id: int) -> bool:
    """Say whether somebody carries the run on, or should."""
    return Run.objects.filter(pk=run_id, state=State.RUNNING).exists()
