"""Which words the local embedder's vocabulary holds whole; its wheel brings the list along.

The vocabulary was made of English books and articles: a common word is an entry of its own, and
what is rare or misspelt is put together from pieces. So it tells words from slips of the keyboard.
"""

import hashlib
import json
import logging
import unicodedata
from functools import cache

from supportapp.llm.errors import EmbeddingUnavailable
from supportapp.llm.minilm import SHA256, VOCABULARY, weights_folder

logger = logging.getLogger(__name__)


def is_word(text: str) -> bool:
    """Return whether this is a word; without the list everything counts as one."""
    words = _words()
    return not words or _plain(text) in words


@cache
def _words() -> frozenset[str]:
    """Return the whole words, read at the first use; none where the file can't be trusted."""
    try:
        content = (weights_folder() / VOCABULARY).read_bytes()
    except (EmbeddingUnavailable, OSError) as error:
        logger.warning("words.absent", extra={"fields": {"error": type(error).__name__}})
        return frozenset()
    if hashlib.sha256(content).hexdigest() != SHA256[VOCABULARY]:
        logger.warning("words.refused")
        return frozenset()
    return frozenset(entry for entry in json.loads(content)["model"]["vocab"] if entry.isalpha())


def _plain(text: str) -> str:
    """Return the text in lower case, without accents, as the vocabulary writes its entries."""
    text = text.lower()
    if text.isascii():
        return text
    marks = unicodedata.normalize("NFD", text)
    return "".join(letter for letter in marks if unicodedata.category(letter) != "Mn")
