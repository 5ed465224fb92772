"""A small set of turns whose every number was counted by hand."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.utils import timezone

from supportapp.conversations.models import Conversation, Handoff, Turn
from supportapp.gateway.models import ModelCall
from supportapp.insight.models import FactMark
from supportapp.insight.periods import Choice, Period
from supportapp.knowledge.models import Workspace
from supportapp.review.models import Feedback, Signal
from tests.factories import UserFactory, WorkspaceFactory

# A Wednesday, noon.
NOW = datetime(2026, 3, 18, 12, tzinfo=timezone.get_current_timezone())


@dataclass
class Books:
    """Makes conversations at given days before NOW."""

    workspace: Workspace
    now: datetime = NOW
    turns: dict[str, Turn] = field(default_factory=dict)

    def conversation(self) -> Conversation:
        return Conversation.objects.create(workspace=self.workspace, visitor=uuid.uuid4())

    def turn(
        self,
        name: str,
        conversation: Conversation | None = None,
        *,
        days: float = 1.0,
        outcome: str = "answered",
        position: int = 1,
        first: float | None = 500.0,
        **more: Any,
    ) -> Turn:
        """Store a finished turn, asked so many days ago."""
        home = conversation or self.conversation()
        asked = self.now - timedelta(days=days)
        turn = Turn.objects.create(
            conversation=home,
            position=position,
            client_id=uuid.uuid4(),
            question=more.pop("question", f"Question {name}"),
            state=more.pop("state", "answered"),
            outcome=outcome,
            **more,
        )
        # Nobody asks in the past but tests.
        FactMark.objects.all().delete()
        began = None if first is None else asked + timedelta(milliseconds=first)
        Turn.objects.filter(pk=turn.pk).update(created_at=asked, first_token_at=began)
        self.turns[name] = turn
        return turn

    def rate(self, name: str, value: str) -> None:
        turn = self.turns[name]
        Feedback.objects.create(turn=turn, visitor=turn.conversation.visitor, value=value)

    def signal(self, name: str, kind: str) -> None:
        Signal.objects.create(turn=self.turns[name], kind=kind, event_id=uuid.uuid4())

    def hand_over(self, name: str) -> None:
        turn = self.turns[name]
        Handoff.objects.create(
            conversation=turn.conversation,
            turn=turn,
            client_id=uuid.uuid4(),
            contact="ada@example.com",
        )

    def spend(self, name: str, cost: str | None, purpose: str = "answer") -> None:
        ModelCall.objects.create(
            workspace=self.workspace,
            turn_id=self.turns[name].pk,
            purpose=purpose,
            endpoint="default",
            requested="m",
            cost=None if cost is None else Decimal(cost),
            total_ms=5.0,
            created_at=self.turns[name].created_at,
        )

    def choice(self, *, days: int = 14, **more: Any) -> Choice:
        """Return the days up to NOW's, NOW's included."""
        last = self.now.date()
        return Choice(
            workspace_id=self.workspace.pk,
            workspace=self.workspace.slug,
            period=Period(last - timedelta(days=days - 1), last),
            zone=timezone.get_current_timezone(),
            name="own",
            **more,
        )


@pytest.fixture
def books(db: None) -> Books:
    """Sixteen turns in two weeks, and three in the two weeks before."""
    made = Books(Workspace.default())
    _answered(made)
    _not_answered(made)
    _not_counted(made)
    made.turn("old settled", days=20, first=900.0)
    made.turn("old declined", days=21, outcome="no_evidence")
    made.turn("old down", days=22, first=1100.0)
    made.rate("old down", "down")
    return made


def _answered(made: Books) -> None:
    """Eight conversations that ended with an answer."""
    memory = {"memory": {"outcome": "hit", "remembered": 1}}
    made.turn("confirmed", days=2, first=100.0, kind="generated", model="m", prompt_version="a.1")
    made.signal("confirmed", "solved")
    made.rate("confirmed", "up")
    made.spend("confirmed", "0.02")
    made.spend("confirmed", "0.01", "rerank")
    made.turn("settled", days=10, first=200.0, kind="quoted", receipt=memory)
    made.rate("settled", "up")
    made.turn(
        "quiet", days=3, first=300.0, kind="generated", model="m", prompt_version="a.2",
        receipt={"route": {"route": "small", "policy": "balanced"}},
    )  # fmt: skip
    made.spend("quiet", "0.03")
    made.turn("came back", days=9, first=400.0, kind="quoted")
    made.signal("came back", "came_back")
    made.turn("unhappy", days=4, first=600.0, kind="quoted")
    made.rate("unhappy", "down")
    made.turn("handed over", days=5, first=700.0, kind="quoted")
    made.hand_over("handed over")
    # An edited question: the newer version counts, and what both cost.
    asked = made.turn("first wording", days=6, first=800.0, kind="generated", model="m")
    made.spend("first wording", "0.04")
    made.rate("first wording", "down")
    made.turn(
        "second wording", asked.conversation, days=6, first=900.0, kind="generated", model="m",
        cause="edit", supersedes=asked,
    )  # fmt: skip
    made.spend("second wording", None)
    # Two questions and a thank you: judged by the second.
    pair = made.turn("first of two", days=8.1, outcome="no_evidence", first=10.0).conversation
    made.turn("second of two", pair, days=8, position=2, first=1000.0, kind="looked_up")
    made.turn("thank you", pair, days=7.9, position=3, outcome="smalltalk", first=5.0)


def _not_answered(made: Books) -> None:
    """Four conversations that ended without one."""
    guards = [{"guard": "injection", "action": "rewrite", "code": "x", "count": 2}]
    made.turn("declined", days=1, outcome="no_evidence", receipt={"guards": guards})
    made.turn("blocked", days=1, outcome="blocked", receipt={"guards": guards})
    made.turn("failed", days=1, state="failed", outcome="", first=None)
    made.turn("stopped", days=0, state="cancelled", outcome="", first=50.0)


def _not_counted(made: Books) -> None:
    """What customers deleted, what still runs, and another workspace's."""
    gone = made.turn("deleted", days=1)
    Conversation.objects.filter(pk=gone.conversation_id).update(deleted_at=made.now)
    made.turn("running", days=0, state="streaming", outcome="")
    other = Books(WorkspaceFactory.create(slug="other", name="Other"))
    other.turn("theirs", days=1, question="Their secret question")


@pytest.fixture
def sign_in() -> Callable[..., tuple[Client, User]]:
    """Return a client whose user has some permissions."""

    def signed_in(*permissions: str, **more: Any) -> tuple[Client, User]:
        user = UserFactory.create(is_staff=True, **more)
        user.user_permissions.add(*Permission.objects.filter(codename__in=permissions))
        client = Client()
        client.force_login(user)
        return client, user

    return signed_in
