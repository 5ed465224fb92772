"""The weekly digest: the dashboard's numbers, kept, and mailed once to who wants them."""

from collections.abc import Callable
from datetime import timedelta
from uuid import uuid4

import pytest
from django.contrib.auth.models import User
from django.core import mail
from django.test import Client
from django.urls import reverse
from pytest_django.fixtures import Settings

from supportapp.insight import dashboard, digests, tasks
from supportapp.insight.models import Digest, DigestDelivery
from supportapp.outbox.models import OutboxEvent
from tests.integration.insight.conftest import NOW, Books

SignIn = Callable[..., tuple[Client, User]]
# The Monday after the week that holds NOW.
MONDAY = NOW + timedelta(days=5)


@pytest.fixture(autouse=True)
def mail_is_set_up(settings: Settings) -> None:
    settings.MAIL_FROM = "Help <help@example.com>"
    settings.SITE_URL = "https://support.example"


@pytest.fixture
def reader(books: Books, sign_in: SignIn) -> User:
    client, user = sign_in("see_dashboard", email="lead@example.com")
    client.post(reverse("insight:subscribe"), {"workspace": "default", "wanted": "1"})
    return user


def promised() -> list[OutboxEvent]:
    return list(OutboxEvent.objects.filter(task=digests.SEND))


def deliver(event: OutboxEvent) -> None:
    tasks.send_digest(**event.payload, event_id=str(event.pk))


def test_a_week_is_reported_once_and_mailed_once_however_often_it_is_tried(
    books: Books, reader: User
) -> None:
    assert digests.report_all(MONDAY) == 2  # the other workspace has its own
    assert digests.report_all(MONDAY) == 0
    (event,) = promised()
    deliver(event)
    deliver(event)
    # A second promise of the same mail is none, either.
    other = OutboxEvent.objects.create(task=digests.SEND, payload=event.payload)
    deliver(other)
    assert [each.to for each in mail.outbox] == [["lead@example.com"]]
    assert DigestDelivery.objects.get().state == "sent"


def test_mail_and_page_say_the_dashboards_numbers(
    books: Books, reader: User, sign_in: SignIn
) -> None:
    digest = digests.report(books.workspace, MONDAY)
    assert digest is not None
    shown = dashboard.gather(digests.choice_of(books.workspace, digest.monday, MONDAY), MONDAY)
    assert [each["shown"] for each in digest.figures] == [each.shown for each in shown.figures]
    assert shown.figures[0].shown == "5"
    deliver(promised()[0])
    client, _ = sign_in("see_dashboard")
    page = client.get(reverse("insight:digest", args=[digest.pk])).content.decode()
    for each in digest.figures:
        assert f"{each['name']}: {each['shown']}" in mail.outbox[0].body
        assert each["shown"] in page
    assert f"https://support.example/staff/insight/digests/{digest.pk}/" in mail.outbox[0].body


def test_no_word_of_a_customer_is_in_the_mail(books: Books, reader: User) -> None:
    digests.report_all(MONDAY)
    deliver(promised()[0])
    sent = mail.outbox[0]
    assert "Question" not in sent.body.replace("Questions", "")
    assert "ada@example.com" not in sent.body + sent.subject


def test_who_lost_the_permission_or_left_gets_nothing(books: Books, reader: User) -> None:
    digests.report_all(MONDAY)
    reader.user_permissions.clear()
    deliver(promised()[0])
    assert not mail.outbox
    assert not DigestDelivery.objects.exists()


def test_a_mail_server_that_is_away_is_asked_again(
    books: Books, reader: User, settings: Settings
) -> None:
    digests.report_all(MONDAY)
    (event,) = promised()
    working = settings.EMAIL_BACKEND
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 9
    with pytest.raises(digests.NotSent):
        deliver(event)
    event.refresh_from_db()
    assert event.last_error == "NotSent"
    settings.EMAIL_BACKEND = working
    deliver(event)
    assert len(mail.outbox) == 1


def test_nothing_is_reported_too_early_or_of_a_silent_week(books: Books) -> None:
    assert digests.report_all(MONDAY.replace(hour=4)) == 0
    assert digests.report_all(MONDAY + timedelta(days=28)) == 0
    assert not Digest.objects.exists()


def test_staff_begin_and_end_the_mails_themselves(books: Books, sign_in: SignIn) -> None:
    client, _ = sign_in("see_dashboard", email="lead@example.com")
    address = reverse("insight:subscribe")
    page = client.post(address, {"workspace": "default", "wanted": "1"}, follow=True)
    assert "You get it by mail" in page.content.decode()
    page = client.post(address, {"workspace": "default", "wanted": "0"}, follow=True)
    assert "You don’t get it by mail" in page.content.decode()
    assert client.post(address, {"workspace": str(uuid4())}).status_code == 404
