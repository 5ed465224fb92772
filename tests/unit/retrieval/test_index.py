"""The index of one workspace: who sees what, what comes and goes, many threads at once."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from supportapp.retrieval.index import IndexedPassage, WorkspaceIndex
from supportapp.retrieval.values import Limits, SearchQuery, Utterance
from supportapp.retrieval.view import KeywordView

PUBLIC = frozenset({"public"})
STAFF = frozenset({"public", "customers", "staff"})


def passage(number: int, text: str, **more: object) -> IndexedPassage:
    fields: dict[str, object] = {
        "id": number, "article": number, "title": "", "headings": (), "text": text,
        "audience": "public", "language": "en", "subject": "", "aliases": (), "tags": (),
    }  # fmt: skip
    return IndexedPassage(**(fields | more))  # type: ignore[arg-type]


def index(*passages: IndexedPassage) -> WorkspaceIndex:
    made = WorkspaceIndex(1)
    made.apply(passages, (), 1)
    return made


def look(
    made: WorkspaceIndex, text: str, audiences: frozenset[str] = PUBLIC, *context: str
) -> KeywordView:
    query = SearchQuery(text, tuple(Utterance("U", said) for said in context))
    return made.look(query, audiences, Limits())


def test_the_passage_with_the_words_comes_first():
    made = index(
        passage(1, "Plans and prices"), passage(2, "Refunds take ten days"), passage(3, "x")
    )
    assert look(made, "when do I get my refund?").ranked == (2,)


def test_other_audiences_passages_are_neither_ranked_nor_scored():
    made = index(
        passage(1, "Refunds"), passage(2, "Refunds of staff", audience="staff"), passage(3, "x")
    )
    view = look(made, "refunds")
    assert view.ranked == (1,)
    assert view.signals([1, 2]).keyword.tolist() == [1.0, 0.0]
    assert set(look(made, "refunds", STAFF).ranked) == {1, 2}


def test_removed_passages_are_gone_and_added_ones_are_there():
    made = index(passage(1, "Refunds"), passage(2, "Plans"), passage(3, "Cards"))
    made.apply([passage(4, "Refunds by card")], [1], 2)
    assert look(made, "refunds").ranked == (4,)
    assert made.generation == 2


def test_applying_a_change_twice_changes_nothing():
    made = index(passage(1, "Refunds"), passage(2, "Plans"))
    for _ in range(2):
        made.apply([passage(3, "Cards")], [1], 2)
    assert len(made) == 2


def test_a_late_change_does_not_turn_the_generation_back():
    made = index(passage(1, "Refunds"))
    made.apply([], [], 5)
    made.apply([], [], 3)
    assert made.generation == 5


def test_passages_about_the_subject_in_focus_are_proposed_without_its_words():
    hotels = [
        passage(n, f"Pets are fine, rule {n}.", subject=name)
        for n, name in enumerate(["Lensfield", "Allenbell", "Gonville"], start=1)
    ]
    view = look(index(*hotels), "Is smoking allowed?", PUBLIC, "I am at the Allenbell")
    assert view.in_focus == (2,)
    assert view.signals([1, 2]).focus.tolist() == pytest.approx([0.0, 1.0])


def test_a_tag_stands_in_where_there_is_no_subject():
    made = index(
        passage(1, "Bring a bike?", tags=("train",)), passage(2, "Pets?", subject="Allenbell")
    )
    assert look(made, "bikes?", PUBLIC, "I need a train").in_focus == (1,)


def test_what_was_said_before_is_scored_apart_from_the_question():
    made = index(passage(1, "Refunds"), passage(2, "Plans"), passage(3, "Cards"))
    view = look(made, "how long?", PUBLIC, "tell me about refunds")
    assert view.ranked == ()
    assert view.signals([1, 2]).context.tolist() == [1.0, 0.0]


def test_a_word_that_no_passage_holds_is_missing_from_all():
    view = look(index(passage(1, "Refunds"), passage(2, "Plans")), "refund for pensioners")
    assert view.held([1]).tolist() == [[True], [False]]


def test_a_title_made_from_the_text_is_not_counted_twice():
    same = passage(1, "Refunds take ten days after the request", title="Refunds take ten…")
    assert same.terms() == passage(1, same.text).terms()


def test_an_unknown_passage_has_no_signals():
    signals = look(index(passage(1, "Refunds")), "refunds").signals([99])
    assert (signals.keyword[0], signals.focus[0]) == (0.0, 0.0)


def test_an_empty_index_proposes_nothing():
    view = look(WorkspaceIndex(0), "anything")
    assert view.proposed == ()
    assert view.strength == 0.0


def test_threads_may_search_while_passages_come_and_go():
    made = index(*(passage(n, f"Refunds number {n}") for n in range(1, 50)))

    def change(number: int) -> None:
        made.apply([passage(100 + number, f"Refunds later {number}")], [number], number)

    def ask(number: int) -> int:
        return len(look(made, "refunds").ranked)

    with ThreadPoolExecutor(8) as pool:
        changes = [pool.submit(change, number) for number in range(1, 40)]
        found = [pool.submit(ask, number) for number in range(100)]
    assert [each.result() for each in changes] == [None] * 39
    assert {each.result() for each in found} <= set(range(48, 51))
    assert len(made) == 49


def test_a_copy_changes_without_changing_the_index():
    made = index(passage(1, "Refunds take ten days", subject="Pro"), passage(2, "Prices"))
    before = look(made, "refund")
    twin = made.copy()
    twin.apply([passage(3, "Refunds, refunds", subject="Basic")], [1], 2)
    assert look(twin, "refund").ranked == (3,)
    after = look(made, "refund")
    assert (after.ranked, after.scores.tolist()) == (before.ranked, before.scores.tolist())
    made.apply([passage(4, "Another refund")], (), 3)
    assert look(twin, "refund").ranked == (3,)
    assert set(look(made, "refund").ranked) == {1, 4}


def test_a_changed_copy_scores_as_an_index_made_of_the_same_passages():
    kept = [passage(1, "Refunds take ten days"), passage(2, "Prices and plans")]
    twin = index(*kept, passage(3, "Refund of gifts")).copy()
    added = passage(4, "Refund of seats")
    twin.apply([added], [3], 2)
    fresh = index(*kept, added)
    asked = "how long does a refund take"
    ours, theirs = look(twin, asked), look(fresh, asked)
    assert ours.ranked == theirs.ranked
    assert sorted(ours.scores[ours.scores > 0]) == pytest.approx(
        sorted(theirs.scores[theirs.scores > 0])
    )


def test_the_terms_contributions_add_up_to_the_keyword_score():
    made = index(passage(1, "Refunds take ten days"), passage(2, "Prices"), passage(3, "Days"))
    view = look(made, "refund within ten days")
    added = made.contributions(view.asked.weights, [1, 3])
    for number, slot in ((1, 0), (3, 2)):
        total = sum(each.get(number, 0.0) for each in added.values())
        assert total == pytest.approx(view.scores[slot])


def test_a_views_subjects_have_names():
    made = index(
        passage(1, "Fees", subject="Hilton"), passage(2, "Pets", subject="Ibis"), passage(3, "x")
    )
    assert list(made.topics(look(made, "pets at the Ibis").strengths)) == ["Ibis"]
