"""A run carried on: its examples answered and scored side by side, each stored when it is done.

It stops at once when it is cancelled, when another takes over, when its time is up or when the
workspace's allowance is spent, and goes on later with what is missing.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from uuid import UUID

from asgiref.sync import async_to_sync
from django.conf import settings

from supportapp.answering.values import Notice, Parts
from supportapp.evals import answering_examples, candidates, grading, results, running, summing
from supportapp.evals.grading import AllowanceSpent, Graded, Grader
from supportapp.evals.models import Example, Run
from supportapp.evals.values import Answered
from supportapp.gateway import budgets
from supportapp.work import unit

Progress = Callable[[int, int], None]
LOOK_SECONDS = 0.5
LIFE_SECONDS = 5.0
BUSY_SECONDS = 2.0
MOST_BUSY = 60
SPENT = "The workspace’s allowance for today is spent. Go on with this run when there is more."


class Ended(StrEnum):
    """Why the carrying on ended."""

    DONE = "done"
    PAUSED = "paused"
    CANCELLED = "cancelled"
    FAILED = "failed"
    NOT_FREE = "not_free"


@dataclass(slots=True)
class Limits:
    """When to stop although there is more to do."""

    deadline: float | None = None
    stopping: threading.Event = field(default_factory=threading.Event)


@dataclass(slots=True)
class Job:
    """A run under way in this process."""

    run: Run
    holder: UUID
    parts: Mapping[int, Parts]
    grader: Grader
    limits: Limits
    progress: Progress | None
    todo: deque[tuple[Example, int]]
    stopped: Ended | None = None


def carry_on(
    run_id: int,
    *,
    limits: Limits | None = None,
    progress: Progress | None = None,
    by_force: bool = False,
) -> Ended:
    """Answer and score what a run lacks; says how it ended. Safe to call twice at once."""
    holder = running.take(run_id, by_force=by_force)
    if holder is None:
        return Ended.NOT_FREE
    run = Run.objects.select_related("dataset__workspace").get(pk=run_id)
    try:
        job = _job(run, holder, limits or Limits(), progress)
        async_to_sync(_carried)(job)
    except candidates.NoSuchChoice as error:
        return _failed(run, holder, str(error))
    except AllowanceSpent:
        return _failed(run, holder, SPENT)
    if job.stopped is not None:
        return _stopped(job)
    return Ended.DONE if summing.finish(run, holder) else Ended.CANCELLED


def _job(run: Run, holder: UUID, limits: Limits, progress: Progress | None) -> Job:
    todo = results.missing(run)
    parts = {repeat: candidates.parts_of(run, repeat) for repeat in range(run.repeats)}
    job = Job(run, holder, parts, grading.grader(run), limits, progress, deque(todo))
    if progress is not None:
        progress(run.total - len(todo), run.total)
    return job


async def _carried(job: Job) -> None:
    """Do everything that is left, unless something stops it."""
    workers = [asyncio.create_task(_work(job)) for _ in range(await unit(_side_by_side, job))]
    watcher = asyncio.create_task(_watch(job))
    everything = asyncio.ensure_future(_together(workers))
    try:
        await asyncio.wait({everything, watcher}, return_when=asyncio.FIRST_COMPLETED)
        if everything.done():
            everything.result()
    finally:
        tasks = (*workers, watcher, everything)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _together(workers: Sequence[asyncio.Task[None]]) -> None:
    await asyncio.gather(*workers)


def _side_by_side(job: Job) -> int:
    """How many at once: quoting takes this process's own time, so one after another."""
    if not job.run.model:
        return 1
    most = budgets.limits(job.run.dataset.workspace_id).concurrent
    return max(1, min(settings.EVALS_PARALLEL, most or settings.EVALS_PARALLEL))


async def _work(job: Job) -> None:
    while job.todo and _may_go_on(job):
        example, repeat = job.todo.popleft()
        answered = await _answered(job, example, repeat)
        graded = await job.grader.grade(answered, example)
        if not await unit(_store, job, example, repeat, graded):
            job.stopped = Ended.CANCELLED
        elif job.progress is not None:
            await unit(job.progress, job.run.done, job.run.total)


async def _answered(job: Job, example: Example, repeat: int) -> Answered:
    """Answer one example; waits where too many are answered at once."""
    question = answering_examples.question_of(example, job.run.dataset.workspace)
    parts = answering_examples.alone(job.parts[repeat])
    for _ in range(MOST_BUSY):
        answered = await answering_examples.answer_async(question, parts)
        if Notice.BUDGET_SPENT.value in answered.notices:
            raise AllowanceSpent
        if Notice.MODEL_BUSY.value not in answered.notices:
            break
        await asyncio.sleep(BUSY_SECONDS)
    return answered


def _store(job: Job, example: Example, repeat: int, graded: Graded) -> bool:
    done = results.store(job.run, job.holder, example, repeat, graded)
    if done is None:
        return False
    job.run.done = done
    return True


async def _watch(job: Job) -> None:
    """Return when the job must stop."""
    next_sign = time.monotonic() + LIFE_SECONDS
    while job.stopped is None:
        await asyncio.sleep(LOOK_SECONDS)
        if _may_go_on(job) and time.monotonic() >= next_sign:
            next_sign = time.monotonic() + LIFE_SECONDS
            if not await unit(running.is_held, job.run.pk, job.holder):
                job.stopped = Ended.CANCELLED


def _may_go_on(job: Job) -> bool:
    if job.limits.stopping.is_set():
        job.stopped = Ended.CANCELLED
    elif job.limits.deadline is not None and time.monotonic() >= job.limits.deadline:
        job.stopped = job.stopped or Ended.PAUSED
    return job.stopped is None


def _stopped(job: Job) -> Ended:
    assert job.stopped is not None
    if job.stopped is Ended.PAUSED:
        running.let_go(job.run.pk, job.holder)
    elif job.limits.stopping.is_set():
        running.end(job.run.pk, job.holder, Run.State.CANCELLED)
    return job.stopped


def _failed(run: Run, holder: UUID, message: str) -> Ended:
    running.end(run.pk, holder, Run.State.FAILED, message=message[:300])
    return Ended.FAILED
