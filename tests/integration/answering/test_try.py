"""Staff try a question against a draft: as if it were published, and nothing is."""

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.urls import reverse

from supportapp.answering.assemble import search_limits
from supportapp.knowledge import embeddings, publishing, synonyms
from supportapp.knowledge.embeddings import current_embedder
from supportapp.knowledge.models import Article, Passage, SynonymGroup, Workspace
from supportapp.knowledge.values import ArticleText
from supportapp.retrieval.search import search
from supportapp.retrieval.values import Scope, SearchQuery
from tests.integration.conversations.conftest import make_help_centre

PAGE = reverse("answering:try")
QUESTION = "Are monthly plans refunded?"


@pytest.fixture
def article(db: None) -> Article:
    """The refund policy, with a draft that says something new."""
    workspace = make_help_centre()
    found = Article.objects.get(workspace=workspace, slug="refund-policy")
    text = ArticleText("Refund policy", "Monthly plans are refunded within 3 days, too.")
    publishing.save_draft(found, text)
    found.refresh_from_db()
    return found


@pytest.fixture
def curator(client: Client) -> Client:
    user = User.objects.create_user("curator", is_staff=True)
    user.user_permissions.add(Permission.objects.get(codename="change_article"))
    client.force_login(user)
    return client


def test_the_draft_answers_and_is_ranked(article: Article, curator: Client) -> None:
    before = Workspace.objects.get(pk=article.workspace_id).generation
    response = curator.post(PAGE, {"article": article.pk, "question": QUESTION})
    trial = response.context["trial"]
    assert "refunded within 3 days" in trial.answer.text
    assert trial.prediction.after == 1
    assert "Yearly plans are refunded in full" not in trial.answer.text
    assert Workspace.objects.get(pk=article.workspace_id).generation == before
    assert not Passage.objects.filter(text__contains="3 days").exists()


def test_a_draft_that_does_not_answer_is_seen_not_to(article: Article, curator: Client) -> None:
    asked = {"article": article.pk, "question": "How do I cancel my plan?"}
    trial = curator.post(PAGE, asked).context["trial"]
    assert trial.prediction.rows[0].seen.title == "Cancel your plan"
    assert trial.prediction.after > 1


@pytest.mark.parametrize(
    "question", [QUESTION, "How do I cancel my plan?", "Money back?", "Are montly plans refunded?"]
)
def test_what_is_tried_is_what_publishing_brings(
    article: Article, curator: Client, question: str
) -> None:
    synonyms.keep(SynonymGroup(workspace=article.workspace, terms=["money back", "refund"]))
    trial = curator.post(PAGE, {"article": article.pk, "question": question}).context["trial"]
    assert article.draft is not None
    published = publishing.publish(article.draft)
    embeddings.embed_revision(published.revision.pk)
    scope = Scope(article.workspace_id, frozenset({"public"}))
    found = search(
        SearchQuery(question), scope, limits=search_limits(), embedder=current_embedder()
    )
    titles = dict(Passage.objects.values_list("pk", "headings"))
    assert [list(row.seen.headings) for row in trial.prediction.rows] == [
        titles[each.passage_id] for each in found.candidates[: len(trial.prediction.rows)]
    ]
    assert trial.prediction.confidence_after == pytest.approx(found.confidence, abs=1e-4)


def test_htmx_gets_the_partial(article: Article, curator: Client) -> None:
    asked = {"article": article.pk, "question": QUESTION}
    response = curator.post(PAGE, asked, headers={"HX-Request": "true"})
    assert b"<html" not in response.content
    assert b"What would be answered" in response.content


def test_the_page_shows_a_form(article: Article, curator: Client) -> None:
    response = curator.get(PAGE, {"article": article.pk})
    assert b"Try a question against the draft" in response.content


@pytest.mark.parametrize("number", ["", "0", "x", "²", "999999", "9" * 30, "9" * 5000])
def test_an_article_that_is_not_there_is_not_found(
    article: Article, curator: Client, number: str
) -> None:
    assert curator.get(PAGE, {"article": number}).status_code == 404


@pytest.mark.parametrize("question", ["", "\u200b", "a" * 2500])
def test_what_cannot_be_asked_is_said(article: Article, curator: Client, question: str) -> None:
    response = curator.post(PAGE, {"article": article.pk, "question": question})
    assert "trial" not in response.context
    assert response.context["form"].errors


def test_only_those_who_may_change_articles_try_them(article: Article, client: Client) -> None:
    assert client.get(PAGE, {"article": article.pk}).status_code == 302
    client.force_login(User.objects.create_user("customer"))
    assert client.get(PAGE, {"article": article.pk}).status_code == 403
