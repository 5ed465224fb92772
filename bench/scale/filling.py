"""Fill a database with a made-up help centre, fast: COPY, and the vector index at the end.

Embedding 100,000 passages takes half an hour here, so 5,000 different ones are really embedded and
the others get the vector of one of them, moved at random: distances and the shape of the vector
index are like real ones, what is near what is not. Lines get their passage's vector, moved further.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from itertools import islice

import numpy as np
from django.core.management import call_command
from django.db import connection, transaction
from numpy.typing import NDArray
from pgvector.psycopg import register_vector

from bench.scale import corpus, places
from supportapp.knowledge import embeddings, plaintext, vector_indexes
from supportapp.knowledge.embeddings import current_embedder
from supportapp.knowledge.models import Workspace

EMBEDDED = 5000
NOISE = 0.5
LINE_NOISE = 1.0
ARTICLES_PER_GENERATION = 200
FILLED = "Made up, in full, with vectors of lines."
NOW = datetime(2026, 1, 1, tzinfo=UTC)
Vectors = NDArray[np.float32]


def workspace() -> Workspace:
    """Return the help centre; raises DoesNotExist where it isn't filled yet."""
    return Workspace.objects.get(about=FILLED)


def run(size: int) -> None:
    """Make the tables and the help centre, where that is still to be done."""
    call_command("migrate", verbosity=0)
    if Workspace.objects.filter(about=FILLED).exists():
        return
    Workspace.objects.all().delete()
    home = Workspace.default()
    model = embeddings.ensure_current_model()
    print(f"filling {size:,} passages")
    vectors = really_embedded()
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"DROP INDEX {vector_indexes.name_of(model)}")
        driver = connection.connection
        register_vector(driver)
        with driver.cursor() as plain:
            _copy_articles(plain, home.pk, size)
            _copy_vectors(plain, model.pk, size, vectors)
    print("building the vector index")
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL maintenance_work_mem = '2GB'")
        cursor.execute("SET LOCAL max_parallel_maintenance_workers = 2")
        embeddings.ensure_current_model()
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
    last = (_articles_in(size) - 1) // ARTICLES_PER_GENERATION + 1
    Workspace.objects.filter(pk=home.pk).update(about=FILLED, generation=last)


def _articles_in(size: int) -> int:
    return sum(1 for _ in corpus.articles(size))


def embedding_texts(size: int) -> Iterator[str]:
    """Yield what is embedded of each passage, in order."""
    for made in corpus.articles(size):
        for section in made.sections:
            yield plaintext.embedding_text(
                made.title, section.headings, section.text, list(made.aliases)
            )


def really_embedded() -> Vectors:
    """Return the vectors of 5,000 passages; they are kept in a file."""
    kept = places.folder() / f"vectors-{current_embedder().name}-{EMBEDDED}.npy"
    if kept.exists():
        return np.asarray(np.load(kept), dtype=np.float32)
    print(f"embedding {EMBEDDED:,} passages")
    texts = list(islice(embedding_texts(EMBEDDED * 2), EMBEDDED))
    made = current_embedder().embed(texts)
    np.save(kept, made)
    return made


def vectors_for(size: int, real: Vectors) -> Iterator[Vectors]:
    """Yield blocks of vectors: the real ones, then moved ones."""
    dice = np.random.default_rng(corpus.SEED)
    for start in range(0, size, len(real)):
        block = real[: min(len(real), size - start)]
        if start:
            moved = block + NOISE / np.sqrt(block.shape[1]) * dice.normal(size=block.shape)
            block = (moved / np.linalg.norm(moved, axis=1, keepdims=True)).astype(np.float32)
        yield block


def _copy_articles(cursor, home: int, size: int) -> None:
    snapshot = "audience, language, subject, tags, aliases"
    articles, revisions, passages = [], [], []
    count = 0
    for made in corpus.articles(size):
        number = made.number + 1
        generation = made.number // ARTICLES_PER_GENERATION + 1
        shared = (made.audience, "en", made.subject, list(made.tags), list(made.aliases))
        body = "\n\n".join(section.text for section in made.sections)
        articles.append(
            (number, home, f"article-{number}", made.title, "published", "", number, "", "", NOW,
             NOW, *shared)
        )  # fmt: skip
        revisions.append((number, number, 1, made.title, body, "", "", NOW, NOW, *shared))
        for position, section in enumerate(made.sections):
            count += 1
            text = plaintext.embedding_text(
                made.title, section.headings, section.text, list(made.aliases)
            )
            passages.append(
                (count, home, number, number, position, made.title, list(section.headings),
                 section.text, 0, 0, plaintext.digest(text), generation, *shared)
            )  # fmt: skip
        if len(articles) == 1000:
            _flush(cursor, articles, revisions, passages, snapshot)
    _flush(cursor, articles, revisions, passages, snapshot)
    for table in ("article", "revision", "passage"):
        cursor.execute(
            f"SELECT setval(pg_get_serial_sequence('knowledge_{table}', 'id'),"
            f" (SELECT max(id) FROM knowledge_{table}))"
        )


def _flush(cursor, articles: list, revisions: list, passages: list, snapshot: str) -> None:
    _copy(
        cursor,
        "knowledge_article (id, workspace_id, slug, title, state, owner, published_id, source,"
        f" imported_hash, created_at, updated_at, {snapshot})",
        articles,
    )
    _copy(
        cursor,
        "knowledge_revision (id, article_id, number, title, body, note, content_hash, created_at,"
        f" published_at, {snapshot})",
        revisions,
    )
    _copy(
        cursor,
        "knowledge_passage (id, workspace_id, article_id, revision_id, position, title, headings,"
        f' text, start, "end", content_hash, generation_added, {snapshot})',
        passages,
    )
    for rows in (articles, revisions, passages):
        rows.clear()


def _copy(cursor, target: str, rows: Sequence[tuple[object, ...]]) -> None:
    with cursor.copy(f"COPY {target} FROM STDIN") as stream:
        for row in rows:
            stream.write_row(row)


def _copy_vectors(cursor, model: int, size: int, real: Vectors) -> None:
    target = "knowledge_passageembedding (passage_id, model_id, state, vector, lines, error,"
    halves = _halves()
    with cursor.copy(f"COPY {target} attempts, updated_at) FROM STDIN (FORMAT BINARY)") as stream:
        # What is sent as bytea arrives as it is: the lines are written in Postgres' own form.
        stream.set_types(
            ["int8", "int8", "varchar", "vector", "bytea", "varchar", "int4", "timestamptz"]
        )
        rows = (row for block in vectors_for(size, real) for row in block)
        dice = np.random.default_rng(corpus.SEED + 1)
        for number, (row, count) in enumerate(zip(rows, _lines_of(size), strict=True), start=1):
            lines = _binary(_moved(np.repeat(row[None], count, axis=0), dice), halves)
            stream.write_row((number, model, "ready", row, lines, "", 0, NOW))


def _lines_of(size: int) -> Iterator[int]:
    """Yield of how many lines each passage has vectors of their own."""
    for made in corpus.articles(size):
        for section in made.sections:
            yield len(plaintext.lines(section.text, made.aliases))


def _moved(rows: Vectors, dice: np.random.Generator) -> Vectors:
    moved = rows + LINE_NOISE / np.sqrt(rows.shape[1]) * dice.normal(size=rows.shape)
    return (moved / np.linalg.norm(moved, axis=1, keepdims=True)).astype(np.float32)


def _halves() -> int:
    """Return the number under which Postgres knows halfvec."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 'halfvec'::regtype::oid::int")
        return int(cursor.fetchone()[0])


def _binary(rows: Vectors, kind: int) -> bytes:
    """Return rows as Postgres sends and receives a halfvec[]."""
    count, dimension = rows.shape
    if not count:
        return struct.pack("!iii", 0, 0, kind)
    row = np.dtype([("bytes", ">i4"), ("dimension", ">i2"), ("unused", ">i2"),
                    ("values", ">f2", (dimension,))])  # fmt: skip
    written = np.zeros(count, row)
    written["bytes"], written["dimension"] = row.itemsize - 4, dimension
    written["values"] = rows
    return struct.pack("!iiiii", 1, 0, kind, count, 1) + written.tobytes()
