"""Fixtures for every test; each module of tests/fixtures holds one kind."""

import pytest

pytest_plugins = [
    "tests.fixtures.folders",
    "tests.fixtures.machine",
    "tests.fixtures.services",
]


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let browser tests come last, once they are marked.

    Playwright keeps an event loop running in this thread from its start to the end of the run, so
    that after it `asyncio.run` and `async_to_sync` refuse to work.
    """
    items.sort(key=lambda item: item.get_closest_marker("browser") is not None)
