"""A pipeline without Django: a search that finds what it is told, and a real HTTP model server."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import pytest

from supportapp.answering import prompting
from supportapp.answering.pipeline import answer
from supportapp.answering.values import (
    AnswerLimits,
    AssistantProfile,
    Event,
    Finished,
    Parts,
    Question,
    Token,
)
from supportapp.llm.client import OpenAIChat
from supportapp.llm.errors import EmbeddingUnavailable, ModelError
from supportapp.llm.values import Retries, Timeouts
from supportapp.retrieval.values import Evidence, Scope, SearchQuery, SearchResult, Utterance
from supportapp.tracing import Trace
from tests.fakes.model_server import ModelServer

SCOPE = Scope(1, frozenset({"public"}))
PROFILE = AssistantProfile("Tally", "Tallybird", "Tally answers questions.", "help@tally.example")
TEXTS = (
    ("refunds", "Refund policy", (), "Yearly plans are refunded in full within 30 days."),
    (
        "refunds",
        "Refund policy",
        ("Ask for a refund",),
        "1. Open **Settings > Billing**.\n2. Choose **Refund**. The page then shows a form.",
    ),
    ("cancel", "Cancel your plan", (), "To cancel, open **Settings > Billing > Cancel plan**."),
)


def evidence_of(texts: Sequence[tuple[str, str, tuple[str, ...], str]]) -> tuple[Evidence, ...]:
    """Evidence in this order; passages of one slug belong to one article."""
    slugs = list(dict.fromkeys(text[0] for text in texts))
    return tuple(
        Evidence(
            number=number,
            passage_id=100 + number,
            revision_id=10 + slugs.index(slug),
            article_id=1 + slugs.index(slug),
            slug=slug,
            title=title,
            headings=headings,
            text=text,
            score=1.0 / number,
        )
        for number, (slug, title, headings, text) in enumerate(texts, start=1)
    )


@dataclass
class FoundThis:
    """A search that finds this, whatever is asked."""

    evidence: tuple[Evidence, ...] = field(default_factory=lambda: evidence_of(TEXTS))
    confidence: float = 0.9
    degraded: frozenset[str] = frozenset()
    asked: list[SearchQuery] = field(default_factory=list)

    async def __call__(self, query: SearchQuery, scope: Scope) -> SearchResult:
        self.asked.append(query)
        return SearchResult(
            self.evidence, (), self.confidence, generation=7, degraded=self.degraded
        )


async def no_vectors(question: str, texts: Sequence[str]) -> Sequence[float]:
    raise EmbeddingUnavailable("away")


async def no_openings(evidence: Sequence[Evidence], scope: Scope) -> Mapping[int, Evidence]:
    return {}


def make_parts(
    search: FoundThis | None = None, chat: OpenAIChat | None = None, **limits: object
) -> Parts:
    return Parts(
        search=search or FoundThis(),
        openings=no_openings,
        similarity=no_vectors,
        prompt=prompting.load(),
        limits=AnswerLimits(**limits),  # type: ignore[arg-type]
        chat=chat,
        chat_model="fake" if chat else "",
        canary="ref-canary",
    )


def make_question(text: str, context: Sequence[Utterance] = (), language: str = "en") -> Question:
    return Question(text, SCOPE, PROFILE, tuple(context), language)


@dataclass
class Heard:
    """Everything that a pipeline yielded, and how it ended."""

    events: list[Event] = field(default_factory=list)
    error: ModelError | None = None

    @property
    def text(self) -> str:
        return "".join(event.text for event in self.events if isinstance(event, Token))

    @property
    def endings(self) -> list[Finished]:
        return [event for event in self.events if isinstance(event, Finished)]

    @property
    def answer(self):  # type: ignore[no-untyped-def]
        assert self.error is None, self.error
        (finished,) = self.endings
        assert self.events[-1] is finished
        return finished.answer


async def hear(question: Question, parts: Parts, trace: Trace | None = None) -> Heard:
    """Run a pipeline to its end."""
    heard = Heard()
    try:
        async for event in answer(question, parts=parts, trace=trace or Trace()):
            heard.events.append(event)
    except ModelError as error:
        heard.error = error
    return heard


@pytest.fixture(scope="session")
def started_server() -> Iterator[ModelServer]:
    with ModelServer() as server:
        yield server


@pytest.fixture
def model_server(started_server: ModelServer) -> ModelServer:
    """A model server without scripts."""
    started_server.reset()
    return started_server


@pytest.fixture
def chat(model_server: ModelServer) -> OpenAIChat:
    """A client with short deadlines, so that faults are met quickly."""
    return OpenAIChat(
        base_url=model_server.base_url,
        api_key="key",
        timeouts=Timeouts(connect=2, first_token=1.5, between_tokens=1, total=6),
        retries=Retries(attempts=0),
    )
