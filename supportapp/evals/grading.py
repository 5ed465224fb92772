"""An answer's scores: the deterministic ones, and a judge's where a model is configured for it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from supportapp.answering.nearness import Nearness
from supportapp.answering.prompting import JUDGE
from supportapp.evals import scoring
from supportapp.evals.judges import consistency, scorecard
from supportapp.evals.models import Run
from supportapp.evals.values import Answered, Known, Score
from supportapp.gateway import chats, ledger, recording
from supportapp.gateway.chats import PurposeModel
from supportapp.knowledge.embeddings import current_embedder
from supportapp.llm.errors import EmbeddingUnavailable, ModelBudgetSpent, ModelError
from supportapp.work import unit

JUDGES = (consistency.judge, scorecard.judge)


class AllowanceSpent(Exception):
    """The workspace may ask no model any more today."""


@dataclass(frozen=True, slots=True)
class Graded:
    """An answer with its scores, and what judging it cost."""

    answered: Answered
    scores: Mapping[str, Score]
    judge_cost: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True)
class Grader:
    """Grades the answers of one run."""

    workspace_id: int
    judge: PurposeModel | None = None
    nearness: Nearness = field(default_factory=lambda: Nearness(current_embedder()))

    async def grade(self, answered: Answered, known: Known) -> Graded:
        """Return an answer with all its scores. Raises AllowanceSpent."""
        scores = await unit(self._scored, answered, known)
        if self.judge is None or not answered.is_answer:
            return Graded(answered, scores)
        with ledger.opened(workspace_id=self.workspace_id) as kept:
            try:
                scores |= await self._judged(answered, known, self.judge)
            finally:
                cost = kept.cost
                await unit(recording.close, kept)
        return Graded(answered, scores, cost)

    def _scored(self, answered: Answered, known: Known) -> dict[str, Score]:
        try:
            return scoring.score(answered, known, nearness=self.nearness)
        except EmbeddingUnavailable:
            return scoring.score(answered, known)

    async def _judged(
        self, answered: Answered, known: Known, chat: PurposeModel
    ) -> dict[str, Score]:
        found: dict[str, Score] = {}
        for judge in JUDGES:
            try:
                found |= await judge(answered, known, chat, chat.model)
            except ModelBudgetSpent:
                raise AllowanceSpent from None
            except ModelError as error:
                # What the judge didn't say is no score; the page shows that it is missing.
                found[f"{judge.__module__.rpartition('.')[2]}_failed"] = Score(None, error.code)
        return found


def grader(run: Run) -> Grader:
    """Return what grades a run. Reads the database."""
    workspace_id = run.dataset.workspace_id
    chat = chats.chat(JUDGE, workspace_id=workspace_id) if run.is_judged else None
    if chat is not None and run.judge != chat.model:
        Run.objects.filter(pk=run.pk).update(judge=chat.model[:120])
        run.judge = chat.model[:120]
    return Grader(workspace_id, chat)
