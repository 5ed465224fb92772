"""Which run's answers a model finds better, pair by pair, and how much of that is their length.

Each pair is judged twice with the sides swapped (`answering/judging.py`); who changes their mind
with the order finds neither better.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from asgiref.sync import async_to_sync
from django.db import transaction

from supportapp.answering import judging, setups
from supportapp.answering.intervals import Interval, wilson
from supportapp.answering.judging import TIE, Pair
from supportapp.answering.prompting import JUDGE
from supportapp.evals import contrast, fitting
from supportapp.evals.fitting import Pull
from supportapp.evals.models import PairVerdict, Result, Run
from supportapp.gateway import chats, ledger, recording
from supportapp.guardrails import personal
from supportapp.knowledge.models import Passage
from supportapp.llm.errors import ModelError
from supportapp.outbox import events as outbox
from supportapp.retrieval.values import Evidence

TASK = "supportapp.evals.tasks.judge_pairs"
MOST_PASSAGES = 8
FEWEST_FOR_LENGTH = 8
SIDES = {"production": "first", "candidate": "second", TIE: "tie"}


@dataclass(frozen=True, slots=True)
class Summary:
    """How often which answer was better. `fair` is the second's share were both equally long."""

    first: int
    second: int
    ties: int
    interval: Interval
    fair: float | None

    @property
    def total(self) -> int:
        return self.first + self.second + self.ties


def ask(before: Run, after: Run) -> bool:
    """Promise a comparison by a model; False where no model is configured for it."""
    if chats.chat(JUDGE, workspace_id=before.dataset.workspace_id) is None:
        return False
    with transaction.atomic():
        outbox.add(TASK, before_id=before.pk, after_id=after.pk)
    return True


def judge(before: Run, after: Run) -> int:
    """Judge the changed pairs that aren't yet; returns how many. Safe to run again."""
    workspace_id = before.dataset.workspace_id
    chat = chats.chat(JUDGE, workspace_id=workspace_id)
    if chat is None:
        return 0
    prompt = setups.standing(workspace_id).choice.prompt(JUDGE)
    known = set(verdicts(before, after))
    count = 0
    for each in contrast.contrast(before, after).changed:
        first, second = each.before, each.after
        is_done = (first.pk, second.pk) in known
        if is_done or each.is_edited or first.answer == second.answer:
            continue
        with ledger.opened(workspace_id=workspace_id) as kept:
            try:
                judged = async_to_sync(judging.judge)(
                    _pair(first, second), prompt, chat, chat.model
                )
            except ModelError:
                continue
            finally:
                recording.close(kept)
        PairVerdict.objects.get_or_create(
            first=first,
            second=second,
            defaults={"verdict": SIDES[judged.verdict], "details": dict(judged.details)},
        )
        count += 1
    return count


def verdicts(before: Run, after: Run) -> dict[tuple[int, int], PairVerdict]:
    """Return what was judged of two runs, by the results."""
    rows = PairVerdict.objects.filter(first__run=before, second__run=after)
    return {
        (each.first_id, each.second_id): each for each in rows.select_related("first", "second")
    }


def summary(found: Iterable[PairVerdict]) -> Summary | None:
    """Count verdicts; None where there are none."""
    rows = list(found)
    if not rows:
        return None
    said = [each.verdict for each in rows]
    lengths = [len(each.second.answer) - len(each.first.answer) for each in rows]
    second, ties = said.count("second"), said.count("tie")
    decided = len(said) - ties
    return Summary(
        decided - second, second, ties, wilson(second, decided), fair_share(said, lengths)
    )


def fair_share(said: list[str], lengths: list[int]) -> float | None:
    """Return how often the second would win, a tie being half, were both answers equally long.

    A logistic regression on the difference in length, read where that is none, as AlpacaEval's
    length-controlled win rate does (Dubois et al. 2024).
    """
    if len(said) < FEWEST_FOR_LENGTH:
        return None
    gaps = np.array(lengths, dtype=np.float64)
    scaled = np.tanh(gaps / (gaps.std() or 1.0))
    # A tie is half a win and half a loss.
    design = np.column_stack([np.ones(2 * len(said)), np.tile(scaled, 2)])
    right = np.array([1.0] * len(said) + [0.0] * len(said))
    wins = np.array([{"second": 1.0, "first": 0.0}.get(each, 0.5) for each in said])
    weights = fitting.fit(
        design, right, np.concatenate([wins, 1 - wins]), Pull(np.zeros(2), np.array([0.01, 0.5]))
    )
    return float(fitting.likelihoods(weights[:1])[0])


def _pair(first: Result, second: Result) -> Pair:
    noted = [each["passage"] for each in (*first.evidence, *second.evidence)]
    wanted = list(dict.fromkeys(noted))[:MOST_PASSAGES]
    stored = Passage.objects.in_bulk(wanted)
    evidence = [
        Evidence(
            number=number,
            passage_id=key,
            revision_id=stored[key].revision_id,
            article_id=stored[key].article_id,
            slug="",
            title=stored[key].title,
            headings=tuple(stored[key].headings),
            text=stored[key].text,
            score=0.0,
        )
        for number, key in enumerate((key for key in wanted if key in stored), start=1)
    ]
    return Pair(
        question=personal.masked(second.example.question),
        production=personal.masked(first.answer),
        candidate=personal.masked(second.answer),
        evidence=evidence,
    )
