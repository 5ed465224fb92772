"""Numbers in addresses are read, or none."""

import pytest

from supportapp import row_numbers


@pytest.mark.parametrize("text", ["0", "7", "007", str(2**63 - 1)])
def test_a_number_that_a_row_may_have_is_read(text: str) -> None:
    assert row_numbers.parse(text) == int(text)


@pytest.mark.parametrize(
    "text", ["", "-1", "1.0", "1e3", " 7", "\u0663", "\u00b2", str(2**63), "9" * 5000], ids=ascii
)
def test_what_no_row_can_have_is_none(text: str) -> None:
    assert row_numbers.parse(text) is None
