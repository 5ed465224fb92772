"""Staff look at what was said, and change nothing of it; requests are taken once."""

import uuid

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from supportapp.conversations import handoffs, live, turns
from supportapp.conversations.models import Conversation, Handoff
from supportapp.knowledge.models import Workspace


@pytest.fixture
def staff(db: None, client: Client) -> Client:
    client.force_login(User.objects.create_superuser("staff"))
    return client


@pytest.fixture
def handoff(db: None) -> Handoff:
    talk = Conversation.objects.create(
        workspace=Workspace.default(), visitor=uuid.uuid4(), title="Money back"
    )
    return handoffs.request_person(talk, uuid.uuid4(), contact="anna@example.com")


@pytest.mark.parametrize("name", ["conversation", "turn", "handoff"])
def test_lists_open(staff: Client, handoff: Handoff, name: str) -> None:
    page = staff.get(reverse(f"admin:conversations_{name}_changelist"))
    assert page.status_code == 200


def test_a_conversation_is_looked_at_and_not_changed(staff: Client, handoff: Handoff) -> None:
    page = reverse("admin:conversations_conversation_change", args=[handoff.conversation_id])
    assert b"Money back" in staff.get(page).content
    assert staff.post(page, {"title": "Other"}).status_code == 403


def test_a_turn_is_shown_with_its_sources_and_steps(staff: Client, talk: Conversation) -> None:
    turn = turns.open(talk, "Are yearly plans refunded?", uuid.uuid4())
    live.start(turn.pk)
    page = staff.get(reverse("admin:conversations_turn_change", args=[turn.pk]))
    assert b"retrieval" in page.content
    assert b"Yearly plans are refunded in full" in page.content


def test_a_request_is_taken_and_closed(staff: Client, handoff: Handoff) -> None:
    page = reverse("admin:conversations_handoff_changelist")
    staff.post(page, {"action": "take", "_selected_action": [handoff.pk]})
    handoff.refresh_from_db()
    assert (handoff.state, str(handoff.handled_by)) == (Handoff.State.TAKEN, "staff")
    assert handoff.taken_at is not None
    staff.post(page, {"action": "close", "_selected_action": [handoff.pk]})
    handoff.refresh_from_db()
    assert handoff.state == Handoff.State.CLOSED
    assert handoff.closed_at is not None


def test_a_request_is_taken_once_and_closed_once(handoff: Handoff) -> None:
    first, second = User.objects.create_user("first"), User.objects.create_user("second")
    assert handoffs.take(handoff.pk, first)
    assert not handoffs.take(handoff.pk, second)
    assert handoffs.close(handoff.pk, second)
    assert not handoffs.close(handoff.pk, first)


def test_the_same_request_sent_twice_is_one(handoff: Handoff) -> None:
    again = handoffs.request_person(
        handoff.conversation, handoff.client_id, contact="b@example.com"
    )
    assert again == handoff
