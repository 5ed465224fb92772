"""The search with and without each part that is there for one kind of wording."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from unittest.mock import patch

import yaml
from django.conf import settings

from bench.retrieval import labelled
from bench.retrieval.ablation import Without, index_of
from bench.retrieval.cases import Case, Material, asked, material
from bench.retrieval.labelled import WORDING, LabelledSet
from supportapp.evals import ranking
from supportapp.knowledge.embeddings import current_embedder
from supportapp.llm.words import is_word
from supportapp.retrieval import analysis, indexes
from supportapp.retrieval.analysis import Analyser, analyser
from supportapp.retrieval.fusion import WEIGHTS, Weights
from supportapp.retrieval.index import WorkspaceIndex
from supportapp.retrieval.search import search
from supportapp.retrieval.spelling import corrected
from supportapp.retrieval.synonyms import Group
from supportapp.retrieval.values import Limits, Scope

COSINES = Weights(
    keyword=0, context=0, focus=0, closing=0, opening=0, last=0, article=0,
    keyword_unspaced=0,
)  # fmt: skip
WORDS_LEAD_NOWHERE = replace(WEIGHTS, keyword_unspaced=WEIGHTS.keyword)
UNCHANGED = ("dev-dstc", "dev-fiqa")
MOST = Limits().corrections
ROUNDS = 20


@dataclass(frozen=True)
class Compared:
    """The same questions, in their order, asked without and with one part."""

    name: str
    part: str
    without: Sequence[Case]
    with_it: Sequence[Case]
    weights_without: Weights = WEIGHTS

    def only(self, name: str, places: Sequence[int]) -> Compared:
        """Return the comparison on these questions alone."""
        without, with_it = [
            [cases[place] for place in places] for cases in (self.without, self.with_it)
        ]
        return replace(self, name=name, without=without, with_it=with_it)

    def line(self) -> str:
        """Return the comparison as a line of a table."""
        alone = ranking.estimate([case.ndcg(COSINES) for case in self.without]).mean
        cells = [self.name, str(len(self.without)), self.part, f"{alone:.3f}"]
        for measure in (_ndcg, _recall):
            before = [measure(case, self.weights_without) for case in self.without]
            after = [measure(case, WEIGHTS) for case in self.with_it]
            cells += [f"{ranking.estimate(each).mean:.3f}" for each in (before, after)]
            cells.append(_gain(after, before))
        return "| " + " | ".join(cells) + " |"


def _ndcg(case: Case, weights: Weights) -> float:
    return case.ndcg(weights)


def _recall(case: Case, weights: Weights) -> float:
    return ranking.recall(case.ranked(weights), case.grades, 1)


def _gain(after: Sequence[float], before: Sequence[float]) -> str:
    found = ranking.difference(after, before)
    clear = "**" if found.excludes_zero else ""
    return f"{clear}{found.mean:+.3f}{clear} ({found.low:+.3f} to {found.high:+.3f})"


def table(folder: Path) -> list[str]:
    """Return the table and what it took, as lines of Markdown."""
    lines = [
        "| Questions | Number | Part | Vectors alone, nDCG@10 | nDCG@10 without the part | with it "
        "| Gain (95% interval) | Recall@1 without | with it | Gain (95% interval) |",
        "|---|--:|---|" + "--:|" * 7,
    ]
    help_centre = labelled.help_centre()
    stored = material(help_centre)
    compared = [
        _spelt(labelled.wording("misspelt"), stored),
        *_codes(labelled.wording("codes"), stored),
        *_synonyms(labelled.wording("synonyms"), stored),
        _chinese(labelled.wording("chinese"), stored),
        _spelt(help_centre, stored),
    ]
    lines += [each.line() for each in compared]
    for name in UNCHANGED:
        known = labelled.benchmark_set(folder / name, unanswerable=0)
        lines.append(_spelt(known, material(known)).line())
    misspelt = labelled.wording("misspelt")
    told = [_sure(each) for each in (misspelt, labelled.out_of_scope(folder))]
    return [*lines, "", *told, "", _cost(help_centre, misspelt)]


def _spelt(known: LabelledSet, stored: Material) -> Compared:
    index = indexes.of(known.workspace_id)
    without = asked(known, stored).whole
    read = _put_right(known, index)
    changed = [
        mine.query.text != typed.query.text
        for mine, typed in zip(read.questions, known.questions, strict=True)
        if any(grade > 0 for grade in typed.grades.values())
    ]
    again = iter(asked(replace(read, questions=_picked(read, known)), stored).whole)
    with_it = [
        next(again) if is_new else case for case, is_new in zip(without, changed, strict=True)
    ]
    name = f"{known.name} ({sum(changed)} read differently)"
    return Compared(name, "spelling", without, with_it)


def _picked(read: LabelledSet, known: LabelledSet) -> list[labelled.Labelled]:
    pairs = zip(read.questions, known.questions, strict=True)
    return [mine for mine, typed in pairs if mine.query.text != typed.query.text]


def _put_right(known: LabelledSet, index: WorkspaceIndex) -> LabelledSet:
    """Return the set with its questions read as the search reads them."""
    questions = []
    for each in known.questions:
        text = corrected(each.query.text, index, is_word, most=MOST)
        questions.append(replace(each, query=each.query.model_copy(update={"text": text})))
    return replace(known, questions=questions)


def _codes(known: LabelledSet, stored: Material) -> list[Compared]:
    with_it = asked(known, stored).whole
    with _codes_as_words():
        without = asked(known, stored, index_of(Without("codes"), known)).whole
    return [Compared(known.name, "codes in all their spellings", without, with_it)]


@contextmanager
def _codes_as_words() -> Iterator[None]:
    """Let an analyser know words only, as most do: TB-204 gives tb and 204, TB204 gives tb204."""

    def plain(self: Analyser, text: str, parts: list[str]) -> analysis._Entry:
        words = re.findall(r"[^\W_]+", text)
        terms = tuple(self.stem(word) for word in words if word not in analysis.ENGLISH)
        return analysis._Entry(terms, terms[-1] if terms else None)

    analyser.cache_clear()
    with patch.object(Analyser, "_compound", plain), patch.object(analysis, "_SHORT_LETTERS", 0):
        yield
    analyser.cache_clear()


def _synonyms(known: LabelledSet, stored: Material) -> list[Compared]:
    kept = indexes.of(known.workspace_id).copy()
    kept.use_synonyms([each for line in _yaml(WORDING / "synonyms.yaml") for each in _groups(line)])
    # In both, words of the groups count as words: only what the groups add is compared.
    read = _put_right(known, kept)
    bare = indexes.of(known.workspace_id)
    both = Compared(
        known.name, "synonyms", asked(read, stored, bare).whole, asked(read, stored, kept).whole
    )
    lines = labelled.lines(WORDING / "synonyms.jsonl")
    halves = {
        kind: [place for place, line in enumerate(lines) if line["of"] == kind]
        for kind in ("seen", "held out")
    }
    return [both.only(f"{known.name}, {kind}", places) for kind, places in halves.items()]


def _groups(line: str) -> list[Group]:
    """Read "a, b = c" as one group, and "a, b => c" as one for each of the first."""
    said, arrow, others = line.partition("=>")
    if not arrow:
        return [Group(_phrases(line.replace("=", ",")))]
    return [Group((each, *_phrases(others)), is_one_way=True) for each in _phrases(said)]


def _phrases(text: str) -> tuple[str, ...]:
    return tuple(phrase.strip() for phrase in text.split(","))


def _yaml(path: Path) -> list[str]:
    return list(yaml.safe_load(path.read_text(encoding="utf-8")))


def _chinese(known: LabelledSet, stored: Material) -> Compared:
    cases = asked(known, stored).whole
    return Compared(known.name, "words lead", cases, cases, WORDS_LEAD_NOWHERE)


def _sure(known: LabelledSet) -> str:
    """Say how many of a set's questions the search is sure enough of, with spelling and without."""
    needed = settings.ANSWERING_MIN_CONFIDENCE
    scope = Scope(known.workspace_id, labelled.PUBLIC)
    sure = [
        sum(
            search(each.query.query(), scope, limits=limits, embedder=current_embedder()).is_sure(
                needed
            )
            for each in known.questions
        )
        for limits in (Limits(corrections=0), Limits())
    ]
    return (
        f"- **{known.name}**: of {len(known.questions)} questions {sure[0]} are answered without "
        f"spelling and {sure[1]} with it."
    )


def _cost(clean: LabelledSet, misspelt: LabelledSet) -> str:
    index = indexes.of(clean.workspace_id)
    times = [
        _microseconds([each.query.text for each in known.questions], index)
        for known in (clean, misspelt)
    ]
    return (
        f"Spelling takes {times[0]:.0f} µs of a core for a question of the help centre, and "
        f"{times[1]:.0f} µs for a misspelt one (means of the quickest of {ROUNDS} rounds)."
    )


def _microseconds(texts: Sequence[str], index: WorkspaceIndex) -> float:
    rounds = []
    for _ in range(ROUNDS):
        began = time.process_time()
        for text in texts:
            corrected(text, index, is_word, most=MOST)
        rounds.append(time.process_time() - began)
    return min(rounds) / len(texts) * 1e6
