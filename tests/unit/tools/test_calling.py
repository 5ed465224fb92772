"""One call: what is checked, what is tried again, what is written down."""

import asyncio
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from supportapp.tools.values import Code, Request, Result, ToolRefused, ToolUnavailable
from tests.unit.tools.conftest import Box, Shop


def ask(shop: Shop, name: str, arguments: object = None) -> Result:
    text = arguments if isinstance(arguments, str) else json.dumps(arguments or {})
    return asyncio.run(Box(shop.tools()).call(Request("1", name, text)))


def test_a_call_brings_its_finding() -> None:
    result = ask(Shop(), "look", {"name": "cable"})
    assert result.code is Code.OK
    assert result.finding is not None
    assert result.finding.text == "cable costs €5.90"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"size": "large"}, "size: Input should be a valid integer"),
        ({"colour": "red"}, "colour: Extra inputs are not permitted"),
        ("{", "valid JSON"),
        ("[1]", "must be a JSON object"),
        ('{"name": "' + "x" * 5000 + '"}', "more than"),
        ("[" * 3000, "valid JSON"),
    ],
)
def test_bad_arguments_are_told_to_the_model_and_nothing_runs(arguments: object, said: str) -> None:
    shop = Shop()
    result = ask(shop, "look", arguments)
    assert result.code is Code.INVALID
    assert said in result.message
    assert not shop.ran


def test_a_character_that_cannot_be_stored_is_left_out() -> None:
    result = ask(Shop(), "look", '{"name": "ca\\u0000ble"}')
    assert result.finding is not None
    assert result.finding.text == "cable costs €5.90"
    assert "\0" not in repr(result.kept)


def test_an_error_message_never_repeats_what_was_given() -> None:
    assert "sesame" not in ask(Shop(), "look", {"size": "open sesame"}).message


@given(st.text(max_size=60))
def test_no_arguments_break_a_call(text: str) -> None:
    assert ask(Shop(), "look", text or " ").code in {Code.OK, Code.INVALID}


def test_an_unknown_tool_is_answered_with_those_there_are() -> None:
    result = ask(Shop(), "delete_everything")
    assert result.code is Code.UNKNOWN
    assert "look" in result.message


def test_an_idempotent_tool_is_tried_again() -> None:
    shop = Shop(faults=[ToolUnavailable("away")])
    result = ask(shop, "look", {"name": "cable"})
    assert (result.code, result.attempts) == (Code.OK, 2)


def test_a_tool_that_stays_away_fails_after_its_attempts() -> None:
    result = ask(Shop(faults=[ToolUnavailable("away")] * 5), "look")
    assert (result.code, result.attempts) == (Code.FAILED, 2)


def test_a_tool_that_is_not_idempotent_is_tried_once() -> None:
    shop = Shop()
    assert ask(shop, "draw").code is Code.FAILED
    assert shop.ran == ["draw"]


def test_a_refusal_is_not_tried_again() -> None:
    shop = Shop(faults=[ToolRefused("closed")])
    assert ask(shop, "look").code is Code.REFUSED
    assert len(shop.ran) == 1


def test_a_tool_that_takes_too_long_is_left() -> None:
    shop = Shop()
    assert ask(shop, "slow").code is Code.TIMEOUT
    assert shop.ran == ["slow"]


def test_a_change_is_proposed_and_not_made() -> None:
    shop = Shop()
    result = ask(shop, "order", {"name": "cable"})
    assert result.code is Code.ASKS
    assert result.proposal is not None
    assert result.proposal.question == "Order cable?"
    assert not shop.ran


def test_the_audit_keeps_allowed_arguments_and_hashes_the_rest() -> None:
    assert ask(Shop(), "look", {"name": "cable", "size": 3}).kept == {"name": "#hidden", "size": 3}
