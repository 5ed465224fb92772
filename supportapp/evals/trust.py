"""How far each judge may be trusted, topic by topic: as far as it agrees with people.

People judge results by the question that the judge was asked, without seeing what it said.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.contrib.auth.models import User

from supportapp.evals.agreement import Agreement, Pair, agreement
from supportapp.evals.judges import consistency, scorecard
from supportapp.evals.models import Opinion, Result
from supportapp.evals.scorers.catalogue import JUDGES, SCORERS
from supportapp.evals.summing import NO_TOPIC
from supportapp.knowledge.models import Workspace

ALL = "All topics"
YES, NO = "yes", "no"
# People say yes or no, never a grade; a judge's "good" is a yes.
CHOICES: Mapping[str, Mapping[str, str]] = {
    consistency.NAME: consistency.TITLES,
    **{name: {YES: "Yes", NO: "No"} for name in scorecard.CRITERIA},
}
QUESTIONS: Mapping[str, str] = {
    consistency.NAME: "How does it stand to the expert's answer?",
    **scorecard.QUESTIONS,
}


@dataclass(frozen=True, slots=True)
class Trust:
    """One judge's agreement with people on one topic."""

    scorer: str
    judge: str
    topic: str
    agreement: Agreement

    @property
    def title(self) -> str:
        return SCORERS[self.scorer].title


def judges_label(scorer: str, label: str) -> str:
    """Return a judge's word as people say it."""
    if scorer == consistency.NAME:
        return label
    return YES if label == "good" else NO


def of(workspace: Workspace) -> list[Trust]:
    """Return the trust in each judge: all topics first, then each."""
    found: dict[tuple[str, str, str], list[Pair]] = defaultdict(list)
    opinions = Opinion.objects.filter(result__run__dataset__workspace=workspace).select_related(
        "result__run", "result__example"
    )
    for each in opinions.order_by("pk"):
        noted = each.result.scores.get(each.scorer)
        if noted and noted.get("label"):
            pair = (judges_label(each.scorer, noted["label"]), each.label)
            judge = each.result.run.judge
            found[each.scorer, judge, ""].append(pair)
            found[each.scorer, judge, each.result.example.topic or NO_TOPIC].append(pair)
    order = sorted(found, key=lambda key: (JUDGES.index(key[0]), key[1], key[2]))
    return [Trust(key[0], key[1], key[2] or ALL, agreement(found[key])) for key in order]


def for_judge(workspace: Workspace, judge: str) -> dict[str, Agreement]:
    """Return, for each judged scorer, the agreement of one judge with people on all topics."""
    return {
        each.scorer: each.agreement
        for each in of(workspace)
        if each.judge == judge and each.topic == ALL
    }


def say(result: Result, scorer: str, label: str, author: User) -> Opinion:
    """Keep what a person says of a result; saying it again replaces it. Raises ValueError."""
    if label not in CHOICES.get(scorer, {}):
        raise ValueError("There is no such choice.")
    made, _ = Opinion.objects.update_or_create(
        result=result, scorer=scorer, author=author, defaults={"label": label}
    )
    return made


def asked_of(result: Result) -> Sequence[str]:
    """Return the scorers by which a judge spoke about a result."""
    return [name for name in JUDGES if result.scores.get(name, {}).get("label")]
