"""From the table to the broker: at least once, for no longer than it makes sense."""

import threading
import time
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.utils import timezone

from supportapp.outbox import events as outbox
from supportapp.outbox import relay, tasks
from supportapp.outbox.models import OutboxEvent
from tests.integration.outbox.probe import COUNT

State = OutboxEvent.State
RELAY = "supportapp.outbox.tasks.relay"


@pytest.mark.django_db(transaction=True)
def test_a_promise_is_gone_with_the_transaction_that_made_it(waiting):
    with transaction.atomic():
        outbox.add(COUNT, label="rolled back")
        transaction.set_rollback(True)
    assert not OutboxEvent.objects.exists()
    assert waiting() == []


@pytest.mark.django_db(transaction=True)
def test_the_worker_is_nudged_only_after_the_commit(waiting):
    with transaction.atomic():
        outbox.add(COUNT, label="a")
        assert waiting() == []
    assert [message.task for message in waiting()] == [RELAY]


@pytest.mark.django_db
def test_many_nudges_are_one_run_and_a_later_one_another(waiting):
    before = time.time()
    outbox.add(COUNT, label="a")
    assert tasks.relay(nudged_at=time.time()) == 1
    outbox.add(COUNT, label="b")
    assert tasks.relay(nudged_at=before) == 0
    assert tasks.relay(nudged_at=time.time()) == 1
    outbox.add(COUNT, label="c")
    assert tasks.relay() == 1


@pytest.mark.django_db
def test_the_message_carries_the_ids_and_the_events_own(waiting):
    event = outbox.add(COUNT, label="a", turn_id=7)
    assert tasks.relay() == 1
    (message,) = waiting()
    assert message.task == COUNT
    assert message.kwargs == {"label": "a", "turn_id": 7, "event_id": str(event.pk)}
    event.refresh_from_db()
    assert (event.state, event.attempts) == (State.SENT, 1)


@pytest.mark.django_db
def test_a_crash_between_commit_and_send_is_made_good(waiting, settings):
    event = outbox.add(COUNT, label="a")
    now = timezone.now()
    assert [claimed.pk for claimed in relay.claim(now)] == [event.pk]
    # The relay dies here: claimed, never sent.
    soon = now + timedelta(seconds=settings.OUTBOX_RESEND_SECONDS - 1)
    assert relay.claim(soon) == []
    later = now + timedelta(seconds=settings.OUTBOX_RESEND_SECONDS + 1)
    assert relay.send(relay.claim(later)) == 1
    assert [message.kwargs["event_id"] for message in waiting()] == [str(event.pk)]


@pytest.mark.django_db(transaction=True)
def test_two_relays_at_once_send_each_event_once(waiting):
    for number in range(40):
        OutboxEvent.objects.create(task=COUNT, payload={"label": str(number)})
    ready = threading.Barrier(2)

    def run() -> None:
        ready.wait()
        tasks.relay()
        connection.close()

    threads = [threading.Thread(target=run) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    labels = sorted(int(message.kwargs["label"]) for message in waiting())
    assert labels == list(range(40))


@pytest.mark.django_db
def test_what_failed_too_often_is_given_up_and_the_rest_goes_on(waiting, settings):
    spent = OutboxEvent.objects.create(
        task=COUNT, state=State.SENT, attempts=settings.OUTBOX_MAX_ATTEMPTS
    )
    fresh = outbox.add(COUNT, label="fresh")
    assert tasks.relay() == 1
    spent.refresh_from_db()
    assert (spent.state, spent.last_error) == (State.DEAD, relay.NEVER_FINISHED)
    assert [message.kwargs["event_id"] for message in waiting()] == [str(fresh.pk)]


@pytest.mark.django_db
def test_while_the_broker_is_away_nothing_counts_as_an_attempt(broker):
    event = outbox.add(COUNT, label="a")
    broker.kill()
    assert relay.send(relay.claim(timezone.now())) == 0
    event.refresh_from_db()
    assert (event.state, event.attempts) == (State.WAITING, 0)
    assert event.due_at <= timezone.now()


@pytest.mark.django_db
def test_what_arrived_although_sending_raised_stays_done(broker):
    event = outbox.add(COUNT, label="a")
    (claimed,) = relay.claim(timezone.now())
    OutboxEvent.objects.filter(pk=event.pk).update(state=State.DONE)  # the worker was quick
    broker.kill()
    assert relay.send([claimed]) == 0
    event.refresh_from_db()
    assert event.state == State.DONE


@pytest.mark.parametrize("fault", ["hang", "kill"])
@pytest.mark.django_db(transaction=True)
def test_a_request_never_hangs_on_the_broker(broker, fault):
    relay.nudge()  # a connection is open, as it is in a web process
    getattr(broker, fault)()
    started = time.monotonic()
    for label in "abc":
        outbox.add(COUNT, label=label)
    assert time.monotonic() - started < 5
    assert OutboxEvent.objects.filter(state=State.WAITING).count() == 3


@pytest.mark.django_db
def test_an_event_promised_while_the_broker_was_away_is_sent_when_it_returns(broker):
    broker.kill()
    outbox.add(COUNT, label="a")
    assert relay.send(relay.claim(timezone.now())) == 0
    broker.start()
    assert relay.send(relay.claim(timezone.now())) == 1


@pytest.mark.django_db
def test_done_events_are_forgotten_after_a_week_and_others_never():
    old = timezone.now() - timedelta(days=8)
    OutboxEvent.objects.create(task="old", state=State.DONE, done_at=old)
    OutboxEvent.objects.create(task="new", state=State.DONE, done_at=timezone.now())
    OutboxEvent.objects.create(task="dead", state=State.DEAD)
    OutboxEvent.objects.update(created_at=old)
    assert tasks.forget_done() == 1
    assert set(OutboxEvent.objects.values_list("task", flat=True)) == {"new", "dead"}
