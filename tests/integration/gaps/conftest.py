"""A workspace whose customers ask what its articles don't answer."""

import uuid
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from supportapp.conversations.models import Conversation, Turn
from supportapp.knowledge import embeddings
from supportapp.knowledge.models import Workspace
from supportapp.retrieval import indexes
from tests.factories import UserFactory

Ask = Callable[..., Turn]


@pytest.fixture(autouse=True)
def _fresh_indexes() -> None:
    indexes.forget()


@pytest.fixture
def workspace(db: None) -> Workspace:
    embeddings.ensure_current_model()
    return Workspace.default()


@pytest.fixture
def ask(workspace: Workspace) -> Ask:
    """Store a finished turn of a new visitor; declined, unless something else is said."""

    def asked(question: str, *, days: float = 0, **fields: object) -> Turn:
        visitor = fields.pop("visitor", None) or uuid.uuid4()
        conversation = Conversation.objects.create(
            workspace=fields.pop("workspace", workspace), visitor=visitor
        )
        usual: dict[str, object] = {
            "position": 1,
            "client_id": uuid.uuid4(),
            "question": question,
            "answer": "I don't know.",
            "state": Turn.State.ANSWERED,
            "outcome": "no_evidence",
            "generation": 0,
            "finished_at": timezone.now(),
        }
        turn = Turn.objects.create(conversation=conversation, **usual | fields)
        if days:
            then = timezone.now() - timedelta(days=days)
            Turn.objects.filter(pk=turn.pk).update(created_at=then)
            turn.refresh_from_db()
        return turn

    return asked


def client_of(who: User) -> Client:
    client = Client()
    client.force_login(who)
    return client


@pytest.fixture
def editor(db: None) -> User:
    made: User = UserFactory(username="ed", editor=True)
    return made


@pytest.fixture
def reviewer(db: None) -> User:
    made: User = UserFactory(username="rea", reviewer=True)
    return made


@pytest.fixture
def customer(db: None) -> User:
    made: User = UserFactory(username="carl")
    return made
