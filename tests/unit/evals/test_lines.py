"""Examples as lines: three forms, and faults that name their line."""

import json
from types import SimpleNamespace

import pytest

from supportapp.evals import lines
from supportapp.evals.lines import BadLine


def only(line: object) -> lines.PlainLine:
    (read,) = lines.read(json.dumps(line))
    return read.example


def test_the_plain_form_is_an_example():
    example = only(
        {"question": " How? ", "must_say": "14 days", "articles": ["refunds"], "topic": "billing"}
    )
    assert (example.question, example.outcome) == ("How?", "answered")
    assert (example.must_say, example.articles) == (["14 days"], ["refunds"])


def test_the_form_of_openai_evals_becomes_question_context_and_answer():
    example = only(
        {
            "input": [
                {"role": "system", "content": "You are a bot."},
                {"role": "user", "content": "Can I have a refund?"},
                {"role": "assistant", "content": "Which plan?"},
                {"role": "user", "content": "The yearly one."},
            ],
            "ideal": ["Yes", "You can"],
        }
    )
    assert example.question == "The yearly one."
    assert [(each.speaker, each.text) for each in example.context] == [
        ("U", "Can I have a refund?"),
        ("S", "Which plan?"),
    ]
    assert example.expected == "Yes"
    assert example.assertions == [{"kind": "says", "any": ["Yes", "You can"]}]


def test_a_long_ideal_answer_is_what_the_expert_says_and_no_demand_for_its_words():
    example = only({"input": "Can I?", "ideal": "Yes, " + "within fourteen days " * 5})
    assert example.expected
    assert example.assertions == []


@pytest.mark.parametrize(
    ("verdict", "outcome", "became"),
    [
        ("good", "answered", ("answered", "Within 14 days.", ["refunds"])),
        ("good", "no_evidence", ("no_evidence", "", [])),
        ("incomplete", "answered", ("answered", "", ["refunds"])),
        ("should_decline", "answered", ("no_evidence", "", [])),
        ("should_answer", "no_evidence", ("answered", "", [])),
        ("wrong", "answered", None),
    ],
)
def test_a_label_says_what_the_right_answer_is(
    verdict: str, outcome: str, became: tuple[str, str, list[str]] | None
):
    label = {
        "turn": "11111111-1111-4111-8111-111111111111",
        "question": "Can I?",
        "answer": "Within 14 days.",
        "outcome": outcome,
        "verdict": verdict,
        "citations": [{"article": "refunds", "number": 1}],
        "reviewer": "ada",
    }
    found = [each.example for each in lines.read(json.dumps(label))]
    if became is None:
        assert found == []
    else:
        (example,) = found
        assert (example.outcome, example.expected, example.articles) == became


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("{", "Line 2: isn't JSON."),
        ("[]", "Line 2: isn't a JSON object."),
        ("{}", "Line 2: question: field required."),
        ('{"question": " "}', "Line 2: question: is empty."),
        ('{"question": "a", "answer": "b"}', "Line 2: answer: extra inputs are not permitted."),
        ('{"question": "a", "outcome": "maybe"}', "Line 2: outcome: input should be"),
        ('{"question": "a", "audiences": ["all"]}', "Line 2: audiences.0: input should be"),
        ('{"question": "a", "assertions": [{"kind": "x"}]}', "Line 2: assertions: "),
        ('{"input": [{"role": "assistant", "content": "a"}]}', "Line 2: input: doesn't end"),
        ('{"question": "' + "a" * 2001 + '"}', "Line 2: question: string should have at most"),
        ("[" * 100_000, "Line 2: isn't JSON."),
    ],
)
def test_a_line_that_cannot_be_read_is_named(line: str, said: str):
    with pytest.raises(BadLine) as caught:
        list(lines.read('{"question": "fine"}\n' + line))
    assert str(caught.value).startswith(said)


def test_a_key_that_two_lines_have_is_named():
    read = list(lines.read('{"key": "a", "question": "x"}\n\n{"key": "a", "question": "y"}'))
    with pytest.raises(BadLine, match="Line 3: the key is line 1's, too"):
        lines.keys(read)


def test_what_is_exported_can_be_imported_again():
    line = {
        "key": "refunds",
        "question": "And monthly?",
        "context": [{"speaker": "U", "text": "Yearly?"}],
        "expected": "No.",
        "must_say": ["not refunded"],
        "assertions": [{"kind": "words", "most": 40}],
        "topic": "billing",
    }
    example = only(line).model_dump()
    example["source_turn"] = example.pop("turn")
    stored = SimpleNamespace(**example)
    assert only(lines.plain(stored)) == only(line)
    assert lines.openai(stored)["input"][-1] == {"role": "user", "content": "And monthly?"}
