"""Nobody finds what isn't theirs: other audiences, other workspaces, drafts, what was archived."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from supportapp.knowledge import publishing
from supportapp.knowledge.models import Article, Passage, Workspace
from supportapp.knowledge.values import ArticleText
from supportapp.retrieval import access
from supportapp.retrieval.values import Candidate, Limits, Scope
from tests.integration.retrieval.conftest import PUBLIC, Ask, Publish, slugs

AUDIENCES = ("public", "customers", "staff")
TOPICS = ("refund", "delivery", "password")


@pytest.fixture
def other(workspace: Workspace) -> Workspace:
    return Workspace.objects.create(slug="other", name="Another company")


def visible(workspace: Workspace, audiences: frozenset[str]) -> set[int]:
    """What the database says may be seen, by the article's own state and audience."""
    passages = Passage.objects.filter(
        workspace=workspace,
        audience__in=audiences,
        article__state=Article.State.PUBLISHED,
        generation_removed__isnull=True,
    ).select_related("article")
    return {each.pk for each in passages if each.revision_id == each.article.published_id}


def change(article: Article | None, home: Workspace, slug: str, audience: str, what: str) -> None:
    """Take one step in an article's life."""
    words = f"All about {slug} and the {TOPICS[len(slug) % 3]}, step {what}."
    text = ArticleText(f"The {slug}", words, audience)
    if article is None:
        article = publishing.create(home, slug, text)
    elif what != "archive":
        publishing.save_draft(article, text)
    article.refresh_from_db()
    if what == "publish" and article.draft is not None:
        publishing.publish(article.draft)
    if what == "archive":
        publishing.archive(article)


STEPS = st.lists(
    st.tuples(
        st.booleans(),
        st.sampled_from(["refund", "delivery", "password", "plans"]),
        st.sampled_from(AUDIENCES),
        st.sampled_from(["draft", "publish", "publish", "archive"]),
    ),
    min_size=1,
    max_size=6,
)


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(steps=STEPS, audiences=st.sets(st.sampled_from(AUDIENCES), min_size=1))
def test_what_is_found_may_be_seen(
    steps: list[tuple[bool, str, str, str]],
    audiences: set[str],
    ask: Ask,
    workspace: Workspace,
    other: Workspace,
) -> None:
    for mine, slug, audience, what in steps:
        home = workspace if mine else other
        article = Article.objects.filter(workspace=home, slug=slug).first()
        change(article, home, slug, audience, what)
        for place in (workspace, other):
            allowed = visible(place, frozenset(audiences))
            found = ask(
                "refund delivery password plans", audiences=frozenset(audiences), home=place
            )
            assert {item.passage_id for item in found.evidence} <= allowed
            assert {item.passage_id for item in found.candidates} <= allowed


def test_the_database_has_the_last_word(publish: Publish, workspace: Workspace, other: Workspace):
    mine = publish("mine", "Refunds", "Refunds take ten days.")
    staff = publish("staff", "Refunds", "Goodwill refunds.", audience="staff")
    theirs = publish("theirs", "Refunds", "Refunds elsewhere.", workspace=other)
    gone = publish("gone", "Refunds", "Refunds of old.")
    publishing.archive(gone)
    everything = [
        Candidate(passage, 1, 1.0, 1, 1.0, 0.0, 1.0)
        for passage in Passage.objects.filter(article__in=[mine, staff, theirs, gone]).values_list(
            "pk", flat=True
        )
    ]
    found = access.evidence(everything, Scope(workspace.pk, PUBLIC), Limits())
    assert [item.slug for item in found] == ["mine"]


def test_a_draft_is_never_found(publish: Publish, ask: Ask, workspace: Workspace):
    publish("plans", "Plans", "There are four plans.")
    publishing.create(workspace, "secret", ArticleText("Secret plans", "The secret plan."))
    assert slugs(ask("secret plan")) == ["plans"]


def test_no_audience_finds_nothing(publish: Publish, ask: Ask):
    publish("plans", "Plans", "There are four plans.")
    assert ask("plans", audiences=frozenset()).candidates == ()
