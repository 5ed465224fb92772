"""A stored turn's question asked again, and where what comes out differs from its receipt.

Nothing is stored but the calls: the turn keeps its answer.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from asgiref.sync import async_to_sync

from supportapp.answering import assemble, pipeline, taking
from supportapp.answering.routing import Decision, Route
from supportapp.answering.values import Answer, Finished, Parts, Question
from supportapp.conversations.models import Turn
from supportapp.conversations.questions import question_of
from supportapp.gateway import ledger, recording
from supportapp.tracing import Trace

SEED = 7
# What both receipts hold under these names, and what it is called where it differs.
COMPARED = {
    "outcome": "outcome",
    "kind": "kind of answer",
    "generation": "knowledge generation",
    "endpoint": "model",
    "model": "snapshot of the model",
    "fingerprint": "system fingerprint",
    "rendered_sha256": "prompt as it was sent",
    "temperature": "temperature",
    "seed": "seed",
}


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that isn't what it was."""

    what: str
    before: object
    now: object


@dataclass(frozen=True, slots=True)
class Replay:
    """What came out, and where it differs."""

    answer: Answer
    differences: tuple[Difference, ...]
    answer_diff: tuple[str, ...]

    @property
    def is_same(self) -> bool:
        """Return whether the answer's words, evidence and prompt are what they were."""
        return not self.answer_diff and not self.differences

    def as_json(self) -> dict[str, Any]:
        """Return it as plain JSON, stable keys."""
        return {
            "same": self.is_same,
            "answer": self.answer.text,
            "differences": [
                {"what": each.what, "before": each.before, "now": each.now}
                for each in self.differences
            ],
            "answer_diff": list(self.answer_diff),
        }


def replay(turn: Turn, *, seed: int | None = None) -> Replay:
    """Ask again, with the turn's own seed where it had one, and temperature 0.

    Raises a `ModelError` where the answer breaks off.
    """
    question = question_of(turn)
    noted_seed = turn.receipt.get("seed")
    seed = seed if seed is not None else SEED if noted_seed is None else noted_seed
    parts = _repeatable(seed, turn)
    with ledger.opened(workspace_id=question.scope.workspace_id) as kept:
        try:
            answer = async_to_sync(_answered)(question, parts())
        finally:
            recording.close(kept)
    before = _comparable(turn.receipt)
    now = _comparable(answer.receipt)
    differences = (*_changed(before, now), *_evidence(turn.receipt, answer.receipt))
    return Replay(answer, differences, _diff(turn.answer, answer.text))


def _repeatable(seed: int, turn: Turn) -> Any:
    def made() -> Parts:
        usual = assemble.parts(repeatable=True)
        limits = replace(usual.limits, seed=seed, temperature=0.0, suggestions=0)
        return _on_its_route(replace(usual, limits=limits), turn.receipt.get("route"))

    return made


def _on_its_route(parts: Parts, noted: Mapping[str, Any] | None) -> Parts:
    """Take the route of the first time; turns from before there were routes, the best model's.

    A turn from memory is chosen a route for: it had none.
    """
    if noted is None:
        return replace(parts, routes=None)
    route = Route(noted["route"])
    if route in {Route.APPROVED, Route.MEMORY}:
        return parts
    votes = (noted.get("votes") or {}).get("samples", 0)
    decision = Decision(
        route,
        noted["policy"],
        noted["difficulty"],
        tuple(noted["reasons"]),
        noted["critical"],
        votes,
    )
    return taking.on(parts, decision)


async def _answered(question: Question, parts: Parts) -> Answer:
    async for event in pipeline.answer(question, parts=parts, trace=Trace()):
        if isinstance(event, Finished):
            return event.answer
    raise AssertionError("the pipeline ended without an answer")


def _comparable(receipt: Mapping[str, Any]) -> dict[str, object]:
    prompt = receipt.get("prompt") or {}
    named = f"{prompt['name']}.{prompt['version']}" if prompt else None
    return {
        **{title: receipt.get(name) for name, title in COMPARED.items()},
        "prompt version": named,
        "prompt's hash": prompt.get("sha256"),
    }


def _changed(before: Mapping[str, object], now: Mapping[str, object]) -> list[Difference]:
    return [
        Difference(name, before[name], now[name]) for name in before if before[name] != now[name]
    ]


def _evidence(before: Mapping[str, Any], now: Mapping[str, Any]) -> list[Difference]:
    """Return whether other passages, or others' revisions, are what the answer rests on."""
    given, found = _passages(before), _passages(now)
    return [] if given == found else [Difference("evidence", given, found)]


def _passages(receipt: Mapping[str, Any]) -> list[str]:
    rows: Sequence[Mapping[str, Any]] = receipt.get("evidence") or ()
    return [
        f"[{row['number']}] {row['slug']}, revision {row['revision']}, passage {row['passage']}"
        for row in rows
    ]


def _diff(before: str, now: str) -> tuple[str, ...]:
    lines = difflib.unified_diff(
        before.splitlines(), now.splitlines(), "then", "now", lineterm="", n=1
    )
    return tuple(lines)
