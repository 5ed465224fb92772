"""Fixtures for every test; each module of tests/fixtures holds one kind."""

pytest_plugins = [
    "tests.fixtures.folders",
    "tests.fixtures.machine",
    "tests.fixtures.passwords",
    "tests.fixtures.services",
    "tests.fixtures.workers",
]
