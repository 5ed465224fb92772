"""Question, Answer and the events between them. Pure: no Django."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from supportapp.answering.choices import Tried
from supportapp.answering.prompting import Prompt, PromptIdentity
from supportapp.answering.routes import Routes, Taken
from supportapp.caching.values import Memory
from supportapp.guardrails.moderating import Moderate
from supportapp.guardrails.personal import NONE as NO_REDACTIONS
from supportapp.guardrails.personal import Redactions
from supportapp.guardrails.rules import Labels
from supportapp.guardrails.support import Weighed
from supportapp.guardrails.switches import Guards
from supportapp.guardrails.watching import Watch
from supportapp.llm.protocols import ChatModel
from supportapp.retrieval.values import Evidence, Scope, SearchQuery, SearchResult, Utterance
from supportapp.tools.values import Caller, Proposal, Toolbox


class Outcome(StrEnum):
    """How a question ended. Each is an honest answer, none is a fault."""

    ANSWERED = "answered"
    NO_EVIDENCE = "no_evidence"
    BLOCKED = "blocked"
    SMALLTALK = "smalltalk"


class AnswerKind(StrEnum):
    """Where the words come from: the articles' own sentences, a model, or a tool's own words."""

    QUOTED = "quoted"
    GENERATED = "generated"
    LOOKED_UP = "looked_up"


class Notice(StrEnum):
    """What the page tells the customer about an answer besides its text."""

    MODEL_UNAVAILABLE = "model_unavailable"
    UNGROUNDED = "ungrounded"
    VECTORS_UNAVAILABLE = "vectors_unavailable"
    OFFER_PERSON = "offer_person"
    WITHHELD = "withheld"
    SELF_HARM = "self_harm"
    UNSUPPORTED = "unsupported"
    HELD_BACK = "held_back"
    SAFER_WORDING = "safer_wording"
    OTHER_MODEL = "other_model"
    BUDGET_SPENT = "budget_spent"
    MODEL_BUSY = "model_busy"
    REMEMBERED = "remembered"
    APPROVED = "approved"
    DISAGREED = "disagreed"


@dataclass(frozen=True, slots=True)
class AssistantProfile:
    """What the assistant may say about itself."""

    name: str
    company: str
    about: str = ""
    support_email: str = ""
    support_hours: str = ""


@dataclass(frozen=True, slots=True)
class Question:
    """One question, with what was said before it and what its asker may read.

    `standalone` says it so that it is understood without the context. It is searched, never shown.
    `is_fresh`: the customer wants another answer than the one remembered.
    `caller` is who asks; without one, no tool runs. `redactions` holds the personal data for which
    the texts have placeholders. `failures` are of the last answers in the conversation: rated down,
    asked for again, broken off.
    """

    text: str
    scope: Scope
    assistant: AssistantProfile
    context: tuple[Utterance, ...] = ()
    language: str = "en"
    standalone: str = ""
    caller: Caller | None = None
    redactions: Redactions = NO_REDACTIONS
    is_fresh: bool = False
    failures: int = 0


@dataclass(frozen=True, slots=True)
class CitedPassage:
    """A passage that the answer rests on, under the number that the answer gives it."""

    number: int
    passage_id: int
    revision_id: int
    article_id: int
    slug: str
    title: str
    headings: tuple[str, ...]
    quote: str


@dataclass(frozen=True, slots=True)
class ClosestArticle:
    """An article that comes near without answering."""

    slug: str
    title: str


@dataclass(frozen=True, slots=True)
class ToolSource:
    """What a tool looked up, under the number that the answer gives it."""

    number: int
    tool: str
    label: str
    as_of: datetime | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """What is stored and shown. `kind` is None for fixed texts, which quote nobody.

    `proposal` is a change that the customer is asked about on a card beneath the answer.
    """

    outcome: Outcome
    text: str
    kind: AnswerKind | None = None
    citations: tuple[CitedPassage, ...] = ()
    closest: tuple[ClosestArticle, ...] = ()
    suggestions: tuple[str, ...] = ()
    notices: tuple[str, ...] = ()
    prompt: PromptIdentity | None = None
    model: str = ""
    receipt: Mapping[str, Any] = field(default_factory=dict)
    tool_sources: tuple[ToolSource, ...] = ()
    proposal: Proposal | None = None


@dataclass(frozen=True, slots=True)
class Stage:
    """What the assistant is doing now: searching, reading, writing, or a tool's own words."""

    name: str
    label: str = ""


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of the answer, as plain text. Provisional until `Finished`."""

    text: str


@dataclass(frozen=True, slots=True)
class Finished:
    """The answer, once."""

    answer: Answer


Event = Stage | Token | Finished


@dataclass(frozen=True, slots=True)
class AnswerLimits:
    """The pipeline's numbers."""

    question_characters: int = 2000
    min_confidence: float = 0.5
    quoted_words: int = 120
    prompt_characters: int = 12_000
    context_characters: int = 2_000
    max_tokens: int = 700
    temperature: float = 0.2
    seed: int | None = None
    suggestions: int = 3
    rewrite_seconds: float = 2.0
    suggest_seconds: float = 0.5
    tool_rounds: int = 4


Search = Callable[[SearchQuery, Scope], Awaitable[SearchResult]]
Openings = Callable[[Sequence[Evidence], Scope], Awaitable[Mapping[int, Evidence]]]
Similarity = Callable[[str, Sequence[str]], Awaitable[Sequence[float]]]
Tools = Callable[[Caller], Awaitable[Toolbox]]
GuardsOf = Callable[[Scope], Awaitable[Guards]]
LabelsOf = Callable[[Sequence[int]], Awaitable[Sequence[Labels]]]
SecondOpinion = Callable[[Weighed], Awaitable[bool]]


@dataclass(frozen=True, slots=True)
class Parts:
    """The things that the pipeline can't do alone.

    `openings` returns, by article, the passages that open the articles of these passages.
    `similarity` says how near each text is to the first (cosine), or raises
    `EmbeddingUnavailable`. Without `chat`, answers are quoted. Without `rewriting`, the prompt
    that makes a follow-up stand alone, it is searched as it was asked; without `suggesting`, what
    comes next is proposed from titles. `models` holds who is asked for other purposes than
    answering, where that isn't `chat`. `tried` says which side of a rollout these are. `tools`
    gives the toolbox of whoever asks. `guards` are the workspace's; without them only small talk
    and distress are looked for. `labels` are those of articles, for rules that go by them.
    `second_opinion` asks a model whether the evidence supports a sentence. `watch` is this
    question's, made by the pipeline. Without `memory`, no answer is served twice or kept for it.
    `moderate` asks the model that judges texts, where one is configured. Without `routes`, `chat`
    answers whatever is asked; `taken` is the route of this question.
    """

    search: Search
    openings: Openings
    similarity: Similarity
    prompt: Prompt
    limits: AnswerLimits
    chat: ChatModel | None = None
    chat_model: str = ""
    canary: str = ""
    rewriting: Prompt | None = None
    suggesting: Prompt | None = None
    tried: Tried | None = None
    tools: Tools | None = None
    guards: GuardsOf | None = None
    labels: LabelsOf | None = None
    second_opinion: SecondOpinion | None = None
    moderate: Moderate | None = None
    watch: Watch | None = None
    models: Mapping[str, ChatModel] = field(default_factory=dict)
    memory: Memory | None = None
    routes: Routes | None = None
    taken: Taken | None = None

    def model_for(self, purpose: str) -> ChatModel | None:
        """Return who is asked for this."""
        return self.models.get(purpose, self.chat)
