"""Read files into articles: idempotent, resumable, and never stopped by one bad file.

What is unchanged since it was last imported is left alone, by fingerprint. The rest is written in
batches, each one transaction and one generation: an import that is killed has whole batches done,
and running it again goes on from there. Vectors are made before a batch is written and stored with
it; where the embedder is away the articles go in without, and vectors follow in the background.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.contrib.auth.models import User

from supportapp.knowledge import bulk, embeddings, inspections, passages, profile, text_vectors
from supportapp.knowledge.embedders import Purpose
from supportapp.knowledge.existing import REFUSED, Known, Verdict
from supportapp.knowledge.formats import folders
from supportapp.knowledge.formats.converting import converter
from supportapp.knowledge.formats.reading import read
from supportapp.knowledge.formats.records import ReadOptions, Record, Refused, SourceFile
from supportapp.knowledge.models import Article, Audience, Passage, Revision, Workspace
from supportapp.knowledge.text_vectors import TextVectors
from supportapp.knowledge.values import Refusal, Report
from supportapp.llm.errors import EmbeddingUnavailable
from supportapp.outbox import events as outbox

logger = logging.getLogger(__name__)
EMBED_GENERATION = "supportapp.knowledge.tasks.embed_generation"
# A batch is one transaction: so many articles, or so many characters of text.
BATCH = 200
BATCH_CHARACTERS = 150_000
MOST_NAMES = 200
NOT_REMOVED = (
    "Articles whose files are gone are kept: archive them in the admin if they are no longer true."
)
# Called with the stage, how much of it is done, and of how much.
Progress = Callable[[str, int, int], None]
# By model id and content hash.
Vectors = dict[tuple[int, str], TextVectors]


@dataclass(frozen=True)
class Options:
    """How to import. Sizes are the settings' where they aren't given."""

    dry_run: bool = False
    audience: str = Audience.PUBLIC.value
    embed: bool = True
    overwrite: bool = False
    author: User | None = None


def _silent(stage: str, done: int, total: int) -> None:
    """Show no progress."""


def ingest(
    paths: Iterable[Path | str],
    workspace: Workspace,
    *,
    dry_run: bool = False,
    progress: Progress = _silent,
    options: Options | None = None,
) -> Report:
    """Import what the paths name into the workspace and report what became of each article."""
    options = options or Options(dry_run=dry_run)
    places = [Path(path) for path in paths]
    found = folders.find(places)
    report = ingest_files(found.files, workspace, options, progress)
    report.refused[:0] = found.refused
    report.skipped[:0] = found.skipped
    if any(place.is_dir() for place in places):
        report.notes.append(NOT_REMOVED)
    for path in found.workspace_files:
        report.notes += profile.apply(path, workspace, report, dry_run=options.dry_run)
    return report


def ingest_files(
    files: Sequence[SourceFile],
    workspace: Workspace,
    options: Options,
    progress: Progress = _silent,
) -> Report:
    """Import files that were found already."""
    began = time.monotonic()
    report = Report(dry_run=options.dry_run)
    with converter() as convert:
        reading = ReadOptions(
            audience=options.audience,
            max_bytes=settings.MAX_UPLOAD_BYTES,
            max_characters=settings.MAX_ARTICLE_CHARACTERS,
            convert=convert,
        )
        records = _records(files, reading, report, progress)
        Import(workspace, options, report, progress).run(records)
    report.seconds = round(time.monotonic() - began, 2)
    _log(report)
    return report


def _records(
    files: Sequence[SourceFile], reading: ReadOptions, report: Report, progress: Progress
) -> list[Record]:
    """Read all files; an article's slug or source may come only once."""
    records: list[Record] = []
    seen: dict[str, str] = {}
    total = sum(file.size for file in files)
    done = 0
    for file in files:
        for item in read(file, reading):
            if isinstance(item, Refusal):
                report.refused.append(item)
                continue
            key = f"slug:{item.slug}" if item.slug_is_fixed else item.source
            if first := seen.get(key):
                reason = f"{first} has the same name; give one of them another “slug”"
                report.refused.append(Refusal(item.name, reason))
                continue
            seen[key] = item.name
            records.append(item)
        done += file.size
        progress("Reading", done, total)
    return records


class Import:
    """One run: sorts records by what is known, writes them in batches."""

    def __init__(
        self, workspace: Workspace, options: Options, report: Report, progress: Progress
    ) -> None:
        self.workspace = workspace
        self.options = options
        self.report = report
        self.progress = progress
        self.known = Known.of(workspace)
        self._embedder_is_away = not options.embed
        self._flagged: list[str] = []
        self._taken: tuple[Sequence[bulk.Incoming], Callable[[], Vectors]] | None = None

    def run(self, records: Sequence[Record]) -> None:
        """Write what is new or changed; each batch while the next one's vectors are being made."""
        total = len(records)
        batch: list[bulk.Incoming] = []
        with ThreadPoolExecutor(1, thread_name_prefix="embed-import") as embedding:
            for number, record in enumerate(records, start=1):
                if (incoming := self._sorted(record)) is not None:
                    batch.append(incoming)
                if _is_full(batch):
                    self._take(batch, embedding)
                    batch = []
                waiting = len(self._taken[0]) if self._taken else 0
                self.progress("Importing", number - len(batch) - waiting, total)
            self._take(batch, embedding)
            self._take([], embedding)
        self.progress("Importing", total, total)
        if self._flagged:
            self.report.notes.append(inspections.note(self._flagged))
        self._finish()

    def _take(self, batch: Sequence[bulk.Incoming], embedding: ThreadPoolExecutor) -> None:
        """Have the batch's vectors made, and meanwhile write the batch before it."""
        before = self._taken
        self._taken = (batch, self._vectors(batch, embedding)) if batch else None
        if before is not None:
            self._write(before[0], before[1]())

    def _sorted(self, record: Record) -> bulk.Incoming | None:
        """Count the record as what it is; return it where it is to be written."""
        verdict = self.known.verdict(record, overwrite=self.options.overwrite)
        if verdict is Verdict.UNCHANGED:
            self.report.unchanged += 1
            return None
        if reason := REFUSED.get(verdict):
            self.report.refused.append(Refusal(record.name, reason))
            return None
        try:
            incoming = _incoming(record)
        except Refused as error:
            self.report.refused.append(Refusal(record.name, str(error)))
            return None
        if inspections.found(incoming.text.body):
            self._flagged.append(incoming.text.title)
        if verdict is Verdict.NEW:
            self.report.added += 1
        else:
            self.report.changed += 1
        if len(self.report.names) < MOST_NAMES:
            self.report.names.append(incoming.text.title)
        return None if self.options.dry_run else incoming

    def _write(self, batch: Sequence[bulk.Incoming], vectors: Vectors) -> None:
        written = bulk.write(self.workspace, batch, vectors, author=self.options.author)
        fresh = len(vectors)
        self.report.passages += written.made.passages
        self.report.embedded += fresh
        self.report.reused_vectors += max(written.made.reused - fresh, 0)
        self.report.waiting += written.made.pending
        if written.made.pending:
            outbox.add(
                EMBED_GENERATION, workspace_id=self.workspace.pk, generation=written.generation
            )

    def _vectors(
        self, batch: Sequence[bulk.Incoming], embedding: ThreadPoolExecutor
    ) -> Callable[[], Vectors]:
        """Begin to embed the batch's texts that have no vector yet; call the result to wait."""
        if self._embedder_is_away:
            return dict
        embedder = embeddings.current_embedder(Purpose.PUBLICATION)
        texts = {each.content_hash: each.embedded for item in batch for each in _passages(item)}
        model = embeddings.ensure_model(embedder.name, embedder.dimension)
        for _, content_hash in passages.reusable(model.pk, texts):
            del texts[content_hash]
        begun = embedding.submit(text_vectors.embed, list(texts.values()), embedder)

        def made() -> Vectors:
            try:
                rows = begun.result()
            except EmbeddingUnavailable as error:
                if not self._embedder_is_away:
                    self.report.notes.append(f"Vectors will be made in the background: {error}")
                self._embedder_is_away = True
                return {}
            keys = ((model.pk, content_hash) for content_hash in texts)
            return dict(zip(keys, rows, strict=True))

        return made

    def _finish(self) -> None:
        """Take up vectors that an earlier run, killed or without embedder, left waiting."""
        if self.options.dry_run or self._embedder_is_away:
            return
        waiting = embeddings.waiting(self.workspace)
        if count := waiting.count():
            self.progress("Embedding", 0, count)
            done = embeddings.embed_pending(waiting)
            self.report.embedded += done.ready
            self.progress("Embedding", done.ready, count)


def _is_full(batch: Sequence[bulk.Incoming]) -> bool:
    return len(batch) >= BATCH or sum(len(item.text.body) for item in batch) >= BATCH_CHARACTERS


def _incoming(record: Record) -> bulk.Incoming:
    return bulk.Incoming(
        source=record.source,
        slug=record.slug,
        slug_is_fixed=record.slug_is_fixed,
        fingerprint=record.fingerprint,
        owner=record.owner,
        review_by=record.review_by,
        text=record.text(),
        history=record.history,
    )


def _passages(item: bulk.Incoming) -> list[Passage]:
    article = Article(workspace_id=0)
    revision = Revision(
        title=item.text.title,
        body=item.text.body,
        aliases=list(item.text.aliases),
        subject=item.text.subject,
    )
    return passages.of(revision, article, 0)


def _log(report: Report) -> None:
    fields = {
        "added": report.added,
        "changed": report.changed,
        "unchanged": report.unchanged,
        "refused": len(report.refused),
        "passages": report.passages,
        "seconds": report.seconds,
        "dry_run": report.dry_run,
    }
    logger.info("ingest.completed", extra={"fields": fields})
