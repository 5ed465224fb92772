"""A start knows when it has nothing to prepare."""

from collections.abc import Iterator

import psycopg
import pytest

from supportapp.embedded.access import Access
from supportapp.embedded.freshness import Freshness, is_empty
from supportapp.embedded.leases import Lease
from supportapp.embedded.postgres import make_database


@pytest.fixture
def database_url(services: Lease) -> Iterator[str]:
    """A database of this test alone, without tables."""
    access = Access.load(services.home.access_file)
    assert access
    make_database(access, "freshness")
    yield access.database_url.removesuffix("supportapp") + "freshness"
    with psycopg.connect(access.database_url, autocommit=True) as connection:
        connection.execute("DROP DATABASE freshness")


def test_a_new_database_is_empty_and_remembers_nothing(database_url: str) -> None:
    assert is_empty(database_url)
    assert Freshness.remembered(database_url) == Freshness()


def test_what_was_saved_is_remembered(database_url: str) -> None:
    state = Freshness("articles", "it's code", "migrations")
    state.save(database_url)
    assert Freshness.remembered(database_url) == state


def test_a_comment_of_somebody_else_counts_as_none(database_url: str) -> None:
    with psycopg.connect(database_url) as connection:
        connection.execute("COMMENT ON DATABASE freshness IS 'ours'")
    assert Freshness.remembered(database_url) == Freshness()


def test_a_database_with_other_migrations_is_noticed(database_url: str) -> None:
    before = Freshness.now(database_url)
    with psycopg.connect(database_url) as connection:
        connection.execute("CREATE TABLE django_migrations (applied timestamptz)")
        connection.execute("INSERT INTO django_migrations VALUES (now())")
    after = Freshness.now(database_url)
    assert not is_empty(database_url)
    assert (before.code, before.articles) == (after.code, after.articles)
    assert before.migrations != after.migrations
