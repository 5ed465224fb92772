"""Staff see what was given up, and may send it again."""

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from supportapp.outbox.models import OutboxEvent

LIST = "admin:outbox_outboxevent_changelist"


@pytest.fixture
def admin_browser(db: None) -> Client:
    client = Client()
    client.force_login(User.objects.create_superuser("ada"))
    return client


@pytest.fixture
def dead(db: None) -> OutboxEvent:
    return OutboxEvent.objects.create(
        task="a.task", state=OutboxEvent.State.DEAD, attempts=12, last_error="LookupError"
    )


def test_what_was_given_up_is_listed_with_its_reason(admin_browser, dead):
    page = admin_browser.get(reverse(LIST), {"state__exact": "dead"}).content.decode()
    assert "a.task" in page
    assert "LookupError" in page
    assert "Given up" in page


def test_it_can_be_sent_again(admin_browser, dead):
    done = OutboxEvent.objects.create(task="b.task", state=OutboxEvent.State.DONE)
    admin_browser.post(
        reverse(LIST), {"action": "send_again", "_selected_action": [dead.pk, done.pk]}
    )
    dead.refresh_from_db()
    done.refresh_from_db()
    assert (dead.state, dead.attempts) == ("waiting", 0)
    assert done.state == "done"


def test_nobody_writes_or_removes_events_by_hand(admin_browser, dead):
    assert admin_browser.get(reverse("admin:outbox_outboxevent_add")).status_code == 403
    address = reverse("admin:outbox_outboxevent_delete", args=[dead.pk])
    assert admin_browser.post(address, {"post": "yes"}).status_code == 403
    assert OutboxEvent.objects.filter(pk=dead.pk).exists()
