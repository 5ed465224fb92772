"""One bar plot a set: `python -m bench.peers.plots RESULTS.json FOLDER`, in the peers' environment.

Each system's nDCG@10 with its 95% interval, by what it read.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import matplotlib as mpl

mpl.use("svg")
# The same figures make the same file.
mpl.rcParams["svg.hashsalt"] = "supportapp"
# Words stay words: smaller, and read aloud.
mpl.rcParams["svg.fonttype"] = "none"
mpl.rcParams["font.family"] = "sans-serif"

import matplotlib.pyplot as plt  # noqa: E402  (after the settings above)

OURS, THEIRS = "#0b6e4f", "#8a94a6"
READ = {"message": "last message", "conversation": "conversation"}
Row = dict[str, Any]


def main() -> None:
    results, folder = Path(sys.argv[1]), Path(sys.argv[2])
    folder.mkdir(parents=True, exist_ok=True)
    for measured in json.loads(results.read_text(encoding="utf-8"))["sets"]:
        _plot(measured, folder / f"peers-{measured['name']}.svg")


def _plot(measured: dict[str, Any], path: Path) -> None:
    rows = sorted(measured["figures"], key=lambda row: row["ndcg@10"])
    means = [row["ndcg@10"] for row in rows]
    low = [row["ndcg@10"] - row["intervals"]["ndcg@10"][0] for row in rows]
    high = [row["intervals"]["ndcg@10"][1] - row["ndcg@10"] for row in rows]
    figure, axes = plt.subplots(figsize=(8, 0.36 * len(rows) + 1.2), layout="constrained")
    axes.barh(
        [_name(row) for row in rows],
        means,
        xerr=[low, high],
        color=[OURS if row["system"] == "supportapp" else THEIRS for row in rows],
        error_kw={"ecolor": "#333333", "capsize": 2, "linewidth": 0.8},
    )
    axes.set_xlim(0, 1)
    axes.set_xlabel("nDCG@10, with its 95% interval")
    axes.set_title(f"{measured['name']}, {measured['questions']} questions", loc="left")
    axes.spines[["top", "right"]].set_visible(False)
    # Set on a white ground, so that it is legible on a dark page too.
    figure.savefig(path, metadata={"Date": None}, facecolor="white")
    plt.close(figure)


def _name(row: Row) -> str:
    return f"{row['label']}, {READ[row['reading']]}"


if __name__ == "__main__":
    main()
