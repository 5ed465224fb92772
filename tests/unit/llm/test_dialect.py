"""A refused parameter is left out of the next request, and nothing else is."""

import httpx2
import openai
import pytest

from supportapp.llm.dialect import Dialect

REQUEST = httpx2.Request("POST", "http://127.0.0.1/v1/chat/completions")


def refusal(message: str, param: str | None = None) -> openai.BadRequestError:
    response = httpx2.Response(400, request=REQUEST)
    return openai.BadRequestError(message, response=response, body={"param": param})


@pytest.mark.parametrize(
    ("message", "param", "reworded"),
    [
        ("use 'max_completion_tokens'", "max_tokens", Dialect(limit="max_completion_tokens")),
        ("Unknown field", "stream_options", Dialect(usage=False)),
        ("stream_options.include_usage: extra fields", None, Dialect(usage=False)),
        ("Only the default (1) is supported", "temperature", Dialect(temperature=False)),
        ("seed is not supported", None, Dialect(seed=False)),
    ],
)
def test_the_parameter_that_is_named_goes(
    message: str, param: str | None, reworded: Dialect
) -> None:
    assert Dialect().without(refusal(message, param), proven=True) == reworded


def test_a_vague_refusal_costs_the_usage_only_while_the_wording_is_unproven() -> None:
    vague = refusal("bad request")

    assert Dialect().without(vague, proven=False) == Dialect(usage=False)
    assert Dialect().without(vague, proven=True) is None
    assert Dialect(usage=False).without(vague, proven=False) is None
