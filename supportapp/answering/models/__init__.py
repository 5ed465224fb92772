"""Prompts that staff write, what counts for a workspace, and what is tried beside it."""

from supportapp.answering.models.prompts import (
    AnswerExample,
    Label,
    PromptIsFixed,
    PromptLabel,
    PromptScore,
    PromptVersion,
    Purpose,
    Setup,
)
from supportapp.answering.models.rollouts import (
    Judgement,
    Rollout,
    RolloutEvent,
    RolloutTurn,
    ShadowAnswer,
    Side,
)
from supportapp.answering.models.route_policies import RoutePolicy

__all__ = [
    "AnswerExample",
    "Judgement",
    "Label",
    "PromptIsFixed",
    "PromptLabel",
    "PromptScore",
    "PromptVersion",
    "Purpose",
    "Rollout",
    "RolloutEvent",
    "RolloutTurn",
    "RoutePolicy",
    "Setup",
    "ShadowAnswer",
    "Side",
]
