"""The estimate of word pieces against the embedder's own tokenizer."""

from pathlib import Path

import numpy as np
from tokenizers import Tokenizer

from supportapp.knowledge import chunking
from supportapp.knowledge.formats.markdown import split_front_matter
from supportapp.knowledge.plaintext import embedding_text
from supportapp.llm import minilm

ARTICLES = Path(__file__).parents[3] / "knowledge"


def test_every_passage_of_the_sample_help_centre_fits_the_embedder():
    tokenizer = Tokenizer.from_file(str(minilm.weights_folder() / minilm.VOCABULARY))
    tokenizer.no_truncation()
    tokenizer.no_padding()

    sizes = []
    for path in ARTICLES.rglob("*.md"):
        values, body = split_front_matter(path.read_text("utf-8"))
        for section in chunking.split(values["title"], body):
            names = values.get("aliases", ())
            text = embedding_text(values["title"], section.headings, section.text, names)
            sizes.append(len(tokenizer.encode(text).ids))

    assert len(sizes) > 400
    assert max(sizes) <= minilm.MAX_TOKENS
    assert np.mean(sizes) > 50
