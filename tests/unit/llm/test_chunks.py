"""A chunk of a stream is a delta, or a protocol error, whatever a server puts into it."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openai.types.chat import ChatCompletionChunk

from supportapp.llm import chunks
from supportapp.llm.errors import ModelProtocolError
from supportapp.llm.values import Delta, Usage

WORD = st.sampled_from(["", "content", "delta", "prompt_tokens", "text"])
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | WORD,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORD, inner, max_size=3),
    max_leaves=8,
)
FIELDS = st.sampled_from(["choices", "delta", "content", "usage", "finish_reason", "model"])


def chunk(**fields: Any) -> ChatCompletionChunk:
    return ChatCompletionChunk.construct(**fields)


def test_text_finish_and_fingerprint_are_read() -> None:
    choice = {"index": 0, "delta": {"content": "Hi"}, "finish_reason": "stop"}

    read = chunks.read(chunk(choices=[choice], model="m", system_fingerprint="fp"))

    assert read == Delta("Hi", None, "stop", "fp", "m")


def test_a_character_that_cannot_be_stored_is_left_out() -> None:
    choice = {"index": 0, "delta": {"content": "H\0i"}, "finish_reason": "stop"}
    assert chunks.read(chunk(choices=[choice], model="m\0")) == Delta("Hi", None, "stop", None, "m")


def test_usage_comes_without_choices() -> None:
    usage = {"prompt_tokens": 9, "completion_tokens": 3, "total_tokens": 12}
    details = {"prompt_tokens_details": {"cached_tokens": 4}}

    assert chunks.read(chunk(choices=[], usage={**usage, **details})).usage == Usage(9, 3, 4)


@pytest.mark.parametrize("usage", [None, {}, {"prompt_tokens": "many", "completion_tokens": 1}])
def test_a_count_that_is_no_count_is_left_out(usage: object) -> None:
    assert chunks.read(chunk(choices=[], usage=usage)).usage is None


@pytest.mark.parametrize("choices", ["text", {"a": 1}, [{"delta": {"content": 5}}]])
def test_another_shape_is_a_protocol_error(choices: object) -> None:
    with pytest.raises(ModelProtocolError):
        chunks.read(chunk(choices=choices))


@given(st.dictionaries(FIELDS, ANYTHING))
def test_nothing_else_is_ever_raised(fields: dict[str, Any]) -> None:
    try:
        read = chunks.read(chunk(**fields))
    except ModelProtocolError:
        return
    assert isinstance(read.text, str)


def test_merging_keeps_text_in_order_and_the_latest_word() -> None:
    one = Delta("a", None, None, "fp", "m")
    two = Delta("b", Usage(1, 1), "stop", None, None)

    assert chunks.merged(one, two) == Delta("ab", Usage(1, 1), "stop", "fp", "m")
