"""A model server that nobody here wrote, in a process and an environment of its own."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from supportapp.llm.client import OpenAIChat
from supportapp.llm.values import Retries, Timeouts

PROJECT = Path(__file__).parents[2]
KEY = "a-key-of-the-suite"
MODEL = "smollm2"
# It runs on whatever is left of the machine.
PATIENT = Timeouts(connect=5, first_token=120, between_tokens=60, total=300)


@contextmanager
def serving(*options: str) -> Iterator[str]:
    """Run the server; gives its address."""
    python = Path(os.environ.get("MODEL_VENV", PROJECT / ".venv-model")) / "bin" / "python"
    if not python.exists():
        pytest.exit("There is no model server here: run `make test-model`.", returncode=2)
    command = [str(python), str(Path(__file__).with_name("serve.py")), "--key", KEY, *options]
    with subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as process:
        assert process.stdout is not None
        try:
            lines = (line for line in process.stdout if line.startswith("ADDRESS "))
            yield next(lines).split()[1] + "/v1"
        finally:
            process.kill()


@pytest.fixture(scope="session")
def address() -> Iterator[str]:
    with serving() as found:
        yield found


@pytest.fixture(scope="session")
def embeddings_address() -> Iterator[str]:
    with serving("--embeddings") as found:
        yield found


@pytest.fixture
def chat(address: str) -> OpenAIChat:
    return OpenAIChat(base_url=address, api_key=KEY, timeouts=PATIENT, retries=Retries(attempts=0))
