"""The next item comes quickly, however many wait."""

import uuid

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from supportapp.conversations.models import Conversation, Turn
from supportapp.review.models import Annotation, ReviewItem
from tests.integration.review.conftest import VISITOR, client_of

HTMX = {"HX-Request": "true"}
# Session and account, the item with its parts, what waits, the day's counts. No more with more.
MOST = 40


def fill(workspace, count: int) -> None:
    talk = Conversation.objects.create(workspace=workspace, visitor=VISITOR)
    turns = Turn.objects.bulk_create(
        Turn(
            conversation=talk,
            position=number,
            client_id=uuid.uuid4(),
            question=f"Question {number}?",
            answer="Open Billing. [1]",
            state="answered",
            outcome="answered",
            receipt={"padding": "x" * 1000},
        )
        for number in range(count)
    )
    ReviewItem.objects.bulk_create(
        ReviewItem(turn=turn, reason="low_rated", priority=30) for turn in turns
    )


def queries(client, method: str, name: str, *args: int, **given: object) -> int:
    with CaptureQueriesContext(connection) as captured:
        address = reverse(f"review:{name}", args=args)
        response = getattr(client, method)(address, given, headers=HTMX)
    assert response.status_code == 200
    return len(captured)


@pytest.fixture
def items(workspace, item) -> list[int]:
    fill(workspace, 60)
    return list(ReviewItem.objects.order_by("pk").values_list("pk", flat=True))


def test_no_page_asks_more_of_the_database_where_more_waits(items, reviewer_client, reviewer):
    reviewer_client.get(reverse("review:queue"))
    few = queries(reviewer_client, "get", "queue")
    fill(ReviewItem.objects.first().turn.conversation.workspace, 60)
    for pk in items[30:40]:
        Annotation.objects.create(item_id=pk, reviewer=reviewer, verdict="wrong")
    assert queries(reviewer_client, "get", "queue") == few <= MOST


def test_a_verdict_with_the_next_item_at_hand_draws_only_what_is_around_it(items, reviewer_client):
    reviewer_client.get(reverse("review:queue"))
    ahead = reviewer_client.get(reverse("review:ahead", args=[items[0]]))
    following = int(ahead["X-Review-Item"])
    assert following == items[1]
    address = reverse("review:verdict", args=[items[0]])
    with CaptureQueriesContext(connection) as captured:
        response = reviewer_client.post(
            address, {"verdict": "good", "next": following}, headers=HTMX
        )
    assert response["HX-Reswap"] == "none"
    assert response["HX-Push-Url"] == reverse("review:item", args=[following])
    assert "review-item" not in response.text
    assert 'hx-swap-oob="true"' in response.text
    assert len(captured) <= MOST
    assert ReviewItem.objects.get(pk=following).locked_by is not None


def test_what_is_loaded_ahead_is_nobody_elses_for_a_moment(items, reviewer_client, other_reviewer):
    reviewer_client.get(reverse("review:queue"))
    reviewer_client.get(reverse("review:ahead", args=[items[0]]))
    other = client_of(other_reviewer).get(reverse("review:queue"))
    assert other.context["view"].item.pk == items[2]


def test_where_nothing_follows_nothing_is_loaded(reviewer_client, item):
    reviewer_client.get(reverse("review:queue"))
    assert reviewer_client.get(reverse("review:ahead", args=[item.pk])).status_code == 204
