"""Each scorer by itself: what it calls right, wrong, and none of its business."""

from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from supportapp.answering.values import CitedPassage
from supportapp.evals import scoring, suggesting
from supportapp.evals.scorers import assertions, json_schema
from supportapp.evals.scorers.assertions import BadAssertion
from supportapp.evals.values import Answered
from supportapp.retrieval.values import Evidence

TEXT = "Annual plans are refunded within 14 days of the payment. Monthly plans are not refunded."
EVIDENCE = (Evidence(1, 11, 21, 31, "refunds", "Refunds", (), TEXT, 0.9),)
CITED = (CitedPassage(1, 11, 21, 31, "refunds", "Refunds", (), TEXT.split(". ")[0]),)
RIGHT = Answered(
    text="Annual plans are refunded within **14 days** of the payment [1].",
    outcome="answered",
    kind="generated",
    citations=CITED,
    evidence=EVIDENCE,
    ranked=("plans", "refunds", "billing"),
    milliseconds=12.0,
)
DECLINED = Answered(text="I don't know.", outcome="no_evidence", receipt={"evidence": []})


@dataclass
class Example:
    question: str = "Can I get a refund for my annual plan?"
    language: str = "en"
    expected: str = ""
    outcome: str = "answered"
    must_say: list[str] = field(default_factory=list)
    must_not_say: list[str] = field(default_factory=list)
    articles: list[str] = field(default_factory=list)
    assertions: list[dict[str, Any]] = field(default_factory=list)


def value(name: str, answered: Answered, example: Example) -> float | None:
    found = scoring.score(answered, example).get(name)
    return None if found is None else found.value


def test_the_same_answer_gets_the_same_scores_from_every_scorer():
    example = Example(expected="Within 14 days.", must_say=["14 days"], articles=["refunds"])
    scores = scoring.score(RIGHT, example)
    assert scores == scoring.score(RIGHT, example)
    assert {name: each.value for name, each in scores.items()} == {
        "refusal": 1.0,
        "assertions": 1.0,
        "recall@5": 1.0,
        "mrr@10": 0.5,
        "ndcg@10": pytest.approx(0.6309, abs=1e-4),
        "cost": 0.0,
        "milliseconds": 12.0,
        "citations": 1.0,
        "cites_right": 1.0,
        "support": 1.0,
        "expected_words": 1.0,
        "tone": 1.0,
        "on_track": 1.0,
    }


def test_a_scorer_that_has_nothing_to_say_says_nothing():
    scores = scoring.score(RIGHT, Example(outcome=""))
    assert {"refusal", "assertions", "recall@5", "cites_right", "expected_words"}.isdisjoint(scores)


def test_what_must_be_said_is_found_whatever_its_case_marks_and_quotes():
    example = Example(must_say=["14 DAYS of the payment", "money back | refunded"])
    assert value("assertions", RIGHT, example) == 1.0


def test_words_are_matched_whole():
    assert value("assertions", RIGHT, Example(must_say=["4 days"])) == 0.0
    chinese = replace(RIGHT, text="年付套餐可在付款后14天内退款。[1]")
    assert value("assertions", chinese, Example(must_say=["14天内退款"])) == 1.0


def test_each_demand_counts_and_the_note_names_those_that_fail():
    example = Example(must_say=["14 days", "Billing"], must_not_say=["refunded", "30 days"])
    score = scoring.score(RIGHT, example)["assertions"]
    assert score.value == 0.5
    assert score.note == "doesn't say “Billing”; says “refunded”"


@pytest.mark.parametrize(
    ("assertion", "text", "holds"),
    [
        ({"kind": "words", "most": 3}, "One two three.", True),
        ({"kind": "words", "most": 2}, "One two three.", False),
        ({"kind": "sentences", "least": 2}, "One. Two.", True),
        ({"kind": "says_times", "text": "plan", "least": 1, "most": 1}, "A plan is a plan.", False),
        ({"kind": "citations", "least": 1}, "One [1].", True),
        ({"kind": "citations", "least": 2}, "One [1].", False),
        ({"kind": "cites", "article": "refunds"}, "One [1].", True),
        ({"kind": "cites", "article": "plans"}, "One [1].", False),
        ({"kind": "outcome", "value": "no_evidence"}, "One.", False),
        ({"kind": "format", "value": "steps"}, "1. One\n2. Two", True),
        ({"kind": "format", "value": "steps"}, "One, then two.", False),
        ({"kind": "format", "value": "bullets"}, "- One\n- Two", True),
        ({"kind": "format", "value": "table"}, "| a | b |\n| --- | --- |\n| 1 | 2 |", True),
        ({"kind": "format", "value": "one_paragraph"}, "One. Two.", True),
        ({"kind": "format", "value": "one_paragraph"}, "One.\n\nTwo.", False),
        ({"kind": "format", "value": "no_links"}, "See [this](https://x.example).", False),
        ({"kind": "format", "value": "json"}, '```json\n{"a": 1}\n```', True),
        ({"kind": "language", "value": "zh"}, "年付套餐可以退款。", True),
        ({"kind": "language", "value": "en"}, "年付套餐可以退款。", False),
        ({"kind": "says_not", "any": ["never"]}, "You never can.", False),
        ({"kind": "json_schema", "value": {"type": "object", "required": ["a"]}}, "{}", False),
        ({"kind": "json_schema", "value": {"type": "object"}}, '{"a": 1}', True),
        ({"kind": "json_schema", "value": {"type": "object"}}, "no JSON", False),
    ],
)
def test_an_assertion_holds_or_not(assertion: dict[str, Any], text: str, holds: bool):
    fault = assertions.parse(assertion).fault(replace(RIGHT, text=text))
    assert (fault == "") is holds
    assert assertions.words(assertion)


@pytest.mark.parametrize(
    "stored",
    [
        {"kind": "regex", "value": "(a+)+$"},
        {"kind": "says", "any": []},
        {"kind": "says", "any": ["a"], "more": 1},
        {"kind": "json_schema", "value": {"pattern": "(a+)+$"}},
        {"kind": "json_schema", "value": {"type": "thing"}},
        "says",
    ],
)
def test_an_assertion_that_cannot_be_checked_is_refused(stored: Any):
    with pytest.raises(BadAssertion):
        assertions.parse(stored)


@pytest.mark.parametrize(
    ("found", "schema", "fault"),
    [
        ({"days": 14}, {"properties": {"days": {"type": "integer", "maximum": 14}}}, ""),
        ({"days": 15}, {"properties": {"days": {"maximum": 14}}}, "answer.days: maximum is 14"),
        (
            {"days": True},
            {"properties": {"days": {"type": "integer"}}},
            "answer.days is no integer",
        ),
        ({"a": 1}, {"additionalProperties": False}, "answer.a isn't expected"),
        ({}, {"required": ["a"]}, "answer.a is missing"),
        ([1, "b"], {"items": {"type": "number"}}, "answer[1] is no number"),
        ("b", {"enum": ["a"]}, "answer is none of those allowed"),
        (None, {"type": ["string", "null"]}, ""),
    ],
)
def test_a_value_is_checked_by_its_schema(found: Any, schema: dict[str, Any], fault: str):
    json_schema.require(schema)
    assert json_schema.fault(found, schema) == fault


def test_answering_and_declining_are_right_or_wrong():
    assert value("refusal", RIGHT, Example()) == 1.0
    assert value("refusal", DECLINED, Example()) == 0.0
    assert value("refusal", DECLINED, Example(outcome="no_evidence")) == 1.0
    assert value("refusal", RIGHT, Example(outcome="no_evidence")) == 0.0
    broken = replace(DECLINED, outcome="", error="model_incomplete")
    assert value("refusal", broken, Example(outcome="no_evidence")) == 0.0


def test_a_sentence_that_the_evidence_does_not_say_costs_support():
    invented = replace(RIGHT, text=f"{RIGHT.text} Refunds are paid in gold coins on Sundays [1].")
    score = scoring.score(invented, Example())["support"]
    assert score.value == 0.5
    assert "gold coins" in score.note
    wrong = replace(RIGHT, text="Annual plans are refunded within 30 days of the payment [1].")
    assert value("support", wrong, Example()) == 0.0


def test_a_citation_must_point_to_evidence_that_holds_its_words():
    assert value("citations", replace(RIGHT, text="Annual plans are refunded."), Example()) == 0.0
    assert value("citations", replace(RIGHT, text="Plans are refunded [7]."), Example()) == 0.0
    moved = (replace(CITED[0], quote="Nothing of the kind."),)
    assert value("citations", replace(RIGHT, citations=moved), Example()) == 0.0
    assert value("cites_right", RIGHT, Example(articles=["plans"])) == 0.0


def test_rude_and_machine_like_answers_lose_tone():
    rude = replace(RIGHT, text=f"That is a stupid question. {RIGHT.text}")
    assert value("tone", rude, Example()) == 0.0
    talk = replace(RIGHT, text=f"As an AI language model, I can say: {RIGHT.text}")
    assert value("tone", talk, Example()) == 0.5


@pytest.mark.parametrize(
    "text",
    [
        "年付套餐可以在付款后十四天内退款。[1]",
        "Annual plans are refunded {{ days }} [1].",
        "Annual plans are refunded within 14 days. " * 3,
        "word " * 600,
    ],
)
def test_an_answer_that_goes_astray_is_noticed(text: str):
    assert value("on_track", replace(RIGHT, text=text), Example()) == 0.0


def test_at_least_three_assertions_are_suggested_for_any_example():
    examples = (
        Example(),
        Example(question="", expected=""),
        Example(
            expected="Open **Billing** and choose Refund within 14 days.", articles=["refunds"]
        ),
        Example(outcome="no_evidence"),
        Example(question="年付套餐可以退款吗", expected="付款后14天内可以退款。"),
    )
    for example in examples:
        proposed = suggesting.suggest(example, {"refunds": TEXT})
        assert len(proposed) >= suggesting.FEWEST
        assert all(assertions.parse(each) for each in proposed)


def test_suggestions_name_the_facts_of_the_answer_and_none_that_is_demanded_already():
    example = Example(
        expected="Open **Billing** and choose Refund within 14 days.",
        articles=["refunds"],
        assertions=[{"kind": "citations", "least": 1}],
    )
    proposed = suggesting.suggest(example, {"refunds": TEXT})
    assert {"kind": "cites", "article": "refunds"} in proposed
    assert {"kind": "says", "any": ["14 days"]} in proposed
    assert {"kind": "says", "any": ["Billing"]} in proposed
    assert {"kind": "citations", "least": 1} not in proposed
