"""Fusion: one steady order of everything that was proposed."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from supportapp.retrieval import fusion
from supportapp.retrieval.fusion import Weights
from supportapp.retrieval.values import SearchQuery, Utterance
from supportapp.retrieval.view import Signals

SHARE = st.floats(0, 1, allow_subnormal=False)
ROWS = st.lists(
    st.tuples(
        st.one_of(st.none(), st.floats(-1, 1)),
        SHARE,
        SHARE,
        SHARE,
        st.integers(1, 4),
        st.integers(1, 5),
    ),
    max_size=12,
)


def signals(rows: list[tuple[float | None, float, float, float, int, int]]) -> Signals:
    sizes = {row[4]: max(r[5] for r in rows if r[4] == row[4]) for row in rows}
    return Signals(
        keyword=np.array([row[1] for row in rows]),
        context=np.array([row[2] for row in rows]),
        focus=np.array([row[3] for row in rows]),
        articles=np.array([row[4] for row in rows], dtype=np.int64),
        article_sizes=np.array([sizes[row[4]] for row in rows], dtype=np.int64),
    )


def alone(*focus: float, articles: tuple[int, ...] | None = None) -> Signals:
    zero = np.zeros(len(focus))
    return Signals(
        zero,
        zero,
        np.array(focus),
        np.array(articles or range(len(focus))),
        np.ones(len(focus), dtype=np.int64),
    )


@given(ROWS)
def test_every_passage_gets_one_finite_score(rows):
    scores = fusion.parts([row[0] for row in rows], signals(rows), "a question").scores
    assert scores.shape == (len(rows),)
    assert np.isfinite(scores).all()


@given(ROWS, st.randoms(use_true_random=False))
def test_whichever_list_comes_first_the_order_is_the_same(rows, random):
    ids = list(range(len(rows)))
    places = ids[:]
    random.shuffle(places)
    shuffled = [rows[place] for place in places]
    scores = fusion.parts([row[0] for row in rows], signals(rows), "q").scores
    again = fusion.parts([row[0] for row in shuffled], signals(shuffled), "q").scores
    assert again.tolist() == pytest.approx([scores[place] for place in places])


@given(st.lists(st.floats(0, 1), max_size=20))
def test_order_names_every_place_once(scores):
    order = fusion.order(range(len(scores)), np.array(scores))
    assert sorted(order) == list(range(len(scores)))
    assert [scores[place] for place in order] == sorted(scores, reverse=True)


def test_a_better_signal_never_lowers_a_passage():
    low = fusion.parts([0.5, 0.5], alone(0.0, 0.0), "q").scores
    high = fusion.parts([0.5, 0.5], alone(1.0, 0.0), "q").scores
    assert high[0] > low[0]


def test_a_passage_without_a_vector_is_as_near_as_its_words_suggest():
    words = Signals(
        np.array([0.2, 1.0, 0.0, 0.0]), np.zeros(4), np.zeros(4), np.arange(4), np.ones(4)
    )
    near = fusion.parts([0.9, None, None, 0.1], words, "q").named["cosine"]
    assert near.tolist() == pytest.approx([0.9, 0.9, 0.1, 0.1])


def test_without_any_vector_words_alone_decide():
    scores = fusion.parts([None, None], alone(0, 0), "q").scores
    assert scores.tolist() == [0, 0]


def test_passages_of_an_article_that_speaks_of_it_more_often_come_first():
    several = Signals(
        np.zeros(4), np.zeros(4), np.zeros(4), np.array([1, 1, 2, 3]), np.array([2, 2, 2, 1])
    )
    scores = fusion.parts([0.6, 0.5, 0.6, 0.1], several, "q").scores
    assert scores[0] > scores[2]


def test_words_lead_where_the_script_has_no_spaces():
    assert fusion.keyword_weight("怎么退款") > fusion.keyword_weight("how do I get a refund")


def test_a_question_alone_is_read_alone():
    assert fusion.readings(SearchQuery("Why?")) == ["Why?"]


def test_a_follow_up_is_also_read_after_the_opening_and_after_the_last_turn():
    query = SearchQuery(
        "And on Sunday?", (Utterance("U", "Open?"), Utterance("S", "Nine to five."))
    )
    assert fusion.readings(query) == [
        "And on Sunday?",
        "Open? And on Sunday?",
        "Nine to five. And on Sunday?",
    ]


def test_a_long_turn_never_crowds_the_question_out():
    query = SearchQuery("And on Sunday?", (Utterance("S", "word " * 500),))
    reading = fusion.readings(query)[1]
    assert reading.endswith("And on Sunday?")
    assert len(reading.split()) == fusion.TURN_WORDS + 3


def test_with_one_turn_before_it_is_read_once_and_counts_for_both():
    query = SearchQuery("And on Sunday?", (Utterance("U", "Open?"),))
    vectors = np.array([[1, 0], [0, 1]], dtype=np.float32)
    weights = Weights(opening=0.5, last=0.25)

    assert len(fusion.readings(query)) == 2
    blended = fusion.blend(vectors, weights=weights)
    assert blended[1] / blended[0] == pytest.approx(0.75)


def test_the_blended_vector_has_length_one():
    vectors = np.array([[1, 0], [0, 1]], dtype=np.float32)
    assert np.linalg.norm(fusion.blend(vectors)) == pytest.approx(1.0)
    assert fusion.blend(vectors[:1]).tolist() == [1.0, 0.0]


def test_a_subject_in_focus_leaves_the_turns_before_less_to_say():
    vectors = np.array([[1, 0], [0, 1]], dtype=np.float32)
    assert fusion.blend(vectors, strongest=1.0)[1] < fusion.blend(vectors)[1]


@given(ROWS)
def test_the_parts_add_up_to_the_score_that_ranks(rows):
    similarities = [row[0] for row in rows]
    parts = fusion.parts(similarities, signals(rows), "a question")
    scores = fusion.parts(similarities, signals(rows), "a question").scores
    assert [sum(parts.of(place).values()) for place in range(len(rows))] == pytest.approx(
        scores.tolist()
    )


def test_clearly_nearer_lines_lift_their_passage_and_farther_ones_lower_none():
    cosines = np.array([0.5, 0.5, 0.5, 0.5])
    gains = fusion.line_gains(cosines, np.array([0.9, 0.52, 0.1, np.nan]))
    assert gains == pytest.approx([0.35, 0.0, 0.0, 0.0])


def test_lines_are_as_near_as_the_nearest_three_together():
    near = np.array([0.1, 0.9, 0.7, 0.8], dtype=np.float32)
    assert fusion.nearness_of_lines(near) == pytest.approx(0.8)
    assert fusion.nearness_of_lines(near[:2]) == pytest.approx(0.5)
