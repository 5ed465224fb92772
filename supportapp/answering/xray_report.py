"""An X-ray for the terminal and for programs; its keys are stable."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from rich.console import Console
from rich.table import Table

from supportapp.retrieval.explained import AskedTerm, Part, Row, Seen, Standing, Xray


def as_json(xray: Xray, verdict: dict[str, Any]) -> dict[str, Any]:
    """Return everything as plain values."""
    return {
        "question": xray.question,
        "read_as": xray.read_as,
        "would_answer": verdict["would_answer"],
        "confidence": xray.sureness.confidence,
        "threshold": verdict["threshold"],
        "clues": {
            clue.name: {"value": clue.value, "weight": clue.weight} for clue in xray.sureness.clues
        },
        "constant": xray.sureness.constant,
        "candidates": xray.candidates,
        "passages": [_row(row) for row in xray.rows],
        "terms": [_term(term) for term in xray.terms],
        "hidden": {
            "by_audience": dict(xray.hidden_by_audience),
            "passages": [{"place": each.place, **_seen(each.seen)} for each in xray.hidden],
        },
        "subjects": _parts(xray.subjects),
        "context": [
            {
                "speaker": each.speaker,
                "text": each.text,
                "words_weight": each.words_weight,
                "vector_weight": each.vector_weight,
            }
            for each in xray.said
        ],
        "milliseconds": {name: round(value, 2) for name, value in xray.milliseconds.items()},
        "generation": xray.generation,
        "degraded": sorted(xray.degraded),
    }


def _term(term: AskedTerm) -> dict[str, Any]:
    return {
        "term": term.term,
        "weight": term.weight,
        "idf": term.idf,
        "is_synonym": term.is_synonym,
        "shown_in": term.shown_in,
    }


def _row(row: Row) -> dict[str, Any]:
    return {
        "place": row.place,
        **_seen(row.seen),
        "keyword": _standing(row.keyword),
        "vector": _standing(row.vector),
        "fused_score": row.fused_score,
        "rerank": _standing(row.rerank),
        "parts": _parts(row.parts),
        "matched": _parts(row.matched),
        "missed": list(row.missed),
        "evidence": row.evidence,
    }


def _seen(seen: Seen) -> dict[str, Any]:
    return {
        "passage": seen.passage_id,
        "article": seen.slug,
        "title": seen.title,
        "headings": list(seen.headings),
        "audience": seen.audience,
        "language": seen.language,
    }


def _standing(where: Standing) -> dict[str, float | int | None]:
    return {"rank": where.rank, "score": where.score}


def _parts(parts: Iterable[Part]) -> dict[str, float]:
    return {part.name: part.value for part in parts}


def show(console: Console, xray: Xray, verdict: dict[str, Any]) -> None:
    """Print the X-ray for people."""
    answer = "would be answered" if verdict["would_answer"] else "would not be answered"
    console.print(
        f"{answer}: confidence {xray.sureness.confidence:.2f}, {verdict['threshold']:.2f} is needed"
    )
    if xray.read_as:
        console.print(f"read as: {xray.read_as}")
    if xray.degraded:
        console.print(f"without {', '.join(sorted(xray.degraded))}")
    console.print(_passages(xray))
    console.print(_terms(xray))
    for subject in xray.subjects:
        console.print(f"in focus: {subject.name} ({subject.value:.2f})")
    for said in xray.said:
        console.print(f"{said.speaker}: {said.text}  (words weigh {said.words_weight:.2f})")
    for audience, count in xray.hidden_by_audience.items():
        console.print(f"hidden: {count} for {audience}")
    for hidden in xray.hidden:
        console.print(f"  {hidden.place}. {hidden.seen.path}")
    stages = "  ".join(f"{name} {value:.1f}" for name, value in xray.milliseconds.items())
    console.print(f"milliseconds: {stages}")


def _passages(xray: Xray) -> Table:
    table = Table(title=f"{len(xray.rows)} of {xray.candidates} passages", title_justify="left")
    parts = [part.name for part in xray.rows[0].parts] if xray.rows else []
    read = ("rerank",) if xray.is_reranked else ()
    for name in ("", "passage", "BM25", "vectors", "fused", *read, *parts, "matched", "missed"):
        table.add_column(name, overflow="fold")
    for row in xray.rows:
        table.add_row(
            str(row.place),
            f"{row.seen.path} [{row.evidence}]" if row.evidence else row.seen.path,
            _cell(row.keyword, 2),
            _cell(row.vector, 3),
            f"{row.fused_score:.3f}",
            *(_cell(row.rerank, 3) for _ in read),
            *(f"{part.value:.3f}" for part in row.parts),
            ", ".join(f"{part.name} {part.value:.2f}" for part in row.matched),
            ", ".join(row.missed),
        )
    return table


def _terms(xray: Xray) -> Table:
    table = Table(title="looked for", title_justify="left")
    for name in ("word", "weight", "idf", "shown in"):
        table.add_column(name)
    for term in xray.terms:
        word = f"{term.term} (synonym)" if term.is_synonym else term.term
        table.add_row(word, f"{term.weight:.2f}", f"{term.idf:.2f}", str(term.shown_in))
    return table


def _cell(where: Standing, places: int) -> str:
    if where.score is None:
        return "-"
    return f"{'-' if where.rank is None else f'#{where.rank}'} {where.score:.{places}f}"
