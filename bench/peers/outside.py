"""Reach the product's pure modules from an environment without Celery and Django."""

from __future__ import annotations

import sys
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType

PRODUCT = Path(__file__).parents[2] / "supportapp"


def pure(name: str) -> ModuleType:
    """Import a pure module of the product.

    The product's package makes its Celery application when imported; where Celery is absent, an
    empty package stands for it.
    """
    if "supportapp" not in sys.modules and find_spec("celery") is None:
        package = ModuleType("supportapp")
        package.__path__ = [str(PRODUCT)]
        sys.modules["supportapp"] = package
    return import_module(f"supportapp.{name}")
