"""An index on disk: the same answers, and nothing that is damaged or foreign is believed."""

import os
import stat
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from supportapp.retrieval import snapshot
from supportapp.retrieval.index import IndexedPassage, WorkspaceIndex
from supportapp.retrieval.snapshot import SnapshotRefused
from supportapp.retrieval.values import Limits, SearchQuery, Utterance
from supportapp.retrieval.view import KeywordView
from supportapp.retrieval.vocabulary import ABSENT, Vocabulary
from tests.unit.retrieval.test_index import passage

LABEL = {"workspace": "1"}
TEXTS = st.lists(
    st.sampled_from(["refund", "plan", "card", "bank", "scan", "TB-204", "退款", "the"]),
    min_size=1,
    max_size=8,
).map(" ".join)
PASSAGES = st.lists(
    st.tuples(
        TEXTS,
        st.sampled_from(["public", "customers", "staff"]),
        st.sampled_from(["en", "de"]),
        st.sampled_from(["", "Lensfield", "Allenbell", "Gonville"]),
    ),
    max_size=8,
)
QUERIES = st.builds(
    lambda text, said: SearchQuery(text, tuple(Utterance("U", each) for each in said)),
    TEXTS,
    st.lists(st.sampled_from(["I am at Lensfield", "and the Allenbell?", "refund"]), max_size=2),
)
AUDIENCES = st.frozensets(st.sampled_from(["public", "customers", "staff"]))


def numbered(drawn: list[tuple[str, str, str, str]], start: int) -> list[IndexedPassage]:
    return [
        passage(start + n, text, article=(start + n) // 2, audience=who, language=how, subject=what)
        for n, (text, who, how, what) in enumerate(drawn)
    ]


def told(view: KeywordView, passages: list[int]) -> list[object]:
    """Return everything that ranking reads of a view."""
    signals = view.signals(passages)
    columns = (
        signals.keyword, signals.context, signals.focus, signals.articles, signals.article_sizes,
    )  # fmt: skip
    return [
        view.ranked, view.in_focus, view.strength, view.passages, view.held(passages).tolist(),
        [word.weight for word in view.words], *(column.tolist() for column in columns),
    ]  # fmt: skip


@given(PASSAGES, PASSAGES, QUERIES, AUDIENCES, st.data())
def test_an_index_from_a_snapshot_tells_what_a_fresh_one_tells(
    tmp_path_factory, first, later, query, audiences, data
):
    early, late = numbered(first, 1), numbered(later, 101)
    path = tmp_path_factory.mktemp("snapshot") / "index"
    original = WorkspaceIndex(1)
    original.apply(early, (), 1)
    gone = data.draw(st.sets(st.sampled_from([each.id for each in early]))) if early else set()
    original.apply((), gone, 2)
    snapshot.write(path, original.frozen(LABEL))
    stored = WorkspaceIndex(2, snapshot.read(path, LABEL))
    everything = [each for each in early if each.id not in gone] + late
    gone_later = (
        data.draw(st.sets(st.sampled_from([each.id for each in everything])))
        if everything
        else set()
    )
    stored.apply(late, gone_later, 3)
    left = [each for each in everything if each.id not in gone_later]
    fresh = WorkspaceIndex(3)
    fresh.apply(left, (), 3)
    asked = [each.id for each in left] + [999]
    if left:
        assert told(stored.look(query, audiences, Limits()), asked) == told(
            fresh.look(query, audiences, Limits()), asked
        )
    assert len(stored) == len(left)


def written(folder: Path) -> Path:
    made = WorkspaceIndex(7)
    made.apply([passage(n, f"Refunds number {n}") for n in range(1, 40)], (), 7)
    path = folder / "index"
    snapshot.write(path, made.frozen(LABEL))
    return path


def test_nobody_else_may_read_the_file_and_no_draft_is_left(tmp_path: Path):
    path = written(tmp_path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert list(tmp_path.iterdir()) == [path]


def test_a_mapped_file_outlives_its_deletion(tmp_path: Path):
    path = written(tmp_path)
    stored = WorkspaceIndex(7, snapshot.read(path, LABEL))
    path.unlink()
    view = stored.look(SearchQuery("refunds"), frozenset({"public"}), Limits())
    assert len(view.ranked) == 39


@pytest.mark.parametrize("place", [0, 30, 200, 4000, -1])
def test_a_file_with_one_changed_byte_is_refused(tmp_path: Path, place: int):
    path = written(tmp_path)
    content = bytearray(path.read_bytes())
    content[place] ^= 0x40
    path.write_bytes(content)
    with pytest.raises(SnapshotRefused):
        snapshot.read(path, LABEL)


@pytest.mark.parametrize("left", [0, 10, 100, -1])
def test_a_truncated_file_is_refused(tmp_path: Path, left: int):
    path = written(tmp_path)
    path.write_bytes(path.read_bytes()[:left])
    with pytest.raises(SnapshotRefused):
        snapshot.read(path, LABEL)


def test_a_file_of_something_else_is_refused(tmp_path: Path):
    with pytest.raises(SnapshotRefused, match="workspace is another"):
        snapshot.read(written(tmp_path), {"workspace": "2"})


def test_a_file_that_others_may_write_is_refused(tmp_path: Path):
    path = written(tmp_path)
    path.chmod(0o666)
    with pytest.raises(SnapshotRefused, match="others"):
        snapshot.read(path, LABEL)


def test_a_link_is_not_followed(tmp_path: Path):
    path = written(tmp_path)
    link = tmp_path / "link"
    link.symlink_to(path)
    with pytest.raises(OSError, match="symbolic"):
        snapshot.read(link, LABEL)


def test_what_cannot_be_written_leaves_nothing_behind(tmp_path: Path):
    made = WorkspaceIndex(7)
    (tmp_path / "index").mkdir()
    with pytest.raises(OSError, match="index"):
        snapshot.write(tmp_path / "index", made.frozen(LABEL))
    assert os.listdir(tmp_path) == ["index"]


def test_terms_of_one_hash_are_told_apart():
    made, numbers = Vocabulary.empty().with_more(["refund", "plan"], np.array([True, True]))
    same = Vocabulary(np.repeat(made.hashes[:1], 2), made.ends, made.letters)
    first = made.term(0).decode()
    second = made.term(1).decode()
    assert same.number(first) == 0
    assert same.number(second) == ABSENT
    assert sorted(numbers.tolist()) == [0, 1]
