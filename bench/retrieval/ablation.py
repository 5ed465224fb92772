"""What each part of the ranking adds: the difference that leaving it out makes, set by set."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from bench.retrieval.cases import PUBLIC, Asked, Case, Material, asked, material
from bench.retrieval.labelled import LabelledSet
from supportapp.evals import ranking
from supportapp.knowledge.models import Passage
from supportapp.retrieval.fusion import WEIGHTS, Weights
from supportapp.retrieval.index import K1, B, IndexedPassage, WorkspaceIndex

_FIELDS = (
    "id", "article_id", "title", "headings", "text", "audience", "language", "subject", "aliases",
    "tags",
)  # fmt: skip


@dataclass(frozen=True)
class Without:
    """The ranking with one part left out."""

    name: str
    weights: Weights = WEIGHTS
    with_vectors: bool = True
    # How the keyword index reads a passage; none: as the product does.
    passage: Callable[[IndexedPassage], IndexedPassage] | None = None
    bm25: tuple[float, float] | None = None
    with_spelling: bool = True


def _less(**weights: float) -> Weights:
    return replace(WEIGHTS, **weights)


PARTS = (
    Without("vectors", with_vectors=False),
    Without("words (BM25)", _less(keyword=0, context=0)),
    Without("all of the conversation", _less(opening=0, last=0, context=0, focus=0, closing=0)),
    Without("the subject in focus", _less(focus=0, closing=0)),
    Without("the conversation's opening", _less(opening=0)),
    Without("its last turn", _less(last=0)),
    Without("the words of its turns", _less(context=0)),
    Without("turns count less beside a subject", _less(closing=0)),
    Without("support by the article's other passages", _less(article=0)),
    Without("its nearest lines and aliases", _less(line=0)),
    Without("spelling", with_spelling=False),
    Without("BM25 for short passages (0.9, 0.4 instead of 1.5, 0.75)", bm25=(1.5, 0.75)),
    Without("words of the title", passage=lambda each: replace(each, title="")),
    Without("words of the headings", passage=lambda each: replace(each, headings=())),
    Without("words of the aliases", passage=lambda each: replace(each, aliases=())),
    Without("words of the tags", passage=lambda each: replace(each, tags=())),
)


def table(sets: Sequence[LabelledSet]) -> list[str]:
    """Return the table of parts, as lines of Markdown."""
    stored = [(each, material(each)) for each in sets]
    whole = [asked(each, kept, with_spelling=True) for each, kept in stored]
    lines = [
        "| nDCG@10 | " + " | ".join(each.name for each in whole) + " |",
        "|---|" + "--:|" * len(whole),
        "| with everything | " + " | ".join(_mean(each) for each in whole) + " |",
    ]
    for part in PARTS:
        gains = [
            _gain(each, _left_out(part, *known, each))
            for each, known in zip(whole, stored, strict=True)
        ]
        lines.append(f"| gain of {part.name} | " + " | ".join(gains) + " |")
    return lines


def _mean(each: Asked) -> str:
    return str(round(ranking.estimate(each.ndcgs()).mean, 3))


def _left_out(part: Without, labelled: LabelledSet, stored: Material, whole: Asked) -> list[float]:
    cases: Sequence[Case] = whole.whole
    if part.passage or part.bm25:
        index = index_of(part, labelled)
        cases = asked(labelled, stored, index, with_spelling=True).whole
    elif not part.with_spelling:
        cases = asked(labelled, stored).whole
    return [case.ndcg(part.weights, with_vectors=part.with_vectors) for case in cases]


def _gain(whole: Asked, left_out: Sequence[float]) -> str:
    found = ranking.difference(whole.ndcgs(), left_out)
    if max(abs(found.low), abs(found.high)) < 0.0005:
        return "0"
    clear = "" if found.low <= 0 <= found.high else "**"
    return f"{clear}{found.mean:+.3f}{clear} ({found.low:+.3f} to {found.high:+.3f})"


def index_of(part: Without, labelled: LabelledSet) -> WorkspaceIndex:
    """Return the workspace's keyword index, read or weighed in another way."""
    k1, b = part.bm25 or (K1, B)
    made = WorkspaceIndex(0, k1=k1, b=b)
    live = Passage.objects.filter(
        workspace=labelled.workspace_id, generation_removed__isnull=True, audience__in=PUBLIC
    )
    rows = live.order_by("pk").values_list(*_FIELDS).iterator(chunk_size=2000)
    read = part.passage or (lambda each: each)
    made.apply((read(IndexedPassage(*row)) for row in rows), (), 0)
    return made
