"""Settings that contradict each other are found before anyone asks."""

import pytest
from pytest_django import Settings

from supportapp.answering import checks


def found() -> list[str | None]:
    every = (
        checks.numbers_fit,
        checks.a_frame_holds_a_question,
        checks.the_prompt_loads,
        checks.the_model_is_named,
        checks.a_rewriting_gets_its_time,
    )
    return [message.id for check in every for message in check()]


def test_the_defaults_agree() -> None:
    assert found() == []


@pytest.mark.parametrize(
    ("name", "value", "code"),
    [
        ("ANSWERING_FIRST_TOKEN_SECONDS", 120, "answering.E001"),
        ("TURN_DEADLINE_SECONDS", 60, "answering.E002"),
        ("ANSWERING_MIN_CONFIDENCE", 1.5, "answering.E003"),
        ("ANSWERING_TEMPERATURE", -1.0, "answering.E004"),
        ("MAX_FRAME_BYTES", 4096, "answering.E005"),
        ("EMBEDDINGS", "guess", "answering.E007"),
        ("ANSWERING_REWRITE_SECONDS", 0, "answering.E012"),
        ("ANSWERING_REWRITE_SECONDS", 200.0, "answering.E012"),
        ("EMBEDDINGS", "openai", "answering.W001"),
    ],
)
def test_a_contradiction_is_named(settings: Settings, name: str, value: object, code: str) -> None:
    setattr(settings, name, value)
    assert found() == [code]
