"""The peers' part of docs/benchmarks.md, as lines of Markdown. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bench.peers import figures
from bench.peers.catalogue import PEERS
from bench.peers.figures import OURS, Figures
from bench.peers.runs import CONVERSATION, MESSAGE
from supportapp.evals.ranking import Estimate

READ = {MESSAGE: "last message", CONVERSATION: "conversation"}


@dataclass(frozen=True)
class Measured:
    """A set with everyone's figures."""

    name: str
    passages: int
    questions: int
    unanswerable: int
    figures: Sequence[Figures]

    @property
    def best_peer(self) -> Figures:
        """Return the strongest of the peers and baselines, whatever it read."""
        theirs = [each for each in self.figures if each.system != OURS]
        return max(theirs, key=lambda each: each.estimate("ndcg@10").mean)


def lines(sets: Sequence[Measured]) -> list[str]:
    """Return the whole part but its circumstances."""
    made = _summary(sets)
    for measured in sets:
        made += ["", *_one(measured)]
    return [*made, "", *_coverage(sets)]


def _summary(sets: Sequence[Measured]) -> list[str]:
    rows = [
        "| Set | Ours | Best peer | nDCG@10 of it | Ours ahead by (95% interval) |"
        " Ours on the last message, ahead of the best peer on it |",
        "|---|--:|---|--:|--:|--:|",
    ]
    for measured in sets:
        mine = figures.ours(measured.figures, CONVERSATION)
        alone = figures.ours(measured.figures, MESSAGE)
        best = measured.best_peer
        short = [f for f in measured.figures if f.system != OURS and f.reading == MESSAGE]
        best_alone = max(short, key=lambda each: each.estimate("ndcg@10").mean)
        rows.append(
            f"| {measured.name} | {_mean(mine)} | {_named(best)} | {_mean(best)}"
            f" | {_lead(figures.lead(mine, best))} | {_lead(figures.lead(alone, best_alone))} |"
        )
    return rows


def _one(measured: Measured) -> list[str]:
    heading = (
        f"**{measured.name}**: {measured.passages:,} passages, {measured.questions} questions"
        f"{f', {measured.unanswerable} without an answer' if measured.unanswerable else ''}"
    )
    rows = [
        f"![nDCG@10 on {measured.name}](images/peers-{measured.name}.svg)",
        "",
        heading,
        "",
        "| System | Reads | nDCG@10 (95% interval) | MRR@10 | Recall@1 | @5 | @10 | ms p50 | p95"
        " | Ours ahead by, reading the conversation | Ours, reading the last message |",
        "|---|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|",
    ]
    ordered = sorted(measured.figures, key=lambda each: -each.estimate("ndcg@10").mean)
    return [*rows, *(_row(each, measured.figures) for each in ordered)]


def _row(each: Figures, everyone: Sequence[Figures]) -> str:
    ndcg = each.estimate("ndcg@10")
    rest = [f"{each.estimate(m).mean:.3f}" for m in list(figures.MEASURES)[1:]]
    if each.system == OURS:
        leads = ["", ""]
    else:
        readings = (CONVERSATION, MESSAGE)
        leads = [_lead(figures.lead(figures.ours(everyone, r), each)) for r in readings]
    spent = [f"{each.percentile(50):.1f}", f"{each.percentile(95):.1f}"]
    cells = [
        label(each.system),
        READ[each.reading],
        f"{ndcg.mean:.3f} ({ndcg.low:.3f} to {ndcg.high:.3f})",
        *rest,
        *spent,
        *leads,
    ]
    return f"| {' | '.join(cells)} |"


def _coverage(sets: Sequence[Measured]) -> list[str]:
    asked = [measured for measured in sets if measured.unanswerable]
    rows = [
        "Knowing when not to answer: the share of all questions that can be answered so that 95%"
        " of the answers are right, with each system's best threshold in hindsight on the score"
        f" of its first passage. Right: relevant at the first place / among the first"
        f" {figures.LOOKED_AT}. Calibrated: by the confidence that the product learns from a"
        " workspace's labels; each question is judged by what the other conversations taught.",
        "",
        f"| System | Reads | {' | '.join(measured.name for measured in asked)} |",
        f"|---|---|{'--:|' * len(asked)}",
    ]
    for system in (OURS, *PEERS):
        for named in (label(system), f"{label(system)}, calibrated"):
            for reading in (CONVERSATION, MESSAGE):
                is_calibrated = named != label(system)
                cells = [_sure(each, system, reading, is_calibrated) for each in asked]
                if any(cells):
                    found = " | ".join(cell or "–" for cell in cells)
                    rows.append(f"| {named} | {READ[reading]} | {found} |")
    return [*rows, *_best_coverage(asked)]


def _best_coverage(asked: Sequence[Measured]) -> list[str]:
    """Say on how many sets each way of ours covers more than every peer does, by either count."""
    rows = []
    for is_calibrated, named in ((False, "As shipped"), (True, "Calibrated")):
        known = [each for each in asked if _shares(each, is_calibrated)]
        ahead = {
            depth: [each.name for each in known if _covers_most(each, depth, is_calibrated)]
            for depth in ("first 1", f"first {figures.LOOKED_AT}")
        }
        counted = "; ".join(
            f"{depth}: {len(names)} of {len(known)} sets{_without(known, names)}"
            for depth, names in ahead.items()
        )
        rows += ["", f"{named}, the product covers more than every peer, by its {counted}."]
    return rows


def _without(asked: Sequence[Measured], ahead: Sequence[str]) -> str:
    behind = [each.name for each in asked if each.name not in ahead]
    return f" (not {', '.join(behind)})" if behind else ""


def _shares(measured: Measured, is_calibrated: bool) -> Mapping[str, float | None]:
    mine = figures.ours(measured.figures, CONVERSATION)
    return mine.calibrated if is_calibrated else mine.sure


def _covers_most(measured: Measured, depth: str, is_calibrated: bool) -> bool:
    ours = _shares(measured, is_calibrated).get(depth) or 0.0
    theirs = [each.sure.get(depth) or 0.0 for each in measured.figures if each.system != OURS]
    return ours > max(theirs)


def _sure(measured: Measured, system: str, reading: str, is_calibrated: bool) -> str:
    for each in measured.figures:
        if (each.system, each.reading) == (system, reading):
            found = each.calibrated if is_calibrated else each.sure
            shares = [share for share in found.values() if share is not None]
            return " / ".join(f"{100 * share:.1f}%" for share in shares)
    return ""


def label(system: str) -> str:
    """Return what tables call a system."""
    return "**supportapp**" if system == OURS else PEERS[system].label


def _named(each: Figures) -> str:
    return f"{label(each.system)}, {READ[each.reading]}"


def _mean(each: Figures) -> str:
    return f"{each.estimate('ndcg@10').mean:.3f}"


def _lead(difference: Estimate) -> str:
    shown = f"{difference.mean:+.3f} ({difference.low:+.3f} to {difference.high:+.3f})"
    return shown if difference.excludes_zero else f"{shown}, not shown"


def missing(sets: Mapping[str, Sequence[str]]) -> list[str]:
    """Say which systems' rankings of a set aren't there; sets are given with what is."""
    gaps = {
        name: [label(system).strip("*") for system in (OURS, *PEERS) if system not in there]
        for name, there in sets.items()
    }
    named = [f"{name} ({', '.join(systems)})" for name, systems in gaps.items() if systems]
    return [f"Not measured yet: {'; '.join(named)}.", ""] if named else []


def versions(installed: Mapping[str, str]) -> str:
    """Return the peers' versions in a sentence."""
    named = dict.fromkeys(name for entry in PEERS.values() for name in entry.packages)
    return ", ".join(f"{name} {installed[name]}" for name in named if name in installed)
