"""Settings of models that contradict themselves are told at the start."""

import os
import subprocess
import sys

import pytest
from pytest_django.fixtures import Settings

from supportapp.gateway import checks


@pytest.mark.parametrize(
    ("name", "value", "code"),
    [
        ("MODEL_CONNECT_SECONDS", 0.0, "E001"),
        ("MODEL_BETWEEN_TOKENS_SECONDS", float("inf"), "E001"),
        ("MODEL_HEDGE_SECONDS", -1.0, "E002"),
        ("BUDGET_DOLLARS_PER_DAY", float("nan"), "E002"),
        ("MODEL_HEDGE_SECONDS", 60.0, "E003"),
    ],
)
def test_numbers_that_make_no_sense_are_errors(
    settings: Settings, name: str, value: float, code: str
) -> None:
    assert checks.numbers_fit() == []
    setattr(settings, name, value)
    assert [each.id for each in checks.numbers_fit()] == [f"gateway.{code}"]


def test_a_description_of_a_default_that_is_not_there_is_a_warning(settings: Settings) -> None:
    settings.MODELS = '[{"name": "default", "price_in": 1, "price_out": 2}]'
    settings.OPENAI_API_KEY = settings.OPENAI_BASE_URL = ""
    assert [each.id for each in checks.the_models_can_be_read()] == ["gateway.W001"]
    settings.OPENAI_API_KEY = "sk-1"
    assert checks.the_models_can_be_read() == []


def test_a_process_does_not_start_with_models_that_cannot_be_read() -> None:
    code = "import django; django.setup()"
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "supportapp.settings"}
    environment["MODELS"] = '[{"name": "x", "api_key": "sk-secret"}]'
    run = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, timeout=60
    )
    assert run.returncode != 0
    assert "MODELS can't be read" in run.stderr
    assert "sk-secret" not in run.stderr
