"""A typed function becomes a tool, or the start fails with a reason."""

from typing import Annotated, Literal

import pytest
from pydantic import Field

from supportapp.tools.declaring import BadTool, Registry, tool
from supportapp.tools.values import Caller, Finding, Tool

LABELS = {"en": "Looking…", "zh": "正在查询…"}
NOTHING = Finding(data={}, text="", source="x")


def declared(function: object, **options: object) -> Tool:
    return tool(labels=LABELS, into=Registry(), **options)(function)  # type: ignore[arg-type]


def test_the_schema_comes_from_hints_and_the_words_from_the_docstring() -> None:
    def get_price(
        plan: Literal["plus", "family"],
        months: Annotated[int, Field(ge=1, le=24)] = 1,
        *,
        caller: Caller,
    ) -> Finding:
        """What a plan costs.

        plan: which plan
        """
        return NOTHING

    made = declared(get_price)
    assert made.name == "get_price"
    assert made.description == "What a plan costs."
    assert made.takes == {"caller"}
    assert made.schema == {
        "type": "object",
        "additionalProperties": False,
        "required": ["plan"],
        "properties": {
            "plan": {"enum": ["plus", "family"], "type": "string", "description": "which plan"},
            "months": {"default": 1, "minimum": 1, "maximum": 24, "type": "integer"},
        },
    }


def test_a_parameter_named_title_survives() -> None:
    def find(title: str) -> Finding:
        """Find it."""
        return NOTHING

    assert declared(find).schema["properties"] == {"title": {"type": "string"}}


def no_docstring(plan: str) -> Finding:
    return NOTHING


def untyped(plan) -> Finding:  # type: ignore[no-untyped-def]
    """Words."""
    return NOTHING


def unknown_parameter() -> Finding:
    """Words.

    plan: not there
    """
    return NOTHING


@pytest.mark.parametrize("function", [no_docstring, untyped, unknown_parameter])
def test_a_careless_declaration_stops_the_start(function: object) -> None:
    with pytest.raises(BadTool):
        declared(function)


def fine() -> Finding:
    """Words."""
    return NOTHING


def test_a_tool_that_changes_something_must_have_a_question() -> None:
    with pytest.raises(BadTool, match="ask first"):
        declared(fine, changes=True)


def test_two_tools_cannot_have_one_name() -> None:
    registry = Registry()
    registry.add(declared(fine))

    def other() -> Finding:
        """Words."""
        return NOTHING

    other.__name__ = "fine"
    with pytest.raises(BadTool, match="Two tools"):
        registry.add(declared(other))
