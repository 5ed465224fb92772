"""Bulk import beside the embedding model alone: passages a second, and how busy the cores are.

Really embedded, a few thousand passages; in a database of its own, anew each time.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.core.management import call_command

from bench.scale import corpus
from supportapp.knowledge.embeddings import current_embedder
from supportapp.knowledge.formats.records import Record
from supportapp.knowledge.ingest import Import, Options
from supportapp.knowledge.models import Article, Passage, Workspace
from supportapp.knowledge.values import ArticleText, Report

BATCH = 512


def run(size: int) -> dict[str, Any]:
    """Import, then embed the very same texts alone."""
    call_command("migrate", verbosity=0)
    Article.objects.update(published=None, draft=None)
    Workspace.objects.all().delete()
    home = Workspace.default()
    records = [_record(made) for made in corpus.articles(size)]
    embedder = current_embedder()
    embedder.embed(["warm"])
    report = Report()
    imported = _timed(lambda: Import(home, Options(), report, lambda *_: None).run(records))
    passages = Passage.objects.filter(workspace=home)
    count = len(passages)
    # Of each passage the whole and its lines, equal ones once: what the import embeds.
    texts = list(dict.fromkeys(text for each in passages for text in each.embedded))
    alone = _timed(
        lambda: [embedder.embed(texts[at : at + BATCH]) for at in range(0, len(texts), BATCH)]
    )
    return {
        "passages": count,
        "texts": len(texts),
        "import": _rate(count, imported),
        "embedder": _rate(count, alone),
        "share": round(alone["seconds"] / imported["seconds"], 3),
    }


def _record(made: corpus.MadeArticle) -> Record:
    body = "\n\n".join(f"## {each.headings[0]}\n\n{each.text}" for each in made.sections)
    text = ArticleText(
        made.title, body, made.audience, subject=made.subject, tags=made.tags, aliases=made.aliases
    )
    name = f"made-{made.number}"
    return Record.of(name, f"made#{made.number}", text, slug=name)


def _timed(work: Callable[[], object]) -> dict[str, float]:
    busy, began = _busy(), time.perf_counter()
    work()
    seconds = time.perf_counter() - began
    share = (_busy() - busy) / (os.cpu_count() or 1) / seconds
    return {"seconds": seconds, "cores_busy": share}


def _rate(passages: int, timed: dict[str, float]) -> dict[str, float]:
    return {
        "seconds": round(timed["seconds"], 1),
        "per_second": round(passages / timed["seconds"], 1),
        "cores_busy": round(timed["cores_busy"], 2),
    }


def _busy() -> float:
    """Return the seconds that this machine's processors have worked, all together."""
    first = Path("/proc/stat").read_text().splitlines()[0].split()[1:]
    user, nice, system = (int(each) for each in first[:3])
    return (user + nice + system) / os.sysconf("SC_CLK_TCK")
