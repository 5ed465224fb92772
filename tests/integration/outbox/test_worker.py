"""A real worker process: what it does, and what its death doesn't undo."""

import pytest

from supportapp.outbox import events as outbox
from supportapp.outbox import health
from supportapp.outbox.models import OutboxEvent
from tests.integration.outbox import probe
from tests.integration.outbox.conftest import Worker, until

State = OutboxEvent.State


def state(event: OutboxEvent) -> str:
    event.refresh_from_db()
    return event.state


def test_a_worker_killed_in_mid_task_loses_nothing_and_does_nothing_twice(worker: Worker, valkey):
    event = outbox.add(probe.SLOW, label="a")
    until(lambda: valkey.get("started:a") == "1")
    worker.kill()
    assert probe.effects("a") == 0
    valkey.set("go:a", "1")
    worker.start()
    until(lambda: state(event) == State.DONE)
    outbox.add(probe.COUNT, label="after")
    until(lambda: probe.effects("after") == 1)
    assert probe.effects("a") == 1
    assert int(valkey.get("started:a")) == 2


def test_a_poison_event_stops_nobody_and_ends_as_dead(worker: Worker):
    poison = outbox.add(probe.BROKEN, label="poison")
    unknown = outbox.add("no.such.task", label="unknown")
    good = [outbox.add(probe.COUNT, label=f"good {number}") for number in range(5)]
    until(lambda: {state(event) for event in good} == {State.DONE})
    until(lambda: state(poison) == State.DEAD and state(unknown) == State.DEAD)
    assert poison.last_error == "LookupError"
    assert probe.effects("poison") == 0
    assert "4111" not in worker.log


def test_readiness_knows_whether_a_worker_lives(valkey, request: pytest.FixtureRequest):
    assert "no worker" in health.worker()
    request.getfixturevalue("worker")
    until(lambda: health.worker() == "")
