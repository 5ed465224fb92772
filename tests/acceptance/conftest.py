"""The sample help centre, installed once for all acceptance tests."""

import pytest

from supportapp.embedded.leases import Lease
from tests.acceptance.product import Product, install


@pytest.fixture(scope="session")
def help_centre(services: Lease) -> Product:
    """The product with the articles of knowledge/, as `make run` fills it."""
    product = install(services.addresses.database_url, "acceptance")
    product.manage("ingest", "knowledge")
    return product
