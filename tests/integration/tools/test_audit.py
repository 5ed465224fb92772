"""The audit of tools' calls: kept for a time, then forgotten."""

from datetime import timedelta

import pytest
from django.utils import timezone
from pytest_django.fixtures import Settings

from supportapp.knowledge.models import Workspace
from supportapp.tools import tasks
from supportapp.tools.models import ToolCall

pytestmark = pytest.mark.django_db


def test_calls_are_forgotten_after_their_time(settings: Settings) -> None:
    settings.TOOL_CALL_DAYS = 30
    kept, old = (
        ToolCall.objects.create(workspace=Workspace.default(), tool="rates", code="ok")
        for _ in range(2)
    )
    ToolCall.objects.filter(pk=old.pk).update(created_at=timezone.now() - timedelta(days=31))
    assert tasks.tidy() == 1
    assert ToolCall.objects.get() == kept
