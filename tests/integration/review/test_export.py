"""Labels leave the product as JSONL: what was asked, answered, cited, said and judged."""

import json

import pytest
from asgiref.sync import async_to_sync
from django.core.management import call_command
from django.test import AsyncClient
from django.urls import reverse
from django.utils import timezone

from supportapp.review import decisions, export
from supportapp.review.decisions import Judgement
from supportapp.review.models import Annotation, Feedback, ReviewItem
from tests.integration.review.conftest import VISITOR, make_turn


@pytest.fixture
def label(item, reviewer) -> Annotation:
    Feedback.objects.create(
        turn=item.turn, visitor=VISITOR, value="down", reasons=["wrong"], comment="对吗？"
    )
    stored = decisions.annotate(item, reviewer, Judgement("wrong", "Line\nbreak"), timezone.now())
    assert isinstance(stored, Annotation)
    return stored


async def downloaded(client: AsyncClient) -> tuple[str, list[str]]:
    response = await client.get(reverse("review:export"))
    assert response["Cache-Control"] == "no-store"
    body = b"".join([part async for part in response]).decode()
    return response["Content-Disposition"], body.splitlines()


def test_the_address_gives_one_object_a_line(label, reviewer):
    client = AsyncClient()
    client.force_login(reviewer)
    disposition, lines = async_to_sync(downloaded)(client)
    assert 'filename="labels.jsonl"' in disposition
    (said,) = map(json.loads, lines)
    assert said["question"] == "How do I cancel my plan?"
    assert said["verdict"] == "wrong"
    assert said["note"] == "Line\nbreak"
    assert said["reviewer"] == "rita"
    told = {"value": "down", "reasons": ["wrong"], "comment": "对吗？"}
    assert said["feedback"] == [told | {"correction": "", "solved": False}]
    assert (said["stands"], said["labels"]) == (True, {"supported": False})
    assert [citation["number"] for citation in said["citations"]] == [1]
    assert said["citations"][0]["text"] == "Open Billing and choose Cancel plan."


def test_the_command_writes_the_same_to_a_file(label, tmp_path):
    out = tmp_path / "labels.jsonl"
    call_command("export_labels", out=out)
    assert out.read_text(encoding="utf-8").splitlines() == list(export.labels())
    assert list(tmp_path.iterdir()) == [out]


def test_the_command_writes_to_stdout(label, capsys):
    call_command("export_labels")
    assert capsys.readouterr().out.splitlines() == list(export.labels())


def test_a_verdict_taken_back_is_not_exported(label, reviewer):
    decisions.undo(label.pk, reviewer, timezone.now())
    assert list(export.labels()) == []


def test_more_labels_than_a_page_are_all_exported(workspace, reviewer, monkeypatch):
    monkeypatch.setattr(export, "PAGE", 2)
    for _ in range(5):
        item = ReviewItem.objects.create(turn=make_turn(workspace), reason="sampled")
        Annotation.objects.create(item=item, reviewer=reviewer, verdict="good")
    assert len({json.loads(line)["turn"] for line in export.labels()}) == 5
