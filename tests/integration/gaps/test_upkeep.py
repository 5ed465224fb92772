"""Drift, the golden set beside production, passages that clash, articles that need a writer."""

from datetime import timedelta

from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from supportapp.conversations.models import Citation, Turn
from supportapp.evals import datasets
from supportapp.gaps import drift, golden, pairing, scanning, upkeep
from supportapp.gaps.models import PassagePair
from supportapp.knowledge.models import Article, Passage, Workspace
from supportapp.review.models import Feedback, ReviewItem
from tests.integration.gaps.conftest import Ask, client_of
from tests.integration.retrieval.conftest import publish_article

RETURNS = "You can return an item within 30 days of delivery. Refunds go to the card you paid with."
Kind, State = PassagePair.Kind, PassagePair.State


def look(workspace: Workspace) -> list[tuple[str, str]]:
    pairing.look(workspace, timezone.now())
    open_pairs = PassagePair.objects.filter(workspace=workspace, state=State.OPEN)
    return sorted(open_pairs.values_list("kind", "first__article__slug"))


def test_passages_that_clash_or_repeat_are_found_dismissed_and_let_go(
    workspace: Workspace, editor: User
):
    publish_article(workspace, "returns", "Return an item", RETURNS)
    publish_article(workspace, "policy", "Return an item", RETURNS.replace("30", "14"))
    publish_article(workspace, "cats", "Feed a cat", "Put the food into the bowl twice a day.")
    assert look(workspace) == [(Kind.CONTRADICTION, "returns")]
    pair = PassagePair.objects.get()
    assert "30 days" in pair.differences[0]["first"]
    assert "14 days" in pair.differences[0]["second"]
    client = client_of(editor)
    assert "14 days" in client.get(reverse("gaps:articles")).content.decode()
    client.post(reverse("gaps:dismiss_pair", args=[pair.pk]))
    # Published again with the same text, it stays dismissed.
    publish_article(workspace, "policy", "Return an item", RETURNS.replace("30", "14"), tags=("a",))
    assert look(workspace) == []
    # Mended, it says the same as the other now.
    publish_article(workspace, "policy", "Return an item", RETURNS)
    assert look(workspace) == [(Kind.DUPLICATE, "returns")]
    article = Article.objects.get(slug="policy")
    publish_article(workspace, "policy", "Send it back", "Write to us and we send you a label.")
    assert look(workspace) == []
    assert PassagePair.objects.filter(state=State.GONE).exists()
    assert client.get(reverse("gaps:articles")).status_code == 200
    assert article.pk


def test_articles_that_need_a_writer_are_listed(workspace: Workspace, ask: Ask, editor: User):
    today = timezone.localdate()
    overdue = publish_article(workspace, "old", "Old prices", "The plan costs 9 euros a month.")
    Article.objects.filter(pk=overdue.pk).update(review_by=today - timedelta(days=3))
    rated = publish_article(workspace, "cancel", "Cancel your plan", "Open Billing, then Cancel.")
    publish_article(workspace, "fax", "Send a fax", "Our number is in the imprint.")
    turn = ask("How do I cancel?", outcome="answered", answer="Open Billing. [1]")
    cite(turn, rated)
    Feedback.objects.create(turn=turn, visitor=turn.conversation.visitor, value="down")
    found = upkeep.of(workspace, timezone.now())
    assert [article.slug for article in found.overdue] == ["old"]
    assert [(each.article.slug, each.ratings) for each in found.low_rated] == [("cancel", 1)]
    assert found.unused == []
    later = timezone.now() + timedelta(days=100)
    Turn.objects.filter(pk=turn.pk).update(created_at=later - timedelta(days=50))
    assert {article.slug for article in upkeep.unused(workspace, later)} == {"fax", "old"}
    assert not found.low_rated[0].changed_since
    page = client_of(editor).get(reverse("gaps:articles")).content.decode()
    assert all(title in page for title in ("Old prices", "Cancel your plan"))


def cite(turn: Turn, article: Article) -> None:
    passage = Passage.objects.filter(article=article, generation_removed=None)[0]
    Citation.objects.create(
        turn=turn, number=1, passage=passage, revision=passage.revision, article=article
    )


def test_a_topic_that_grows_is_seen_and_its_first_question_goes_to_review(
    workspace: Workspace, ask: Ask, editor: User
):
    now = timezone.now()
    for week in range(3, 11):
        for number in range(13):
            ask(f"How do I cancel my plan number {number}", days=7 * week + number % 5)
    scanning.read(workspace, now - timedelta(days=14))
    assert not ReviewItem.objects.exists()
    for number in range(12):
        ask(f"Is the train to Paris late today, train {number}?", days=1 + number % 5)
        ask(f"Please cancel my plan {number}", days=1 + number % 5)
    scanning.read(workspace, now)
    found = drift.of(workspace, now)
    new = [each for each in found.moved if each.is_new]
    assert ["train" in each.name for each in new] == [True]
    assert sum(found.counts) == 128
    assert ReviewItem.objects.get().reason == ReviewItem.Reason.NEW_TOPIC
    page = client_of(editor).get(reverse("gaps:drift")).content.decode()
    assert "grows" in page or "new</span>" in page


def test_what_the_golden_set_lacks_is_added_with_one_click(
    workspace: Workspace, ask: Ask, editor: User, customer: User
):
    for number in range(30):
        ask(f"parcel {number} lost", outcome="answered", answer="Wait. [1]")
    personal = ask("my parcel is lost, write to ada@example.com")
    scanning.read(workspace, timezone.now())
    gold = datasets.golden(workspace)
    for number in range(20):
        datasets.add(gold, question=f"How can I change the name on my account, case {number}?")
    figures = golden.look(workspace, timezone.now())
    assert figures["length"]["golden"] > figures["length"]["real"]
    assert {each["name"] for each in figures["forms"] if each["is_real"]} >= {
        "A few words only",
        "Said as a statement, not as a question",
    }
    suggested = golden.shown(figures)
    assert suggested
    assert personal.pk not in {turn.pk for turn, _ in suggested}
    client, turn = client_of(editor), suggested[0][0]
    assert turn.question in client.get(reverse("gaps:drift")).content.decode()
    address, given = reverse("gaps:add_example"), {"turn": turn.pk}
    assert client_of(customer).post(address, given).status_code == 403
    assert client.post(address, given).status_code == 302
    client.post(address, given)
    assert gold.current.filter(source_turn=turn.pk).count() == 1
    assert turn.pk not in {shown.pk for shown, _ in golden.shown(figures)}
    Turn.objects.get(pk=turn.pk).conversation.__class__.objects.update(deleted_at=timezone.now())
    assert golden.shown(figures) == []
    assert client.post(address, given).status_code == 404


def test_pages_without_data_say_what_to_do(workspace: Workspace, editor: User):
    client = client_of(editor)
    for name in ("gaps:list", "gaps:drift", "gaps:articles"):
        assert client.get(reverse(name)).status_code == 200
        assert Client().get(reverse(name)).status_code == 302
