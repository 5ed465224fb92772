"""Labelled questions with what was known when their route was chosen, and how quoting did.

Everything in `bench/` that is asked of the sample help centre, with and without an answer there;
the help centre's own questions once more as the second question of a conversation, since no
labelled conversations of it exist. Quoting is right where it cites an article that answers, and
where it declines what no article answers. No model is asked.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from asgiref.sync import async_to_sync

from bench.retrieval import labelled
from bench.retrieval.labelled import Labelled
from supportapp.answering import assemble, pipeline
from supportapp.answering.profiles import profile
from supportapp.answering.routing import Clues
from supportapp.answering.values import Answer, Finished, Outcome, Parts, Question
from supportapp.knowledge.models import Workspace
from supportapp.retrieval.values import Evidence, Scope, SearchQuery, SearchResult, Utterance
from supportapp.tracing import Trace

WORDINGS = ("misspelt", "codes", "synonyms")
LATER = "help-centre, second question"
Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class Case:
    """One question. Without `clues` it took no route: too little was found, and it was declined."""

    id: str
    set: str
    group: str
    question: Question
    articles: frozenset[str]
    clues: Clues | None
    is_right: bool
    evidence: Sequence[dict[str, Any]] = field(default=(), repr=False)

    @property
    def is_answerable(self) -> bool:
        return bool(self.articles)


def gather(workspace: Workspace, progress: Progress) -> list[Case]:
    """Quote an answer to every question."""
    parts = without_model(workspace)
    asked = list(_asked())
    cases = []
    for number, (name, known, before) in enumerate(asked):
        progress("quoting", number, len(asked))
        question = _question(workspace, known, before)
        answer = ask(question, parts)
        cases.append(_case(name, known, question, answer))
    progress("quoting", len(asked), len(asked))
    return cases


def without_model(workspace: Workspace) -> Parts:
    """Return the product's parts as they are where no model is configured, and without tools."""
    usual = assemble.parts(workspace.pk)
    limits = replace(usual.limits, suggestions=0)
    return remembered(replace(usual, limits=limits, tools=None, chat=None, models={}))


def remembered(parts: Parts) -> Parts:
    """Return parts that search for the same thing once: every route begins with the same search."""
    found: dict[tuple[SearchQuery, Scope], SearchResult] = {}
    opened: dict[tuple[Evidence, ...], Any] = {}

    async def search(query: SearchQuery, scope: Scope) -> SearchResult:
        if (query, scope) not in found:
            found[query, scope] = await parts.search(query, scope)
        return found[query, scope]

    async def openings(evidence: Sequence[Evidence], scope: Scope) -> Any:
        key = tuple(evidence)
        if key not in opened:
            opened[key] = await parts.openings(evidence, scope)
        return opened[key]

    return replace(parts, search=search, openings=openings)


def ask(question: Question, parts: Parts) -> Answer:
    """Return the pipeline's answer."""
    answer: Answer = async_to_sync(_answered)(question, parts)
    return answer


async def _answered(question: Question, parts: Parts) -> Answer:
    async for event in pipeline.answer(question, parts=parts, trace=Trace()):
        if isinstance(event, Finished):
            return event.answer
    raise AssertionError("the pipeline ended without an answer")


def is_right(answer: Answer, articles: frozenset[str]) -> bool:
    """Say whether the right article is cited, or nothing is answered where nothing answers."""
    if not articles:
        return answer.outcome is not Outcome.ANSWERED
    cited = {each.slug for each in answer.citations}
    return answer.outcome is Outcome.ANSWERED and not cited.isdisjoint(articles)


def _asked() -> Iterator[tuple[str, Labelled, tuple[Utterance, ...]]]:
    own = labelled.help_centre()
    sets = [own, *(labelled.wording(name) for name in WORDINGS), labelled.chinese()]
    for each in sets:
        for known in each.questions:
            yield each.name, known, known.query.query().context
    for before, known in zip(own.questions, own.questions[1:], strict=False):
        said = (Utterance("U", before.query.text),)
        yield LATER, known, said


def _question(workspace: Workspace, known: Labelled, before: tuple[Utterance, ...]) -> Question:
    return Question(
        known.query.text,
        Scope(workspace.pk, labelled.PUBLIC),
        profile(workspace),
        context=before,
    )


def _case(name: str, known: Labelled, question: Question, answer: Answer) -> Case:
    articles = frozenset(known.grades)
    noted = answer.receipt.get("route")
    clues = None
    if noted is not None:
        seen = noted["clues"]
        clues = Clues(
            question.text,
            seen["confidence"],
            seen["margin"],
            seen["articles"],
            seen["turns"],
        )
    # A misspelt question belongs together with the one that it was made of.
    group = known.query.id.removeprefix("misspelt-")
    evidence = answer.receipt.get("evidence") or ()
    right = is_right(answer, articles)
    return Case(known.query.id, name, group, question, articles, clues, right, evidence)
