"""The keyword index gives the library's scores, also after passages came and went."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from rank_bm25 import BM25Okapi

from supportapp.retrieval.keyword import LEAST_IDF, PostingsBM25, best

WORDS = st.sampled_from(["refund", "plan", "card", "bank", "scan", "tb204", "refund plan", "退款"])
PASSAGES = st.lists(st.lists(WORDS, min_size=1, max_size=12), min_size=1, max_size=12)
QUERIES = st.lists(st.one_of(WORDS, st.just("unheard")), max_size=6)
CONSTANTS = st.tuples(
    st.sampled_from([0.9, 1.2, 1.5, 2.0]),
    st.sampled_from([0.0, 0.3, 0.75]),
    st.sampled_from([0.25, 0.1]),
)


@given(PASSAGES, QUERIES, CONSTANTS)
def test_scores_equal_the_library_to_the_last_bit(passages, query, constants):
    k1, b, epsilon = constants
    ours = PostingsBM25(passages, k1=k1, b=b, epsilon=epsilon)
    theirs = BM25Okapi(passages, k1=k1, b=b, epsilon=epsilon)
    assert ours.get_scores(query).tolist() == theirs.get_scores(query).tolist()


@given(PASSAGES, QUERIES, st.data())
def test_batch_scores_equal_the_library_to_the_last_bit(passages, query, data):
    places = data.draw(st.lists(st.integers(0, len(passages) - 1), max_size=5))
    ours = PostingsBM25(passages).get_batch_scores(query, places)
    assert ours == (BM25Okapi(passages).get_batch_scores(query, places) if places else [])


@given(PASSAGES, PASSAGES, QUERIES, st.data())
def test_a_search_after_changes_equals_a_fresh_index(first, later, query, data):
    index = PostingsBM25(first)
    gone = data.draw(st.sets(st.integers(0, len(first) - 1)))
    index.remove(gone)
    index.add(later)
    gone_later = data.draw(st.sets(st.integers(len(first), len(first) + len(later) - 1)))
    index.remove(gone_later)
    left = [p for slot, p in enumerate(first + later) if slot not in gone | gone_later]
    expected = BM25Okapi(left).get_scores(query).tolist() if left else []
    assert index.get_scores(query).tolist() == expected


@given(PASSAGES, PASSAGES, PASSAGES, QUERIES, st.data())
def test_a_search_with_a_base_and_changes_equals_a_fresh_index(first, later, last, query, data):
    def without_some(index, places):
        gone = data.draw(st.sets(st.sampled_from(sorted(places)))) if places else set()
        index.remove(gone)
        return [slot for slot in places if slot not in gone]

    everything = first + later
    index = PostingsBM25(first)
    kept = without_some(index, range(len(first)))
    index.add(later)
    kept += without_some(index, range(len(first), len(everything)))
    again = PostingsBM25(base=index.postings.frozen(np.array(kept, dtype=np.int64)))
    left = [everything[slot] for slot in kept]
    expected = BM25Okapi(left).get_scores(query).tolist() if left else []
    assert again.get_scores(query).tolist() == expected

    again.add(last)
    everything = left + last
    kept = without_some(again, range(len(everything)))
    again.add(first)
    left = [everything[slot] for slot in kept] + first
    assert again.get_scores(query).tolist() == BM25Okapi(left).get_scores(query).tolist()


@given(PASSAGES, QUERIES)
def test_weights_of_one_give_the_plain_score_or_a_little_more(passages, query):
    index = PostingsBM25(passages)
    weights = dict.fromkeys(query, 1.0)
    plain, weighted = index.get_scores(list(weights)), index.weighted_scores(weights)
    floors = [term for term in weights if index.idf_of(term) < LEAST_IDF]
    assert (weighted >= plain - 1e-12).all()
    assert floors or weighted.tolist() == plain.tolist()


@given(PASSAGES, WORDS)
def test_whoever_holds_a_word_scores_for_it(passages, word):
    scores = PostingsBM25(passages).weighted_scores({word: 1.0})
    assert [score > 0 for score in scores] == [word in passage for passage in passages]


def test_removing_twice_changes_nothing():
    index = PostingsBM25([["refund"], ["plan"], ["card"]])
    index.remove([0])
    index.remove([0])
    assert index.corpus_size == 2
    assert index.postings.holders("refund") == 0


def test_an_empty_index_answers_nothing():
    assert PostingsBM25().get_scores(["refund"]).tolist() == []


def test_large_additions_are_merged_and_still_equal_the_library():
    generator = np.random.default_rng(7)
    passages = [[f"w{n}" for n in generator.zipf(1.3, 40) % 900] for _ in range(1500)]
    index = PostingsBM25(passages[:700])
    for start in range(700, 1500, 100):
        index.add(passages[start : start + 100])
    index.remove(range(0, 1500, 7))
    index.add([["w1", "w2"]])
    left = [p for slot, p in enumerate(passages) if slot % 7] + [["w1", "w2"]]
    query = ["w1", "w2", "w3", "w77", "w1"]
    assert index.get_scores(query).tolist() == BM25Okapi(left).get_scores(query).tolist()


def test_the_best_come_first_and_ties_keep_their_order():
    scores = np.array([0.0, 2.0, 1.0, 2.0, -1.0, 0.5])
    assert best(scores, 3).tolist() == [1, 3, 2]


def test_only_allowed_passages_are_among_the_best():
    scores = np.array([3.0, 2.0, 1.0])
    assert best(scores, 2, np.array([False, True, True])).tolist() == [1, 2]


@given(
    st.lists(st.sampled_from([0.0, 0.5, 1.0, 1.5, 2.0, 7.0]), min_size=1, max_size=40),
    st.integers(1, 60),
    st.integers(0, 2**32 - 1),
)
def test_among_many_scores_the_best_are_those_of_a_full_sort(values, count, seed):
    scores = np.random.default_rng(seed).choice(values, 5000)
    scores[:: len(values)] = 0.0
    order = [slot for slot in np.lexsort((np.arange(len(scores)), -scores)) if scores[slot] > 0]
    assert best(scores, count).tolist() == order[:count]
