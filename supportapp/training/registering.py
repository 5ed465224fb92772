"""A trained model becomes one of the gateway's: on trial first, in use when it was compared."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal

from django.contrib.auth.models import User
from django.db import transaction

from supportapp.evals import datasets, running
from supportapp.evals.models import Run
from supportapp.gateway import registry, sealing
from supportapp.gateway.models import ModelConfig
from supportapp.training.models import FineTuning

PLACE = 30
_OTHER = re.compile(r"[^a-z0-9._-]+")


class NotComparable(Exception):
    """There is nothing to compare, or not yet; the message says why."""


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two models in the comparison."""

    name: str
    run: Run

    @property
    def answered(self) -> int:
        return int(self.run.figures.get("answered", 0))

    @property
    def cost_each(self) -> Decimal | None:
        """What one answer cost."""
        return self.run.cost / self.run.done if self.run.done else None


def register(job: FineTuning) -> ModelConfig | None:
    """Make the trained model known, on trial; part of the caller's transaction."""
    known = next(
        (each.endpoint for each in registry.configured() if each.endpoint.name == job.endpoint),
        None,
    )
    if known is None or not job.served_name:
        return None
    price = known.price
    made, _ = ModelConfig.objects.get_or_create(
        name=_name(job),
        defaults={
            "provider": known.provider,
            "base_url": known.base_url,
            "wire_name": job.served_name,
            "sealed_key": sealing.seal(known.api_key),
            "is_enabled": False,
            "is_on_trial": True,
            "position": PLACE,
            "context_tokens": known.context_tokens,
            # What the model that it replaces costs, until staff write what this one does.
            "price_in": price.prompt if price else None,
            "price_out": price.completion if price else None,
            "price_cached": price.cached if price else None,
            "has_tools": known.capabilities.tools,
            "json_support": known.capabilities.json,
            "has_streaming": known.capabilities.streaming,
            "has_seed": known.capabilities.seed,
        },
    )
    FineTuning.objects.filter(pk=job.pk).update(registered=made)
    return made


def compare(job: FineTuning, author: User) -> FineTuning:
    """Run the golden set with both models, by the worker. Raises NotComparable."""
    if job.registered is None:
        raise NotComparable("The model isn't trained yet.")
    golden = datasets.golden(job.workspace)
    try:
        with transaction.atomic():
            held = FineTuning.objects.select_for_update().get(pk=job.pk)
            reason = f"Fine-tuning {job.pk}"
            held.baseline_run = running.start(
                golden, reason=f"{reason}: before", author=author, model=job.endpoint
            )
            held.candidate_run = running.start(
                golden, reason=f"{reason}: trained", author=author, model=job.registered.name
            )
            held.save(update_fields=["baseline_run", "candidate_run"])
    except running.NothingToRun:
        raise NotComparable(
            "The golden set is empty: add examples first, by which both are measured."
        ) from None
    return held


def sides(job: FineTuning) -> tuple[Side, Side] | None:
    """Return both sides of the comparison; None where there is none."""
    before, after = job.baseline_run, job.candidate_run
    if before is None or after is None or job.registered is None:
        return None
    return Side(job.endpoint, before), Side(job.registered.name, after)


def is_compared(job: FineTuning) -> bool:
    """Say whether both runs are through."""
    both = sides(job)
    return both is not None and all(each.run.state == Run.State.DONE for each in both)


def put_into_use(job: FineTuning, by: User) -> None:
    """Let routes use the trained model. Raises NotComparable before it was compared."""
    if job.registered is None or not is_compared(job):
        raise NotComparable("Compare it with the model that it would replace first.")
    ModelConfig.objects.filter(pk=job.registered.pk, is_on_trial=True).update(
        is_on_trial=False, is_enabled=True
    )
    FineTuning.objects.filter(pk=job.pk).update(put_into_use_by=by)


def _name(job: FineTuning) -> str:
    base = _OTHER.sub("-", (job.suffix or job.endpoint).lower()).strip("-._")[:40]
    return f"{base or 'model'}-ft-{job.pk}"
