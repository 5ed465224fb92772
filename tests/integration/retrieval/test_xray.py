"""The X-ray explains a search by the numbers that ranked, and predicts what a change would do."""

import pytest

from supportapp.knowledge import publishing, synonyms
from supportapp.knowledge.embeddings import current_embedder
from supportapp.knowledge.models import Article, Passage, SynonymGroup, Workspace
from supportapp.knowledge.values import ArticleText
from supportapp.llm.errors import EmbeddingUnavailable
from supportapp.retrieval import whatif
from supportapp.retrieval.explained import Row, Xray
from supportapp.retrieval.search import search
from supportapp.retrieval.synonyms import Group
from supportapp.retrieval.values import Limits, Scope, SearchQuery, Utterance
from supportapp.retrieval.whatif import Asked
from supportapp.retrieval.xray import Shown, explain
from tests.integration.retrieval.conftest import PUBLIC, Publish, publish_article

QUESTION = "How long does a refund take?"
ARTICLES = [
    ("refunds", "Refunds", "Your refund takes ten days.", {}),
    ("hours", "Opening hours", "We are open from nine to five.", {}),
    ("plans", "Plans", "There are four plans. A plan can be changed at any time.", {}),
    ("goodwill", "Refund limits", "A refund may be ten euros.", {"audience": "staff"}),
    ("prices", "Prices", "A seat costs five euros a month.", {"subject": "Solo"}),
    ("seats", "Seats", "A seat is for one person.", {"subject": "Team", "tags": ("billing",)}),
    ("zurueck", "Geld zurück", "Wir erstatten in zehn Tagen.", {"language": "de"}),
]


class Away:
    """An embedder that can't be reached."""

    name = "minilm"
    dimension = 384

    def embed(self, texts: object) -> object:
        raise EmbeddingUnavailable("away")


@pytest.fixture
def centre(publish: Publish, workspace: Workspace) -> Workspace:
    for slug, title, body, more in ARTICLES:
        publish(slug, title, body, **more)
    return workspace


def xray(
    workspace: Workspace,
    text: str = QUESTION,
    *said: str,
    audiences: frozenset[str] = PUBLIC,
    language: str = "",
    rows: int = 10,
) -> tuple[Xray, Asked]:
    query = SearchQuery(text, tuple(Utterance("U", each) for each in said))
    scope, limits, embedder = Scope(workspace.pk, audiences), Limits(), current_embedder()
    shown = Shown(rows, language)
    explained, found = explain(query, scope, limits=limits, embedder=embedder, shown=shown)
    return explained, Asked(query, scope, limits, embedder, found)


def row(explained: Xray, slug: str) -> Row:
    return next(each for each in explained.rows if each.seen.slug == slug)


def marked(explained: Row) -> list[str]:
    return [piece.text for piece in explained.text if piece.is_marked]


def test_the_order_and_scores_are_the_searchs_own(centre: Workspace):
    said = ("I have the Team plan.", "Is it refunded?")
    explained, asked = xray(centre, "And how long does that take?", *said)
    result = search(asked.query, asked.scope, limits=asked.limits, embedder=asked.embedder)
    listed = [(each.seen.passage_id, each.fused_score) for each in explained.rows]
    assert listed == [(each.passage_id, each.fused_score) for each in result.candidates]
    assert [each.seen.passage_id for each in sorted(explained.evidence, key=number)] == [
        each.passage_id for each in result.evidence
    ]
    assert explained.sureness.confidence == result.confidence


def number(each: Row) -> int:
    assert each.evidence is not None
    return each.evidence


def test_the_parts_add_up_to_the_scores(centre: Workspace):
    explained, _ = xray(centre, "Is a seat refunded?", "I have the Team plan.")
    for each in explained.rows:
        assert sum(part.value for part in each.parts) == pytest.approx(each.fused_score)
        assert sum(part.value for part in each.matched) == pytest.approx(each.keyword.score)
    names = [part.name for part in explained.rows[0].parts]
    assert names == ["cosine", "keyword", "context", "focus", "article", "line"]
    scores = [each.fused_score for each in explained.rows]
    assert scores == sorted(scores, reverse=True)


def test_matched_and_missed_words_are_told_apart(centre: Workspace):
    explained, _ = xray(centre, "refund delay")
    best = explained.rows[0]
    assert best.seen.slug == "refunds"
    assert marked(best) == ["refund"]
    assert [part.name for part in best.matched] == ["refund"]
    assert best.missed == ("delay",)
    by_term = {each.term: each for each in explained.terms}
    assert by_term["refund"].idf > 0 == by_term["delay"].idf
    assert by_term["refund"].shown_in == 1


def test_what_the_audience_may_not_see_is_counted_and_named(centre: Workspace):
    explained, _ = xray(centre)
    assert "goodwill" not in [each.seen.slug for each in explained.rows]
    assert [each.seen.slug for each in explained.hidden] == ["goodwill"]
    assert explained.hidden_by_audience == {"staff": 1}
    staff, _ = xray(centre, audiences=frozenset({"public", "customers", "staff"}))
    assert row(staff, "goodwill").place == explained.hidden[0].place
    assert staff.hidden == ()


def test_other_workspaces_are_not_even_hidden(centre: Workspace):
    other = Workspace.objects.create(slug="other", name="Other")
    publish_article(other, "theirs", "Refunds", "A refund takes a year.", audience="staff")
    explained, _ = xray(centre)
    shown = [each.seen.slug for each in (*explained.rows, *explained.hidden)]
    assert "theirs" not in shown


def test_one_language_can_be_looked_at_with_its_true_places(centre: Workspace):
    explained, _ = xray(centre, "refund", language="de")
    all_of_them, _ = xray(centre, "refund")
    assert [each.seen.slug for each in explained.rows] == ["zurueck"]
    assert explained.rows[0].place == row(all_of_them, "zurueck").place


def test_the_conversation_shows_its_subject_and_its_turns_weights(centre: Workspace):
    explained, _ = xray(centre, "How much is it?", "I have Team.", "Or rather Solo.")
    assert [part.name for part in explained.subjects] == ["Solo", "Team"]
    earlier, latest = explained.said
    assert 0 < earlier.words_weight < latest.words_weight < 1
    assert earlier.vector_weight > latest.vector_weight > 0
    focus = {part.name: part.value for part in row(explained, "prices").parts}["focus"]
    assert focus > 0


def test_clues_and_constant_make_the_confidence(centre: Workspace):
    explained, _ = xray(centre)
    sureness = explained.sureness
    assert {clue.name for clue in sureness.clues} >= {"cosine", "missing"}
    assert 0 < sureness.confidence < 1


def test_without_the_embedder_words_alone_are_explained(centre: Workspace):
    query, scope = SearchQuery(QUESTION), Scope(centre.pk, PUBLIC)
    explained, found = explain(query, scope, limits=Limits(), embedder=Away(), shown=Shown())
    assert explained.degraded == {"vectors"}
    assert explained.rows[0].seen.slug == "refunds"
    assert explained.rows[0].vector.score is None
    asked = Asked(query, scope, Limits(), Away(), found)
    article = Article.objects.get(slug="hours")
    text = ArticleText("How long a refund takes", "Long.")
    prediction = whatif.with_article(asked, article, text)
    assert prediction.is_by_words_only
    assert prediction.after is not None


@pytest.mark.parametrize(
    "changes",
    [
        {"title": "How long a seat takes to be refunded"},
        {"aliases": ("refund time", "money back")},
        {"tags": ("refund",), "subject": "Refund"},
        {"body": "## A refund\n\nTakes long.\n\n## A seat\n\nTakes a refund."},
    ],
)
def test_a_prediction_is_what_publishing_brings(centre: Workspace, changes: dict[str, object]):
    article = Article.objects.get(slug="seats")
    assert article.published is not None
    fields = {"title": "Seats", "body": article.published.body, "subject": "Team", **changes}
    text = ArticleText(**fields)
    _, asked = xray(centre)
    generation = Workspace.objects.get(pk=centre.pk).generation
    before = Passage.objects.count()
    predicted = whatif.with_article(asked, article, text)
    assert Workspace.objects.get(pk=centre.pk).generation == generation
    assert Passage.objects.count() == before
    publish_article(centre, "seats", **fields)
    explained, _ = xray(centre)
    places = {each.seen.path: each.place for each in explained.rows}
    assert {each.seen.path: each.after for each in predicted.rows} == places
    assert predicted.after == row(explained, "seats").place
    assert predicted.confidence_after == pytest.approx(explained.sureness.confidence, abs=1e-4)


def test_a_subject_that_comes_into_focus_is_predicted(centre: Workspace):
    said = ("Hello.", "It is about the Trio.", "Thanks.")
    text = ArticleText("Seats", "A seat is for one person.", subject="Trio")
    _, asked = xray(centre, "How much is it?", *said)
    predicted = whatif.with_article(asked, Article.objects.get(slug="seats"), text)
    publish_article(centre, "seats", text.title, text.body, subject="Trio")
    explained, _ = xray(centre, "How much is it?", *said)
    assert [part.name for part in explained.subjects] == ["Trio"]
    assert {each.seen.path: each.after for each in predicted.rows} == {
        each.seen.path: each.place for each in explained.rows
    }
    assert predicted.after == 1


def test_a_prediction_for_a_draft_starts_from_nowhere(centre: Workspace):
    article = publishing.create(centre, "new", ArticleText("Refund times", "A refund is fast."))
    _, asked = xray(centre)
    predicted = whatif.with_article(
        asked, article, ArticleText("Refund times", "A refund is fast.")
    )
    assert predicted.before is None
    assert predicted.after in (1, 2)
    hidden = ArticleText("Refund times", "A refund is fast.", audience="staff")
    assert whatif.with_article(asked, article, hidden).after is None


def test_trying_synonyms_predicts_what_keeping_them_brings(centre: Workspace):
    _, asked = xray(centre, "reimbursement")
    predicted = whatif.with_synonyms(asked, [Group(("reimbursement", "refund"))])
    top = predicted.rows[0]
    assert (top.seen.slug, top.after) == ("refunds", 1)
    assert xray(centre, "reimbursement")[0].rows == xray(centre, "reimbursement")[0].rows
    synonyms.keep(SynonymGroup(workspace=centre, terms=["reimbursement", "refund"]))
    explained, _ = xray(centre, "reimbursement")
    assert [each.seen.path for each in explained.rows] == [
        each.seen.path for each in predicted.rows
    ]
    assert [each.term for each in explained.terms if each.is_synonym] == ["refund"]
    assert marked(explained.rows[0]) == ["refund"]
