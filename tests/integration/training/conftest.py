"""Approved answers, and a model server that fine-tunes."""

import uuid
from collections.abc import Callable, Iterator

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from supportapp.conversations.models import Citation, Conversation, Turn
from supportapp.gateway import sealing
from supportapp.gateway.models import ModelConfig
from supportapp.knowledge import embeddings
from supportapp.knowledge.models import Article, Passage, Workspace
from supportapp.retrieval import indexes
from supportapp.review.models import TrainingMark
from tests.factories import UserFactory
from tests.fakes.model_server import ModelServer
from tests.integration.retrieval.conftest import publish_article

Mark = Callable[..., Turn]


@pytest.fixture(autouse=True)
def _fresh_indexes() -> None:
    indexes.forget()


@pytest.fixture
def workspace(db: None) -> Workspace:
    embeddings.ensure_current_model()
    return Workspace.default()


@pytest.fixture
def admin(db: None) -> User:
    made: User = UserFactory(username="ada", administrator=True)
    return made


@pytest.fixture
def plan(workspace: Workspace) -> Article:
    return publish_article(
        workspace, "cancel", "Cancel your plan", "Open *Billing* and choose *Cancel plan*."
    )


@pytest.fixture
def mark(workspace: Workspace, plan: Article, admin: User) -> Mark:
    """Store an answered turn that a reviewer marked for training."""

    def marked(question: str, **fields: object) -> Turn:
        visitor = fields.pop("visitor", None) or uuid.uuid4()
        conversation = Conversation.objects.create(workspace=workspace, visitor=visitor)
        usual: dict[str, object] = {
            "position": 1,
            "client_id": uuid.uuid4(),
            "question": question,
            "answer": "Open *Billing* and choose *Cancel plan*. [1]",
            "state": Turn.State.ANSWERED,
            "outcome": "answered",
            "kind": "generated",
            "finished_at": timezone.now(),
        }
        turn = Turn.objects.create(conversation=conversation, **usual | fields)
        passage = Passage.objects.filter(article=plan, generation_removed=None)[0]
        Citation.objects.create(
            turn=turn, number=1, passage=passage, revision=passage.revision, article=plan
        )
        TrainingMark.objects.create(turn=turn, author=admin)
        return turn

    return marked


@pytest.fixture
def server() -> Iterator[ModelServer]:
    with ModelServer() as running:
        yield running


@pytest.fixture
def model(server: ModelServer, db: None) -> ModelConfig:
    """The model that is in use, and whose server trains."""
    return ModelConfig.objects.create(
        name="main",
        base_url=server.base_url,
        wire_name="base-1",
        sealed_key=sealing.seal("sk-secret"),
        price_in=1,
        price_out=4,
    )
