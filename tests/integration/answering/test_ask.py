"""`manage.py ask`: the same pipeline in the terminal."""

import io
import json
import sys
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from supportapp.knowledge.models import Workspace
from tests.integration.conversations.conftest import make_help_centre, publish


@pytest.fixture
def help_centre(db: None) -> Workspace:
    return make_help_centre()


def ask(*arguments: str) -> dict[str, Any]:
    """Run with --json; stdout must hold one object and nothing else."""
    said, usual = io.StringIO(), sys.stdout
    sys.stdout = said
    try:
        call_command("ask", *arguments, "--json")
    finally:
        sys.stdout = usual
    lines = said.getvalue().splitlines()
    assert len(lines) == 1
    found: dict[str, Any] = json.loads(lines[0])
    return found


def test_an_answer_comes_with_citations_and_receipt(help_centre: Workspace) -> None:
    report = ask("Are yearly plans refunded?")
    assert list(report) == ["outcome", "answer", "citations", "receipt"]
    assert report["outcome"] == "answered"
    assert report["citations"][0] == {
        "article": "refund-policy",
        "revision": 1,
        "title": "Refund policy",
        "quote": "Yearly plans are refunded in full within 30 days of payment.",
    }
    assert report["receipt"]["generation"] == help_centre.generation
    assert report["receipt"]["kind"] == "quoted"


def test_what_the_articles_do_not_say_is_declined(help_centre: Workspace) -> None:
    report = ask("Who won the chess championship in Reykjavik?")
    assert report["outcome"] == "no_evidence"
    assert report["citations"] == []


def test_a_new_text_answers_the_next_question(help_centre: Workspace) -> None:
    publish(help_centre, "colours", "Colours", "The scanner is sold in emerald green.", "public")
    assert "emerald green" in ask("Which colour is the scanner sold in?")["answer"]


def test_audiences_are_kept_apart(help_centre: Workspace) -> None:
    question = "What is the number of the customers' phone line?"
    assert "555-0100" not in json.dumps(ask(question))
    assert "555-0100" in ask(question, "--audience", "customers")["answer"]


def test_a_workspace_is_chosen_by_its_slug(help_centre: Workspace) -> None:
    other = Workspace.objects.create(slug="other", name="Other")
    publish(other, "colours", "Colours", "The scanner is sold in emerald green.", "public")
    question = "Which colour is the scanner sold in?"
    assert ask(question)["outcome"] == "no_evidence"
    assert "emerald" in ask(question, "--workspace", "other")["answer"]


@pytest.mark.parametrize(
    "arguments", [("",), ("   ",), ("Refund?", "--workspace", "nowhere"), ("a" * 3000,)]
)
def test_what_cannot_be_asked_is_said_in_a_line(
    help_centre: Workspace, arguments: tuple[str, ...]
) -> None:
    with pytest.raises(CommandError):
        call_command("ask", *arguments)


def test_in_the_terminal_the_answer_is_read_as_text(
    help_centre: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    call_command("ask", "How do I cancel my plan?")
    said = capsys.readouterr().out
    assert "To cancel your plan, open Settings > Billing > Cancel plan and confirm. [1]" in said
    assert "[1] Cancel your plan  (cancel-plan, revision 1)" in said
    assert "answered · quoted · confidence" in said
