"""Everyone who got an answer that turned out wrong is told, once, with what they had been told."""

import uuid

import pytest
from django.contrib.auth.models import Permission, User
from django.core import mail
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings

from supportapp.caching.models import RememberedAnswer
from supportapp.changes import recalling, telling
from supportapp.changes.models import Correction, Recall
from supportapp.changes.tasks import tell_everyone
from supportapp.changes.telling import NotReady
from supportapp.conversations import handoffs, messages
from supportapp.conversations.models import Conversation, Message
from supportapp.conversations.tasks import mail_message
from supportapp.evals import datasets
from supportapp.knowledge import publishing
from supportapp.knowledge.models import Article
from supportapp.outbox.models import OutboxEvent
from supportapp.review import approving
from supportapp.review.models import Consequence, ReviewItem
from tests.integration.changes.conftest import NEW, REFUNDS, Ask, write

TEXT = "Refunds take 60 days, not 30."
State = Recall.State


def fixed(article: Article) -> Article:
    write(article, NEW)
    assert article.draft is not None
    publishing.publish(article.draft)
    article.refresh_from_db()
    return article


def ready(recall: Recall) -> Recall:
    telling.write(recall, TEXT, "The policy changed.")
    return recall


def deliver() -> None:
    """Run what is promised, each twice."""
    for event in OutboxEvent.objects.filter(task=telling.RUN):
        for _ in range(2):
            tell_everyone(**event.payload, event_id=str(event.pk))


def test_everyone_is_told_once_with_what_they_had_been_told(
    ask: Ask, article: Article, editor: User, staff: Client
) -> None:
    first, second, other = ask(), ask("Refund for a yearly plan?"), ask("How do I cancel my plan?")
    gone = ask()
    Conversation.objects.filter(pk=gone.conversation_id).update(deleted_at=timezone.now())
    fixed(article)
    item = ReviewItem.objects.create(turn=first, reason=ReviewItem.Reason.LOW_RATED)
    begun = staff.post(reverse("changes:recall_new"), {"item": item.pk})
    recall = Recall.objects.get()
    assert begun["Location"] == reverse("changes:recall", args=[recall.pk])
    page = staff.get(begun["Location"])
    assert page.context["preview"].conversations == 2
    assert page.context["preview"].deleted == 1
    assert page.context["preview"].told[0].answer.startswith("Yearly plans are refunded in full")
    # What the article says now and didn't before is proposed as what is right.
    assert "within 60 days" in page.context["text"]
    assert not page.context["is_live"]
    chosen = [each.passage.pk for each in page.context["basis"]]
    sent = staff.post(
        reverse("changes:recall_write", args=[recall.pk]),
        {"text": TEXT, "reason": "Policy changed.", "passages": chosen, "action": "send"},
    )
    assert sent.status_code == 302
    deliver()
    told = Message.objects.order_by("pk")
    assert {each.conversation_id for each in told} == {
        first.conversation_id, second.conversation_id
    }  # fmt: skip
    assert {(each.text, each.about_turn.question) for each in told if each.about_turn} == {
        (TEXT, REFUNDS), (TEXT, "Refund for a yearly plan?")
    }  # fmt: skip
    assert not other.conversation.messages.exists()
    recall.refresh_from_db()
    assert (recall.state, recall.sent_by) == (State.DONE, editor)
    assert Consequence.objects.get(item=item).kind == Consequence.Kind.TOLD
    messages.seen(first.conversation_id, timezone.now())
    record = staff.get(begun["Location"])
    assert (record.context["told"], record.context["seen"]) == (2, 1)


def test_a_killed_worker_tells_the_rest_and_nobody_twice(
    ask: Ask, article: Article, editor: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(3):
        turn = ask()
    recall = ready(recalling.begin(editor, revision=article.published))
    assert telling.send(recall, editor) == 3
    told: list[object] = []
    post = messages.post

    def dying(*args: object, **values: object) -> Message:
        if len(told) == 1:
            raise KeyboardInterrupt
        told.append(values["key"])
        return post(*args, **values)  # type: ignore[arg-type]  # passed on as given

    monkeypatch.setattr(messages, "post", dying)
    event = OutboxEvent.objects.get(task=telling.RUN)
    with pytest.raises(KeyboardInterrupt):
        tell_everyone(**event.payload, event_id=str(event.pk))
    assert Message.objects.count() == 1
    assert Correction.objects.filter(state=Correction.State.WAITING).count() == 2
    monkeypatch.undo()
    deliver()
    deliver()
    assert Message.objects.count() == 3
    assert Message.objects.values("conversation").distinct().count() == 3
    # Asked again in the same conversation: it was told already.
    ask(talk=turn.conversation)
    assert telling.send(recall, editor) == 0
    later = ask()
    assert telling.send(recall, editor) == 1
    deliver()
    assert Message.objects.count() == 4
    assert later.conversation.messages.exists()


def test_a_conversation_that_is_deleted_meanwhile_is_left_out(
    ask: Ask, article: Article, editor: User
) -> None:
    turn = ask()
    recall = ready(recalling.begin(editor, turn=turn))
    telling.send(recall, editor)
    Conversation.objects.update(deleted_at=timezone.now())
    deliver()
    assert not Message.objects.exists()
    assert Correction.objects.get().state == Correction.State.LEFT_OUT


def test_it_can_be_stopped_and_gone_on_with(ask: Ask, article: Article, editor: User) -> None:
    ask()
    recall = ready(recalling.begin(editor, revision=article.published))
    telling.send(recall, editor)
    assert telling.stop(recall)
    deliver()
    assert not Message.objects.exists()
    telling.send(recall, editor)
    deliver()
    assert Message.objects.count() == 1


def test_it_is_mailed_where_an_address_is_known(
    ask: Ask, article: Article, editor: User, settings: Settings
) -> None:
    settings.MAIL_FROM = "help@tallybird.example"
    turn = ask()
    ask()
    handoffs.request_person(turn.conversation, uuid.uuid4(), contact="ada@example.com")
    recall = ready(recalling.begin(editor, revision=article.published))
    assert recalling.preview(recall, recalling.untold(recall)).mailed == 1
    telling.send(recall, editor)
    deliver()
    for event in OutboxEvent.objects.filter(task=messages.MAIL):
        mail_message(**event.payload, event_id=str(event.pk))
    (sent,) = mail.outbox
    assert sent.to == ["ada@example.com"]
    assert TEXT in sent.body


def test_the_same_words_in_a_later_revision_count_and_others_do_not(
    ask: Ask, article: Article, editor: User
) -> None:
    before = ask()
    assert article.published is not None
    first = article.published
    write(article, f"{article.published.body}\n\n## Other\n\nSomething about gift cards.")
    assert article.draft is not None
    publishing.publish(article.draft)
    after = ask()
    recall = recalling.begin(editor, revision=first)
    assert set(recalling.turns(recall)) == {before, after}
    recalling.choose(recall, [])
    assert not recalling.turns(recall).exists()


def test_words_that_nobody_wrote_are_not_sent(ask: Ask, article: Article, editor: User) -> None:
    turn = ask()
    recall = recalling.begin(editor, turn=turn)
    assert recalling.begin(editor, turn=turn).pk == recall.pk
    assert recalling.TO_WRITE in recall.text
    with pytest.raises(NotReady, match="what is right"):
        telling.send(recall, editor)


def test_a_recall_begins_at_a_receipt_or_a_revision(
    ask: Ask, article: Article, editor: User, staff: Client
) -> None:
    turn = ask()
    new = reverse("changes:recall_new")
    assert b"Recall this answer" in staff.get(reverse("chat:xray", args=[turn.pk])).content
    staff.post(new, {"turn": str(turn.pk)})
    assert article.published is not None
    number = article.published.number
    page = staff.get(reverse("admin:knowledge_revision", args=[article.pk, number]))
    assert b"Recall what it told customers" in page.content
    staff.post(new, {"revision": article.published_id})
    by_turn, by_revision = Recall.objects.order_by("pk")
    assert (by_turn.turn, by_revision.revision) == (turn, article.published)
    assert set(by_turn.passages.all()) == set(by_revision.passages.all())
    Conversation.objects.update(deleted_at=timezone.now())
    assert staff.post(new, {"turn": str(turn.pk)}).status_code == 404


def test_a_golden_example_says_what_is_right(ask: Ask, article: Article, editor: User) -> None:
    turn = ask()
    golden = datasets.golden(article.workspace)
    datasets.add(golden, question=REFUNDS, expected="Within 90 days.", turn=turn.pk)
    assert "Within 90 days." in recalling.begin(editor, turn=turn).text


def test_kept_answers_that_rest_on_it_go(ask: Ask, article: Article, editor: User) -> None:
    turn = ask()
    approving.approve(turn, editor, question=REFUNDS, answer=turn.answer, review_by=None)
    kept = RememberedAnswer.objects.all()
    assert [each.state for each in kept] == ["live"]
    recall = ready(recalling.begin(editor, turn=turn))
    telling.send(recall, editor)
    assert [each.state for each in kept.all()] == ["retired"]
    recall.refresh_from_db()
    assert recall.forgotten == 1


def test_preparing_is_no_leave_to_send(ask: Ask, article: Article, client: Client) -> None:
    preparer = User.objects.create_user("prep", is_staff=True)
    for name in ("view_recall", "add_recall", "change_recall"):
        preparer.user_permissions.add(Permission.objects.get(codename=name))
    ask()
    recall = recalling.begin(preparer, revision=article.published)
    client.force_login(preparer)
    passages = list(recall.passages.values_list("pk", flat=True))
    client.post(
        reverse("changes:recall_write", args=[recall.pk]),
        {"text": TEXT, "passages": passages, "action": "send"},
    )
    recall.refresh_from_db()
    assert (recall.state, recall.text) == (State.DRAFT, TEXT)
    assert client.post(reverse("changes:recall_send", args=[recall.pk])).status_code == 403
