"""A stored turn as the pipeline's question: who asks, what was said before, what they may read."""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser

from supportapp.answering.profiles import profile
from supportapp.answering.values import Question
from supportapp.conversations.models import Conversation, Message, Turn
from supportapp.knowledge import access
from supportapp.retrieval import sentences
from supportapp.retrieval.values import Scope, Utterance
from supportapp.tools.values import Caller

EARLIER_TURNS = 6
# Of these it is asked whether they failed.
LAST_ANSWERS = 2
ANSWER_CHARACTERS = 800


@dataclass(frozen=True, slots=True)
class Asker:
    """What a turn keeps of who asked: the audiences, as of then, the language, and the account."""

    audiences: frozenset[str]
    language: str
    username: str = ""

    @classmethod
    def of(
        cls,
        conversation: Conversation,
        user: AbstractBaseUser | AnonymousUser,
        language: str = "",
    ) -> Asker:
        """Read them from who is signed in now, never from who began the conversation."""
        return cls(
            access.chat_audiences(user),
            language or conversation.language or "en",
            user.get_username() if user.is_authenticated else "",
        )

    @classmethod
    def anyone(cls, conversation: Conversation) -> Asker:
        """Ask with the rights that everyone has."""
        return cls.of(conversation, AnonymousUser())

    def as_json(self) -> dict[str, object]:
        known = {"account": self.username} if self.username else {}
        return {"audiences": sorted(self.audiences), "language": self.language, **known}


def question_of(turn: Turn) -> Question:
    """Return the question with its conversation. Only answered turns before it count."""
    workspace = turn.conversation.workspace
    caller = caller_of(turn)
    said, failures = _before(turn)
    return Question(
        text=turn.question,
        scope=Scope(workspace.pk, caller.audiences),
        assistant=profile(workspace),
        context=tuple(said),
        language=caller.language,
        caller=caller,
        is_fresh=turn.cause == Turn.Cause.REGENERATE,
        failures=failures,
    )


def caller_of(turn: Turn) -> Caller:
    """Return on whose behalf this turn's tools run: who asked it, as of then."""
    asker = turn.receipt["asker"]
    return Caller(
        workspace_id=turn.conversation.workspace_id,
        audiences=frozenset(asker["audiences"]),
        language=asker["language"],
        username=asker.get("account", ""),
        turn_id=turn.pk,
    )


def _before(turn: Turn) -> tuple[list[Utterance], int]:
    """Return what was said before, and how many of the last answers had failed their customer."""
    before = list(
        turn.conversation.turns.filter(position__lt=turn.position, superseded_by=None)
        .order_by("-position")
        .values_list("question", "answer", "state", "cause", "feedback__value", "position")[
            :EARLIER_TURNS
        ]
    )
    written = _written(turn)
    said: list[Utterance] = []
    # Who asks for another answer had one that failed; it is superseded, so it isn't among them.
    failures = int(turn.cause == Turn.Cause.REGENERATE)
    for _, _, state, cause, value, _ in before[:LAST_ANSWERS]:
        is_broken = state in {Turn.State.FAILED, Turn.State.INTERRUPTED}
        failures += is_broken or cause == Turn.Cause.REGENERATE or value == "down"
    for question, answer, state, _, _, position in reversed(before):
        said.append(Utterance("U", question))
        if state == Turn.State.ANSWERED and answer:
            said.append(Utterance("S", sentences.plain(answer)[:ANSWER_CHARACTERS]))
        said += written.get(position, ())
    return said, failures


def _written(turn: Turn) -> dict[int, list[Utterance]]:
    """Return what the team took back or added, by the turn after which it stands.

    A person's reply is between the two, and no model's business.
    """
    kinds = (Message.Kind.CORRECTION, Message.Kind.FOLLOWUP)
    found: dict[int, list[Utterance]] = {}
    messages = Message.objects.filter(conversation=turn.conversation_id, kind__in=kinds)
    for text, position in messages.values_list("text", "position"):
        said = Utterance("S", sentences.plain(text)[:ANSWER_CHARACTERS])
        found.setdefault(position, []).append(said)
    return found
