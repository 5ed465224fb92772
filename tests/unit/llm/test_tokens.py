"""Tokens are guessed: never nothing for something, and more for more."""

from hypothesis import given
from hypothesis import strategies as st

from supportapp.llm import tokens
from supportapp.llm.values import ChatOptions, Message, ToolSchema

OPTIONS = ChatOptions(model="m", max_tokens=10)


def test_scripts_count_differently() -> None:
    assert tokens.of_text("refund policy") == 4
    assert tokens.of_text("退款政策") == 4
    assert tokens.of_text("") == 0


def test_tools_count_with_the_messages() -> None:
    tool = ToolSchema("rates", "Today's rates.", {"type": "object", "properties": {}})
    with_tool = ChatOptions(model="m", max_tokens=10, tools=(tool,))
    said = (Message("user", "Hello"),)
    assert tokens.of_prompt(said, with_tool) > tokens.of_prompt(said, OPTIONS) > 0


@given(st.text(), st.text())
def test_more_text_never_has_fewer_tokens(one: str, other: str) -> None:
    assert tokens.of_text(one + other) >= max(tokens.of_text(one), tokens.of_text(other))
