"""What customers ask first is answered; what no article answers is declined."""

import json
from pathlib import Path

import pytest
import yaml

from tests.acceptance.product import Product

QUESTIONS = yaml.safe_load((Path(__file__).parent / "questions.yaml").read_text(encoding="utf-8"))
STAFF_ONLY = "staff"
# Below what is measured (docs/evals.md): a change elsewhere fails here when it matters.
FLOORS = {
    "refusal": 0.95,
    "assertions": 0.9,
    "support": 0.97,
    "citations": 0.95,
    "cites_right": 0.9,
    "recall@5": 0.9,
    "mrr@10": 0.9,
    "on_track": 0.97,
    "tone": 1.0,
}


@pytest.mark.timeout(600)
def test_the_first_questions_cite_the_right_article_first(help_centre: Product) -> None:
    expected = {entry["question"]: entry["article"] for entry in QUESTIONS["answerable"]}
    answers = help_centre.ask_all(list(expected))
    cited = {
        question: answer["citations"][0]["article"] if answer["citations"] else answer["outcome"]
        for question, answer in zip(expected, answers, strict=True)
    }
    assert cited == expected


@pytest.mark.timeout(600)
def test_what_no_article_answers_is_declined(help_centre: Product) -> None:
    questions = [entry["question"] for entry in QUESTIONS["unanswerable"]]
    answers = help_centre.ask_all(questions)
    outcomes = {q: a["outcome"] for q, a in zip(questions, answers, strict=True)}
    assert outcomes == dict.fromkeys(questions, "no_evidence")


@pytest.mark.timeout(600)
def test_staff_articles_are_never_cited_to_customers(help_centre: Product) -> None:
    staff_questions = [
        "What does a chargeback cost us?",
        "How much goodwill credit may I give a customer?",
        "Where is the replacement stock of scanners kept?",
        "Whom do we escalate an outage to?",
    ]
    answers = help_centre.ask_all(staff_questions)
    cited = {citation["article"] for answer in answers for citation in answer["citations"]}
    assert not {slug for slug in cited if slug in _staff_slugs()}


def _staff_slugs() -> set[str]:
    folder = Path(__file__).resolve().parents[2] / "knowledge" / STAFF_ONLY
    slugs = {path.stem for path in folder.glob("*.md")}
    assert slugs
    return slugs


@pytest.mark.timeout(600)
def test_a_second_ingest_changes_nothing(help_centre: Product) -> None:
    report = help_centre.manage("ingest", "knowledge", "--json").stdout
    counts = yaml.safe_load(report)
    assert (counts["added"], counts["changed"], counts["refused"]) == (0, 0, [])
    assert counts["unchanged"] >= 80


@pytest.mark.timeout(600)
def test_the_golden_examples_hold_and_their_run_passes_its_floors(help_centre: Product) -> None:
    added = json.loads(help_centre.manage("evals", "import", "golden", "--json").stdout)
    examples = added["added"] + added["unchanged"]
    assert examples >= 30
    floors = [f"--fail-under={name}={value}" for name, value in FLOORS.items()]
    report = json.loads(help_centre.manage("evals", "run", "golden", "--json", *floors).stdout)
    assert report["passed"]
    assert report["done"] == report["total"] == examples
