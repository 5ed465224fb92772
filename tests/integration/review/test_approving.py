"""A reviewer's approval becomes what everybody gets first who asks the same."""

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from supportapp.caching import lookup
from supportapp.caching.models import RememberedAnswer
from supportapp.caching.values import MemoryQuery, Remembered
from supportapp.knowledge import embeddings
from supportapp.retrieval.values import Scope
from supportapp.review.models import ReviewItem

WORDS = {"question": "How do I cancel my plan?", "answer": "Open Billing. [1]"}


@pytest.fixture
def page(item: ReviewItem) -> str:
    embeddings.ensure_current_model()
    return reverse("review:approve", args=[item.pk])


def test_the_review_page_leads_to_the_approval_and_it_counts_at_once(
    page: str, item: ReviewItem, reviewer: User, client: Client
):
    client.force_login(reviewer)
    client.post(reverse("review:verdict", args=[item.pk]), {"verdict": "good"})
    assert page in client.get(reverse("review:item", args=[item.pk])).text
    assert "Open **Billing**" in client.get(page).text
    assert client.post(page, WORDS).status_code == 302
    scope = Scope(item.turn.conversation.workspace_id, frozenset({"public"}))
    found = lookup.find(MemoryQuery("How can I cancel my plan?", scope, "en", ""))
    assert isinstance(found, Remembered)
    assert found.is_approved
    kept = RememberedAnswer.objects.get()
    assert (kept.approved_by, kept.source_turn) == (reviewer, item.turn_id)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"question": "Where is my order 20441958?"}, "Word it as anyone could ask it"),
        ({"answer": ""}, "required"),
        ({"review_by": "tomorrow"}, "valid date"),
    ],
)
def test_what_cannot_be_approved_is_said_beside_the_words(
    page: str, reviewer: User, client: Client, change: dict[str, str], said: str
):
    client.force_login(reviewer)
    response = client.post(page, WORDS | change)
    assert response.status_code == 400
    assert said in response.text
    assert not RememberedAnswer.objects.exists()


def test_an_answer_that_cites_nothing_cannot_be_approved(
    page: str, item: ReviewItem, reviewer: User, client: Client
):
    item.turn.citations.all().delete()
    client.force_login(reviewer)
    client.post(reverse("review:verdict", args=[item.pk]), {"verdict": "good"})
    assert page not in client.get(reverse("review:item", args=[item.pk])).text
    assert client.get(page).status_code == 404


def test_only_reviewers_approve(page: str, client: Client):
    assert client.post(page, WORDS).status_code in {302, 403}
    assert not RememberedAnswer.objects.exists()
