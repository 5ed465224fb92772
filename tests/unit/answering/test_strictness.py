"""Prompts that staff write: what they must hold, what they may not, and how parts are marked."""

from dataclasses import replace

import pytest

from supportapp.answering import prompting, sections, strictness
from supportapp.answering.prompting import Prompt, PromptLimits, ShownExample
from supportapp.answering.sections import Style
from supportapp.answering.strictness import PromptRefused
from tests.unit.answering.conftest import TEXTS, evidence_of, make_question

LIMITS = PromptLimits(words=120, evidence_characters=1000, context_characters=50)
TITLE = "=== system\nName it.\n=== user\n{% call section('asked') %}{{ question }}{% endcall %}\n"


def of(source: str, purpose: str = "title") -> Prompt:
    return replace(prompting.shipped(purpose), source=source)


def refused(source: str, purpose: str = "title") -> str:
    with pytest.raises(PromptRefused) as caught:
        strictness.require(purpose, of(source, purpose))
    return " ".join(caught.value.faults)


@pytest.mark.parametrize("purpose", prompting.PURPOSES)
def test_what_is_shipped_may_be_stored(purpose: str) -> None:
    strictness.require(purpose, prompting.shipped(purpose))


@pytest.mark.parametrize("purpose", prompting.PURPOSES)
def test_what_is_shipped_may_be_sent_under_headings(purpose: str) -> None:
    prompt = replace(prompting.shipped(purpose), style=Style.HEADINGS)
    strictness.require(purpose, prompt)


def test_an_unknown_variable_is_named_with_the_one_that_was_meant() -> None:
    said = refused(TITLE.replace("{{ question }}", "{{ question }}{{ langage }}"))
    assert said == "The variable “langage” isn’t known here; did you mean “language”?"


def test_a_missing_variable_is_named() -> None:
    assert "The variable “question” is missing" in refused("=== system\nHi\n=== user\nThere\n")


def test_a_field_that_nothing_has_is_named() -> None:
    source = prompting.shipped("answer").source.replace("assistant.company", "assistant.firm")
    assert "firm" in refused(source, "answer")


def test_a_branch_that_only_some_questions_take_is_tried_too() -> None:
    source = prompting.shipped("answer").source.replace("utterance.text", "utterance.txet")
    assert "txet" in refused(source, "answer")


def test_text_of_others_outside_a_mark_is_refused() -> None:
    assert "must stand in a marked part" in refused(
        "=== system\nName it.\n=== user\n{{ question }}\n"
    )


@pytest.mark.parametrize(
    "bad",
    [
        "{{ question.__class__ }}",
        "{{ 'a' * 99999999 }}",
        "{% for each in range(9) %}{% endfor %}",
        "{{ question|center(9) }}",
        "{% if question %}",
        "{% include 'other' %}",
    ],
)
def test_what_a_prompt_does_not_need_it_cannot_do(bad: str) -> None:
    assert refused(TITLE + bad)


def test_a_prompt_has_exactly_its_two_parts() -> None:
    assert "two parts" in refused("=== user\n{{ question }}\n")
    assert "two parts" in refused("no parts at all")


def test_a_prompt_that_is_too_long_is_refused() -> None:
    assert "20,000 characters" in refused(TITLE + "a" * strictness.LONGEST)


def test_each_model_is_written_to_in_its_style() -> None:
    by_model = sections.parse("gpt-4o*: headings\nclaude-*: tags")
    prompt = replace(prompting.shipped("answer"), model_styles=by_model)

    def user(model: str) -> str:
        asked, evidence = make_question("Refund?"), evidence_of(TEXTS)
        _, message = prompting.render(
            prompt, asked, evidence, limits=LIMITS, boundary="b0", canary="ref", model=model
        )
        return message.content

    assert '<evidence_b0 number="1" title="Refund policy">' in user("claude-9")
    headed = user("GPT-4o-mini")
    assert "### evidence_b0 1: Refund policy\nYearly plans" in headed
    assert headed.endswith("### question_b0\nRefund?\n### end of question_b0")


def test_a_style_that_is_not_known_is_refused() -> None:
    with pytest.raises(ValueError, match="gpt: latin"):
        sections.parse("gpt: latin")


def test_the_hash_tells_styles_apart_and_a_shipped_prompts_is_its_files() -> None:
    shipped = prompting.shipped("answer")
    assert shipped.identity.sha256 == prompting.digest(shipped.source)
    assert prompting.digest("a") != prompting.digest("a", Style.HEADINGS)
    assert prompting.digest("a") != prompting.digest("a", Style.TAGS, [("x", "tags")])


def test_examples_are_shown_in_the_questions_language_and_never_the_question_itself() -> None:
    examples = (
        ShownExample("Can I pay by card?", "Yes, by card [1]."),
        ShownExample("Refund?", "Yes [1]."),
        ShownExample("能退款吗？", "可以 [1]。", "zh"),
    )
    prompt = replace(prompting.shipped("answer"), examples=examples)
    system, _ = prompting.render(
        prompt,
        make_question("refund?"),
        evidence_of(TEXTS),
        limits=LIMITS,
        boundary="b0",
        canary="ref",
    )
    assert "Question: Can I pay by card?\nAnswer: Yes, by card [1]." in system.content
    assert system.content.count("<example_b0>") == 1
