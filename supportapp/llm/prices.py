"""What a call cost, from a table that the operator can replace."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from supportapp.llm.values import Usage

_SNAPSHOT = re.compile(r"-\d{4}-?\d{2}-?\d{2}$")
_MILLION = Decimal(1_000_000)


@dataclass(frozen=True, slots=True)
class Price:
    """US dollars per million tokens; prompt tokens read from the server's cache cost `cached`."""

    prompt: Decimal
    completion: Decimal
    cached: Decimal

    def cost(self, usage: Usage) -> Decimal:
        """Dollars for one call."""
        fresh = max(usage.prompt_tokens - usage.cached_tokens, 0)
        dollars = (
            self.prompt * fresh
            + self.cached * usage.cached_tokens
            + self.completion * usage.completion_tokens
        )
        return dollars / _MILLION


class Prices:
    """Looks up a model's price. A dated snapshot costs what its model costs."""

    def __init__(self, table: Mapping[str, Price]) -> None:
        self._table = dict(table)

    @classmethod
    def parse(cls, table: Mapping[str, Mapping[str, str | int | float]]) -> "Prices":
        """Read {"model": {"prompt": 0.15, "completion": 0.6}}; "cached" may be added."""
        return cls({name: _price(name, row) for name, row in table.items()})

    def cost(self, model: str, usage: Usage) -> Decimal | None:
        """Dollars for one call, or None for a model that is not in the table (never a false 0)."""
        price = self.of(model)
        return None if price is None else price.cost(usage)

    def of(self, model: str) -> Price | None:
        """The price of a model, or None for one that is not in the table."""
        return self._table.get(model) or self._table.get(_SNAPSHOT.sub("", model))


def _price(name: str, row: Mapping[str, str | int | float]) -> Price:
    try:
        prompt, completion = Decimal(str(row["prompt"])), Decimal(str(row["completion"]))
        cached = Decimal(str(row.get("cached", prompt)))
    except (KeyError, ArithmeticError) as error:
        raise ValueError(f"The price of {name} needs numbers: prompt, completion") from error
    if not all(number.is_finite() and number >= 0 for number in (prompt, completion, cached)):
        raise ValueError(f"The price of {name} must be finite and not negative")
    return Price(prompt, completion, cached)


DEFAULT = Prices.parse({"gpt-4o-mini": {"prompt": "0.15", "completion": "0.60", "cached": "0.075"}})
