"""A rated, cited answer and the people who look at it."""

import uuid

import pytest
from django.contrib.auth.models import AnonymousUser, Group, User
from django.test import Client
from django.utils import timezone

from supportapp.conversations import visitors
from supportapp.conversations.models import Citation, Conversation, Handoff, Turn
from supportapp.knowledge import staff
from supportapp.knowledge.models import Article, Passage, Revision, Workspace
from supportapp.review.models import ReviewItem

VISITOR = uuid.UUID("11111111-1111-4111-8111-111111111111")


@pytest.fixture
def workspace(db: None) -> Workspace:
    return Workspace.default()


def make_turn(workspace: Workspace, **fields: object) -> Turn:
    """Store an answered turn of the visitor's, in a conversation of its own."""
    conversation = Conversation.objects.create(workspace=workspace, visitor=VISITOR)
    usual: dict[str, object] = {
        "position": 0,
        "client_id": uuid.uuid4(),
        "question": "How do I cancel my plan?",
        "answer": "Open **Billing** and choose *Cancel plan*. [1]",
        "state": Turn.State.ANSWERED,
        "outcome": "answered",
        "kind": "quoted",
        "receipt": {"confidence": 0.9, "candidates": []},
        "finished_at": timezone.now(),
    }
    return Turn.objects.create(conversation=conversation, **usual | fields)


def cite(turn: Turn) -> Citation:
    """Give a turn one citation of a published article."""
    workspace = turn.conversation.workspace
    article = Article.objects.create(
        workspace=workspace, slug=f"cancel-{turn.pk}", title="Cancel your plan"
    )
    revision = Revision.objects.create(
        article=article, number=1, title=article.title, body="Open Billing.", content_hash="1"
    )
    Article.objects.filter(pk=article.pk).update(published=revision, state=Article.State.PUBLISHED)
    passage = Passage.objects.create(
        workspace=workspace,
        article=article,
        revision=revision,
        position=0,
        title=article.title,
        text="Open Billing and choose Cancel plan.",
        audience="public",
        language="en",
        content_hash="1",
        generation_added=1,
    )
    return Citation.objects.create(
        turn=turn, number=1, passage=passage, revision=revision, article=article
    )


@pytest.fixture
def turn(workspace: Workspace) -> Turn:
    made = make_turn(workspace)
    cite(made)
    return made


@pytest.fixture
def item(turn: Turn) -> ReviewItem:
    return ReviewItem.objects.create(turn=turn, reason=ReviewItem.Reason.LOW_RATED, priority=30)


@pytest.fixture
def handoff(turn: Turn) -> Handoff:
    return Handoff.objects.create(
        conversation=turn.conversation,
        turn=turn,
        client_id=uuid.uuid4(),
        name="Ada",
        contact="ada@example.com",
        message="I was charged twice.",
    )


def user(name: str, role: str = "") -> User:
    """Make a user, staff where a role is given."""
    made = User.objects.create_user(name, is_staff=bool(role))
    if role:
        staff.ensure_groups()
        made.groups.add(Group.objects.get(name=role))
    return made


@pytest.fixture
def reviewer(db: None) -> User:
    return user("rita", "Reviewer")


@pytest.fixture
def other_reviewer(db: None) -> User:
    return user("omar", "Reviewer")


@pytest.fixture
def editor(db: None) -> User:
    return user("edit", "Editor")


@pytest.fixture
def customer(db: None) -> User:
    return user("carl")


def client_of(who: User | AnonymousUser) -> Client:
    """Return a browser, logged in where somebody is."""
    client = Client()
    if isinstance(who, User):
        client.force_login(who)
    return client


@pytest.fixture
def visitor_client(settings: object) -> Client:
    """The browser of the visitor who asked."""
    client = Client()
    client.cookies[settings.VISITOR_COOKIE_NAME] = visitors.sign(VISITOR)
    return client


@pytest.fixture
def reviewer_client(reviewer: User) -> Client:
    return client_of(reviewer)
