"""Readiness tells whether this process can search."""

import pytest

from supportapp.knowledge.models import Workspace
from supportapp.retrieval import health

pytestmark = pytest.mark.django_db


def test_without_a_workspace_the_index_is_not_ready() -> None:
    Workspace.objects.all().delete()
    assert health.index() == "there is no workspace yet"


def test_an_index_that_can_be_loaded_is_ready() -> None:
    Workspace.default()
    assert health.index() == ""
