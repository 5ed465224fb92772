"""manage.py xray prints what the X-ray's page shows."""

import json
import uuid
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from supportapp.conversations.models import Conversation, Turn
from supportapp.conversations.questions import Asker
from supportapp.knowledge.models import Workspace

QUESTION = "Are monthly plans refunded?"


@pytest.fixture
def printed(help_centre: Workspace, capsys: pytest.CaptureFixture[str]) -> Any:
    def run(*arguments: str) -> dict[str, Any]:
        capsys.readouterr()
        call_command("xray", *arguments, "--json")
        found: dict[str, Any] = json.loads(capsys.readouterr().out)
        return found

    return run


def test_the_parts_of_each_score_are_printed(printed: Any):
    found = printed(QUESTION, "--limit", "2")
    assert len(found["passages"]) == 2
    best = found["passages"][0]
    assert best["article"] == "refund-policy"
    assert sum(best["parts"].values()) == pytest.approx(best["fused_score"])
    assert best["keyword"]["rank"] == best["vector"]["rank"] == 1
    assert found["hidden"]["by_audience"] == {"customers": 1}
    assert 0 < found["confidence"] < 1
    assert found["milliseconds"]["total"] > 0


def test_people_read_a_table(help_centre: Workspace, capsys: pytest.CaptureFixture[str]):
    call_command("xray", QUESTION)
    shown = capsys.readouterr().out
    assert "is needed" in shown
    assert "looked for" in shown
    assert "hidden: 1 for customers" in shown


def test_audience_and_context_count(printed: Any, tmp_path: Path):
    lines = tmp_path / "said.txt"
    lines.write_text("I have a yearly plan.\nAssistant: Fine.\n", "utf-8")
    found = printed("Is it refunded?", "--audience", "customers", "--context", str(lines))
    assert [each["speaker"] for each in found["context"]] == ["U", "S"]
    assert found["hidden"]["by_audience"] == {}


def test_a_stored_turn_is_searched_again(printed: Any, talk: Conversation):
    turn = Turn.objects.create(
        conversation=talk,
        position=1,
        client_id=uuid.uuid4(),
        question=QUESTION,
        receipt={"asker": Asker.anyone(talk).as_json()},
    )
    assert printed("--turn", str(turn.pk))["question"] == QUESTION


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((), "either a question or --turn"),
        ((QUESTION, "--turn", str(uuid.uuid4())), "either a question or --turn"),
        (("--turn", str(uuid.uuid4())), "no such turn"),
        ((QUESTION, "--workspace", "nowhere"), "no workspace 'nowhere'"),
        (("a" * 2500,), "too long"),
        ((QUESTION, "--context", "/nowhere/said.txt"), "can't be read"),
    ],
)
def test_what_cannot_be_looked_at_is_said(
    help_centre: Workspace, arguments: tuple[str, ...], words: str
):
    with pytest.raises(CommandError, match=words):
        call_command("xray", *arguments)
