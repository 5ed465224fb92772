"""The queue: the most urgent first, one item for one reviewer, one key a verdict."""

import threading
from datetime import timedelta

import pytest
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from supportapp.gateway.models import ModelCall
from supportapp.review import decisions, intake, queue
from supportapp.review.decisions import Judgement
from supportapp.review.models import Annotation, ReviewItem
from tests.integration.review.conftest import client_of, make_turn

Reason = ReviewItem.Reason
HTMX = {"HX-Request": "true"}


def queued(workspace, reason: Reason, question: str = "How?") -> ReviewItem:
    turn = make_turn(workspace, question=question)
    intake.enqueue(turn, reason)
    return ReviewItem.objects.get(turn=turn)


def judge(client, item, verdict="good", **more):
    address = reverse("review:verdict", args=[item.pk])
    return client.post(address, {"verdict": verdict, **more}, headers=HTMX)


def shown(response) -> int | None:
    view = response.context["view"]
    return view.item.pk if view else None


def test_complaints_come_first_and_the_sample_last(reviewer_client, workspace):
    sampled = queued(workspace, Reason.SAMPLED)
    asked = queued(workspace, Reason.ASKED_PERSON)
    complained = queued(workspace, Reason.LOW_RATED)
    order = []
    for _ in range(3):
        current = shown(reviewer_client.get(reverse("review:queue")))
        order.append(current)
        judge(reviewer_client, ReviewItem.objects.get(pk=current))
    assert order == [complained.pk, asked.pk, sampled.pk]


def test_a_stronger_reason_raises_what_waits(workspace):
    item = queued(workspace, Reason.SAMPLED)
    intake.enqueue(item.turn, Reason.LOW_RATED)
    intake.enqueue(item.turn, Reason.ASKED_PERSON)
    item.refresh_from_db()
    assert (item.reason, item.priority) == ("low_rated", 30)


def test_a_filter_shows_only_its_kind(reviewer_client, workspace):
    queued(workspace, Reason.LOW_RATED)
    sampled = queued(workspace, Reason.SAMPLED)
    response = reviewer_client.get(reverse("review:queue"), {"reason": "sampled"})
    assert shown(response) == sampled.pk
    assert [item.pk for item in response.context["waiting"]] == [sampled.pk]


def test_the_item_shows_all_that_a_verdict_needs(reviewer_client, item):
    page = reviewer_client.get(reverse("review:item", args=[item.pk])).content.decode()
    assert "How do I cancel my plan?" in page
    assert "<strong>Billing</strong>" in page
    assert "Open Billing and choose Cancel plan." in page
    assert "candidates" in page


def test_the_receipt_shows_the_tools_that_were_called(reviewer_client, item):
    step = {"tool": "get_mortgage_rates", "code": "ok", "ms": 4.2, "as_of": None}
    item.turn.receipt = {**item.turn.receipt, "tools": [step]}
    item.turn.save()
    page = reviewer_client.get(f"/review/{item.pk}/").content.decode()
    assert "<td>get_mortgage_rates</td><td>ok</td><td>4.2 ms</td>" in page


def test_the_receipt_shows_what_the_models_were_asked_and_cost(reviewer_client, item):
    ModelCall.objects.create(
        turn_id=item.turn_id,
        purpose="answer",
        endpoint="spare",
        requested="small-4",
        model="small-4-2026-01-01",
        fingerprint="fp_9",
        tokens_in=812,
        tokens_out=61,
        tokens_cached=400,
        cost="0.000215",
        first_token_ms=231.4,
        total_ms=900.0,
        tokens_per_second=91.2,
        finish_reason="stop",
    )
    page = reviewer_client.get(reverse("review:item", args=[item.pk])).content.decode()
    for shown in ("small-4-2026-01-01", "fp_9", "812 (400 cached)", "$0.000215", "231 ms", "91/s"):
        assert shown in page


def test_two_reviewers_never_get_the_same_item(reviewer, other_reviewer, workspace):
    first, second = (queued(workspace, Reason.LOW_RATED) for _ in range(2))
    address = reverse("review:queue")
    assert shown(client_of(reviewer).get(address)) == first.pk
    assert shown(client_of(other_reviewer).get(address)) == second.pk


@pytest.mark.django_db(transaction=True)
def test_two_who_take_at_the_same_moment_get_different_items(reviewer, other_reviewer, workspace):
    for _ in range(2):
        queued(workspace, Reason.LOW_RATED)
    ready = threading.Barrier(2)
    taken = []

    def take(user) -> None:
        ready.wait()
        taken.append(queue.take_next(user, timezone.now()))
        connection.close()

    threads = [threading.Thread(target=take, args=[user]) for user in (reviewer, other_reviewer)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({item.pk for item in taken}) == 2


def test_an_item_left_lying_is_free_again_after_ten_minutes(reviewer, other_reviewer, item):
    now = timezone.now()
    assert queue.take(item, reviewer, now)
    assert not queue.take(item, other_reviewer, now + timedelta(minutes=9))
    assert queue.take(item, other_reviewer, now + timedelta(minutes=11))


def test_an_item_that_another_holds_says_so_and_takes_no_verdict(
    reviewer, other_reviewer, reviewer_client, item
):
    queue.take(item, other_reviewer, timezone.now())
    page = reviewer_client.get(reverse("review:item", args=[item.pk]))
    assert "omar is looking at this answer now" in page.content.decode()
    response = judge(reviewer_client, item)
    assert response.context["taken"].by == "omar"
    assert not Annotation.objects.exists()


def test_skipped_items_come_again_when_all_others_were_shown(reviewer_client, workspace):
    items = [queued(workspace, Reason.LOW_RATED).pk for _ in range(3)]
    current = shown(reviewer_client.get(reverse("review:queue")))
    order = [current]
    for _ in range(3):
        current = shown(reviewer_client.post(reverse("review:skip", args=[current]), headers=HTMX))
        order.append(current)
    assert order == [*items, items[0]]


def test_a_skipped_item_is_free_for_others(reviewer_client, other_reviewer, item):
    reviewer_client.get(reverse("review:queue"))
    reviewer_client.post(reverse("review:skip", args=[item.pk]))
    assert queue.take(item, other_reviewer, timezone.now())


def test_a_verdict_shows_the_next_item_with_an_undo(reviewer_client, workspace, reviewer):
    first, second = (queued(workspace, Reason.LOW_RATED) for _ in range(2))
    reviewer_client.get(reverse("review:queue"))
    response = judge(reviewer_client, first, "wrong", note="It cites the old price.")
    stored = Annotation.objects.get()
    assert (stored.verdict, stored.note) == ("wrong", "It cites the old price.")
    assert (stored.reviewer, stored.item) == (reviewer, first)
    assert shown(response) == second.pk
    assert reverse("review:undo", args=[stored.pk]) in response.content.decode()
    assert response["HX-Push-Url"] == reverse("review:item", args=[second.pk])


def test_the_same_verdict_twice_is_stored_once(reviewer_client, item):
    statuses = [judge(reviewer_client, item).status_code for _ in range(2)]
    assert statuses == [200, 200]
    assert Annotation.objects.count() == 1


def test_a_second_different_verdict_does_not_overwrite(reviewer, item):
    now = timezone.now()
    first = decisions.annotate(item, reviewer, Judgement("good"), now)
    assert decisions.annotate(item, reviewer, Judgement("wrong"), now) == decisions.Taken("rita")
    assert list(Annotation.objects.all()) == [first]


def test_without_scripts_a_verdict_works_and_can_be_undone(reviewer_client, item):
    reviewer_client.get(reverse("review:queue"))
    response = reviewer_client.post(
        reverse("review:verdict", args=[item.pk]), {"verdict": "good"}, follow=True
    )
    stored = Annotation.objects.get()
    assert reverse("review:undo", args=[stored.pk]) in response.content.decode()


def test_no_verdict_is_no_verdict(reviewer_client, item):
    assert judge(reviewer_client, item, "perfect").status_code == 422
    assert judge(reviewer_client, item, "").status_code == 422
    assert judge(reviewer_client, item, "good", note="x" * 2001).status_code == 422
    assert not Annotation.objects.exists()


def test_undo_brings_the_item_back(reviewer_client, item):
    judge(reviewer_client, item)
    stored = Annotation.objects.get()
    response = reviewer_client.post(reverse("review:undo", args=[stored.pk]), headers=HTMX)
    assert shown(response) == item.pk
    stored.refresh_from_db()
    item.refresh_from_db()
    assert stored.undone_at is not None
    assert item.state == "open"
    judge(reviewer_client, item, "wrong")
    assert Annotation.objects.filter(undone_at=None).get().verdict == "wrong"


def test_nobody_undoes_anothers_verdict(reviewer_client, other_reviewer, item):
    judge(reviewer_client, item)
    stored = Annotation.objects.get()
    address = reverse("review:undo", args=[stored.pk])
    assert client_of(other_reviewer).post(address).status_code == 404
    stored.refresh_from_db()
    assert stored.undone_at is None


def test_an_empty_queue_says_what_comes_here(reviewer_client):
    page = reviewer_client.get(reverse("review:queue")).content.decode()
    assert "Nothing waits for you" in page


@pytest.mark.parametrize("after", ["²", "9" * 40, "-1", "x"])
def test_strange_numbers_are_no_fault(reviewer_client, item, after):
    assert reviewer_client.get(reverse("review:queue"), {"done": after}).status_code == 200


def test_an_item_beyond_all_numbers_is_not_found(reviewer_client):
    assert reviewer_client.get(f"/review/{'9' * 40}/").status_code == 404


def test_a_note_is_stored_without_hidden_characters(reviewer_client, item):
    note = "Old\x00 price\u202e, see\u200b billing."
    page = reverse("review:verdict", args=[item.pk])
    reviewer_client.post(page, {"verdict": "wrong", "note": note})
    assert Annotation.objects.get().note == "Old price, see billing."


def test_too_long_a_note_is_called_that(reviewer_client, item):
    page = reverse("review:verdict", args=[item.pk])
    response = reviewer_client.post(page, {"verdict": "wrong", "note": "n" * 2001})
    assert "This can have 2000 characters; it has 2001." in response.content.decode()
