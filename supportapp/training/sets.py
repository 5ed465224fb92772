"""Training sets: asked for, made by the worker, cancelled, and whether they may still be used."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import numpy as np
from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from supportapp.conversations.models import Turn
from supportapp.knowledge.embeddings import current_embedder
from supportapp.knowledge.models import Workspace
from supportapp.llm import tokens
from supportapp.llm.errors import EmbeddingUnavailable
from supportapp.outbox import events as outbox
from supportapp.training import collecting, consents, rows, splitting
from supportapp.training.consents import Consents
from supportapp.training.models import TrainingFile, TrainingSet
from supportapp.training.rows import Example

MAKE = "supportapp.training.tasks.make_set"
# Longer than any step takes: then the worker is dead and another goes on.
QUIET = timedelta(minutes=3)
BATCH = 50
_WORD = re.compile(r"\w+")
State, Split = TrainingSet.State, TrainingFile.Split
NO_CONSENT, PERSONAL, TWICE = (
    "no consent to use the customer's words",
    "personal data was left in it",
    "says what another says already",
)

FORGOTTEN = (
    "Its files were deleted: conversations in it were deleted, or consent was taken back. "
    "Make the set anew."
)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What staff ask for."""

    kind: str
    licence: str
    with_synthetic: bool = False
    validation_share: float = 0.1
    seed: int = 1


class Cancelled(Exception):
    """Somebody cancelled it meanwhile."""


@transaction.atomic
def start(workspace: Workspace, wanted: Wanted, author: User | None) -> TrainingSet:
    """Have a training set made by the worker."""
    made = TrainingSet.objects.create(
        workspace=workspace,
        author=author,
        kind=wanted.kind,
        licence=wanted.licence,
        with_synthetic=wanted.with_synthetic,
        validation_share=wanted.validation_share,
        seed=wanted.seed,
    )
    outbox.add(MAKE, set_id=made.pk)
    return made


def cancel(made: TrainingSet) -> bool:
    """Stop the making of a set. False where it had ended."""
    still = TrainingSet.objects.filter(pk=made.pk, state__in=TrainingSet.RUNNING)
    return bool(still.update(state=State.CANCELLED, updated_at=timezone.now()))


def make(set_id: int, now: datetime) -> bool:
    """Make a set, or make it again where a worker died over it. False where another is at it."""
    free = Q(state=State.WAITING) | Q(state=State.RUNNING, updated_at__lt=now - QUIET)
    taken = TrainingSet.objects.filter(free, pk=set_id).update(
        state=State.RUNNING, updated_at=timezone.now(), done=0, total=0
    )
    if not taken:
        return not TrainingSet.objects.filter(pk=set_id, state=State.RUNNING).exists()
    made = TrainingSet.objects.select_related("workspace").get(pk=set_id)
    try:
        _write(made)
    except Cancelled:
        return True
    except EmbeddingUnavailable as error:
        _end(made, State.FAILED, message=f"Questions can't be embedded now ({error.code}).")
    return True


def stale(made: TrainingSet) -> int:
    """Return how many conversations of the set may no longer be used: deleted, or refused since.

    A set with one of them is given to nobody any more; it is made anew in a minute.
    """
    used = {turn for each in made.files.all() for turn in each.turns}
    found = dict(
        Turn.objects.filter(pk__in=used, conversation__deleted_at=None).values_list(
            "pk", "conversation__visitor"
        )
    )
    known = consents.of(made.workspace)
    refused = sum(not known.allow(visitor) for visitor in found.values())
    return len(used) - len(found) + refused


def forget_stale() -> int:
    """Delete the files of sets that may no longer be used; returns how many sets there were."""
    found = 0
    for made in TrainingSet.objects.filter(files__isnull=False).distinct():
        if stale(made):
            made.files.all().delete()
            TrainingSet.objects.filter(pk=made.pk).update(message=FORGOTTEN)
            found += 1
    return found


def manifest(made: TrainingSet) -> dict[str, Any]:
    """Return what must be known of the files: licence, consent, sources, hashes."""
    return {
        "kind": made.kind,
        "licence": made.licence,
        "created": made.created_at.isoformat(),
        "seed": made.seed,
        **made.figures,
        "files": [
            {
                "name": file_name(made, each),
                "split": each.split,
                "rows": each.rows,
                "tokens": each.tokens,
                "sha256": each.sha256,
            }
            for each in made.files.all()
        ],
    }


def file_name(made: TrainingSet, file: TrainingFile) -> str:
    """Return the name under which a file is downloaded and sent."""
    return f"{made.kind}-{made.pk}-{file.split}.jsonl"


def _write(made: TrainingSet) -> None:
    left_out: Counter[str] = Counter()
    known = consents.of(made.workspace)
    fit = list(_fit(made, known, left_out))
    clusters = _clusters([each.text for each in fit])
    kept = _once(fit, clusters, left_out) if made.kind == TrainingSet.Kind.ANSWERS else fit
    places = {id(each): cluster for each, cluster in zip(fit, clusters, strict=True)}
    found = [places[id(each)] for each in kept]
    held_out = splitting.split(found, made.validation_share, made.seed)
    sides = {
        Split.TRAIN: [each for each, out in zip(kept, held_out, strict=True) if not out],
        Split.VALIDATION: [each for each, out in zip(kept, held_out, strict=True) if out],
    }
    figures = {
        "sources": dict(Counter(each.source for each in kept)),
        "left_out": dict(left_out),
        "clusters": len(set(found)),
        "synthetic": sum(each.is_synthetic for each in kept),
        "customers_words": sum(each.visitor is not None for each in kept),
        "consent": {"is_given": known.is_given, "basis": known.basis},
    }
    with transaction.atomic():
        made.files.all().delete()
        for split, examples in sides.items():
            if examples:
                _store(made, split, examples)
        message = "" if kept else "There is nothing to train on yet; see what was left out."
        _end(made, State.DONE, figures=figures, message=message, done=len(kept))


def _fit(made: TrainingSet, known: Consents, left_out: Counter[str]) -> Iterable[Example]:
    """Yield what may be used: by consent, and without personal data."""
    for number, each in enumerate(collecting.examples(made), start=1):
        if number % BATCH == 0:
            _sign(made, number)
        if each.visitor is not None and not known.allow(each.visitor):
            left_out[NO_CONSENT] += 1
        elif not rows.is_clean(each):
            left_out[PERSONAL] += 1
        else:
            yield each


def _once(fit: Sequence[Example], clusters: Sequence[int], left_out: Counter[str]) -> list[Example]:
    """Keep of equal questions the first, which is the best vouched for."""
    seen: set[tuple[int, str]] = set()
    kept = []
    for each, cluster in zip(fit, clusters, strict=True):
        key = (cluster, " ".join(_WORD.findall(each.text.lower())))
        if key in seen:
            left_out[TWICE] += 1
            continue
        seen.add(key)
        kept.append(each)
    return kept


def _clusters(texts: Sequence[str]) -> list[int]:
    if not texts:
        return []
    vectors = np.asarray(current_embedder().embed(list(texts)), dtype=np.float32)
    return splitting.clusters(texts, vectors)


def _store(made: TrainingSet, split: TrainingFile.Split, examples: Sequence[Example]) -> None:
    content = "".join(f"{each.line}\n" for each in examples)
    TrainingFile.objects.create(
        training_set=made,
        split=split,
        content=content,
        rows=len(examples),
        tokens=sum(tokens.of_text(each.line) for each in examples),
        sha256=hashlib.sha256(content.encode()).hexdigest(),
        turns=[each.turn for each in examples if each.turn is not None],
    )


def _sign(made: TrainingSet, done: int) -> None:
    """Give a sign of life; raises Cancelled."""
    running = TrainingSet.objects.filter(pk=made.pk, state=State.RUNNING)
    if not running.update(done=done, updated_at=timezone.now()):
        raise Cancelled


def _end(made: TrainingSet, state: str, **fields: Any) -> None:
    TrainingSet.objects.filter(pk=made.pk, state=State.RUNNING).update(
        state=state, updated_at=timezone.now(), **fields
    )
