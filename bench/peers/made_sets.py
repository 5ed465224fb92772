"""Sets made from what lies elsewhere: the sample help centre, and three support bots.

Whole articles: the product cuts them itself, and for the peers passages.jsonl holds the same
parts. The help centre's questions are those beside this package and, as questions that it can't
answer, a few hundred general ones. Of each bot of hint3, an intent's training messages stand for
its article.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import yaml

from bench.peers.sets import evenly
from supportapp.knowledge import chunking, plaintext

ARTICLES = Path("knowledge")
QUESTIONS = Path("bench/help-centre/questions.jsonl")
BOTS = ("curekart", "powerplay11", "sofmattress")
OUT_OF_SCOPE = "NO_NODES_DETECTED"
PER_BOT = 300
GENERAL = 200
PUBLIC = {"public", "customers"}
Line = dict[str, Any]


def make(benchmarks: Path, place: Path) -> list[Path]:
    """Write all sets that can be made from these benchmarks; return their folders."""
    made = [_help_centre(benchmarks, place / "help-centre")]
    if (benchmarks / "hint3").is_dir():
        made += [_bot(bot, benchmarks / "hint3", place / f"hint3-{bot}") for bot in BOTS]
    return made


def _help_centre(benchmarks: Path, place: Path) -> Path:
    asked = _read(QUESTIONS)
    general = benchmarks / "no-answer" / "clinc_oos.jsonl"
    unanswerable = [line for line in asked if not line["articles"]]
    unanswerable += evenly(_read(general), GENERAL) if general.exists() else []
    known = [(line, line["articles"]) for line in asked if line["articles"]]
    return _write(place, list(_articles()), known, unanswerable)


def _articles() -> Iterator[Line]:
    for path in sorted(ARTICLES.rglob("*.md")):
        _, front, body = path.read_text(encoding="utf-8").split("---\n", 2)
        fields = yaml.safe_load(front)
        if path.parent.suffix == ".history" or fields["audience"] not in PUBLIC:
            continue
        yield {
            "id": path.stem,
            "title": fields["title"],
            "text": body.strip(),
            "entity": fields.get("subject", ""),
        }


def _bot(bot: str, folder: Path, place: Path) -> Path:
    messages: dict[str, list[str]] = {}
    for line in _read(folder / f"{bot}_train.jsonl"):
        messages.setdefault(line["intent"], []).append(line["text"])
    articles = [
        {"id": intent, "title": intent.replace("_", " ").capitalize(), "text": "\n\n".join(texts)}
        for intent, texts in messages.items()
        if intent != OUT_OF_SCOPE
    ]
    asked = _read(folder / f"{bot}_test.jsonl")
    known = [(q, [q["intent"]]) for q in asked if q["intent"] in messages][:PER_BOT]
    foreign = [q for q in asked if q["intent"] == OUT_OF_SCOPE][:PER_BOT]
    return _write(place, articles, known, foreign)


def _write(
    place: Path,
    articles: Sequence[Line],
    known: Sequence[tuple[Line, list[str]]],
    unanswerable: Sequence[Line],
) -> Path:
    place.mkdir(parents=True, exist_ok=True)
    parts = [
        {
            "id": article["id"],
            "text": plaintext.embedding_text(article["title"], section.headings, section.text),
        }
        for article in articles
        for section in chunking.split(article["title"], article["text"])
    ]
    _save(place / "corpus.jsonl", articles)
    _save(place / "passages.jsonl", parts)
    _save(place / "queries.jsonl", [line for line, _ in known])
    _save(place / "no_answer_queries.jsonl", unanswerable)
    rows = [f"{line['id']}\t{item}\t1" for line, items in known for item in items]
    text = "\n".join(["query-id\tcorpus-id\tscore", *rows, ""])
    (place / "qrels.tsv").write_text(text, encoding="utf-8")
    return place


def _save(path: Path, lines: Sequence[Line]) -> None:
    text = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)
    path.write_text(text, encoding="utf-8")


def _read(path: Path) -> list[Line]:
    with path.open(encoding="utf-8") as file:
        return [json.loads(line) for line in file]
