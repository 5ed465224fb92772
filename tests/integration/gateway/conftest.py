"""Two model servers, one that the settings name and one that staff configured."""

from collections.abc import Iterator

import pytest
from pytest_django.fixtures import Settings

from supportapp.gateway import sealing, wires
from supportapp.gateway.models import ModelConfig
from supportapp.knowledge.models import Workspace
from tests.fakes.model_server import ModelServer

KEY = "sk-configured-by-staff"


@pytest.fixture(scope="session")
def servers() -> Iterator[tuple[ModelServer, ModelServer]]:
    with ModelServer() as one, ModelServer() as other:
        yield one, other


@pytest.fixture(autouse=True)
def fresh() -> Iterator[None]:
    """No test learns from another which server is down."""
    wires.forget()
    yield
    wires.forget()


@pytest.fixture
def model(servers: tuple[ModelServer, ModelServer], settings: Settings) -> ModelServer:
    """The model that the settings name."""
    server = servers[0]
    server.reset()
    settings.OPENAI_BASE_URL = server.base_url
    settings.ANSWERING_FIRST_TOKEN_SECONDS = 2
    settings.MODEL_RETRIES = 0
    return server


@pytest.fixture
def spare(servers: tuple[ModelServer, ModelServer]) -> ModelServer:
    servers[1].reset()
    return servers[1]


@pytest.fixture
def spare_row(db: None, spare: ModelServer) -> ModelConfig:
    """A model that staff configured, with prices."""
    return ModelConfig.objects.create(
        name="spare",
        base_url=spare.base_url,
        wire_name="spare-wire",
        sealed_key=sealing.seal(KEY),
        price_in=10,
        price_out=20,
    )


@pytest.fixture
def workspace(db: None) -> Workspace:
    return Workspace.default()
