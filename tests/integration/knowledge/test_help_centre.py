"""The help centre shows each visitor what they may see, and nothing else."""

import pytest
from django.test import Client
from django.urls import reverse

from supportapp.knowledge import publishing
from supportapp.knowledge.models import Article, Passage, Workspace
from supportapp.knowledge.values import ArticleText
from tests.factories import ArticleFactory, WorkspaceFactory

AUDIENCES = {"public": "Open words.", "customers": "Customers' words.", "staff": "Staff's words."}


@pytest.fixture
def articles(workspace: Workspace) -> dict[str, Article]:
    return {
        audience: ArticleFactory(
            slug=f"for-{audience}",
            title=f"For {audience}",
            body=body,
            audience=audience,
            tags=("billing",),
            is_published=True,
        )
        for audience, body in AUDIENCES.items()
    }


def address(article: Article, **query: object) -> str:
    return reverse("help:article", args=[article.slug], query=query)


def live(article: Article) -> Passage:
    return publishing.live_passages(article)[0]


def visible(client: Client, articles: dict[str, Article]) -> set[str]:
    return {
        name
        for name, article in articles.items()
        if client.get(address(article)).status_code == 200
    }


def test_visitors_see_public_articles_only(client: Client, articles: dict[str, Article]):
    assert visible(client, articles) == {"public"}


def test_customers_see_theirs_too(customer: Client, articles: dict[str, Article]):
    assert visible(customer, articles) == {"public", "customers"}


def test_staff_see_all(reviewer: Client, articles: dict[str, Article]):
    assert visible(reviewer, articles) == {"public", "customers", "staff"}


@pytest.mark.parametrize("query", ["", "?q=words", "?tag=billing", "?q=For"])
def test_lists_and_search_hide_what_visitors_may_not_see(
    client: Client, articles: dict[str, Article], query: str
):
    page = client.get(reverse("help:index") + query).content.decode()

    assert "For public" in page
    assert "For customers" not in page
    assert "For staff" not in page


@pytest.mark.parametrize("extra", ["passage", "revision"])
def test_no_parameter_opens_what_is_hidden(
    client: Client, articles: dict[str, Article], extra: str
):
    article = articles["staff"]
    value = live(article).pk if extra == "passage" else 1

    assert client.get(address(article, **{extra: value})).status_code == 404


def test_an_article_that_became_internal_is_closed_with_its_earlier_revisions(
    client: Client, articles: dict[str, Article]
):
    article = articles["public"]
    passage = live(article)
    publishing.save_draft(article, ArticleText("Now internal", "Secret.", audience="staff"))
    assert article.draft is not None
    publishing.publish(article.draft)

    assert client.get(address(article, passage=passage.pk)).status_code == 404


def test_an_internal_revision_stays_closed_when_the_article_opens(
    client: Client, articles: dict[str, Article]
):
    article = articles["staff"]
    publishing.save_draft(article, ArticleText("Now open", "Open.", audience="public"))
    assert article.draft is not None
    publishing.publish(article.draft)

    assert client.get(address(article)).status_code == 200
    assert client.get(address(article, revision=1)).status_code == 404


def test_a_passage_of_another_article_opens_nothing(client: Client, articles: dict[str, Article]):
    page = client.get(address(articles["public"], passage=live(articles["staff"]).pk))

    assert "Staff" not in page.content.decode().replace("Staff only", "")


def test_archived_articles_are_gone_for_visitors(
    client: Client, reviewer: Client, articles: dict[str, Article]
):
    publishing.archive(articles["public"])

    assert client.get(address(articles["public"])).status_code == 404
    assert "archived" in reviewer.get(address(articles["public"])).content.decode()


def test_drafts_are_not_shown(client: Client, workspace: Workspace):
    draft = ArticleFactory(slug="draft")

    assert client.get(address(draft)).status_code == 404
    assert client.get(address(draft, revision=1)).status_code == 404


def test_a_cited_passage_is_marked(client: Client, articles: dict[str, Article]):
    article = articles["public"]

    page = client.get(address(article, passage=live(article).pk)).content.decode()

    assert '<mark id="passage" tabindex="-1">Open words.</mark>' in page


def test_a_citation_of_an_earlier_revision_says_so(client: Client, articles: dict[str, Article]):
    article = articles["public"]
    cited = live(article)
    publishing.save_draft(article, ArticleText("For public", "Newer words."))
    assert article.draft is not None
    publishing.publish(article.draft)

    page = client.get(address(article, passage=cited.pk)).content.decode()

    assert "the one that the answer was based on" in page
    assert "Open words." in page
    assert "Newer words." in client.get(address(article)).content.decode()


@pytest.mark.parametrize("value", ["x", "-1", "9" * 30, "²", "1 OR 1=1"])
def test_odd_parameters_are_passed_over(client: Client, articles: dict[str, Article], value: str):
    for name in ("passage", "revision"):
        assert client.get(address(articles["public"], **{name: value})).status_code == 200


def test_a_null_byte_in_the_search_does_no_harm(client: Client, articles: dict[str, Article]):
    assert client.get(reverse("help:index") + "?q=%00a&tag=%00").status_code == 200
    assert client.get(reverse("help:index") + "?workspace=%00").status_code == 200
    assert client.get("/help/%00/").status_code == 404


def test_articles_of_another_workspace_are_apart(client: Client, articles: dict[str, Article]):
    other = WorkspaceFactory(slug="other", name="Other")
    ArticleFactory(workspace=other, slug="apart", title="Apart", is_published=True)

    assert client.get(reverse("help:article", args=["apart"])).status_code == 404
    assert (
        client.get(
            reverse("help:article", args=["apart"], query={"workspace": "other"})
        ).status_code
        == 200
    )
    assert "Apart" not in client.get(reverse("help:index")).content.decode()
