"""What an answer was made of, as it is stored and shown to staff."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from supportapp.answering.receipts import noted_evidence
from supportapp.answering.values import Answer
from supportapp.conversations.models import SpanRecord, Turn
from supportapp.gateway import recording
from supportapp.knowledge.models import Passage
from supportapp.llm.endpoints import Call
from supportapp.retrieval.values import Evidence
from supportapp.tracing import Timing, Trace


def fill(turn: Turn, answer: Answer, trace: Trace, calls: Sequence[Call] = ()) -> None:
    """Copy an answer into its turn; the caller saves."""
    turn.outcome = answer.outcome.value
    turn.kind = answer.kind.value if answer.kind else ""
    turn.answer = answer.text
    turn.suggestions = list(answer.suggestions)
    turn.notices = list(answer.notices)
    turn.closest = [{"slug": each.slug, "title": each.title} for each in answer.closest]
    turn.model = answer.model
    if answer.prompt is not None:
        turn.prompt_version = f"{answer.prompt.name}.{answer.prompt.version}"
    turn.generation = answer.receipt.get("generation")
    turn.receipt = {**turn.receipt, **compose(answer, trace), "calls": recording.summary(calls)}
    if turn.started_at and turn.first_token_at and turn.finished_at:
        turn.receipt["timings_ms"] = {
            "waited": _milliseconds(turn.created_at, turn.started_at),
            "first_token": _milliseconds(turn.created_at, turn.first_token_at),
            "total": _milliseconds(turn.created_at, turn.finished_at),
        }


def compose(answer: Answer, trace: Trace) -> dict[str, Any]:
    """Return the receipt: revisions, passages, scores, prompt, model, generation, steps."""
    return {
        **answer.receipt,
        "citations": [
            {
                "number": each.number,
                "passage": each.passage_id,
                "revision": each.revision_id,
                "article": each.article_id,
            }
            for each in answer.citations
        ],
        "tool_sources": [
            {
                "number": each.number,
                "tool": each.tool,
                "label": each.label,
                "as_of": each.as_of.isoformat() if each.as_of else None,
            }
            for each in answer.tool_sources
        ],
        **({"asks": answer.proposal.tool} if answer.proposal else {}),
        "steps_ms": {each.name: each.duration_ms for each in trace.records()},
    }


def evidence_of(*noted: Mapping[str, Any], most: int = 20) -> list[Evidence]:
    """Return the passages that receipts name, as they were, numbered anew."""
    wanted = dict.fromkeys(key for each in noted for key in noted_evidence(each))
    stored = Passage.objects.in_bulk(list(wanted)[:most])
    return [
        Evidence(
            number=number,
            passage_id=key,
            revision_id=stored[key].revision_id,
            article_id=stored[key].article_id,
            slug="",
            title=stored[key].title,
            headings=tuple(stored[key].headings),
            text=stored[key].text,
            score=0.0,
        )
        for number, key in enumerate((key for key in wanted if key in stored), start=1)
    ]


def spans(turn: Turn, trace: Trace) -> list[SpanRecord]:
    """Return the trace's steps as rows."""
    timings = trace.records()
    return [
        SpanRecord(
            turn=turn,
            name=each.name,
            position=position,
            depth=_depth(timings, position),
            started_ms=each.started_ms,
            duration_ms=each.duration_ms,
            attributes=dict(each.attributes),
        )
        for position, each in enumerate(timings)
    ]


def _depth(timings: Sequence[Timing], position: int) -> int:
    depth = 0
    parent = timings[position].parent
    while parent is not None:
        depth += 1
        parent = timings[parent].parent
    return depth


def _milliseconds(start: datetime, end: datetime) -> float:
    return round((end - start).total_seconds() * 1000, 1)
