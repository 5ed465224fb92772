"""A stored turn as the X-ray's form is filled."""

from django.http import QueryDict

from supportapp.conversations import questions
from supportapp.conversations.models import Turn
from supportapp.knowledge.models import Audience
from supportapp.retrieval import said


def fields_of(turn: Turn) -> QueryDict:
    """Return the question with its conversation, its workspace and its asker's audience."""
    question = questions.question_of(turn)
    fields = QueryDict(mutable=True)
    fields.update(
        {
            "question": turn.question,
            "context": said.lines(question.context),
            "workspace": str(question.scope.workspace_id),
            "audience": widest(question.scope.audiences),
            "language": "",
            "synonyms": "",
            "article": "",
        }
    )
    return fields


def widest(audiences: frozenset[str]) -> str:
    """Return the audience that sees most of these."""
    return next((name for name in reversed(Audience.values) if name in audiences), "public")
