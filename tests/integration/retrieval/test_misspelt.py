"""Misspelt questions are searched as they were meant, and staff see how they were read."""

import pytest

from supportapp.knowledge.embeddings import current_embedder
from supportapp.knowledge.models import Workspace
from supportapp.knowledge.values import ArticleText
from supportapp.retrieval import whatif
from supportapp.retrieval.explained import Xray
from supportapp.retrieval.values import Limits, Scope, SearchQuery
from supportapp.retrieval.whatif import Asked
from supportapp.retrieval.xray import Shown, explain
from tests.integration.retrieval.conftest import PUBLIC, Ask, Publish, slugs

MISSPELT = "when does my refudn come"


@pytest.fixture(autouse=True)
def _articles(publish: Publish) -> None:
    publish("refunds", "Refunds", "Your refund takes ten days.")
    publish("hours", "Opening hours", "We are open from nine to five.")


def xray(workspace: Workspace, text: str) -> tuple[Xray, Asked]:
    query, scope = SearchQuery(text), Scope(workspace.pk, PUBLIC)
    limits, embedder = Limits(), current_embedder()
    explained, found = explain(query, scope, limits=limits, embedder=embedder, shown=Shown())
    return explained, Asked(query, scope, limits, embedder, found)


def test_it_is_searched_as_if_it_were_spelt_well(ask: Ask):
    found, meant = ask(MISSPELT), ask("when does my refund come")
    assert found.read_as == "when does my refund come"
    assert meant.read_as == ""
    assert found.candidates == meant.candidates
    assert (found.clues, found.confidence) == (meant.clues, meant.confidence)


def test_it_can_be_turned_off(ask: Ask):
    found = ask(MISSPELT, limits=Limits(corrections=0))
    assert found.read_as == ""
    assert all(each.keyword_rank is None for each in found.candidates)


def test_a_word_that_was_just_published_is_not_misspelt(ask: Ask, publish: Publish):
    assert ask("what is refundly").read_as == ""
    assert ask("what is refumd").read_as == "what is refund"
    publish("refumd", "Refumd", "Refumd is an app for accountants.")
    found = ask("what is refumd")
    assert found.read_as == ""
    assert slugs(found)[0] == "refumd"


def test_the_xray_shows_how_it_was_read(workspace: Workspace):
    explained, _ = xray(workspace, MISSPELT)
    assert explained.question == MISSPELT
    assert explained.read_as == "when does my refund come"
    assert [part.name for part in explained.rows[0].matched] == ["refund"]


def test_what_would_hold_a_word_would_leave_it_as_typed(workspace: Workspace, publish: Publish):
    article = publish("apps", "Apps", "There are two of them.")
    _, asked = xray(workspace, "refumd")
    predicted = whatif.with_article(asked, article, ArticleText("Apps", "Refumd is an app."))
    assert predicted.before != 1
    assert predicted.after == 1
