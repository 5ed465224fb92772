"""Staff look through a question, and try changes that are neither saved nor published."""

import re

import pytest
from django.contrib.auth.models import Permission, User
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from pytest_django.fixtures import Settings

from supportapp.answering import xray_page
from supportapp.knowledge.embeddings import current_embedder
from supportapp.knowledge.models import Article, Passage, Revision, SynonymGroup, Workspace
from supportapp.llm.errors import EmbeddingUnavailable
from tests.factories import UserFactory
from tests.integration.conversations.conftest import make_help_centre, publish

PAGE = reverse("answering:xray")
QUESTION = "Are monthly plans refunded?"


@pytest.fixture
def centre(db: None) -> Workspace:
    return make_help_centre()


@pytest.fixture
def reviewer(client: Client, centre: Workspace) -> Client:
    client.force_login(UserFactory(username="rea", reviewer=True))
    return client


def asked(workspace: Workspace, question: str = QUESTION, **more: str) -> dict[str, str]:
    return {"question": question, "workspace": str(workspace.pk), "audience": "public", **more}


def text_of(response: HttpResponse) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", response.content.decode()).split())


def test_the_empty_page_says_what_it_is_for(reviewer: Client):
    response = reviewer.get(PAGE)
    assert response.status_code == 200
    assert "Type a question as a customer would" in text_of(response)


def test_a_question_is_explained(reviewer: Client, centre: Workspace):
    response = reviewer.post(PAGE, asked(centre))
    xray = response.context["xray"]
    assert xray.rows[0].seen.slug == "refund-policy"
    assert "<mark>" in response.content.decode()
    shown = text_of(response)
    for part in ("Words (BM25)", "Vectors", "Fused", "Rarity (idf)", "Embedding of the question"):
        assert part in shown
    assert "1 passage for customers would be proposed to staff" in shown


def test_the_page_says_how_a_misspelt_question_was_read(reviewer: Client, centre: Workspace):
    shown = text_of(reviewer.post(PAGE, asked(centre, "Are montlhy plans refunded?")))
    assert "Read as Are monthly plans refunded?" in shown
    assert "Read as" not in text_of(reviewer.post(PAGE, asked(centre)))


def test_a_wider_audience_is_shown_more(reviewer: Client, centre: Workspace):
    asking = asked(centre, "When is the phone line open?")
    hidden = reviewer.post(PAGE, asking).context["xray"]
    shown = reviewer.post(PAGE, asking | {"audience": "customers"}).context["xray"]
    assert [each.seen.slug for each in hidden.hidden] == ["phone-line"]
    assert shown.rows[0].seen.slug == "phone-line"


def test_it_says_whether_it_would_answer(reviewer: Client, centre: Workspace, settings: Settings):
    settings.ANSWERING_MIN_CONFIDENCE = 0.0
    assert "It would be answered" in text_of(reviewer.post(PAGE, asked(centre)))
    settings.ANSWERING_MIN_CONFIDENCE = 1.0
    assert "It would not be answered" in text_of(reviewer.post(PAGE, asked(centre)))
    assert "Small talk" in text_of(reviewer.post(PAGE, asked(centre, "Thank you!")))


def test_htmx_gets_the_partial_and_its_summary(reviewer: Client, centre: Workspace):
    response = reviewer.post(PAGE, asked(centre), headers={"HX-Request": "true"})
    assert b"<html" not in response.content
    assert b'hx-swap-oob="true"' in response.content


def test_the_conversation_is_read_from_its_lines(reviewer: Client, centre: Workspace):
    context = "Customer: I have a yearly plan.\nAssistant: Fine."
    xray = reviewer.post(PAGE, asked(centre, "Is it refunded?", context=context)).context["xray"]
    assert [each.speaker for each in xray.said] == ["U", "S"]


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"question": ""}, "This field is required"),
        ({"question": "\u200b"}, "Write a question first"),
        ({"question": "a" * 2500}, "This question is too long"),
        ({"synonyms": "alone"}, "2 to 20 words or phrases"),
        ({"article": "nowhere"}, "No article of this workspace has that address"),
        ({"workspace": "0"}, "Select a valid choice"),
        ({"workspace": "9" * 30}, "Select a valid choice"),
        ({"audience": "everyone"}, "Select a valid choice"),
        ({"language": "xx"}, "Select a valid choice"),
    ],
)
def test_what_cannot_be_looked_at_is_said(
    reviewer: Client, centre: Workspace, fields: dict[str, str], words: str
):
    response = reviewer.post(PAGE, asked(centre) | fields)
    assert response.status_code == 200
    assert words in text_of(response)
    assert "xray" not in response.context


class Away:
    """An embedder that can't be reached."""

    def __init__(self, name: str, dimension: int) -> None:
        self.name, self.dimension = name, dimension

    def embed(self, texts: object) -> object:
        raise EmbeddingUnavailable("away")


def test_without_the_embedder_words_are_explained(
    reviewer: Client, centre: Workspace, monkeypatch: pytest.MonkeyPatch
):
    usual = current_embedder()
    away = Away(usual.name, usual.dimension)
    monkeypatch.setattr(xray_page, "current_embedder", lambda: away)
    response = reviewer.post(PAGE, asked(centre, article="cancel-plan"))
    assert "words alone decided" in text_of(response)
    assert "predicted by words alone" in text_of(response)


def test_another_workspaces_articles_are_not_found(reviewer: Client, centre: Workspace):
    other = Workspace.objects.create(slug="other", name="Other")
    publish(other, "theirs", "Refunds there", "Monthly plans are refunded there.", "public")
    response = reviewer.post(PAGE, asked(centre, article="theirs"))
    assert "No article of this workspace" in text_of(response)
    assert "Refunds there" not in text_of(reviewer.post(PAGE, asked(centre)))
    assert "Refunds there" in text_of(reviewer.post(PAGE, asked(other)))


def test_a_changed_article_is_predicted_and_not_saved(reviewer: Client, centre: Workspace):
    question = "How do I get rid of my membership?"
    picked = reviewer.post(PAGE, asked(centre, question, pick="cancel-plan"))
    fields = {field.name: field.value() for field in picked.context["changes"]}
    assert fields["title"] == "Cancel your plan"
    before = (Revision.objects.count(), Passage.objects.count())
    fields["aliases"] = "end my membership, get rid of my membership"
    sent = asked(centre, question, article="cancel-plan", changed="cancel-plan", **fields)
    response = reviewer.post(PAGE, sent)
    prediction = response.context["prediction"]
    assert prediction.after == 1
    assert prediction.confidence_after > prediction.confidence_before
    assert (Revision.objects.count(), Passage.objects.count()) == before
    assert "Write it into the draft" not in text_of(response)


def test_another_article_starts_from_its_own_words(reviewer: Client, centre: Workspace):
    sent = asked(centre, article="refund-policy", changed="cancel-plan", title="Cancel!")
    response = reviewer.post(PAGE, sent)
    assert response.context["changes"]["title"].value() == "Refund policy"


def test_faulty_changes_are_said(reviewer: Client, centre: Workspace):
    sent = asked(centre, article="cancel-plan", changed="cancel-plan", title="x" * 300)
    response = reviewer.post(PAGE, sent)
    assert "prediction" not in response.context
    assert "at most 200 characters" in text_of(response)


def test_editors_take_the_changes_into_the_draft(client: Client, centre: Workspace):
    client.force_login(UserFactory(username="ed", editor=True))
    article = Article.objects.get(slug="cancel-plan")
    page = client.post(PAGE, asked(centre, article="cancel-plan"))
    assert "Write it into the draft" in text_of(page)
    address = reverse("admin:knowledge_article_change", args=[article.pk])
    filled = client.post(address, {"action": "fill", "title": "Leave", "aliases": "quit, stop"})
    form = filled.context["form"]
    assert form["title"].value() == "Leave"
    assert form["body"].value().startswith("To cancel your plan")
    assert b'value="quit, stop"' in filled.content
    article.refresh_from_db()
    assert article.draft is None


def test_synonyms_are_tried_and_offered_for_keeping(client: Client, centre: Workspace):
    client.force_login(UserFactory(username="ed", editor=True))
    sent = asked(centre, "reimbursement", synonyms="reimbursement, refund\nplan => tariff")
    response = client.post(PAGE, sent)
    top = response.context["synonyms"].rows[0]
    assert (top.seen.slug, top.after) == ("refund-policy", 1)
    assert "Keep reimbursement = refund" in text_of(response)
    assert b"terms=plan%2C%20tariff&amp;is_one_way=1" in response.content
    assert not SynonymGroup.objects.exists()


def test_only_staff_who_read_articles_look(client: Client, centre: Workspace):
    assert client.get(PAGE).status_code == 302
    partial = client.post(PAGE, asked(centre), headers={"HX-Request": "true"})
    assert (partial.status_code, "HX-Redirect" in partial) == (401, True)
    person = User.objects.create_user("customer")
    client.force_login(person)
    assert client.post(PAGE, asked(centre)).status_code == 403
    User.objects.filter(pk=person.pk).update(is_staff=True)
    assert client.post(PAGE, asked(centre)).status_code == 403
    person.user_permissions.add(Permission.objects.get(codename="view_article"))
    assert client.post(PAGE, asked(centre)).status_code == 200
    User.objects.filter(pk=person.pk).update(is_staff=False)
    assert client.post(PAGE, asked(centre)).status_code == 403
