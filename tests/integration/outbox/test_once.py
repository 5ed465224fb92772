"""However often an event is delivered, its effect counts once."""

import threading
import uuid
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from supportapp.outbox import events as outbox
from supportapp.outbox.models import OutboxEvent
from tests.integration.outbox import probe

State = OutboxEvent.State


@pytest.mark.django_db
def test_three_deliveries_count_once():
    event = outbox.add(probe.COUNT, label="a")
    for _ in range(3):
        probe.count("a", str(event.pk))
    assert probe.effects("a") == 1
    event.refresh_from_db()
    assert event.state == State.DONE
    assert event.done_at is not None


@pytest.mark.django_db(transaction=True)
def test_three_deliveries_at_the_same_moment_count_once():
    event = outbox.add(probe.COUNT, label="a")
    ready = threading.Barrier(3)

    def deliver() -> None:
        ready.wait()
        probe.count("a", str(event.pk))
        connection.close()

    threads = [threading.Thread(target=deliver) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert probe.effects("a") == 1


@pytest.mark.django_db
def test_an_event_nobody_knows_has_no_effect():
    probe.count("a", str(uuid.uuid4()))
    assert probe.effects("a") == 0


@pytest.mark.django_db
def test_a_failed_run_leaves_no_effect_and_is_due_again_later():
    event = outbox.add(probe.BROKEN, label="a")
    OutboxEvent.objects.filter(pk=event.pk).update(state=State.SENT, attempts=3)
    before = timezone.now()
    with pytest.raises(LookupError):
        probe.broken("a", str(event.pk))
    assert probe.effects("a") == 0
    event.refresh_from_db()
    assert event.state == State.SENT
    assert before + timedelta(seconds=8) <= event.due_at <= timezone.now() + timedelta(seconds=8)


@pytest.mark.django_db
def test_only_the_kind_of_failure_is_kept(caplog):
    event = outbox.add(probe.BROKEN, label="a")
    with pytest.raises(LookupError):
        probe.broken("a", str(event.pk))
    event.refresh_from_db()
    assert event.last_error == "LookupError"
    assert "4111" not in caplog.text


@pytest.mark.django_db
def test_a_failure_heard_of_late_does_not_reopen_what_is_done():
    event = outbox.add(probe.COUNT, label="a")
    probe.count("a", str(event.pk))
    outbox.failed(event.pk, LookupError())
    event.refresh_from_db()
    assert (event.state, event.last_error) == (State.DONE, "")
