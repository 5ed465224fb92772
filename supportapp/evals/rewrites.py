"""Search with questions that were made to stand alone: given ones, or those that the model makes.

What given rewrites reach is the ceiling of any rewriting; nothing that is given here is ever used
to rank for customers.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from supportapp.answering import prompting, rewriting, searching
from supportapp.answering.standalone import is_same
from supportapp.answering.values import AssistantProfile, Parts, Question
from supportapp.evals import ranking
from supportapp.evals.benchmark import Benchmark, BenchmarkError, QueryLine, Text, lines
from supportapp.evals.retrieval import Measured, Progress
from supportapp.retrieval.values import Scope
from supportapp.tracing import Trace

MODEL = "model"
GAIN = "ndcg@10"
_NOBODY = AssistantProfile(name="", company="")
Measure = Callable[[Benchmark, bool], Measured]


class RewriteLine(BaseModel):
    """One rewritten question."""

    id: Text
    text: Text


class _WholeLine(BaseModel):
    """A line of queries.jsonl with the fields that only some sets have."""

    model_config = ConfigDict(extra="allow")

    id: Text


@dataclass(frozen=True)
class Rewrites:
    """Questions as they stand alone, by id, and how the model's came out."""

    texts: Mapping[str, str]
    outcomes: Mapping[str, int] = field(default_factory=dict)


def given(benchmark: Benchmark, source: str) -> Rewrites:
    """Return the rewrites of a file, or of a field of queries.jsonl."""
    if Path(source).is_file():
        known = {line.id: line.text for line in lines(Path(source), RewriteLine)}
    else:
        read = lines(benchmark.folder / "queries.jsonl", _WholeLine)
        known = {line.id: str((line.model_extra or {}).get(source) or "") for line in read}
    texts = {name: text.strip() for name, text in known.items() if text.strip()}
    if not texts.keys() & {line.id for line in benchmark.queries}:
        raise BenchmarkError(f"“{source}” is neither a file with rewrites nor a field with some.")
    return Rewrites(texts)


async def made(benchmark: Benchmark, parts: Parts, progress: Progress) -> Rewrites:
    """Return what the model makes of the questions, under the checks that customers' ones meet."""
    if parts.chat is None:
        raise BenchmarkError("--rewrites model needs OPENAI_API_KEY or OPENAI_BASE_URL.")
    parts = replace(parts, rewriting=prompting.load(prompting.REWRITE))
    texts: dict[str, str] = {}
    outcomes: Counter[str] = Counter()
    asked = [*benchmark.queries, *benchmark.unanswerable]
    for number, line in enumerate(asked, start=1):
        query = line.query()
        question = Question(query.text, Scope(0, frozenset()), _NOBODY, query.context)
        came = await rewriting.rewrite(question, parts, Trace())
        outcomes[came.outcome or "first_question"] += 1
        if came.text:
            texts[line.id] = came.text
        progress("Rewriting", number, len(asked))
    return Rewrites(texts, dict(outcomes.most_common()))


def applied(benchmark: Benchmark, rewrites: Rewrites, *, alone: bool = False) -> Benchmark:
    """Return the benchmark with questions that are searched as customers' are: what stands alone
    beside their own words, or only what stands alone."""
    return replace(
        benchmark,
        queries=[_applied(line, rewrites, alone) for line in benchmark.queries],
        unanswerable=[_applied(line, rewrites, alone) for line in benchmark.unanswerable],
    )


def _applied(line: QueryLine, rewrites: Rewrites, alone: bool) -> QueryLine:
    text = rewrites.texts.get(line.id, "")
    if not text or is_same(text, line.text):
        return line
    return line.model_copy(update={"text": text if alone else searching.beside(text, line.text)})


def compared(
    benchmark: Benchmark, rewrites: Rewrites, name: str, measure: Measure
) -> list[tuple[str, Measured]]:
    """Return what is found without and with the rewrites, in each way to search with them."""
    beside, alone = applied(benchmark, rewrites), applied(benchmark, rewrites, alone=True)
    return [
        ("the question, with the conversation", measure(benchmark, True)),
        ("the last message alone", measure(benchmark, False)),
        (f"{name} beside the question, with the conversation", measure(beside, True)),
        (f"{name} beside the question, nothing else", measure(beside, False)),
        (f"{name} in its place, with the conversation", measure(alone, True)),
        (f"{name} in its place, nothing else", measure(alone, False)),
    ]


def as_markdown(rows: Sequence[tuple[str, Measured]]) -> list[str]:
    """Return the runs as the lines of a table, each compared with the first."""
    head = [
        "| Searched | nDCG@10 (95% interval) | MRR@10 | Recall@10 | Against the first |",
        "|---" + "|--:" * 4 + "|",
    ]
    first = rows[0][1]
    return head + [_row(name, measured, first) for name, measured in rows]


def _row(name: str, measured: Measured, first: Measured) -> str:
    value = measured.estimates()
    gain = ranking.difference(measured.values[GAIN], first.values[GAIN])
    against = f"{gain.mean:+.3f} ({gain.low:+.3f} to {gain.high:+.3f})"
    if gain.excludes_zero:
        against = f"**{against}**"
    cells = [
        name,
        f"{value[GAIN].mean:.3f} ({value[GAIN].low:.3f} to {value[GAIN].high:.3f})",
        f"{value['mrr@10'].mean:.3f}",
        f"{value['recall@10'].mean:.3f}",
        "" if measured is first else against,
    ]
    return f"| {' | '.join(cells)} |"
