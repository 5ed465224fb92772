"""Requests for a person: who waits longest is first, and one of the staff has it."""

import uuid
from datetime import timedelta

import pytest
from django.contrib.auth.models import Permission
from django.urls import reverse
from django.utils import timezone

from supportapp.conversations import handoffs
from supportapp.conversations.models import Handoff
from tests.integration.review.conftest import client_of


def another(handoff: Handoff, **fields: object) -> Handoff:
    made = Handoff.objects.create(
        conversation=handoff.conversation,
        client_id=uuid.uuid4(),
        contact="bo@example.com",
        **fields,
    )
    Handoff.objects.filter(pk=made.pk).update(created_at=timezone.now() - timedelta(hours=3))
    return made


def test_open_requests_are_listed_the_longest_waiting_first(reviewer_client, handoff):
    older = another(handoff)
    closed = another(handoff, state=Handoff.State.CLOSED)
    response = reviewer_client.get(reverse("review:requests"))
    assert [each.pk for each in response.context["handoffs"]] == [older.pk, handoff.pk]
    response = reviewer_client.get(reverse("review:requests"), {"state": "closed"})
    assert [each.pk for each in response.context["handoffs"]] == [closed.pk]


def test_a_request_shows_its_conversation_and_how_to_reply(reviewer_client, handoff):
    page = reviewer_client.get(reverse("review:request", args=[handoff.pk])).content.decode()
    assert "I was charged twice." in page
    assert "How do I cancel my plan?" in page
    assert "<strong>Billing</strong>" in page
    assert 'href="mailto:ada@example.com?subject=Your%20question' in page


def test_an_address_cannot_smuggle_mail_headers(reviewer_client, handoff):
    Handoff.objects.filter(pk=handoff.pk).update(contact='"a?bcc=all"@example.com')
    page = reviewer_client.get(reverse("review:request", args=[handoff.pk])).content.decode()
    assert "mailto:%22a%3Fbcc%3Dall%22@example.com?subject=" in page


def test_only_the_first_takes_a_request(reviewer, other_reviewer, handoff):
    assert handoffs.take(handoff.pk, reviewer)
    assert not handoffs.take(handoff.pk, other_reviewer)
    handoff.refresh_from_db()
    assert (handoff.state, handoff.handled_by) == ("taken", reviewer)


def test_who_comes_second_is_told(reviewer_client, other_reviewer, handoff):
    handoffs.take(handoff.pk, other_reviewer)
    response = reviewer_client.post(reverse("review:request_take", args=[handoff.pk]), follow=True)
    assert "Somebody took this request before you." in response.content.decode()


def test_a_request_is_closed_and_put_back(reviewer_client, handoff):
    reviewer_client.post(reverse("review:request_close", args=[handoff.pk]))
    handoff.refresh_from_db()
    assert handoff.state == "closed"
    reviewer_client.post(reverse("review:request_reopen", args=[handoff.pk]))
    handoff.refresh_from_db()
    assert (handoff.state, handoff.handled_by) == ("open", None)


def test_the_review_page_counts_who_waits(reviewer_client, handoff):
    assert reviewer_client.get(reverse("review:queue")).context["open_requests"] == 1


def test_an_empty_list_says_what_comes_here(reviewer_client):
    assert "Nobody waits" in reviewer_client.get(reverse("review:requests")).content.decode()


@pytest.mark.parametrize("name", ["request_take", "request_close", "request_reopen"])
def test_who_may_only_look_changes_nothing(customer, handoff, name):
    customer.user_permissions.add(Permission.objects.get(codename="view_handoff"))
    assert client_of(customer).get(reverse("review:requests")).status_code == 200
    response = client_of(customer).post(reverse(f"review:{name}", args=[handoff.pk]))
    assert response.status_code == 403
    handoff.refresh_from_db()
    assert handoff.state == "open"


def test_it_is_known_when_a_request_was_taken_and_closed(reviewer_client, handoff):
    assert (handoff.taken_at, handoff.closed_at) == (None, None)
    reviewer_client.post(reverse("review:request_take", args=[handoff.pk]))
    handoff.refresh_from_db()
    assert handoff.created_at <= handoff.taken_at <= timezone.now()
    assert handoff.closed_at is None
    reviewer_client.post(reverse("review:request_close", args=[handoff.pk]))
    handoff.refresh_from_db()
    assert handoff.taken_at < handoff.closed_at <= timezone.now()
    page = reviewer_client.get(reverse("review:request", args=[handoff.pk])).content.decode()
    assert f'Taken <time datetime="{handoff.taken_at:%Y-%m-%dT%H:%M:%S}' in page
    assert f'Closed <time datetime="{handoff.closed_at:%Y-%m-%dT%H:%M:%S}' in page


def test_a_request_that_is_put_back_was_never_taken(reviewer, handoff):
    handoffs.take(handoff.pk, reviewer)
    handoffs.close(handoff.pk, reviewer)
    handoffs.reopen(handoff.pk)
    handoff.refresh_from_db()
    assert (handoff.taken_at, handoff.closed_at, handoff.handled_by) == (None, None, None)


def test_what_was_closed_last_is_listed_first(reviewer_client, reviewer, handoff):
    older = another(handoff)
    handoffs.close(handoff.pk, reviewer)
    handoffs.close(older.pk, reviewer)
    response = reviewer_client.get(reverse("review:requests"), {"state": "closed"})
    assert [each.pk for each in response.context["handoffs"]] == [older.pk, handoff.pk]
