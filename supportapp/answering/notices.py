"""Why a model didn't answer, as the page says it. Pure."""

from __future__ import annotations

from supportapp.answering.values import Notice
from supportapp.llm.errors import ModelBudgetSpent, ModelBusy, ModelError


def of(error: ModelError) -> Notice:
    """Return what an answer says that had to do without its model."""
    match error:
        case ModelBudgetSpent():
            return Notice.BUDGET_SPENT
        case ModelBusy():
            return Notice.MODEL_BUSY
    return Notice.MODEL_UNAVAILABLE
