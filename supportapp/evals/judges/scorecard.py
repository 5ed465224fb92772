"""Relevance, credibility and correctness, each poor, partly or good by written examples.

Three grades and no finer: people and models agree on these, and hardly on a scale of five or ten.
"""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, Field

from supportapp.evals.judges import asking
from supportapp.evals.values import Answered, Known, Score
from supportapp.llm.protocols import ChatModel

FILE = "scorecard.v1.md.jinja"
Grade = Literal["poor", "partly", "good"]
VALUES: dict[str, float] = {"poor": 0.0, "partly": 0.5, "good": 1.0}
CRITERIA = ("relevance", "credibility", "correctness")
QUESTIONS = {
    "relevance": "Does it answer what was asked?",
    "credibility": "May it be believed as it stands?",
    "correctness": "Is what it says right?",
}


class Reply(BaseModel):
    """Each reason stands before its grade."""

    relevance_reason: str = Field(max_length=800)
    relevance: Grade
    credibility_reason: str = Field(max_length=800)
    credibility: Grade
    correctness_reason: str = Field(max_length=800)
    correctness: Grade


async def judge(answered: Answered, known: Known, chat: ChatModel, model: str) -> dict[str, Score]:
    """Grade an answer by all three; raises a `ModelError`."""
    if not answered.is_answer:
        return {}
    reply = await asking.ask(chat, FILE, answered, known, Reply, model)
    found = reply.model_dump()
    return {
        name: Score(VALUES[found[name]], found[f"{name}_reason"], found[name]) for name in CRITERIA
    }
