"""Everything that is measured of the guards, in one go. Needs the checkout: its fakes and Faker."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import yaml

from bench.guardrails import attacking, personal_data, supporting
from supportapp.answering.nearness import Nearness
from supportapp.knowledge.embeddings import current_embedder
from tests.fakes.model_server import ModelServer

ROOT = Path(__file__).parents[2]
SCARY = Path(__file__).parent / "scary.jsonl"
QUESTIONS = ROOT / "bench" / "help-centre" / "questions.jsonl"
Progress = Callable[[str, int, int], None]


def measure(data: Path, progress: Progress) -> dict[str, Any]:
    """Return every figure, by what it is about."""
    nearness = Nearness(current_embedder())
    honest = [row for row in attacking.rows(data, "xstest.jsonl") if row["expect"] != "refuse"]
    own = [each["text"] for each in _lines(SCARY)]
    found: dict[str, Any] = {}
    with ModelServer() as server:
        steps: dict[str, Callable[[], Any]] = {
            "hidden instructions": lambda: attacking.hidden(data, server),
            "tasks in mails": lambda: attacking.mails(data, server),
            "prompt told": lambda: attacking.prompts(data, server),
            "others' texts told": lambda: attacking.secrets_kept(server, _questions()),
            "refused of XSTest's honest half": lambda: attacking.refusals(
                [row["text"] for row in honest]
            ),
            "refused of own scary questions": lambda: attacking.refusals(own),
            "personal data": lambda: personal_data.recall(data),
            "support": lambda: supporting.measure(articles(), nearness),
        }
        for number, (name, step) in enumerate(steps.items(), start=1):
            progress(name, number - 1, len(steps))
            found[name] = step()
        progress("done", len(steps), len(steps))
    return found


def articles() -> list[tuple[str, str, str]]:
    """Return the sample help centre's English articles: slug, title, text."""
    found = []
    for path in sorted((ROOT / "knowledge").glob("*/*.md")):
        if path.parent.name == "zh":
            continue
        _, front, body = path.read_text("utf-8").split("---", 2)
        title = yaml.safe_load(front)["title"]
        found.append((f"{path.parent.name}/{path.stem}", str(title), body))
    return found


def _questions() -> Sequence[str]:
    return [each["text"] for each in _lines(QUESTIONS)][:100]


def _lines(file: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in file.read_text("utf-8").splitlines() if line.strip()]
