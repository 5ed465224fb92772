"""What every test with a database begins with."""

import pytest

from supportapp.answering import setups


@pytest.fixture(autouse=True)
def nothing_kept_of_other_tests() -> None:
    """A test's end takes the counters back that say whether what is kept is current."""
    setups.forget()
