"""Groups of questions: joined by average likeness, in one go or as they come."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from supportapp.gaps import clustering
from supportapp.gaps.clustering import Ground, Matrix


def unit(rows: list[list[float]]) -> Matrix:
    found = np.array(rows, dtype=np.float32)
    return np.asarray(found / np.linalg.norm(found, axis=1, keepdims=True), dtype=np.float32)


def by_hand(vectors: Matrix, threshold: float) -> list[set[int]]:
    """Average linkage as the books say it: every pair of members, every time."""
    groups = [{place} for place in range(len(vectors))]
    alike = vectors.astype(np.float64) @ vectors.T.astype(np.float64)
    while len(groups) > 1:
        best = max(
            (
                (float(np.mean([alike[a, b] for a in one for b in other])), i, j)
                for i, one in enumerate(groups)
                for j, other in enumerate(groups)
                if i < j
            ),
            key=lambda each: each[0],
        )
        if best[0] < threshold:
            break
        groups[best[1]] |= groups.pop(best[2])
    return groups


def sets(groups: tuple[int, ...]) -> list[set[int]]:
    found: dict[int, set[int]] = {}
    for place, owner in enumerate(groups):
        found.setdefault(owner, set()).add(place)
    return list(found.values())


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10_000), st.integers(2, 14), st.floats(0.1, 0.9))
def test_the_fast_way_finds_the_groups_of_the_slow_one(seed: int, count: int, threshold: float):
    vectors = unit(np.random.default_rng(seed).normal(size=(count, 4)).tolist())
    linked = clustering.link(vectors, [1] * count, threshold)
    assert sorted(map(sorted, sets(linked.groups))) == sorted(
        map(sorted, by_hand(vectors, threshold))
    )


def test_the_larger_group_takes_in_the_smaller_and_keeps_its_place():
    vectors = unit([[1, 0, 0], [1, 0.1, 0], [0, 0, 1]])
    linked = clustering.link(vectors, [1, 7, 1], 0.9)
    assert linked.groups == (1, 1, 2)
    assert [(each.into, each.away) for each in linked.merges] == [(1, 0)]


def test_a_group_counts_by_its_mean_as_all_its_members_would():
    members = unit([[1, 0.2, 0], [1, -0.2, 0.1], [0.9, 0.1, 0.1]])
    newcomer = unit([[0.8, 0.5, 0.1]])
    average = float(np.mean(members @ newcomer[0]))
    means = np.vstack([clustering.mean(members), newcomer])
    assert clustering.link(means, [3, 1], average - 0.001).groups == (0, 0)
    assert clustering.link(means, [3, 1], average + 0.001).groups == (0, 1)


def test_nothing_to_group_is_no_fault():
    assert clustering.link(np.zeros((0, 3), dtype=np.float32), [], 0.5).groups == ()
    assert clustering.nearest_of(unit([[1, 0]]), np.zeros((0, 2), dtype=np.float32), 0.5) == [-1]


def test_what_all_questions_have_in_common_says_nothing_about_two_of_them():
    noise = np.random.default_rng(1).normal(size=(40, 30))
    vectors = unit((np.array([6.0] + [0.0] * 29) + noise).tolist())
    ground = Ground.of(vectors)
    assert float((vectors @ vectors.T).mean()) > 0.5
    placed = ground.placed(vectors)
    assert abs(float((placed @ placed.T).mean())) < 0.05
    assert float((placed**2).sum(axis=1).mean()) == pytest.approx(1.0, abs=0.05)


def test_with_little_asked_and_nothing_written_plain_cosine_counts():
    vectors = unit([[1, 0], [0.6, 0.8]])
    ground = Ground.of(np.zeros((0, 2), dtype=np.float32))
    placed = ground.placed(vectors)
    assert float(placed[0] @ placed[1]) == pytest.approx(0.6 * clustering.SAME / 0.5)


def test_the_most_typical_question_is_nearest_to_all_others():
    vectors = unit([[1, 0, 0], [1, 1, 0], [0, 1, 0]])
    assert clustering.most_typical(vectors)[0] == 1
