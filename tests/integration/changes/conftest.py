"""A help centre with an article that is wrong, and customers who were told so."""

import uuid
from collections.abc import Callable

import pytest
from django.contrib.auth.models import User
from django.test import Client

from supportapp.changes.models import ArticleChange
from supportapp.conversations import live, turns
from supportapp.conversations.models import Conversation, Turn
from supportapp.knowledge import publishing
from supportapp.knowledge.models import Article, Workspace
from supportapp.knowledge.values import ArticleText
from tests.factories import UserFactory
from tests.integration.conversations.conftest import make_help_centre

REFUNDS = "Are yearly plans refunded?"
OLD = "Yearly plans are refunded in full within 30 days of payment. Monthly plans are not."
NEW = "Yearly plans are refunded in full within 60 days of payment. Monthly plans are not."
Ask = Callable[..., Turn]


@pytest.fixture
def workspace(db: None) -> Workspace:
    return make_help_centre()


@pytest.fixture
def ask(workspace: Workspace) -> Ask:
    """Ask as somebody new, or in a conversation, and return the answered turn."""

    def asked(question: str = REFUNDS, talk: Conversation | None = None) -> Turn:
        talk = talk or Conversation.objects.create(workspace=workspace, visitor=uuid.uuid4())
        turn = turns.open(talk, question, uuid.uuid4())
        live.start(turn.pk)
        turn.refresh_from_db()
        assert turn.state == Turn.State.ANSWERED
        return turn

    return asked


@pytest.fixture
def article(workspace: Workspace) -> Article:
    return Article.objects.get(workspace=workspace, slug="refund-policy")


@pytest.fixture
def editor(db: None) -> User:
    made: User = UserFactory(username="ed", editor=True)
    return made


@pytest.fixture
def second(db: None) -> User:
    made: User = UserFactory(username="sue", editor=True)
    return made


@pytest.fixture
def staff(client: Client, editor: User) -> Client:
    client.force_login(editor)
    return client


def write(article: Article, body: str, author: User | None = None) -> None:
    """Save a draft that says this."""
    publishing.save_draft(article, ArticleText(article.title, body), author)
    article.refresh_from_db()


def change_of(article: Article) -> ArticleChange:
    return ArticleChange.objects.get(article=article)
