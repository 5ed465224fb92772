"""Staff's pages of prompts and rollouts. They stand here because they show past questions."""

from supportapp.conversations.prompt_admin.examples import AnswerExampleAdmin
from supportapp.conversations.prompt_admin.rollouts import RolloutAdmin
from supportapp.conversations.prompt_admin.versions import PromptVersionAdmin

__all__ = ["AnswerExampleAdmin", "PromptVersionAdmin", "RolloutAdmin"]
