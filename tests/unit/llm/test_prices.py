"""Costs are exact, and an unknown model is never free."""

from decimal import Decimal

import pytest

from supportapp.llm.prices import DEFAULT, Prices
from supportapp.llm.values import Usage

TABLE = Prices.parse({"m": {"prompt": 2, "completion": "10", "cached": 0.5}})


def test_cached_tokens_cost_less() -> None:
    assert TABLE.cost("m", Usage(1000, 100, cached_tokens=400)) == Decimal("0.0024")


def test_without_a_cached_price_cached_tokens_cost_the_same() -> None:
    table = Prices.parse({"m": {"prompt": 2, "completion": 10}})

    assert table.cost("m", Usage(1000, 0, cached_tokens=400)) == Decimal("0.002")


@pytest.mark.parametrize("snapshot", ["m-2024-07-18", "m-20240718"])
def test_a_dated_snapshot_costs_what_its_model_costs(snapshot: str) -> None:
    assert TABLE.cost(snapshot, Usage(1_000_000, 0)) == 2


def test_an_unknown_model_has_no_cost() -> None:
    assert TABLE.cost("m-large", Usage(10, 10)) is None


@pytest.mark.parametrize("prompt", ["cheap", -1, "NaN", "Infinity"])
def test_a_price_that_is_no_price_is_refused_by_name(prompt: str | int) -> None:
    with pytest.raises(ValueError, match="The price of m"):
        Prices.parse({"m": {"prompt": prompt, "completion": 1}})


def test_the_default_table_knows_the_default_model() -> None:
    assert DEFAULT.cost("gpt-4o-mini", Usage(1_000_000, 0)) == Decimal("0.15")
