"""What a customer says of an answer, and what they did with it."""

import uuid

import pytest
from django.test import Client
from django.urls import reverse

from supportapp.conversations.models import Turn
from supportapp.outbox.models import OutboxEvent
from supportapp.review import intake, tasks
from supportapp.review.models import Feedback, ReviewItem, Signal
from tests.integration.review.conftest import make_turn


def say(client: Client, turn: Turn, **said: object):
    return client.post(reverse("review:feedback", args=[turn.pk]), said)


def run_promised() -> None:
    """Do what the worker would do."""
    for event in OutboxEvent.objects.exclude(state=OutboxEvent.State.DONE):
        task = getattr(tasks, event.task.rpartition(".")[2])
        task(**event.payload, event_id=str(event.pk))


def test_feedback_is_stored_and_the_page_comes_back(visitor_client, turn):
    response = say(
        visitor_client, turn, value="down", reasons=["wrong", "source"], comment="It says 30 days."
    )
    page = reverse("chat:conversation", args=[turn.conversation_id])
    assert (response.status_code, response["Location"]) == (302, f"{page}#turn-{turn.pk}")
    stored = Feedback.objects.get()
    assert (stored.value, stored.reasons) == ("down", ["wrong", "source"])
    assert stored.comment == "It says 30 days."


def test_htmx_gets_the_partial(visitor_client, turn):
    response = visitor_client.post(
        reverse("review:feedback", args=[turn.pk]), {"value": "up"}, headers={"HX-Request": "true"}
    )
    assert response.status_code == 200
    assert response.templates[0].name == "conversations/_feedback.html"


def test_saying_it_again_replaces_it(visitor_client, turn):
    say(visitor_client, turn, value="down", reasons=["wrong"], comment="No.")
    say(visitor_client, turn, value="up")
    stored = Feedback.objects.get()
    assert (stored.value, stored.reasons, stored.comment) == ("up", [], "")


def test_an_empty_value_takes_it_back(visitor_client, turn, settings):
    settings.REVIEW_SAMPLE_PERCENT = 0
    say(visitor_client, turn, value="down")
    run_promised()
    say(visitor_client, turn, value="")
    assert not Feedback.objects.exists()
    assert not ReviewItem.objects.exists()


@pytest.mark.parametrize(
    "said",
    [
        {"value": "sideways"},
        {"value": "down", "reasons": ["no such reason"]},
        {"value": "down", "comment": "x" * 2001},
    ],
)
def test_nonsense_is_refused_and_nothing_stored(visitor_client, turn, said):
    assert say(visitor_client, turn, **said).status_code == 400
    assert not Feedback.objects.exists()
    assert not OutboxEvent.objects.exists()


def test_a_running_turn_cannot_be_rated(visitor_client, workspace):
    running = make_turn(workspace, state=Turn.State.STREAMING)
    response = say(visitor_client, running, value="up")
    assert response.status_code == 400
    assert "still being written" in response.content.decode()


def test_a_stranger_finds_nothing(client, turn):
    assert say(client, turn, value="up").status_code == 404
    signal = {"kind": "copied", "event_id": str(uuid.uuid4())}
    address = reverse("review:signal", args=[turn.pk])
    assert client.post(address, signal).status_code == 404
    assert not Feedback.objects.exists()
    assert not OutboxEvent.objects.exists()


def test_too_much_at_once_is_held(visitor_client, turn, settings, valkey):
    settings.RATE_WRITE_VISITOR = "2/minute"
    statuses = [say(visitor_client, turn, value="up").status_code for _ in range(3)]
    assert statuses == [302, 302, 429]
    assert 0 < int(say(visitor_client, turn, value="up")["Retry-After"]) <= 60


def test_a_low_rating_enters_the_queue_once(visitor_client, turn):
    say(visitor_client, turn, value="down")
    say(visitor_client, turn, value="down", comment="Really.")
    run_promised()
    item = ReviewItem.objects.get()
    assert (item.turn_id, item.reason) == (turn.pk, "low_rated")


def test_a_rating_turned_up_leaves_the_queue(visitor_client, turn):
    say(visitor_client, turn, value="down")
    run_promised()
    say(visitor_client, turn, value="up")
    run_promised()
    assert not ReviewItem.objects.exists()


def test_a_withdrawn_rating_leaves_the_other_reason(visitor_client, turn):
    intake.record_signal(turn.pk, Signal.Kind.ASKED_PERSON, uuid.uuid4())
    say(visitor_client, turn, value="down")
    run_promised()
    assert ReviewItem.objects.get().reason == "low_rated"
    say(visitor_client, turn, value="")
    assert ReviewItem.objects.get().reason == "asked_person"


def test_what_a_reviewer_is_looking_at_stays(visitor_client, reviewer_client, turn):
    say(visitor_client, turn, value="down")
    run_promised()
    reviewer_client.get(reverse("review:queue"))
    say(visitor_client, turn, value="")
    assert ReviewItem.objects.filter(turn=turn).exists()


def test_a_signal_told_twice_counts_once(visitor_client, turn):
    signal = {"kind": "copied", "event_id": str(uuid.uuid4())}
    address = reverse("review:signal", args=[turn.pk])
    statuses = [visitor_client.post(address, signal).status_code for _ in range(2)]
    assert statuses == [204, 204]
    run_promised()
    assert [stored.kind for stored in Signal.objects.all()] == ["copied"]


@pytest.mark.parametrize("kind", ["asked_person", "regenerated", "nonsense"])
def test_signals_that_the_server_sees_itself_are_not_taken_from_pages(visitor_client, turn, kind):
    signal = {"kind": kind, "event_id": str(uuid.uuid4())}
    assert visitor_client.post(reverse("review:signal", args=[turn.pk]), signal).status_code == 400


@pytest.mark.parametrize(("percent", "queued"), [(0, 0), (100, 1)])
def test_a_share_of_answers_is_sampled(turn, settings, percent, queued):
    settings.REVIEW_SAMPLE_PERCENT = percent
    intake.take_in_turn(turn.pk)
    assert ReviewItem.objects.count() == queued


def test_a_comment_comes_to_staff_without_hidden_characters(visitor_client, turn):
    say(visitor_client, turn, value="down", comment="It\x00 says\u202e 30\u200b days.")
    assert Feedback.objects.get().comment == "It says 30 days."


def test_what_no_page_of_ours_sends_is_refused_in_plain_words(visitor_client, turn):
    response = say(visitor_client, turn, value="sideways", reasons=["rude"])
    page = response.content.decode()
    assert response.status_code == 400
    assert page.count("This page is out of date. Reload it, then send it again.") == 1
