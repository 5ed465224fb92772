"""What the team writes into a conversation: shown, told to open pages, mailed once, seen."""

import threading
import uuid
from typing import Any

import pytest
from asgiref.sync import async_to_sync, sync_to_async
from django.conf import settings as django_settings
from django.contrib.auth.models import User
from django.core import mail
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings

from supportapp.conversations import handoffs, live, messages, turns, visitors
from supportapp.conversations.mailing import NotSent
from supportapp.conversations.models import Conversation, Message, Turn
from supportapp.conversations.questions import question_of
from supportapp.conversations.tasks import mail_message
from supportapp.knowledge.models import Workspace
from supportapp.outbox.models import OutboxEvent
from tests.integration.conversations.conftest import VISITOR
from tests.integration.conversations.sockets import Page

QUESTION = "Are yearly plans refunded?"
TEXT = "They are refunded **within 60 days**. [Read more](https://example.com/refunds)"


@pytest.fixture
def asked(talk: Conversation, client: Client) -> Turn:
    """A question with its answer, and a browser that is the customer's."""
    client.cookies[django_settings.VISITOR_COOKIE_NAME] = visitors.sign(VISITOR)
    turn = turns.open(talk, QUESTION, uuid.uuid4())
    live.start(turn.pk)
    turn.refresh_from_db()
    assert turn.state == Turn.State.ANSWERED
    return turn


@pytest.fixture
def mailing(settings: Settings) -> None:
    settings.MAIL_FROM = "Tallybird <help@tallybird.example>"
    settings.SITE_URL = "https://support.example"


def post(turn: Turn, text: str = TEXT, key: str = "one", **more: Any) -> Message:
    return messages.post(
        turn.conversation, kind="correction", text=text, key=key, about=turn, **more
    )


def page_of(client: Client, talk: Conversation) -> str:
    return client.get(reverse("chat:conversation", args=[talk.pk])).content.decode()


def test_a_message_stands_in_its_place_with_what_was_asked_and_told(
    asked: Turn, client: Client
) -> None:
    author = User.objects.create_user("bob.smith", email="bob@tallybird.example")
    message = post(asked, TEXT + "\n\n<script>alert(1)</script>", author=author)
    later = turns.open(asked.conversation, "How do I cancel my plan?", uuid.uuid4())
    live.start(later.pk)
    page = page_of(client, asked.conversation)
    assert page.index(f'id="turn-{asked.pk}"') < page.index(f'id="message-{message.pk}"')
    assert page.index(f'id="message-{message.pk}"') < page.index(f'id="turn-{later.pk}"')
    assert "<strong>within 60 days</strong>" in page
    assert "<script>alert(1)</script>" not in page
    assert "from the team of Tallybird" in page
    assert "bob.smith" not in page
    assert "We had told you" in page
    assert "refunded in full within 30 days" in page


def test_the_same_key_posts_once(asked: Turn) -> None:
    first = post(asked)
    assert post(asked, "Something else").pk == first.pk
    assert Message.objects.get().text == TEXT


def test_history_marks_what_was_not_seen_until_the_page_is_opened(
    asked: Turn, client: Client
) -> None:
    post(asked)
    history = client.get(reverse("chat:history"))
    assert b"1 new message" in history.content
    assert b"new message" in client.get(reverse("chat:home")).content
    assert "New</span>" in page_of(client, asked.conversation)
    assert Message.objects.get().seen_at is not None
    assert b"new message" not in client.get(reverse("chat:history")).content
    assert "New</span>" not in page_of(client, asked.conversation)


def test_words_of_a_message_are_found_in_history(asked: Turn, client: Client) -> None:
    post(asked, "The **gadget** was wrong.")
    found = client.get(reverse("chat:history"), {"q": "gadget"})
    assert [each.pk for each in found.context["page"]] == [asked.conversation_id]


def test_what_comes_next_knows_of_corrections_but_not_of_a_persons_reply(asked: Turn) -> None:
    post(asked)
    messages.post(asked.conversation, kind="reply", text="Call me, Ada.", key="reply")
    later = turns.open(asked.conversation, "And how long does it take?", uuid.uuid4())
    said = [each.text for each in question_of(later).context]
    assert said[0] == QUESTION
    assert said[2].startswith("They are refunded within 60 days.")
    assert len(said) == 3


def test_nobody_else_sees_it(asked: Turn) -> None:
    post(asked)
    page = Client().get(reverse("chat:conversation", args=[asked.conversation_id]))
    assert page.status_code == 404
    assert Message.objects.get().seen_at is None


def test_without_an_address_or_a_sender_nothing_is_mailed(asked: Turn, settings: Settings) -> None:
    settings.MAIL_FROM = ""
    handoffs.request_person(asked.conversation, uuid.uuid4(), contact="ada@example.com")
    post(asked)
    settings.MAIL_FROM = "help@tallybird.example"
    asked.conversation.handoffs.all().delete()
    post(asked, key="two")
    assert not OutboxEvent.objects.filter(task=messages.MAIL).exists()
    assert set(Message.objects.values_list("mail", flat=True)) == {""}


def test_it_is_mailed_once_as_plain_text_however_often_it_is_delivered(
    asked: Turn, mailing: None
) -> None:
    handoffs.request_person(asked.conversation, uuid.uuid4(), contact="ada@example.com")
    message = post(asked)
    event = OutboxEvent.objects.get(task=messages.MAIL)
    assert event.payload == {"message_id": message.pk}
    for _ in range(2):
        mail_message(message.pk, event_id=str(event.pk))
    (sent,) = mail.outbox
    assert sent.to == ["ada@example.com"]
    assert sent.subject == "A correction to our answer – Tallybird"
    assert "> Are yearly plans refunded?" in sent.body
    assert "> Yearly plans are refunded in full within 30 days" in sent.body
    assert "within 60 days. Read more (https://example.com/refunds)" in sent.body
    assert f"https://support.example/c/{asked.conversation_id}/" in sent.body
    assert "[1]" not in sent.body
    assert sent.content_subtype == "plain"
    message.refresh_from_db()
    event.refresh_from_db()
    assert (message.mail, event.state) == ("sent", OutboxEvent.State.DONE)


def test_the_account_address_serves_where_nobody_asked_for_a_person(
    asked: Turn, mailing: None
) -> None:
    asked.conversation.user = User.objects.create_user("eve", email="eve@example.com")
    asked.conversation.save()
    mail_message(post(asked).pk, event_id=str(OutboxEvent.objects.get(task=messages.MAIL).pk))
    assert mail.outbox[0].to == ["eve@example.com"]


def test_a_conversation_that_was_deleted_meanwhile_is_not_mailed(
    asked: Turn, mailing: None
) -> None:
    handoffs.request_person(asked.conversation, uuid.uuid4(), contact="ada@example.com")
    message = post(asked)
    Conversation.objects.update(deleted_at=timezone.now())
    mail_message(message.pk, event_id=str(OutboxEvent.objects.get(task=messages.MAIL).pk))
    assert mail.outbox == []


def test_a_mail_server_that_is_away_is_asked_again(
    asked: Turn, mailing: None, settings: Settings
) -> None:
    handoffs.request_person(asked.conversation, uuid.uuid4(), contact="ada@example.com")
    message = post(asked)
    event = OutboxEvent.objects.get(task=messages.MAIL)
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    mail_message(message.pk, event_id=str(event.pk))
    event.refresh_from_db()
    message.refresh_from_db()
    assert (event.last_error, message.mail) == (NotSent.__name__, "promised")


def in_thread(verb: Any) -> Any:
    """Do it as a worker would: in another thread, without an event loop."""
    found: list[Any] = []
    thread = threading.Thread(target=lambda: found.append(_closing(verb)))
    thread.start()
    thread.join(20)
    return found[0]


def _closing(verb: Any) -> Any:
    try:
        return verb()
    finally:
        connection.close()


def test_an_open_page_is_told_at_once_and_a_page_that_comes_back_what_it_missed(
    committed_talk: Conversation,
) -> None:
    def write(key: str) -> Message:
        return messages.post(committed_talk, kind="reply", text=f"Hello {key}", key=key)

    async def scene() -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
        async with Page(committed_talk) as page:
            await page.send(type="messages", after=0)
            await page.send(type="ping")
            await page.until("pong")
            await sync_to_async(in_thread, thread_sensitive=False)(lambda: write("first"))
            live_frames = await page.until("message")
            await page.send(type="seen", message=live_frames[-1]["message"])
            await page.send(type="ping")
            await page.until("pong")
        await sync_to_async(in_thread, thread_sensitive=False)(lambda: write("second"))
        async with Page(committed_talk) as page:
            await page.send(type="messages", after=live_frames[-1]["message"])
            return live_frames, await page.until("message")

    heard, missed = async_to_sync(scene)()
    assert "Hello first" in heard[-1]["html"]
    assert ["Hello second" in frame["html"] for frame in missed] == [True]
    first, second = Message.objects.order_by("pk")
    assert first.seen_at is not None
    assert second.seen_at is None


def test_a_stranger_is_told_nothing(committed_talk: Conversation) -> None:
    messages.post(committed_talk, kind="reply", text="Hello", key="one")
    other = Conversation.objects.create(workspace=Workspace.default(), visitor=uuid.uuid4())

    async def scene() -> list[dict[str, Any]]:
        async with Page(other) as page:
            await page.send(type="messages", after=0)
            await page.send(type="seen", message=10**9)
            await page.send(type="ping")
            return await page.until("pong")

    assert [frame["type"] for frame in async_to_sync(scene)()] == ["pong"]
    assert Message.objects.get().seen_at is None
