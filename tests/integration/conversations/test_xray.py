"""The X-ray of a past turn: in its conversation, for whoever asked, for those who may read it."""

import uuid

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.urls import reverse

from supportapp.conversations.models import Conversation, Turn
from supportapp.conversations.questions import Asker
from tests.factories import UserFactory


@pytest.fixture
def turn(talk: Conversation) -> Turn:
    """A follow-up question."""
    made = []
    for position, text in enumerate(("I have a yearly plan.", "Is it refunded?"), start=1):
        made.append(
            Turn.objects.create(
                conversation=talk,
                position=position,
                client_id=uuid.uuid4(),
                question=text,
                answer="Fine [1].",
                state=Turn.State.ANSWERED,
                generation=1,
                receipt={"asker": Asker.anyone(talk).as_json()},
            )
        )
    return made[-1]


def address(turn: Turn) -> str:
    return reverse("chat:xray", args=[turn.pk])


def test_a_past_turn_is_searched_again_in_its_conversation(client: Client, turn: Turn):
    client.force_login(UserFactory(reviewer=True))
    response = client.get(address(turn))
    assert response.status_code == 200
    xray = response.context["xray"]
    assert xray.question == "Is it refunded?"
    assert [each.text for each in xray.said] == ["I have a yearly plan.", "Fine [1]."]
    assert response.context["form"]["audience"].value() == "public"
    assert b"it was answered at knowledge generation 1" in response.content


def test_a_signed_in_customers_turn_is_searched_as_theirs(client: Client, turn: Turn):
    turn.receipt = {"asker": {"audiences": ["customers", "public"], "language": "en"}}
    turn.save()
    client.force_login(UserFactory(reviewer=True))
    assert client.get(address(turn)).context["form"]["audience"].value() == "customers"


def test_other_peoples_conversations_need_the_right_to_read_them(client: Client, turn: Turn):
    assert client.get(address(turn)).status_code == 302
    person = User.objects.create_user("writer", is_staff=True)
    person.user_permissions.add(Permission.objects.get(codename="view_article"))
    client.force_login(person)
    assert client.get(address(turn)).status_code == 403
    person.user_permissions.set([Permission.objects.get(codename="view_turn")])
    assert client.get(address(turn)).status_code == 403
    person.user_permissions.add(Permission.objects.get(codename="view_article"))
    assert client.get(address(turn)).status_code == 200


def test_a_turn_that_is_not_there_is_not_found(client: Client, turn: Turn):
    client.force_login(UserFactory(reviewer=True))
    assert client.get(reverse("chat:xray", args=[uuid.uuid4()])).status_code == 404
