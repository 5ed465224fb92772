"""How an answer stands to the expert's: says less, more, the same, other words, or contradicts."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, Field

from supportapp.evals.judges import asking
from supportapp.evals.values import Answered, Known, Score
from supportapp.llm.protocols import ChatModel

NAME = "consistency"
FILE = "consistency.v1.md.jinja"
Relation = Literal["equal", "superset", "differs_fine", "subset", "contradicts"]
# Whatever is wrong is worth nothing; what is missing costs half.
VALUES: dict[str, float] = {
    "equal": 1.0,
    "superset": 1.0,
    "differs_fine": 1.0,
    "subset": 0.5,
    "contradicts": 0.0,
}
TITLES = {
    "equal": "Says the same",
    "superset": "Says the same and more",
    "differs_fine": "Differs, but not in what counts",
    "subset": "Says less",
    "contradicts": "Contradicts",
}


class Reply(BaseModel):
    """The reason first, so that the verdict follows from it."""

    reason: str = Field(max_length=1500)
    relation: Relation


async def judge(answered: Answered, known: Known, chat: ChatModel, model: str) -> dict[str, Score]:
    """Compare with the expert's answer, where there is one; raises a `ModelError`."""
    if not known.expected or not answered.is_answer:
        return {}
    reply = await asking.ask(chat, FILE, answered, known, Reply, model)
    return {NAME: Score(VALUES[reply.relation], reply.reason, reply.relation)}
