"""Load a benchmark's corpus into a workspace of its own, once.

The workspace's slug holds the corpus's hash: what is unchanged is found loaded. The corpus goes in
as articles do, through the import's own verbs, so that a benchmark measures what customers get.
"""

from __future__ import annotations

from collections.abc import Callable

from django.utils.text import slugify

from supportapp.evals.benchmark import Benchmark, BenchmarkError
from supportapp.knowledge.cleaning import clean_line
from supportapp.knowledge.formats.records import Record
from supportapp.knowledge.ingest import Import, Options
from supportapp.knowledge.models import Article, Passage, Workspace
from supportapp.knowledge.values import Report

COMPLETE = "A benchmark's corpus, loaded in full."
Progress = Callable[[str, int, int], None]


def load(benchmark: Benchmark, progress: Progress) -> Workspace:
    """Return the workspace that holds the corpus, filling it where that is still to be done."""
    Workspace.default()  # the first workspace is the customers', never a benchmark's
    slug = f"bench-{slugify(benchmark.name)[:40]}-{benchmark.corpus_hash[:8]}"
    workspace, _ = Workspace.objects.get_or_create(
        slug=slug, defaults={"name": f"Benchmark {benchmark.name}"[:100]}
    )
    if workspace.about == COMPLETE:
        return workspace
    records = [
        Record.of(line.id, source_of(line.id), line.article(), slug=slugify(line.id)[:100])
        for line in benchmark.corpus()
    ]
    report = Report()
    Import(workspace, Options(), report, progress).run(records)
    if report.refused or report.waiting:
        reason = report.refused[0].reason if report.refused else "vectors are missing"
        raise BenchmarkError(f"The corpus could not be loaded in full: {reason}.")
    Workspace.objects.filter(pk=workspace.pk).update(about=COMPLETE)
    return workspace


def source_of(identity: str) -> str:
    """Return the name under which a line of the corpus is kept."""
    return f"corpus.jsonl#{clean_line(identity)}"


def corpus_ids(benchmark: Benchmark, workspace: Workspace) -> dict[int, str]:
    """Return the corpus's id of each live passage."""
    lines = {source_of(line.id): line.id for line in benchmark.corpus()}
    articles = Article.objects.filter(workspace=workspace).values_list("pk", "source")
    by_article = {article: lines[source] for article, source in articles if source in lines}
    live = Passage.objects.filter(workspace=workspace, generation_removed__isnull=True)
    return {
        passage: by_article[article]
        for passage, article in live.values_list("pk", "article_id").iterator()
    }
