"""What follows from a verdict: done on the spot, shown as done, taken back."""

import uuid

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from supportapp.caching.models import RememberedAnswer
from supportapp.conversations.models import Message
from supportapp.evals import datasets
from supportapp.knowledge import embeddings, publishing
from supportapp.knowledge.models import Article
from supportapp.knowledge.values import ArticleText
from supportapp.review import consequences, decisions, telling
from supportapp.review.decisions import Judgement
from supportapp.review.models import Consequence, Feedback, ReviewItem, TrainingMark
from tests.integration.review.conftest import VISITOR, client_of

HTMX = {"HX-Request": "true"}
WORDS = {"question": "How do I cancel my plan?", "answer": "Open Billing. [1]"}


def judged(item: ReviewItem, who: object, verdict: str) -> ReviewItem:
    decisions.annotate(item, who, Judgement(verdict), timezone.now())
    item.refresh_from_db()
    return item


@pytest.fixture
def editor_client(editor) -> Client:
    return client_of(editor)


def do(client: Client, name: str, item: ReviewItem, **given: object):
    return client.post(reverse(f"review:{name}", args=[item.pk]), given, headers=HTMX)


def take_back(client: Client):
    done = Consequence.objects.filter(undone_at=None).latest("pk")
    return client.post(reverse("review:undo_consequence", args=[done.pk]), headers=HTMX)


def test_every_verdict_offers_what_it_calls_for(item, editor, reviewer):
    first = {
        verdict: consequences.offered(item, verdict, editor, is_approvable=True)[0].kind
        for verdict in ("good", "wrong", "incomplete", "should_decline", "should_answer")
    }
    assert first == {
        "good": "approve",
        "wrong": "fix",
        "incomplete": "fix",
        "should_decline": "golden",
        "should_answer": "alias",
    }
    offered = consequences.offered(item, "wrong", reviewer, is_approvable=True)
    kinds = [each.kind for each in offered]
    assert "fix" not in kinds
    assert "training" not in kinds


def test_nothing_follows_from_no_verdict(item, editor_client):
    assert do(editor_client, "dismiss", item).status_code == 404


def test_a_good_answer_is_marked_for_training_and_unmarked(item, editor, editor_client):
    judged(item, editor, "good")
    for _ in range(2):
        assert "Marked for training" in do(editor_client, "training", item).text
    assert TrainingMark.objects.get().undone_at is None
    assert "Use for training" in take_back(editor_client).text
    assert TrainingMark.objects.get().undone_at is not None
    assert take_back_twice(editor_client) == 404


def take_back_twice(client: Client) -> int:
    done = Consequence.objects.latest("pk")
    return client.post(reverse("review:undo_consequence", args=[done.pk])).status_code


def test_a_wrong_answer_is_nothing_to_imitate(item, editor, editor_client):
    judged(item, editor, "wrong")
    assert do(editor_client, "training", item).status_code == 400
    assert not TrainingMark.objects.exists()


def test_nothing_to_do_is_something_done(item, editor, editor_client):
    judged(item, editor, "bad_tone")
    page = editor_client.get(reverse("review:queue"), {"list": "open_ends"})
    assert [each.pk for each in page.context["waiting"]] == [item.pk]
    do(editor_client, "dismiss", item)
    page = editor_client.get(reverse("review:queue"), {"list": "open_ends"})
    assert page.context["waiting"] == []
    take_back(editor_client)
    assert not item.consequences.filter(undone_at=None).exists()


def test_a_golden_example_is_proposed_with_its_facts_added_once_and_removed(
    item, editor, editor_client
):
    said = "Refunds take **14 days**. Write to ada@example.com."
    Feedback.objects.create(turn=item.turn, visitor=VISITOR, value="down", correction=said)
    judged(item, editor, "wrong")
    page = editor_client.get(reverse("review:item", args=[item.pk])).text
    assert "14 days" in page.split('name="must_say"')[1].split("</textarea>")[0]
    assert "ada@example.com" not in page.split('id="do-golden"')[1]
    given = {
        "question": "How long does a refund take?",
        "expected": "14 days.",
        "outcome": "answered",
        "must_say": "14 days\n\n 14 days ",
        "must_not_say": "30 days",
    }
    for _ in range(2):
        assert "Golden example added" in do(editor_client, "golden", item, **given).text
    golden = datasets.golden(item.turn.conversation.workspace)
    example = golden.current.get()
    assert (example.must_say, example.must_not_say) == (["14 days"], ["30 days"])
    assert (example.source_turn, example.author, example.articles) == (item.turn_id, editor, [])
    take_back(editor_client)
    assert not golden.current.exists()


@pytest.fixture
def article(item) -> Article:
    """The article that the answer cites, as publishing makes one."""
    made = publishing.create(
        item.turn.conversation.workspace, "cancel-plan", ArticleText("Cancel", "Open Billing.")
    )
    publishing.publish(made.draft)
    item.turn.citations.update(article=made)
    made.refresh_from_db()
    return made


def test_another_name_goes_into_the_draft_and_out_of_it(item, article, editor, editor_client):
    judged(item, editor, "should_answer")
    given = {"article": article.pk, "alias": "quit  my\u200b plan"}
    assert "Other name added" in do(editor_client, "alias", item, **given).text
    article.refresh_from_db()
    assert (article.draft.aliases, article.aliases) == (["quit my plan"], [])
    assert do(editor_client, "alias", item, **given).status_code == 400
    take_back(editor_client)
    article.refresh_from_db()
    assert article.draft is None


def test_taking_a_name_back_leaves_what_others_wrote(item, article, editor, editor_client):
    judged(item, editor, "should_answer")
    do(editor_client, "alias", item, article=article.pk, alias="quit")
    article.refresh_from_db()
    text = ArticleText.of(article.draft)
    publishing.save_draft(article, ArticleText("Cancel it", text.body, aliases=text.aliases))
    take_back(editor_client)
    article.refresh_from_db()
    assert (article.draft.title, article.draft.aliases) == ("Cancel it", [])


def test_only_articles_of_the_answer_get_a_name(item, editor, editor_client, workspace):
    judged(item, editor, "should_answer")
    other = publishing.create(workspace, "other", ArticleText("Other", "Text."))
    assert do(editor_client, "alias", item, article=other.pk, alias="x").status_code == 400


def test_an_approved_answer_is_shown_as_done_and_retired_again(item, editor, editor_client):
    embeddings.ensure_current_model()
    judged(item, editor, "good")
    editor_client.post(reverse("review:approve", args=[item.pk]), WORDS)
    assert "Answer approved" in editor_client.get(reverse("review:item", args=[item.pk])).text
    take_back(editor_client)
    assert RememberedAnswer.objects.get().state == "retired"


def test_the_customer_is_told_once_and_what_was_sent_stays_sent(item, editor, editor_client):
    judged(item, editor, "wrong")
    assert "How do I cancel my plan?" in telling.proposed(item)
    for text in ("We mended the article.", "Again."):
        assert "Customer told" in do(editor_client, "told", item, text=text).text
    message = Message.objects.get()
    assert (message.kind, message.text) == ("followup", "We mended the article.")
    assert message.about_turn == item.turn
    assert take_back(editor_client).status_code == 404


def test_the_words_follow_what_was_done_and_the_customers_language(item, editor):
    judged(item, editor, "wrong")
    consequences.note(item, Consequence.Kind.FIX, editor)
    assert "is being corrected" in telling.proposed(item)
    item.turn.question = "怎么取消套餐？"
    assert "正在更正" in telling.proposed(item)


def test_a_request_is_answered_in_its_conversation_once(handoff, reviewer_client, reviewer):
    given = {"text": "We refunded **one** charge.", "key": str(uuid.uuid4())}
    address = reverse("review:request_reply", args=[handoff.pk])
    for _ in range(2):
        assert reviewer_client.post(address, given).status_code == 302
    message = Message.objects.get()
    assert (message.kind, message.conversation) == ("reply", handoff.conversation)
    handoff.refresh_from_db()
    assert (handoff.state, handoff.handled_by) == ("taken", reviewer)
    page = reviewer_client.get(reverse("review:request", args=[handoff.pk])).text
    assert "We refunded <strong>one</strong> charge." in page
    reviewer_client.post(address, {"text": "Bye.", "key": str(uuid.uuid4()), "close": "1"})
    handoff.refresh_from_db()
    assert handoff.state == "closed"


def test_a_verdict_taken_back_leaves_what_was_done_in_sight(item, editor, editor_client):
    judged(item, editor, "wrong")
    do(editor_client, "dismiss", item)
    decisions.undo(item.annotations.get().pk, editor, timezone.now())
    assert item.consequences.filter(undone_at=None).count() == 1
