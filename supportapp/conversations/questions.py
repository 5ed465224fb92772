"""A stored turn as the pipeline's question: who asks, what was said before, what they may read."""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser

from supportapp.answering.profiles import profile
from supportapp.answering.values import Question
from supportapp.conversations.models import Conversation, Turn
from supportapp.knowledge import access
from supportapp.retrieval import sentences
from supportapp.retrieval.values import Scope, Utterance

EARLIER_TURNS = 6
ANSWER_CHARACTERS = 800


@dataclass(frozen=True, slots=True)
class Asker:
    """What a turn keeps of who asked: the audiences, as of then, and the language."""

    audiences: frozenset[str]
    language: str

    @classmethod
    def of(
        cls,
        conversation: Conversation,
        user: AbstractBaseUser | AnonymousUser,
        language: str = "",
    ) -> Asker:
        """Read them from who is signed in now, never from who began the conversation."""
        return cls(access.chat_audiences(user), language or conversation.language or "en")

    @classmethod
    def anyone(cls, conversation: Conversation) -> Asker:
        """Ask with the rights that everyone has."""
        return cls.of(conversation, AnonymousUser())

    def as_json(self) -> dict[str, object]:
        return {"audiences": sorted(self.audiences), "language": self.language}


def question_of(turn: Turn) -> Question:
    """Return the question with its conversation. Only answered turns before it count."""
    workspace = turn.conversation.workspace
    asker = turn.receipt["asker"]
    return Question(
        text=turn.question,
        scope=Scope(workspace.pk, frozenset(asker["audiences"])),
        assistant=profile(workspace),
        context=tuple(_context(turn)),
        language=asker["language"],
    )


def _context(turn: Turn) -> list[Utterance]:
    before = (
        turn.conversation.turns.filter(position__lt=turn.position, superseded_by=None)
        .order_by("-position")
        .values_list("question", "answer", "state")[:EARLIER_TURNS]
    )
    said: list[Utterance] = []
    for question, answer, state in reversed(before):
        said.append(Utterance("U", question))
        if state == Turn.State.ANSWERED and answer:
            said.append(Utterance("S", sentences.plain(answer)[:ANSWER_CHARACTERS]))
    return said
