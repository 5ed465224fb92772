"""Chromium, and two live sites on one database: one quotes, one has a (fake) model.

They last as long as this folder's tests, no longer: Playwright keeps an event loop running in this
thread, beside which `asyncio.run` and `async_to_sync` refuse to work.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Playwright, sync_playwright

from supportapp.embedded.leases import Lease
from tests.browser.browsers import launch
from tests.browser.chat import Visitor
from tests.browser.live_site import Database, LiveSite
from tests.fakes.model_server import ModelServer


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything in this folder drives a browser."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="package")
def playwright_driver() -> Iterator[Playwright]:
    with sync_playwright() as driver:
        yield driver


@pytest.fixture(scope="package")
def chromium(playwright_driver: Playwright) -> Iterator[Browser]:
    with launch(playwright_driver) as browser:
        yield browser


@pytest.fixture(scope="package")
def database(services: Lease, tmp_path_factory: pytest.TempPathFactory) -> Database:
    """A database with the sample help centre, for both sites."""
    return Database(services, "browser_tests", tmp_path_factory.mktemp("site"))


@pytest.fixture(scope="package")
def live_site(database: Database) -> Iterator[LiveSite]:
    """The product as it comes: no model, answers are quoted; with its worker."""
    with LiveSite(database, worker=True) as site:
        yield site


@pytest.fixture(scope="package")
def fake_model() -> Iterator[ModelServer]:
    with ModelServer(delay=0.03) as server:
        yield server


@pytest.fixture(scope="package")
def model_site(
    live_site: LiveSite, database: Database, fake_model: ModelServer
) -> Iterator[LiveSite]:
    """A second web server on the same data, with a model that writes slowly."""
    with LiveSite(
        database,
        worker=False,
        OPENAI_BASE_URL=fake_model.base_url,
        OPENAI_API_KEY="unused",
        # Tests ask the same questions, and each wants the model's own words.
        CACHE_ON="0",
    ) as site:
        yield site


@pytest.fixture
def model(fake_model: ModelServer) -> ModelServer:
    """The model, with nothing scripted."""
    fake_model.reset()
    return fake_model


@pytest.fixture
def visitor(chromium: Browser, live_site: LiveSite) -> Iterator[Visitor]:
    """Somebody new, on a desktop, at the site that quotes."""
    with Visitor(chromium, live_site.url) as somebody:
        yield somebody


@pytest.fixture
def model_visitor(chromium: Browser, model_site: LiveSite, model: ModelServer) -> Iterator[Visitor]:
    """Somebody new at the site with a model."""
    with Visitor(chromium, model_site.url) as somebody:
        yield somebody
