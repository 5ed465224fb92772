"""Questions whose answers are known, and what a search makes of them.

They come from a benchmark's folder, from lines {text, context?, articles: [slugs]}, where no
article means that the question must be declined, or from reviewers' labels.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel

from supportapp.evals import benchmark, loading
from supportapp.evals.benchmark import BenchmarkError, QueryLine, Text, TurnLine
from supportapp.evals.calibrating import Case
from supportapp.knowledge import access
from supportapp.knowledge.embeddings import current_embedder
from supportapp.knowledge.models import Workspace
from supportapp.retrieval.search import search
from supportapp.retrieval.values import Evidence, Limits, Scope, SearchQuery, Utterance

Progress = Callable[[str, int, int], None]


class QuestionLine(BaseModel):
    """One line of a file of labelled questions."""

    text: Text
    context: list[TurnLine] = []
    articles: list[Text]


@dataclass(frozen=True, slots=True)
class Labelled:
    """One question and the names of what answers it; none where it must be declined.

    `group` is the conversation that it was asked in.
    """

    query: SearchQuery
    answers: frozenset[str]
    group: str
    audiences: frozenset[str] = access.EVERYONE


@dataclass(frozen=True)
class LabelledSet:
    """Labelled questions to one workspace; `names` where passages go by other than slugs."""

    workspace: Workspace
    questions: Sequence[Labelled]
    names: Mapping[int, str] | None = None

    def cases(self, limits: Limits, progress: Progress) -> list[Case]:
        """Search for every question, as customers do."""
        found = []
        for number, question in enumerate(self.questions, start=1):
            scope = Scope(self.workspace.pk, question.audiences)
            result = search(question.query, scope, limits=limits, embedder=current_embedder())
            is_right = any(self._name(item) in question.answers for item in result.evidence)
            found.append(Case(question.group, result.clues, is_right))
            progress("Questions", number, len(self.questions))
        return found

    def _name(self, evidence: Evidence) -> str:
        if self.names is None:
            return evidence.slug
        return self.names.get(evidence.passage_id, "")


def of_file(path: Path, workspace: Workspace) -> LabelledSet:
    """Read a file of lines; raises BenchmarkError where one is malformed."""
    questions = [
        labelled(_said(line), line.text, frozenset(line.articles), access.CUSTOMERS)
        for line in benchmark.lines(path, QuestionLine)
    ]
    return LabelledSet(workspace, questions)


def of_benchmark(folder: Path, workspace: Workspace | None, progress: Progress) -> LabelledSet:
    """Read a benchmark's folder; its corpus goes into a workspace of its own, or is in this one."""
    known = benchmark.read(folder)
    home = workspace or loading.load(known, progress)
    names = loading.corpus_ids(known, home)
    if not names:
        raise BenchmarkError(f"{home.slug} holds nothing of {folder}.")
    questions = [
        _of_query(line, frozenset(n for n, grade in known.grades[line.id].items() if grade > 0))
        for line in known.queries
    ]
    questions += [_of_query(line, frozenset()) for line in known.unanswerable]
    return LabelledSet(home, questions, names)


def labelled(
    said: Sequence[Utterance], text: str, answers: frozenset[str], audiences: frozenset[str]
) -> Labelled:
    """Return a question; its conversation is known by how it began."""
    group = said[0].text if said else text
    return Labelled(SearchQuery(text, tuple(said)), answers, group, audiences)


def _of_query(line: QueryLine, answers: frozenset[str]) -> Labelled:
    return labelled(_said(line), line.text, answers, access.EVERYONE)


def _said(line: QueryLine | QuestionLine) -> list[Utterance]:
    return [Utterance(turn.speaker, turn.text) for turn in line.context]
