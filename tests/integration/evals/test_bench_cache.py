"""`manage.py bench cache`: what it reads, and what it says."""

import json
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from supportapp.knowledge import embeddings

KEPT = [
    ("How do I cancel my plan?", "cancel"),
    ("How can I end my plan?", "cancel"),
    ("How do I get an invoice?", "invoice"),
    ("Where is the invoice?", "invoice"),
]
ASKED = [("How do I cancel the plan?", "cancel"), ("Which tea is best?", "oos")]


def write(path: Path, rows: list[tuple[str, str]]) -> None:
    lines = [json.dumps({"text": text, "intent": intent}) for text, intent in rows]
    path.write_text("\n".join(lines), encoding="utf-8")


def test_it_measures_every_file_that_it_knows(db: None, tmp_path: Path):
    embeddings.ensure_current_model()
    write(tmp_path / "shop_train.jsonl", KEPT)
    write(tmp_path / "shop_test.jsonl", ASKED)
    pair = {"kept": "How do I lock a card?", "asked": "How do I unlock a card?", "same": False}
    (tmp_path / "near_pairs.jsonl").write_text(json.dumps(pair), encoding="utf-8")
    out = StringIO()
    call_command("bench", "cache", "--data", str(tmp_path), "--json", stdout=out)
    figures = json.loads(out.getvalue())
    (whole, *_) = figures["sets"]
    assert (whole["kept"], whole["asked"]) == (4, 2)
    assert whole["within_budget"]["of_hits"]["hit_rate"] == 0.5
    assert figures["pairs"]["different_served"] == 0


def test_a_folder_without_questions_is_refused(db: None, tmp_path: Path):
    with pytest.raises(CommandError, match=r"holds no \*_train"):
        call_command("bench", "cache", "--data", str(tmp_path))
