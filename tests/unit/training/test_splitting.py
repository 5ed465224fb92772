"""No near-duplicate on both sides."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from supportapp.training import splitting


def apart(count: int) -> np.ndarray[tuple[int, int], np.dtype[np.float32]]:
    return np.eye(count, dtype=np.float32)


def test_texts_with_most_words_in_common_are_one_cluster():
    texts = ["How do I cancel my plan?", "how do I cancel my plan", "Where is my parcel?"]
    assert splitting.clusters(texts, apart(3)) == [0, 0, 2]


def test_texts_whose_vectors_nearly_agree_are_one_cluster():
    vectors = np.array([[1, 0], [0.95, 0.31], [0, 1]], dtype=np.float32)
    assert splitting.clusters(["one", "two", "three"], vectors) == [0, 0, 2]


def test_a_chain_of_near_duplicates_is_one_cluster():
    texts = ["cancel yearly plan", "cancel yearly plan billing", "cancel plan billing invoice"]
    assert len(set(splitting.clusters(texts, apart(3)))) == 1


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.integers(0, 12), min_size=1, max_size=60),
    st.floats(0, 0.5),
    st.integers(0, 99),
)
def test_a_cluster_is_never_on_both_sides(found: list[int], share: float, seed: int):
    held_out = splitting.split(found, share, seed)
    sides: dict[int, set[bool]] = {}
    for cluster, out in zip(found, held_out, strict=True):
        sides.setdefault(cluster, set()).add(out)
    assert all(len(each) == 1 for each in sides.values())
    assert not all(held_out)
    assert splitting.split(found, share, seed) == held_out


def test_about_the_wanted_share_is_held_out():
    assert sum(splitting.split(list(range(200)), 0.1, 7)) == 20
    assert not any(splitting.split([1, 1, 1], 0.5, 1))


def test_another_seed_holds_out_others():
    assert splitting.split(list(range(50)), 0.2, 1) != splitting.split(list(range(50)), 0.2, 2)
