"""Questions find their passages, and what is amiss is said."""

from pathlib import Path

import pytest

from supportapp.knowledge.models import EmbeddingModel, Workspace
from supportapp.llm.embedding import LocalEmbedder, RemoteEmbedder
from supportapp.llm.errors import EmbeddingMismatch
from supportapp.retrieval.values import VECTORS, Limits
from tests.integration.retrieval.conftest import Ask, Publish, slugs

CODES = """TB-201 means that the connection to your bank has expired.

## Under maintenance

TB-204 means that your bank is under maintenance. Wait a few hours.

## Refused

TB-207 means that your bank refuses the consent."""


@pytest.fixture
def help_centre(publish: Publish) -> None:
    publish("refunds", "Refund policy", "Yearly plans are refunded in full within 30 days.")
    publish("codes", "Bank error codes", CODES)
    publish("delete", "Delete your account", "Open Settings, choose Delete account and confirm.")
    publish("scan", "Track a parcel", "Each order shows a tracking link.", aliases=("shipment",))
    publish("delete-zh", "删除账户", "打开设置，选择删除账户，然后确认。", language="zh")
    publish("reset-zh", "重置密码", "在登录页面选择忘记密码，然后设置新密码。", language="zh")


@pytest.mark.usefixtures("help_centre")
class TestFinding:
    def test_a_question_in_other_words_finds_the_article(self, ask: Ask):
        assert slugs(ask("Can I have my money back?"))[0] == "refunds"

    def test_an_error_code_finds_its_passage_first(self, ask: Ask):
        best = ask("what is tb 204").evidence[0]
        assert (best.slug, best.headings) == ("codes", ("Under maintenance",))

    def test_a_chinese_question_finds_the_chinese_article(self, ask: Ask):
        assert slugs(ask("我想删除账户"))[0] == "delete-zh"
        assert slugs(ask("忘记密码怎么办"))[0] == "reset-zh"

    def test_an_alias_finds_its_article(self, ask: Ask):
        assert slugs(ask("where is my shipment"))[0] == "scan"

    def test_evidence_is_numbered_in_order_of_score(self, ask: Ask):
        found = ask("bank error").evidence
        assert [item.number for item in found] == list(range(1, len(found) + 1))
        assert [item.score for item in found] == sorted((i.score for i in found), reverse=True)

    def test_an_article_may_not_fill_the_evidence_alone(self, ask: Ask):
        found = ask("TB bank code", limits=Limits(per_article=2)).evidence
        assert [item.slug for item in found].count("codes") == 2

    def test_no_more_evidence_than_asked_for(self, ask: Ask):
        assert len(ask("account", limits=Limits(evidence=1)).evidence) == 1

    def test_candidates_keep_their_places_in_both_lists(self, ask: Ask):
        best = ask("refund policy").candidates[0]
        assert (best.keyword_rank, best.vector_rank) == (1, 1)
        assert best.vector_score == pytest.approx(best.vector_score, abs=1)

    def test_every_stage_is_timed(self, ask: Ask):
        spent = ask("refund").milliseconds
        assert {"keyword", "embedding", "vector", "fusion", "evidence", "total"} <= set(spent)
        assert spent["total"] >= spent["vector"] > 0

    def test_a_good_question_is_surer_than_a_foreign_one(self, ask: Ask):
        assert ask("How do I delete my account?").confidence > ask("Who won the cup?").confidence


@pytest.mark.usefixtures("help_centre")
def test_without_the_embedder_words_alone_decide_and_it_is_said(ask: Ask):
    away = RemoteEmbedder(
        base_url="http://127.0.0.1:9", api_key="", model="all-MiniLM-L6-v2", dimension=384
    )
    found = ask("refund policy", embedder=away)
    assert slugs(found)[0] == "refunds"
    assert found.degraded == {VECTORS}
    assert found.candidates[0].vector_score is None


@pytest.mark.usefixtures("help_centre")
def test_without_the_weights_words_alone_decide(ask: Ask, tmp_path: Path):
    found = ask("refund policy", embedder=LocalEmbedder(folder=tmp_path))
    assert (slugs(found)[0], found.degraded) == ("refunds", {VECTORS})


def test_an_article_is_found_by_its_words_before_its_vectors_are_there(publish: Publish, ask: Ask):
    publish("old", "Plans", "There are four plans.")
    publish("new", "Widgets", "A widget shows what is left of a budget.", embed=False)
    found = ask("how do widgets work")
    assert slugs(found)[0] == "new"
    assert found.degraded == frozenset()


def test_vectors_of_another_length_are_a_clear_error(publish: Publish, ask: Ask):
    publish("plans", "Plans", "There are four plans.")
    EmbeddingModel.objects.update(dimension=512)
    with pytest.raises(EmbeddingMismatch, match="512"):
        ask("plans")


def test_a_follow_up_is_about_the_subject_mentioned_before(publish: Publish, ask: Ask):
    for name in ("Lensfield", "Allenbell", "Gonville"):
        publish(name.lower(), "Are pets allowed?", f"Rules of house {name[0]}.", subject=name)
    assert slugs(ask("Are dogs allowed?", "I booked the Allenbell"))[0] == "allenbell"
    assert slugs(ask("Are dogs allowed?", "I booked the Gonvile"))[0] == "gonville"


def test_a_follow_up_is_read_with_what_was_said_before(publish: Publish, ask: Ask):
    publish("refunds", "Refund policy", "Refunds take ten days.")
    publish("delivery", "Delivery", "Parcels take three days.")
    assert slugs(ask("how long does it take?", "I asked for a refund"))[0] == "refunds"
    assert slugs(ask("how long does it take?", "I ordered a parcel"))[0] == "delivery"


def test_an_empty_workspace_holds_no_evidence(ask: Ask, workspace: Workspace):
    found = ask("anything at all")
    assert found.evidence == found.candidates == ()
    assert found.confidence == 0.0


def test_a_question_without_words_finds_nothing_by_words(publish: Publish, ask: Ask):
    publish("plans", "Plans", "There are four plans.")
    found = ask("???")
    assert all(item.keyword_rank is None for item in found.candidates)
