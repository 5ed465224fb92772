"""Embedding models and their comparison as tables for a terminal, and as plain values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from rich.table import Table

from supportapp.knowledge import filling
from supportapp.knowledge.models import EmbeddingModel

SHOWN = 20


def models() -> list[dict[str, Any]]:
    """Return each model with its state and how far it is filled; keys are stable."""
    return [_model(model) for model in EmbeddingModel.objects.order_by("state", "pk")]


def _model(model: EmbeddingModel) -> dict[str, Any]:
    found = filling.progress(model)
    return {
        "name": model.name,
        "kind": model.kind,
        "dimension": model.dimension,
        "state": model.state,
        "paused": model.is_paused,
        "ready": found.ready,
        "total": found.total,
        "passages_per_second": round(found.passages_per_second, 1),
        "seconds_left": None if found.seconds_left is None else round(found.seconds_left),
        "error": model.error,
    }


def models_table(rows: Sequence[Mapping[str, Any]]) -> Table:
    """Return the models for a terminal."""
    table = Table()
    for name in ("model", "dimensions", "state", "vectors", "passages/s", "left"):
        table.add_column(name, overflow="fold")
    for row in rows:
        left = row["seconds_left"]
        state = "paused" if row["paused"] else row["state"]
        table.add_row(
            row["name"],
            str(row["dimension"]),
            f"{state}: {row['error']}" if row["error"] else state,
            f"{row['ready']:,} of {row['total']:,}",
            f"{row['passages_per_second']:.1f}" if row["passages_per_second"] else "",
            str(timedelta(seconds=left)) if left else "",
        )
    return table


def measures_table(figures: Mapping[str, Any]) -> Table:
    """Return the measures side by side, with what the second model adds."""
    title = f"{figures['dataset']}: {figures['queries']} questions"
    table = Table(title=title, title_justify="left")
    for name in ("measure", *figures["models"], "difference", "95% interval"):
        table.add_column(name, justify="left" if name == "measure" else "right", overflow="fold")
    for name, value in figures["measures"].items():
        gain = value["difference"]
        table.add_row(
            name,
            f"{value['first']['mean']:.3f}",
            f"{value['second']['mean']:.3f}",
            f"{gain['mean']:+.3f}",
            f"{gain['low']:+.3f} to {gain['high']:+.3f}",
        )
    table.add_row("ms, median", *(_milliseconds(each) for each in figures["ms_p50"]))
    return table


def _milliseconds(spent: float | None) -> str:
    return "at its rate" if spent is None else f"{spent:.1f}"


def changed_table(figures: Mapping[str, Any]) -> Table:
    """Return the questions that changed most."""
    title = f"{figures['better']} questions better, {figures['worse']} worse (nDCG@10)"
    table = Table(title=title, title_justify="left")
    for name in ("question", *figures["models"], "first found", "now"):
        table.add_column(name, overflow="fold")
    for row in figures["changed"][:SHOWN]:
        found = (", ".join(row[key]) for key in ("first_found", "second_found"))
        table.add_row(row["question"], f"{row['first']:.2f}", f"{row['second']:.2f}", *found)
    return table
