"""What answers a question: prompts, model and retrieval, of production or of a candidate. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from supportapp.answering import prompting
from supportapp.answering.prompting import Prompt

PRODUCTION, CANDIDATE = "production", "candidate"


@dataclass(frozen=True, slots=True)
class Retrieval:
    """What a workspace searches by, where that differs from the settings. None and "": it doesn't.

    How many passages are evidence, how many of their characters a prompt holds, and who reads the
    best of them once more.
    """

    evidence: int | None = None
    characters: int | None = None
    rerank: str = ""

    @classmethod
    def of(cls, stored: Mapping[str, object]) -> Retrieval:
        """Read what was stored; what isn't known any more is left out."""
        evidence, characters = stored.get("evidence"), stored.get("characters")
        return cls(
            evidence if isinstance(evidence, int) else None,
            characters if isinstance(characters, int) else None,
            str(stored.get("rerank", "")),
        )

    def stored(self) -> dict[str, object]:
        """Return what differs, as plain JSON."""
        values = {
            "evidence": self.evidence,
            "characters": self.characters,
            "rerank": self.rerank or None,
        }
        return {name: value for name, value in values.items() if value is not None}


@dataclass(frozen=True, slots=True)
class Routing:
    """How a workspace chooses who answers. Without a policy, the settings' counts.

    A question with a critical word is written by the best model, where `votes` are more than one
    as so many drafts that are compared.
    """

    policy: str = ""
    critical: tuple[str, ...] = ()
    votes: int = 3


@dataclass(frozen=True, slots=True)
class Tried:
    """Which side of a rollout answers; the receipt names it."""

    rollout: int
    kind: str
    mode: str
    side: str

    def noted(self) -> dict[str, object]:
        """Return it as receipts hold it."""
        return {"id": self.rollout, "kind": self.kind, "mode": self.mode, "side": self.side}


@dataclass(frozen=True, slots=True)
class Choice:
    """Everything about an answer that staff can choose. Purposes without a prompt: as shipped."""

    prompts: Mapping[str, Prompt] = field(default_factory=dict)
    model: str = ""
    retrieval: Retrieval = Retrieval()
    tried: Tried | None = None
    routing: Routing = Routing()

    def prompt(self, purpose: str) -> Prompt:
        """Return the prompt for a purpose."""
        return self.prompts.get(purpose) or prompting.shipped(purpose)

    def with_prompt(self, purpose: str, prompt: Prompt) -> Choice:
        """Return the choice with another prompt; examples stay what they are."""
        prompt = replace(prompt, examples=self.prompt(purpose).examples)
        return replace(self, prompts={**self.prompts, purpose: prompt})


AS_SHIPPED = Choice()


@dataclass(frozen=True, slots=True)
class Candidate:
    """A running rollout: what it changes, and for whom."""

    id: int
    kind: str
    mode: str
    share: float
    salt: str
    purpose: str = ""
    prompt: Prompt | None = None
    model: str = ""
    retrieval: Retrieval = Retrieval()

    def takes(self, conversation: object) -> bool:
        """Return whether this conversation is in its share; always the same for the same one."""
        return place(self.salt, conversation) < self.share

    def applied(self, choice: Choice) -> Choice:
        """Return what answers on the candidate's side."""
        if self.prompt is not None:
            choice = choice.with_prompt(self.purpose, self.prompt)
        if self.model:
            choice = replace(choice, model=self.model)
        if self.retrieval != Retrieval():
            choice = replace(choice, retrieval=self.retrieval)
        return self.marked(choice, CANDIDATE)

    def marked(self, choice: Choice, side: str) -> Choice:
        """Return the choice with the name of its side."""
        return replace(choice, tried=Tried(self.id, self.kind, self.mode, side))


@dataclass(frozen=True, slots=True)
class Standing:
    """What counts for a workspace now, and what is tried beside it."""

    choice: Choice = AS_SHIPPED
    canary: Candidate | None = None
    shadow: Candidate | None = None

    def for_conversation(self, conversation: object) -> Choice:
        """Return what answers in a conversation. It keeps its side as long as the rollout runs."""
        if self.canary is None:
            return self.choice
        if self.canary.takes(conversation):
            return self.canary.applied(self.choice)
        return self.canary.marked(self.choice, PRODUCTION)


def place(salt: str, conversation: object) -> float:
    """Return where between 0 and 1 a conversation stands; evenly spread, another for each salt."""
    digest = hashlib.sha256(f"{salt}:{conversation}".encode()).digest()
    return int.from_bytes(digest[:8], "big") / 2**64
