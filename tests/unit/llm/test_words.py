"""Which words the embedder's vocabulary holds whole."""

from collections.abc import Iterator

import pytest

from supportapp.llm import minilm, words


@pytest.fixture
def unread() -> Iterator[None]:
    words._words.cache_clear()
    yield
    words._words.cache_clear()


@pytest.mark.parametrize("text", ["films", "gym", "Password", "cancelled", "café"])
def test_common_words_are_words_however_they_are_written(text: str):
    assert words.is_word(text)


@pytest.mark.parametrize("text", ["pasword", "acount", "becuase", "##ing", "[UNK]"])
def test_slips_and_pieces_are_none(text: str):
    assert not words.is_word(text)


def test_without_the_wheel_everything_is_a_word(monkeypatch: pytest.MonkeyPatch, unread: None):
    monkeypatch.setattr(minilm, "PACKAGE", "no_such_wheel")
    assert words.is_word("pasword")


def test_a_list_that_was_changed_is_not_used(monkeypatch: pytest.MonkeyPatch, unread: None):
    monkeypatch.setitem(minilm.SHA256, minilm.VOCABULARY, "0" * 64)
    assert words.is_word("pasword")
