"""Questions with known answers, each set in a workspace of its own, and what a search says of them.

dev-dstc and dev-fiqa as they come; the sample help centre with the questions beside this package;
questions that no help centre answers, put to the sample help centre; and the three support bots of
hint3, where an intent's training messages stand for its article.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from supportapp.evals import benchmark, loading
from supportapp.evals.benchmark import QueryLine
from supportapp.knowledge.embeddings import current_embedder
from supportapp.knowledge.models import Passage, Workspace
from supportapp.retrieval.search import search
from supportapp.retrieval.values import Limits, Scope, SearchResult

HELP_CENTRE = Path(__file__).parents[1] / "help-centre" / "questions.jsonl"
WORDING = Path(__file__).parents[1] / "wording"
OUT_OF_SCOPE = "NO_NODES_DETECTED"
BOTS = ("curekart", "powerplay11", "sofmattress")
PER_BOT = 300
PUBLIC = frozenset({"public", "customers"})


@dataclass(frozen=True)
class Labelled:
    """One question and the items that answer it; none where nothing does."""

    query: QueryLine
    grades: Mapping[str, int]

    @property
    def group(self) -> str:
        """Return what belongs together in cross-validation: one conversation."""
        said = self.query.context[0].text if self.query.context else self.query.id
        return said.split("<::>")[0]


@dataclass(frozen=True)
class LabelledSet:
    """A workspace, its questions, and the name under which each passage is judged."""

    name: str
    workspace_id: int
    names: Mapping[int, str]
    questions: list[Labelled] = field(default_factory=list)

    @property
    def family(self) -> str:
        """Return what the set was made alike with: the three bots are one family."""
        return "hint3" if self.name.startswith("hint3") else self.name

    def search(self, query: QueryLine) -> SearchResult:
        """Search as customers do."""
        return search(
            query.query(),
            Scope(self.workspace_id, PUBLIC),
            limits=Limits(),
            embedder=current_embedder(),
        )


def quiet(stage: str, done: int, total: int) -> None:
    """Show no progress."""


def benchmark_set(folder: Path, *, unanswerable: int = 400) -> LabelledSet:
    """Return a benchmark folder as a labelled set."""
    known = benchmark.read(folder)
    workspace = loading.load(known, quiet)
    questions = [Labelled(line, known.grades[line.id]) for line in known.queries]
    questions += [Labelled(line, {}) for line in known.unanswerable[:unanswerable]]
    return LabelledSet(known.name, workspace.pk, loading.corpus_ids(known, workspace), questions)


def help_centre() -> LabelledSet:
    """Return the sample help centre, which has to be in the default workspace."""
    return _default_workspace("help-centre", _asked_of_articles(HELP_CENTRE))


def wording(name: str) -> LabelledSet:
    """Return questions to the sample help centre that are worded in a way that is hard to find."""
    return _default_workspace(name, _asked_of_articles(WORDING / f"{name}.jsonl"))


def chinese() -> LabelledSet:
    """Return Chinese questions to the sample help centre, with and without an answer there."""
    known, none = wording("chinese"), wording("chinese-unanswerable")
    return replace(known, questions=known.questions + none.questions)


def _asked_of_articles(path: Path) -> list[Labelled]:
    return [
        Labelled(QueryLine.model_validate(line), dict.fromkeys(line["articles"], 1))
        for line in lines(path)
    ]


def out_of_scope(folder: Path) -> LabelledSet:
    """Return questions that no help centre answers, put to the sample help centre."""
    asked = lines(folder / "no-answer" / "clinc_oos.jsonl")
    questions = [Labelled(QueryLine.model_validate(line), {}) for line in asked]
    return _default_workspace("clinc_oos", questions[::3])


def with_answers(folder: Path, scratch: Path) -> list[LabelledSet]:
    """Return every set whose questions have answers."""
    return [
        benchmark_set(folder / "dev-dstc"),
        benchmark_set(folder / "dev-fiqa"),
        help_centre(),
        *bots(folder, scratch),
    ]


def _default_workspace(name: str, questions: list[Labelled]) -> LabelledSet:
    workspace = Workspace.default()
    live = Passage.objects.filter(workspace=workspace, generation_removed__isnull=True)
    names = dict(live.values_list("pk", "article__slug"))
    return LabelledSet(name, workspace.pk, names, questions)


def bots(folder: Path, scratch: Path) -> Iterator[LabelledSet]:
    """Return hint3's bots as benchmarks, written to the scratch folder."""
    for bot in BOTS:
        place = scratch / f"hint3-{bot}"
        place.mkdir(parents=True, exist_ok=True)
        _write_bot(bot, folder / "hint3", place)
        yield benchmark_set(place, unanswerable=PER_BOT)


def _write_bot(bot: str, folder: Path, place: Path) -> None:
    messages: dict[str, list[str]] = {}
    for line in lines(folder / f"{bot}_train.jsonl"):
        messages.setdefault(line["intent"], []).append(line["text"])
    corpus = [
        {"id": intent, "title": intent.replace("_", " ").capitalize(), "text": "\n\n".join(texts)}
        for intent, texts in messages.items()
        if intent != OUT_OF_SCOPE
    ]
    asked = lines(folder / f"{bot}_test.jsonl")
    known = [line for line in asked if line["intent"] in messages][:PER_BOT]
    foreign = [line for line in asked if line["intent"] == OUT_OF_SCOPE][:PER_BOT]
    _save(place / "corpus.jsonl", corpus)
    _save(place / "queries.jsonl", known)
    _save(place / "no_answer_queries.jsonl", foreign)
    rows = ["query-id\tcorpus-id\tscore", *(f"{q['id']}\t{q['intent']}\t1" for q in known)]
    (place / "qrels.tsv").write_text("\n".join(rows) + "\n", encoding="utf-8")


def _save(path: Path, lines: Sequence[Mapping[str, str]]) -> None:
    text = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)
    path.write_text(text, encoding="utf-8")


def lines(path: Path) -> list[dict[str, str]]:
    """Return a file of JSON, one value a line."""
    with path.open(encoding="utf-8") as file:
        return [json.loads(line) for line in file]


Progress = Callable[[str, int, int], None]
