"""Figures to a part of docs/benchmarks.md and to plots in docs/images."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from bench.scale import chart, places
from supportapp.evals import report_file

IMAGES = places.PROJECT / "docs" / "images"
DOCUMENT = places.PROJECT / "docs" / "benchmarks.md"
Figures = Mapping[str, Any]


def write(results: Figures) -> None:
    """Renew the plots and the part of the document."""
    if "words" in results:
        title = "BM25: median and 95th percentile"
        _plot("scale-bm25.svg", title, results["words"], log_y=True)
    if "vectors" in results:
        title = "HNSW: median and 95th percentile"
        _plot("scale-vectors.svg", title, results["vectors"], log_y=False)
    report_file.renew(DOCUMENT, "scale", lines(results))


def _plot(name: str, title: str, costs: Figures, *, log_y: bool) -> None:
    drawn = {
        each: [(cost["passages"], cost[each]) for cost in costs.values()] for each in ("p50", "p95")
    }
    (IMAGES / name).write_text(chart.draw(title, drawn, log_y=log_y), encoding="utf-8")


def lines(results: Figures) -> list[str]:
    """Return the part as Markdown."""
    parts = {
        "searching": (_searches, _stages), "peers": (_peers,), "throughput": (_throughput,),
        "words": (_growth,), "memory": (_memory,), "freshness": (_freshness,),
        "ingesting": (_ingest,), "switching": (_switching,),
    }  # fmt: skip
    measured = {name.partition("-")[0] for name in results}
    said = []
    for name, tables in parts.items():
        for part in tables if name in measured else ():
            said += [*part(results), ""]
    said += [f"Not measured: {name}." for name in parts if name not in measured]
    cores, today = os.cpu_count(), datetime.now(UTC).date().isoformat()
    load = max(each["load"] for each in results["circumstances"].values())
    return [
        *said,
        f"Made by `python -m bench.scale` on {today}, {cores} CPU cores, no GPU; the highest load"
        f" average at the beginning of a step was {load:.1f}.",
    ]


def _sizes(results: Figures, step: str) -> dict[int, Figures]:
    found = {int(name.split("-")[1]): name for name in results if name.startswith(f"{step}-")}
    return {size: results[found[size]] for size in sorted(found)}


def _searches(results: Figures) -> Iterator[str]:
    yield (
        "| Passages | Questions | Embedding alone, ms p50 (p95) | Search p50 | p95 | p99 |"
        " p50 allowed: 1.5 × embedding + 5 ms | p95 allowed: 3 × p50 |"
    )
    yield "|---|---|---|---|---|---|---|---|"
    for size, each in _sizes(results, "searching").items():
        everything = {"questions": each["questions"], **each}
        for name, kind in {"**all**": everything, **each["kinds"]}.items():
            embedding, search = kind["embedding"], kind["search"]
            allowed = 1.5 * embedding["p50"] + 5
            yield (
                f"| {size:,} | {name}, {kind['questions']} | {embedding['p50']}"
                f" ({embedding['p95']}) | {search['p50']} | {search['p95']} | {search['p99']} |"
                f" {allowed:.1f}: {_kept(search['p50'] <= allowed)} |"
                f" {3 * search['p50']:.1f}: {_kept(search['p95'] <= 3 * search['p50'])} |"
            )


def _peers(results: Figures) -> Iterator[str]:
    yield (
        "| Passages | System, on the last message | Questions | ms p50 | p95 | Indexed in |"
        " Times as long as ours; wanted: 10 |"
    )
    yield "|---|---|---|---|---|---|---|"
    for size, each in _sizes(results, "searching").items():
        ours = each["kinds"]["last message alone"]
        search = ours["search"]
        yield (
            f"| {size:,} | **supportapp** | {ours['questions']} | {search['p50']} |"
            f" {search['p95']} | | |"
        )
        for name, peer in results.items():
            if not name.startswith(f"peers-{size}-"):
                continue
            times = peer["p50"] / search["p50"]
            yield (
                f"| {size:,} | {peer['label']} | {peer['questions']} | {peer['p50']} |"
                f" {peer['p95']} | {peer['index_seconds']} s | {times:.1f}: {_kept(times >= 10)} |"
            )


def _stages(results: Figures) -> Iterator[str]:
    found = _sizes(results, "searching")
    stages = list(next(iter(found.values()))["stages"])
    yield "Stages, ms p50 (p95). Words are looked up while the question is being embedded."
    yield ""
    yield f"| Passages | {' | '.join(stages)} |"
    yield "|---|" + "---|" * len(stages)
    for size, each in found.items():
        cells = (f"{each['stages'][s]['p50']} ({each['stages'][s]['p95']})" for s in stages)
        yield f"| {size:,} | {' | '.join(cells)} |"


def _throughput(results: Figures) -> Iterator[str]:
    yield "| Passages | Callers | Searches a second | ms p50 | p95 | Embeddings alone a second |"
    yield "|---|---|---|---|---|---|"
    for size, each in _sizes(results, "throughput").items():
        for callers, made in each.items():
            search = made["search"]
            yield (
                f"| {size:,} | {callers} | {search['per_second']} | {search['p50']} |"
                f" {search['p95']} | {made['embedding']['per_second']} |"
            )


def _growth(results: Figures) -> Iterator[str]:
    vectors_of = results.get("vectors", {})
    yield "![BM25 over passages](images/scale-bm25.svg)"
    yield ""
    if vectors_of:
        yield "![HNSW over passages](images/scale-vectors.svg)"
        yield ""
    yield "| Passages | BM25, ms p50 (p95) | HNSW, ms p50 (p95) | HNSW built in |"
    yield "|---|---|---|---|"
    for size, words in results["words"].items():
        vectors = vectors_of.get(size)
        cell = f"{vectors['p50']} ({vectors['p95']})" if vectors else "not measured"
        built = f"{vectors['build_seconds']} s" if vectors else ""
        yield f"| {int(size):,} | {words['p50']} ({words['p95']}) | {cell} | {built} |"


def _memory(results: Figures) -> Iterator[str]:
    for size, each in _sizes(results, "memory").items():
        own = [added["uss"] for added in each["added"]]
        shared = [added["pss"] for added in each["added"]]
        start = results[f"searching-{size}"]["start_ms"]
        yield (
            f"- Memory of each of {each['processes']} web processes at {size:,} passages, above the"
            f" empty one: {max(own)} MB of its own (USS), {max(shared)} MB with its share of the"
            f" snapshot (PSS). Wanted: at most 60 MB: {_kept(max(shared) <= 60)}. Its index is"
            f" there in {start:.0f} ms."
        )


def _freshness(results: Figures) -> Iterator[str]:
    for size, each in _sizes(results, "freshness").items():
        idle, evident = each["asked_after_idling"], each["evidence_after_publish"]
        yield (
            f"- Two processes at {size:,} passages, {each['rounds']:,} rounds of publishing or"
            f" archiving and asking: {len(each['stale'])} stale answers. A process that was idle"
            f" for 2 s answers the first question after `publish` returned in {idle['p50']} ms;"
            f" the article is evidence, its vector made, after {evident['p50']} ms (p95"
            f" {evident['p95']} ms). Wanted: within 2 s: {_kept(evident['p95'] <= 2000)}."
        )


def _ingest(results: Figures) -> Iterator[str]:
    for each in _sizes(results, "ingesting").values():
        imported, alone = each["import"], each["embedder"]
        yield (
            f"- Bulk import of {each['passages']:,} passages, really embedded, with their lines"
            f" {each['texts']:,} texts:"
            f" {imported['per_second']} passages a second, {imported['cores_busy']:.0%} of both"
            f" cores busy; the embedding model alone {alone['per_second']}. That is"
            f" {each['share']:.0%}; wanted: at least 80%: {_kept(each['share'] >= 0.8)}."
        )


def _switching(results: Figures) -> Iterator[str]:
    for each in _sizes(results, "switching").values():
        asked = ", ".join(f"{count:,} with {name}" for name, count in each["asked"].items())
        yield (
            f"- A second embedding model, at {each['passages']:,} passages, while two callers ask"
            f" without a pause: filled at {each['filled_per_second']} passages a second, from a"
            f" fake endpoint, switched to in {each['switch_ms']} ms, left in"
            f" {each['rollback_ms']} ms, removed in {each['remove_ms']} ms. Searches"
            f" meanwhile: {asked}; {each['without_evidence']} found nothing,"
            f" {each['without_vectors']} did without vectors; p50 {each['search']['p50']} ms,"
            f" p95 {each['search']['p95']}."
        )


def _kept(holds: bool) -> str:
    return "held" if holds else "**missed**"
